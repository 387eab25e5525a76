#pragma once

#include <cmath>        // std::ceil
#include <cstddef>      // std::size_t
#include <limits>       // std::numeric_limits
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>

namespace headroom {

/// The intervals of a recorded load, all of one length and without a gap. The code that cuts a trace needs only this,
/// in memory or on disk.
struct trace_grid {
  double interval_s = 1;
  std::size_t size = 0;

  /// The intervals [first, last).
  struct part {
    std::size_t first = 0;
    std::size_t last = 0;
  };

  [[nodiscard]] double duration_s() const noexcept { return interval_s * static_cast<double>(size); }

  /// The first interval that begins at or after `t_s`, `size` if none does. A small tolerance is needed, because 0.3 /
  /// 0.1 is not 3.
  [[nodiscard]] std::size_t index_from(double t_s) const noexcept {
    const double place = std::ceil(t_s / interval_s - 1e-6);
    if (!(place > 0)) return 0;
    return place < static_cast<double>(size) ? static_cast<std::size_t>(place) : size;
  }

  /// The intervals that begin in [from_s, to_s); throws std::invalid_argument if that is not within the trace or holds
  /// none.
  [[nodiscard]] part slice(double from_s, double to_s) const {
    const double end_s = duration_s();
    require(from_s >= 0 && from_s < end_s, "trace", "from_s", from_s, "be within the trace");
    require(to_s > from_s && to_s <= end_s * (1 + 1e-12), "trace", "to_s", to_s,
            "come after from_s and not after the end");
    const part p{index_from(from_s), index_from(to_s)};
    require(p.last > p.first, "trace", "to_s", to_s, "leave at least one interval after from_s");
    return p;
  }

  /// The factor for each count, so that `what` (mean or peak, in requests per second) changes from `from` to `to`.
  /// `peak` is the largest count; the scaled peak must still be a float.
  [[nodiscard]] static double factor(std::string_view what, double to, double from, double peak) {
    require_not_negative("trace", what, to);
    require(from > 0, "trace", "number of requests", 0, "be positive to be scaled");
    const double factor = to / from;
    constexpr double largest = std::numeric_limits<float>::max();
    require_finite("trace", "peak after scaling",
                   peak * factor <= largest ? peak * factor : std::numeric_limits<double>::infinity());
    return factor;
  }
};

}  // namespace headroom
