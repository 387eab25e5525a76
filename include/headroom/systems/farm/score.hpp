#pragma once

#include <algorithm>    // std::max
#include <array>        // std::array
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/core/types.hpp>

namespace headroom::farm {

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
class score {
 public:
  static constexpr std::array<std::string_view, 10> names{
      "final_qos",         "final_qos_all", "mean_workers", "max_workers",      "scaling_actions",
      "requested_actions", "noop_actions",  "total_reward", "unfinished_tasks", "mean_workers_by_time"};

  explicit score(RewardT reward) : reward_(std::move(reward)) {}

  template <class Observation>
  void on_start(const Observation&) {
    values_ = {};
    steps_ = 0;
    time_s_ = 0;
  }
  template <class Record>
  void on_step(const Record& r) {
    ++steps_;
    values_[2] += (r.next.workers - values_[2]) / steps_;
    values_[3] = std::max(values_[3], r.next.workers);
    values_[4] += r.next.applied_delta != 0 ? 1 : 0;
    values_[5] += r.next.requested_delta != 0 ? 1 : 0;
    values_[6] += r.next.requested_delta == 0 ? 1 : 0;
    values_[7] += reward_(r.observation, r.action, r.next);
    values_[0] = r.next.final_qos;
    values_[1] = r.next.final_qos_all;
    values_[8] = r.next.unfinished;
    const double elapsed_s = r.next.time_s - r.observation.time_s;
    time_s_ += elapsed_s;
    if (time_s_ > 0) values_[9] += (r.next.workers - values_[9]) * (elapsed_s / time_s_);
  }

  [[nodiscard]] std::array<double, 10> values() const { return values_; }

 private:
  RewardT reward_;
  std::array<double, 10> values_{};
  double steps_ = 0;
  double time_s_ = 0;
};

}  // namespace headroom::farm
