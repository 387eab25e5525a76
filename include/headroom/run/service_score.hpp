#pragma once

#include <tuple>  // std::tuple

#include <headroom/run/metric_score.hpp>

namespace headroom {

namespace internal {

struct service_metrics {
  static constexpr std::tuple list{
      metric{"in_time", taken::last, [](const auto& r, double) { return r.next.in_time; }},
      metric{"mean_replicas", taken::mean_over_time, [](const auto& r, double) { return r.next.replicas; }},
      metric{"max_replicas", taken::largest, [](const auto& r, double) { return r.next.replicas; }},
      metric{"scaling_actions", taken::total, [](const auto& r, double) { return r.next.applied != 0; }},
      metric{"turns", taken::total,
             [](const auto& r, double) { return r.observation.applied * r.next.applied < 0 ? 1 : 0; }},
      metric{"mean_starting", taken::mean_over_time, [](const auto& r, double) { return r.next.starting; }},
      metric{"late", taken::total, [](const auto& r, double) { return r.next.late; }},
      metric{"total_reward", taken::total, [](const auto&, double reward) { return reward; }}};
};

}  // namespace internal

/// The figures by which the policies of a service are compared. Replicas are those that are wanted after each step:
/// they are paid for from the wish on. Model of Score.
///   in_time          requests answered within the objective, of all requests of the episode (fraction)
///   mean_replicas, max_replicas
///   scaling_actions  steps in which the number of replicas changed
///   turns            of these, those that undid the direction of the step before
///   mean_starting    replicas that are paid for and do not serve yet
///   late             requests that were not in time
///   total_reward     of the given reward
template <class RewardT>
class service_score : public metric_score<internal::service_metrics, RewardT> {
 public:
  using metric_score<internal::service_metrics, RewardT>::metric_score;
};
template <class RewardT>
service_score(RewardT) -> service_score<RewardT>;

}  // namespace headroom
