#pragma once

#include <headroom/core/types.hpp>

namespace tool {

/// What episodes of the farm cost: workers by the step, and the price of each request that was not served in time,
/// those that never were included. An observer; the sum goes on over episodes.
class episode_cost {
 public:
  /// `step_s`: if positive, workers cost by the time, so many seconds a step.
  episode_cost(double price, double step_s) : price_(price), step_s_(step_s) {}

  template <class Record>
  void on_step(const Record& r) {
    sum_ += r.next.workers * (step_s_ > 0 ? (r.next.time_s - r.observation.time_s) / step_s_ : 1.0);
    if (r.next.status == headroom::episode::ongoing) return;
    sum_ += price_ * (1 - r.next.final_qos_all) * (r.next.output_queue + r.next.unfinished);
  }
  [[nodiscard]] double sum() const noexcept { return sum_; }

 private:
  double price_;
  double step_s_;
  double sum_ = 0;
};

}  // namespace tool
