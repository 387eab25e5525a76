#pragma once

#include <array>        // std::array
#include <cmath>        // std::isfinite
#include <functional>   // std::invoke
#include <string_view>  // std::string_view
#include <utility>      // std::move

namespace headroom::teastore {

/// The figures by which policies are compared on the table of measurements. Model of Score. `columns` has the features
/// out_tps and cost (teastore::columns, or another struct as in systems/teastore/published_rewards.hpp).
///   total_reward  of the given reward
///   mean_tps      packets sent per second and pod, mean over the steps where it was measured; 0 where it never was
///   mean_cost     $/h of all pods, mean over the steps
///   changes       steps that led to another configuration
///   refused       moves off the grid
template <class RewardT, class Columns>
class score {
 public:
  static constexpr std::array<std::string_view, 5> names{"total_reward", "mean_tps", "mean_cost", "changes", "refused"};

  score(RewardT reward, Columns columns) : reward_(std::move(reward)), columns_(std::move(columns)) {}

  template <class Observation>
  void on_start(const Observation&) {
    values_ = {};
    steps_ = 0;
    measured_ = 0;
  }
  template <class Record>
  void on_step(const Record& r) {
    ++steps_;
    values_[0] += reward_(r.observation, r.action, r.next);
    const double tps = std::invoke(columns_.out_tps, r.next);
    if (std::isfinite(tps)) values_[1] += (tps - values_[1]) / ++measured_;
    values_[2] += (std::invoke(columns_.cost, r.next) - values_[2]) / steps_;
    values_[3] += r.next.cell != r.observation.cell ? 1 : 0;
    values_[4] += r.next.refused_move ? 1 : 0;
  }

  [[nodiscard]] std::array<double, 5> values() const { return values_; }

 private:
  RewardT reward_;
  Columns columns_;
  std::array<double, 5> values_{};
  double steps_ = 0;
  double measured_ = 0;
};

}  // namespace headroom::teastore
