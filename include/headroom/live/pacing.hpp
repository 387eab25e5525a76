#pragma once

#include <algorithm>  // std::max, std::min
#include <chrono>     // std::chrono::nanoseconds
#include <cstdint>    // std::int64_t, std::uint64_t
#include <optional>   // std::optional
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/live/clock.hpp>

namespace headroom {

/// A moment at which a host decides.
struct tick {
  std::uint64_t number = 0;  ///< decisions before this one
  std::uint64_t missed = 0;  ///< intervals since the last one in which there was no decision
  double late_s = 0;         ///< s after its place in the grid
};

/// Decision moments at a fixed interval that keep their phase: the moments are start, start + interval, start + 2
/// interval, ... A decision that takes long does not move the later ones. A moment that was missed by more than a tenth
/// of the interval is left out and counted: after a slow read, or a night in which the machine slept, there is one
/// decision at the next moment of the grid and no burst of those that were missed. If the clock runs backwards by more
/// than an interval, the grid begins anew.
///     pacing pace{clock, 15};
///     while (const auto now = pace.next([&] { return stop_requested != 0; })) decide();
template <Clock C>
class pacing {
 public:
  /// Throws std::invalid_argument unless the interval is from 1 ms to 1e6 s.
  pacing(C clock, double interval_s) : clock_(std::move(clock)), interval_(checked_interval(interval_s)) {}

  /// Sleeps until the next moment. Nothing if `stop()` says so before: it is asked first, whenever a sleep ends, and at
  /// least once a second.
  template <class Stop>
  std::optional<tick> next(Stop&& stop) {
    if (stop()) return std::nullopt;
    const auto asked = clock_.now();
    if (!begun_) begin(asked);
    std::chrono::nanoseconds due = next_after(asked);
    for (;;) {
      const auto now = clock_.now();
      if (now < due - 2 * interval_) {  // the clock was set back, since the last moment or while this slept
        begin(now);
        due = next_after(now);
      }
      if (now >= due) {
        if (now - due > interval_ / 10) {  // slept for too long
          due = next_after(now);
          continue;
        }
        return arrive(due, now);
      }
      clock_.sleep(std::min<std::chrono::nanoseconds>(due - now, std::chrono::seconds(1)));
      if (stop()) return std::nullopt;
    }
  }
  std::optional<tick> next() {
    return next([] { return false; });
  }

  [[nodiscard]] double interval_s() const noexcept { return to_seconds(interval_); }
  /// Moments without a decision since the beginning.
  [[nodiscard]] std::uint64_t missed() const noexcept { return missed_; }
  /// How often the grid began anew because the clock ran backwards.
  [[nodiscard]] std::uint64_t restarts() const noexcept { return restarts_; }

 private:
  [[nodiscard]] static std::chrono::nanoseconds checked_interval(double s) {
    require(s >= 0.001 && s <= 1e6, "pacing", "interval_s", s, "be from 0.001 to 1e6");
    return from_seconds(s);
  }
  // The first moment is now.
  void begin(std::chrono::nanoseconds now) {
    if (begun_) ++restarts_;
    begun_ = true;
    last_ = now - interval_;
  }
  // The first moment of the grid behind the last one that is not more than a tenth of an interval ago.
  [[nodiscard]] std::chrono::nanoseconds next_after(std::chrono::nanoseconds now) const {
    const auto first = last_ + interval_;
    const auto behind = now - interval_ / 10 - first;
    if (behind.count() <= 0) return first;
    const std::int64_t intervals = (behind.count() + interval_.count() - 1) / interval_.count();
    return first + intervals * interval_;
  }
  tick arrive(std::chrono::nanoseconds due, std::chrono::nanoseconds now) {
    const auto passed = static_cast<std::uint64_t>((due - last_).count() / interval_.count());
    last_ = due;
    missed_ += passed - 1;
    return {number_++, passed - 1, to_seconds(now - due)};
  }

  C clock_;
  std::chrono::nanoseconds interval_;
  std::chrono::nanoseconds last_{0};  // the last moment at which there was a decision
  bool begun_ = false;
  std::uint64_t number_ = 0;
  std::uint64_t missed_ = 0;
  std::uint64_t restarts_ = 0;
};

}  // namespace headroom
