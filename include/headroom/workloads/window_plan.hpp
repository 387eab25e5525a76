#pragma once

#include <cmath>        // std::abs, std::round
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <limits>       // std::numeric_limits
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/workloads/arrivals.hpp>
#include <headroom/workloads/poisson.hpp>
#include <headroom/workloads/trace_grid.hpp>

namespace headroom {

struct trace_windows_options {
  double window_s = 240;  ///< length of an episode; a whole number of the trace's intervals
  double from_s = 0;      ///< windows lie within [from_s, to_s): train on one part of a trace, evaluate on another
  double to_s = std::numeric_limits<double>::infinity();  ///< infinity: the end of the trace
};

/// The windows of a recorded load: which ones exist, which one a seed draws, and how its counts become requests. A
/// trace in memory and a trace on disk share it, so both give the same bits. Throws std::invalid_argument, in the name
/// of `who`, for windows that do not fit.
class window_plan {
 public:
  window_plan(std::string_view who, const trace_grid& grid, const trace_windows_options& options)
      : interval_s_(grid.interval_s) {
    require_positive(who, "window_s", options.window_s);
    require(options.from_s >= 0 && options.from_s < grid.duration_s(), who, "from_s", options.from_s,
            "be within the trace");
    require(options.to_s > options.from_s, who, "to_s", options.to_s, "come after from_s");
    const double intervals = std::round(options.window_s / interval_s_);
    require(intervals >= 1 && std::abs(options.window_s / interval_s_ - intervals) < 1e-6, who, "window_s",
            options.window_s, "be a whole number of intervals of " + to_text(interval_s_) + " s");
    first_ = grid.index_from(options.from_s);
    const std::size_t end = grid.index_from(options.to_s);
    require(end > first_ && intervals <= static_cast<double>(end - first_), who, "window_s", options.window_s,
            "fit between from_s and to_s");
    length_ = static_cast<std::size_t>(intervals);
    places_ = end - first_ - length_ + 1;
  }

  /// Plays the window of this seed. `counts(begin, length)` returns the counts of these intervals; indices count from
  /// 0.
  template <class Counts>
  void play(std::uint64_t seed, Counts&& counts, arrivals& out) const {
    out.clear();
    engine random(seed, stream::workload);
    const auto& window = counts(place(random), length_);
    for (std::size_t k = 0; k < length_; ++k) {
      append_poisson(random, static_cast<double>(k) * interval_s_, interval_s_, static_cast<double>(window[k]), out);
    }
    out.phase_start_s.push_back(0);
    out.end_s = static_cast<double>(length_) * interval_s_;
  }

  /// Where in the trace the window of this seed begins, in seconds.
  [[nodiscard]] double begin_s(std::uint64_t seed) const {
    engine random(seed, stream::workload);
    return static_cast<double>(place(random)) * interval_s_;
  }
  /// How many different windows there are.
  [[nodiscard]] std::size_t places() const noexcept { return places_; }

 private:
  [[nodiscard]] std::size_t place(engine& random) const { return first_ + random.below(places_); }

  double interval_s_;
  std::size_t first_ = 0;   // interval at which the first window begins
  std::size_t length_ = 0;  // intervals in a window
  std::size_t places_ = 0;
};

}  // namespace headroom
