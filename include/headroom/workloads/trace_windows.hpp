#pragma once

#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint64_t
#include <memory>   // std::make_shared, std::shared_ptr
#include <span>     // std::span
#include <utility>  // std::move

#include <headroom/workloads/arrivals.hpp>
#include <headroom/workloads/trace.hpp>
#include <headroom/workloads/window_plan.hpp>

namespace headroom {

/// Episodes out of a recorded trace, as an arrival_source: each seed draws a place, aligned to the intervals, and plays
/// `window_s` seconds from there with the counts as Poisson rates. A learner that meets the same hour every time learns
/// the hour, not the service. Copies share the trace, because an arrival_source gets copied and a trace may be large;
/// io/streamed_trace.hpp has the same for one that is too large.
class trace_windows {
 public:
  explicit trace_windows(trace recorded, const trace_windows_options& options = {})
      : trace_(std::make_shared<const trace>(std::move(recorded))), plan_("trace_windows", trace_->grid(), options) {}

  void operator()(std::uint64_t seed, arrivals& out) const {
    const std::span<const float> all(trace_->counts());
    plan_.play(
        seed, [all](std::size_t begin, std::size_t length) { return all.subspan(begin, length); }, out);
  }

  /// Where in the trace the window of this seed begins, in seconds.
  [[nodiscard]] double begin_s(std::uint64_t seed) const { return plan_.begin_s(seed); }
  /// How many different windows there are.
  [[nodiscard]] std::size_t places() const noexcept { return plan_.places(); }

 private:
  std::shared_ptr<const trace> trace_;
  window_plan plan_;
};

}  // namespace headroom
