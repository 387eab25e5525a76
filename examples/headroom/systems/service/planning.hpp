#pragma once

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <memory>      // std::unique_ptr
#include <string>      // std::string
#include <vector>      // std::vector

#include <headroom/environments/service_observation.hpp>
#include <headroom/environments/service_options.hpp>
#include <headroom/planning/belief_table.hpp>
#include <headroom/planning/replica_moves.hpp>
#include <headroom/planning/step_table.hpp>

#include "reports/known_rate.hpp"
#include "systems/service/learners.hpp"

namespace tool {

/// A plan of a service: moves and a table of what a decision interval does, for rates up to a highest one.
class service_planner {
 public:
  explicit service_planner(service_world w) : world_(std::move(w)) {}

  /// Why no plan can be made for this service, in a clause; empty: it can.
  [[nodiscard]] std::string refusal() const;
  /// What the plan does not know of it, in a clause; empty: nothing.
  [[nodiscard]] std::string leaves_out(double highest_per_s) const;
  /// Replicas that are planned as one: a large service has too many numbers of them.
  [[nodiscard]] int unit(double highest_per_s) const;
  [[nodiscard]] headroom::replica_moves moves(double highest_per_s) const;
  [[nodiscard]] headroom::step_grid rates(double highest_per_s) const;
  [[nodiscard]] headroom::step_grid in_system(const headroom::replica_moves& moves, double highest_per_s) const;
  [[nodiscard]] headroom::step_table table(const headroom::replica_moves& moves, double highest_per_s) const;

  [[nodiscard]] const service_world& world() const { return world_; }

 private:
  [[nodiscard]] int most(double highest_per_s) const;
  service_world world_;
};

/// What a service shows: the requests of the last interval, from rates over a longer window where it has one.
class service_view {
 public:
  service_view(const headroom::service_options& o, int unit);
  headroom::belief_view operator()(const headroom::service_observation& o, bool first);

 private:
  double interval_s_;
  double window_s_;
  int unit_;
  bool exact_;
  std::vector<double> totals_;  // a ring: requests since the beginning, at the last decisions
  std::size_t decision_ = 0;
};

/// The policy that is told the rate, on each seed at each price.
[[nodiscard]] known_rate_line service_known_rate(const service_planner& planner,
                                                 const std::vector<std::uint64_t>& seeds,
                                                 const std::function<bool(std::uint64_t)>& shown);

}  // namespace tool
