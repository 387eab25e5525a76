#pragma once

#include <vector>

#include <headroom/core/types.hpp>
#include <headroom/baselines/signals.hpp>

/// What the tests of wrappers around policies of deltas have in common: an inner policy that wishes what the
/// observation says, and writes down what it is told.
namespace wishes {

struct sample {
  double time_s = 0;
  double replicas = 4;
  int wish = 0;
  double activity = 1;
};

inline headroom::signals<sample> see() { return {.time_s = &sample::time_s, .replicas = &sample::replicas}; }

struct wisher {
  std::vector<int> told{};
  int starts = 0;
  int steps = 0;
  int stops = 0;

  int start(const sample& o) {
    ++starts;
    return o.wish;
  }
  int step(const sample& o) {
    ++steps;
    return o.wish;
  }
  void stop(const sample&, headroom::episode) { ++stops; }
  void executed(int delta) { told.push_back(delta); }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("steps", self.steps);
  }
};

/// The same, but cannot be corrected and has nothing to keep.
struct stubborn {
  int start(const sample& o) { return o.wish; }
  int step(const sample& o) { return o.wish; }
  void stop(const sample&, headroom::episode) {}
};

}  // namespace wishes
