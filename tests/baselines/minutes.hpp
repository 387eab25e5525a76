#pragma once

#include <limits>

#include <headroom/actions/limits.hpp>
#include <headroom/baselines/signals.hpp>

/// What the tests of autoscalers driven by alarms have in common.
namespace minute_by_minute {

using namespace headroom;

struct gauge {
  double time_s = 0;
  double replicas = 10;
  double busy = 0.5;
};
inline const signals<gauge> see{.time_s = &gauge::time_s, .replicas = &gauge::replicas, .utilisation = &gauge::busy};
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr replica_limits free_hand{.minimum = 1, .maximum = 1000, .max_up = 1000, .max_down = 1000};

/// A minute after the other; the replicas are what was asked for.
template <class Policy>
struct minutes {
  Policy policy;
  gauge now{};
  bool begun = false;

  int minute(double busy) {
    now.busy = busy;
    now.time_s += 60;
    const int delta = begun ? policy.step(now) : policy.start(now);
    begun = true;
    now.replicas += delta;
    return delta;
  }
};

}  // namespace minute_by_minute
