#pragma once

#include <tuple>  // std::tuple

#include <headroom/run/metric_score.hpp>

namespace headroom::scheduler {

namespace internal {

struct metrics {
  static constexpr std::tuple list{
      metric{"total_reward", taken::total, [](const auto&, double reward) { return reward; }},
      metric{"violations", taken::mean, [](const auto& r, double) { return r.next.violation; }},
      metric{"mean_instances", taken::mean, [](const auto& r, double) { return r.next.n_instances; }},
      metric{"scaling_actions", taken::total,
             [](const auto& r, double) { return r.next.n_instances != r.observation.n_instances; }}};
};

}  // namespace internal

/// The figures by which the policies of a request scheduler are compared. Model of Score.
///   total_reward     of the given reward
///   violations       fraction of the steps whose response time was above its limit
///   mean_instances   over the steps
///   scaling_actions  steps in which the number of instances changed
template <class RewardT>
class score : public metric_score<internal::metrics, RewardT> {
 public:
  using metric_score<internal::metrics, RewardT>::metric_score;
};
template <class RewardT>
score(RewardT) -> score<RewardT>;

}  // namespace headroom::scheduler
