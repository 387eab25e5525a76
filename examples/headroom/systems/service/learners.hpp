#pragma once

#include <cmath>        // std::isfinite
#include <cstdint>      // std::uint64_t
#include <memory>       // std::unique_ptr
#include <optional>     // std::optional
#include <span>         // std::span
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/environments/service.hpp>
#include <headroom/policies/any_policy.hpp>

#include "learners/training.hpp"
#include "scaling/autoscalers.hpp"
#include "systems/service/load.hpp"
#include "systems/service/service_file.hpp"

namespace headroom {
class checkpoint;
}

namespace tool {

class gym_world;

using service_policy = headroom::any_policy<headroom::service_observation, int>;
using service_learner = learner<service_policy>;

/// A service under one load, ready to be played.
struct service_world {
  service_plan plan;
  service_load_options asked;         ///< complete
  headroom::service_options options;  ///< of the plan, complete
  service_load load;
  /// Of the load that learners are made for, in requests a second; of a model that is evaluated under another load, the
  /// one of its training.
  struct {
    double mean_per_s = 0;
    double peak_per_s = 0;
  } learned{};
  scaled_service about;    ///< as an autoscaler knows it
  std::vector<int> moves;  ///< sizes of moves; empty: any

  [[nodiscard]] headroom::service test(std::uint64_t seed) const { return {seed, options, load.test}; }
  [[nodiscard]] headroom::service training(std::uint64_t seed) const { return {seed, options, load.train}; }
  /// So many episodes from this seed on: in the order of time and evenly over the training part, where it has one.
  [[nodiscard]] headroom::service evenly(std::uint64_t seed, std::size_t episodes) const {
    return {seed, options, load.evenly ? load.evenly(seed, episodes) : load.train};
  }
  /// The same of the newest piece of the training part, which there must be.
  [[nodiscard]] headroom::service newest(std::uint64_t seed, std::size_t episodes) const {
    return {seed, options, load.newest(seed, episodes)};
  }
};

/// What an autoscaler knows of a service. Without a load, its mean is taken to be half of what all replicas serve.
[[nodiscard]] scaled_service about_service(const service_plan& plan);
/// Throws std::invalid_argument for an objective that no number of replicas can keep, and for an impossible load.
[[nodiscard]] service_world world_of(service_plan plan, const service_load_options& load);
/// The service that a model was trained on. Throws checkpoint_error.
[[nodiscard]] service_plan plan_in(const headroom::checkpoint& model, const service_flags& flags);

/// What a training on a service is begun with.
struct service_training {
  const service_world& world;
  std::uint64_t train_seed = 1;
  std::uint64_t episodes = 0;
  double level = 0.99;            ///< fraction in time that is wanted; without a price
  std::optional<double> price{};  ///< of a late request, in times of what a request takes of a replica
};

/// The service for a learner that is not ours: what dqn sees, its moves and limits, its reward for the objective's
/// level. `evaluated`: the part of the load that tables evaluate.
[[nodiscard]] std::unique_ptr<gym_world> service_by_numbers(std::shared_ptr<const service_world> w,
                                                            std::uint64_t first_seed, bool evaluated);

using make_service_training = std::unique_ptr<service_learner>(const service_training& t);
/// Each in a file of its own.
make_service_training search_for_staffing;
make_service_training sarsa_on_service;
make_service_training dqn_on_service;
make_service_training linucb_on_service;
make_service_training plan_service_on_belief;
make_service_training select_on_service;
make_service_training hedge_on_service;

struct offered_service_learner {
  std::string_view name;
  std::string_view line;
  double requests;  ///< that it trains on, by default; the length of an episode says how many episodes these are
  make_service_training* make;

  /// Whether the price of a late request is its knob.
  [[nodiscard]] bool has_price() const { return name != "select" && name != "hedged"; }
};
[[nodiscard]] const std::vector<offered_service_learner>& service_learners();
/// A training that has not begun; `name` has its setting, as in sarsa:20 or cem:99%. Throws std::invalid_argument.
[[nodiscard]] std::unique_ptr<service_learner> make_service_learner(const offered_service_learner& one,
                                                                    const service_world& w, const std::string& name,
                                                                    std::uint64_t train_seed, std::uint64_t episodes);

/// What episodes of a service cost, as service_score reports them: the mean of their replicas, and of the fraction that
/// was late, at a price. An observer; it goes on over episodes.
class service_cost {
 public:
  /// `price`: of all requests being late, in replicas.
  explicit service_cost(double price) : price_(price) {}

  template <class Record>
  void on_step(const Record& r) {
    replica_s_ += r.next.replicas * (r.next.time_s - r.observation.time_s);
    if (r.next.status == headroom::episode::ongoing) return;
    // An episode without a request has none that is late.
    levels_.push_back(std::isfinite(r.next.in_time) ? r.next.in_time : 1);
    in_time_ += levels_.back();
    replicas_ += r.next.time_s > 0 ? replica_s_ / r.next.time_s : 0;
    replica_s_ = 0;
    ++episodes_;
  }
  [[nodiscard]] double level() const { return in_time_ / episodes_; }
  [[nodiscard]] std::span<const double> levels() const noexcept { return levels_; }  ///< of each episode
  [[nodiscard]] double replicas() const { return replicas_ / episodes_; }
  [[nodiscard]] double mean() const { return replicas() + price_ * (1 - level()); }

 private:
  double price_;
  double replica_s_ = 0;  // of this episode
  double replicas_ = 0;
  double in_time_ = 0;
  double episodes_ = 0;
  std::vector<double> levels_{};
};

}  // namespace tool
