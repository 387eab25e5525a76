#pragma once

#include <algorithm>  // std::clamp, std::upper_bound
#include <cmath>      // std::isfinite
#include <cstddef>    // std::size_t
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/actions/limits.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/internal/number_of.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// Turns a clock into a phase: phase k lasts from starts[k] to starts[k + 1]. Before the first start it is phase 0. A
/// time that is not finite has no phase, and is handed on.
///     scheduled plan{{4, 12}, by_time{&sample::time_s, {0, 3600}}, &sample::replicas, {.maximum = 32}};
template <class Time>
class by_time {
 public:
  by_time(Time time, std::vector<double> starts_s) : time_(std::move(time)), starts_(std::move(starts_s)) {
    require(!starts_.empty(), "by_time", "number of starts", starts_.size(), "be at least 1");
    for (std::size_t k = 0; k < starts_.size(); ++k) {
      require_finite("by_time", "start " + to_text(k), starts_[k]);
      if (k > 0)
        require(starts_[k] > starts_[k - 1], "by_time", "start " + to_text(k), starts_[k],
                "be after the one before it");
    }
  }

  template <class Observation>
  double operator()(const Observation& o) const {
    const double now = internal::number_of(time_, o);
    if (!std::isfinite(now)) return now;
    const auto passed = std::upper_bound(starts_.begin(), starts_.end(), now) - starts_.begin();
    return passed > 0 ? static_cast<double>(passed - 1) : 0.0;
  }

 private:
  Time time_;
  std::vector<double> starts_;
};

/// A target per phase: what an operator who knows the load writes down. It knows the future in the large, so it is a
/// strong baseline. `phase(observation)` is a number; it is clamped to the targets there are. Holds when it is not
/// finite.
template <class Phase, class Replicas>
class scheduled {
 public:
  scheduled(std::vector<int> targets, Phase phase, Replicas replicas, const replica_limits& limits = {})
      : targets_(std::move(targets)),
        phase_(std::move(phase)),
        replicas_(std::move(replicas)),
        limits_(checked(limits)) {
    require(!targets_.empty(), "scheduled", "number of targets", targets_.size(), "be at least 1");
    for (const int t : targets_) {
      require(t >= limits_.minimum && t <= limits_.maximum, "scheduled", "target", t,
              "be within the limits " + to_text(limits_.minimum) + " to " + to_text(limits_.maximum));
    }
  }

  template <class Observation>
  int start(const Observation& o) {
    return step(o);
  }
  template <class Observation>
  int step(const Observation& o) {
    const double phase = internal::number_of(phase_, o);
    if (!std::isfinite(phase)) return 0;
    const auto k = static_cast<std::size_t>(std::clamp(phase, 0.0, static_cast<double>(targets_.size() - 1)));
    return limits_.towards(internal::number_of(replicas_, o), targets_[k]);
  }
  template <class Observation>
  void stop(const Observation&, episode) {}

 private:
  std::vector<int> targets_;
  Phase phase_;
  Replicas replicas_;
  replica_limits limits_;
};
template <class Phase, class Replicas>
scheduled(std::vector<int>, Phase, Replicas, replica_limits) -> scheduled<Phase, Replicas>;
template <class Phase, class Replicas>
scheduled(std::vector<int>, Phase, Replicas) -> scheduled<Phase, Replicas>;

}  // namespace headroom
