#pragma once

#include <cmath>    // std::abs, std::round
#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint64_t
#include <limits>   // std::numeric_limits
#include <memory>   // std::make_shared, std::shared_ptr
#include <utility>  // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/simulation/arrivals.hpp>
#include <headroom/workloads/poisson.hpp>
#include <headroom/workloads/trace.hpp>

namespace headroom {

struct trace_windows_options {
  double window_s = 240;  ///< of an episode; a whole number of the trace's intervals
  double from_s = 0;      ///< windows lie within [from_s, to_s): train on one part of a trace, evaluate on another
  double to_s = std::numeric_limits<double>::infinity();  ///< infinity: the end of the trace
};

/// Episodes out of a recorded trace, as an arrival_source: each seed draws a place, aligned to the intervals, and plays
/// `window_s` seconds from there with the counts as Poisson rates. A learner that meets the same hour every time learns
/// the hour, not the service. Copies share the trace, because an arrival_source gets copied and a trace may be large.
class trace_windows {
 public:
  explicit trace_windows(trace recorded, const trace_windows_options& options = {})
      : trace_(std::make_shared<const trace>(std::move(recorded))) {
    const double interval_s = trace_->interval_s();
    require_positive("trace_windows", "window_s", options.window_s);
    require(options.from_s >= 0 && options.from_s < trace_->duration_s(), "trace_windows", "from_s", options.from_s,
            "be within the trace");
    require(options.to_s > options.from_s, "trace_windows", "to_s", options.to_s, "come after from_s");
    const double intervals = std::round(options.window_s / interval_s);
    require(intervals >= 1 && std::abs(options.window_s / interval_s - intervals) < 1e-6, "trace_windows", "window_s",
            options.window_s, "be a whole number of intervals of " + to_text(interval_s) + " s");
    first_ = trace_->index_from(options.from_s);
    const std::size_t end = trace_->index_from(options.to_s);
    require(end > first_ && intervals <= static_cast<double>(end - first_), "trace_windows", "window_s",
            options.window_s, "fit between from_s and to_s");
    length_ = static_cast<std::size_t>(intervals);
    places_ = end - first_ - length_ + 1;
  }

  void operator()(std::uint64_t seed, arrivals& out) const {
    out.clear();
    engine random(seed, stream::workload);
    const std::size_t begin = place(random);
    const double interval_s = trace_->interval_s();
    for (std::size_t k = 0; k < length_; ++k) {
      const auto mean = static_cast<double>(trace_->counts()[begin + k]);
      append_poisson(random, static_cast<double>(k) * interval_s, interval_s, mean, out);
    }
    out.phase_start_s.push_back(0);
    out.end_s = static_cast<double>(length_) * interval_s;
  }

  /// Where in the trace the window of this seed begins, in seconds.
  [[nodiscard]] double begin_s(std::uint64_t seed) const {
    engine random(seed, stream::workload);
    return static_cast<double>(place(random)) * trace_->interval_s();
  }
  /// How many different windows there are.
  [[nodiscard]] std::size_t places() const noexcept { return places_; }

 private:
  [[nodiscard]] std::size_t place(engine& random) const { return first_ + random.below(places_); }

  std::shared_ptr<const trace> trace_;
  std::size_t first_ = 0;   // interval at which the earliest window begins
  std::size_t length_ = 0;  // intervals in a window
  std::size_t places_ = 0;
};

}  // namespace headroom
