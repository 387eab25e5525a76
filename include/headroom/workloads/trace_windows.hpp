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

/// Episodes from a recorded trace, as an arrival_source. Each seed draws a start, aligned to the intervals, and plays
/// `window_s` seconds from there with the counts as Poisson rates. A learner that sees the same hour in every episode
/// learns that hour, not the service. Copies share the trace, because an arrival_source is copied and a trace may be
/// large. For a trace larger than memory see io/streamed_trace.hpp.
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
