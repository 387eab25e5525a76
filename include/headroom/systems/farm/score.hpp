#pragma once

#include <tuple>  // std::tuple

#include <headroom/run/metric_score.hpp>

namespace headroom::farm {

namespace internal {

struct metrics {
  static constexpr std::tuple list{
      metric{"final_qos", taken::last, [](const auto& r, double) { return r.next.final_qos; }},
      metric{"final_qos_all", taken::last, [](const auto& r, double) { return r.next.final_qos_all; }},
      metric{"mean_workers", taken::mean, [](const auto& r, double) { return r.next.workers; }},
      metric{"max_workers", taken::largest, [](const auto& r, double) { return r.next.workers; }},
      metric{"scaling_actions", taken::total, [](const auto& r, double) { return r.next.applied_delta != 0; }},
      metric{"requested_actions", taken::total, [](const auto& r, double) { return r.next.requested_delta != 0; }},
      metric{"noop_actions", taken::total, [](const auto& r, double) { return r.next.requested_delta == 0; }},
      metric{"total_reward", taken::total, [](const auto&, double reward) { return reward; }},
      metric{"unfinished_tasks", taken::last, [](const auto& r, double) { return r.next.unfinished; }},
      metric{"mean_workers_by_time", taken::mean_over_time, [](const auto& r, double) { return r.next.workers; }}};
};

}  // namespace internal

/// The figures by which a farm's policies are compared. Workers are those after each step, the initial number excluded,
/// as in the published tables. Model of Score.
///   final_qos          in time / collected, after the drain (fraction)
///   final_qos_all      in time / all requests of the episode (fraction)
///   mean_workers, max_workers
///   scaling_actions    steps in which the number of workers changed
///   requested_actions  steps in which a change was asked for, clipped ones included
///   noop_actions       steps in which none was asked for
///   total_reward       of the given reward
///   unfinished_tasks   requests not collected when the episode ended
///   mean_workers_by_time  each step weighted by its length: the honest one where large moves make long steps
template <class RewardT>
class score : public metric_score<internal::metrics, RewardT> {
 public:
  using metric_score<internal::metrics, RewardT>::metric_score;
};
template <class RewardT>
score(RewardT) -> score<RewardT>;

}  // namespace headroom::farm
