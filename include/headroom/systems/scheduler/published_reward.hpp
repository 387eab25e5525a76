#pragma once

#include <utility>  // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/schedule.hpp>

namespace headroom::scheduler {

/// The defaults are the reward of the shipped checkpoint.
struct reward_options {
  int n_max = 6;               ///< replicas at most
  double cost_weight = 0.65;   ///< cost of n_max replicas, in [0, 1]
  bool exempt_maximum = true;  ///< a violation at n_max replicas is not penalised; false: the older version
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const reward_options& checked(const reward_options& o) {
  require(o.n_max >= 1, "scheduler::published_reward", "n_max", o.n_max, "be at least 1");
  require_fraction("scheduler::published_reward", "cost_weight", o.cost_weight);
  return o;
}

/// The request scheduler's published reward, 1 - c: c is 1 if the limit was violated, else cost_weight n / n_max. So
/// the reward is 0 or in [1 - cost_weight, 1]. Reads `violation` and `n_instances` of the next observation, which
/// belong to the step that the action decided. The exemption removes the penalty for a violation at the maximum number
/// of replicas. So under overload, only the maximum number of replicas earns a reward. Model of Reward.
class published_reward {
 public:
  explicit published_reward(const reward_options& options = {}) : o_(checked(options)) {}

  template <class Observation>
  double operator()(const Observation&, int, const Observation& next) const {
    const bool exempt = o_.exempt_maximum && next.n_instances >= o_.n_max;
    if (next.violation && !exempt) return 0;
    return 1 - o_.cost_weight * next.n_instances / o_.n_max;
  }

  [[nodiscard]] const reward_options& options() const noexcept { return o_; }

 private:
  reward_options o_;
};

/// The published reward with the published imitation bonus. The bonus is largest where the replicas equal those of a
/// solver for the served load, and it falls during training (`steps_total` of the observation). The published schedule
/// is 0.5 falling to 0 over 5000 steps; the shipped agent was trained without it. Do not use it in an evaluation: it
/// rewards agreement, not service. `Solver` turns a load in requests per second into replicas.
///     imitating reward{published_reward{}, [m = world.model()](double load) { return m.fewest(load, 6); }};
template <class Inner, class Solver>
class imitating {
 public:
  imitating(Inner inner, Solver solver, schedule bonus = linear{0.5, 0, 5'000})
      : inner_(std::move(inner)), solver_(std::move(solver)), bonus_(bonus) {
    require(bonus_.lowest() >= 0, "imitating", "bonus", bonus_.lowest(), "never fall below 0");
  }

  template <class Observation, class Action>
  double operator()(const Observation& o, const Action& a, const Observation& next) const {
    const double r = inner_(o, a, next);
    if (next.n_instances != static_cast<double>(solver_(next.served_per_s))) return r;
    return r + bonus_(next.steps_total);
  }

 private:
  Inner inner_;
  Solver solver_;
  schedule bonus_;
};
template <class Inner, class Solver>
imitating(Inner, Solver) -> imitating<Inner, Solver>;
template <class Inner, class Solver>
imitating(Inner, Solver, schedule) -> imitating<Inner, Solver>;

}  // namespace headroom::scheduler
