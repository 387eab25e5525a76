#pragma once

#include <chrono>  // std::chrono::nanoseconds

#include <headroom/live/clock.hpp>

namespace live_farm {

/// Farm time: seconds since the farm began, `speed` times faster than ours. All programs of a farm run on one machine
/// and read the same clock, so they agree on it without talking to each other.
struct farm_clock {
  std::chrono::nanoseconds began{0};
  double speed = 1;

  [[nodiscard]] double now_s() const { return headroom::to_seconds(headroom::system_clock::now() - began) * speed; }
  /// Sleeps so many seconds of the farm.
  void sleep_s(double s) const { headroom::system_clock::sleep(headroom::from_seconds(s / speed)); }
  void sleep_until_s(double s) const { sleep_s(s - now_s()); }
};

}  // namespace live_farm
