#pragma once

#include <algorithm>    // std::clamp
#include <cmath>        // std::lround
#include <limits>       // std::numeric_limits
#include <string_view>  // std::string_view

#include <headroom/actions/limits.hpp>
#include <headroom/core/types.hpp>
#include <headroom/baselines/intake.hpp>
#include <headroom/baselines/signals.hpp>

namespace headroom {

/// The values of an observation.
struct load_sample {
  double now_s = 0;
  double replicas = 0;
  double ready = 0;      ///< how many replicas are ready; all, where the signal is not named
  double load = 0;       ///< the metric, finite and not negative where `measured`
  bool measured = true;  ///< whether the metric can be used
};

/// The shared base of baselines that follow one metric of load and evaluate it periodically. Only samples that can be
/// used reach the law; the others keep the current scale and are counted. Derived provides begin(sample) and
/// decide(sample). begin forgets all history; it is called with the first sample of an episode and after a clock that
/// jumped backwards. decide sets `desired_` when due() says that it is time. Both are found at compile time; nothing is
/// virtual. A law that can also decide without its metric hides `sees_unmeasured` and `acts`. O(1).
///     class mine : public load_driven<mine, pods> { friend load_driven<mine, pods>; void begin(load_sample); ...
template <class Derived, class Observation>
class load_driven {
 public:
  /// A new episode: all memory is cleared.
  int start(const Observation& o) {
    intake_.start();
    begun_ = false;
    return step(o);
  }

  int step(const Observation& o) {
    const double now_s = see_.time_s(o);
    const double replicas = see_.replicas(o);
    const bool on_time = intake_.clock(now_s);
    if (intake_.jumped()) begun_ = false;
    if (!intake_.count(replicas, limits_.maximum)) return 0;
    const double ready = see_.ready ? see_.ready(o) : replicas;
    const double load = metric_(o);
    const bool counted = !see_.ready || intake_.count(ready, std::numeric_limits<int>::max());
    const bool measured = intake_.value(load);
    if (!on_time || !counted || !(measured || Derived::sees_unmeasured)) {
      if (!begun_) desired_ = bounded(replicas);
      return limits_.towards(replicas, replicas);
    }

    Derived& law = static_cast<Derived&>(*this);
    const load_sample seen{now_s, replicas, ready, load, measured};
    if (!begun_) {
      begun_ = true;
      evaluated_ = false;
      law.begin(seen);
    }
    law.decide(seen);
    return limits_.towards(replicas, law.acts(seen) ? desired_ : replicas);
  }

  void stop(const Observation&, episode) {}

  /// Replicas that the law wants, within the action set's bounds and before its rate limits.
  [[nodiscard]] int desired() const noexcept { return desired_; }
  [[nodiscard]] const refused_signals& refused() const noexcept { return intake_.refused(); }

 protected:
  /// Needs signals time_s and replicas; errors name `who`. Derived checks `metric`, whose name it knows. `period_s` is
  /// the time between two evaluations; 0: at every sample.
  load_driven(std::string_view who, const signals<Observation>& see, const feature<Observation>& metric,
              double period_s, const replica_limits& limits)
      : limits_(checked(limits)), desired_(limits.minimum), see_(see), metric_(metric), period_s_(period_s) {
    require_signal(who, "time_s", see.time_s);
    require_signal(who, "replicas", see.replicas);
  }

  /// Whether the law is shown samples without a usable metric, too.
  static constexpr bool sees_unmeasured = false;
  /// Whether to move to `desired_` after this sample; if not, the current scale is kept.
  [[nodiscard]] static constexpr bool acts(const load_sample&) noexcept { return true; }
  /// Whether to evaluate now: at the first sample, after a period, or `at_once`. If so, the next period begins.
  [[nodiscard]] bool due(double now_s, bool at_once = false) noexcept {
    if (evaluated_ && !at_once && now_s - evaluated_s_ < period_s_ - 1e-9) return false;
    evaluated_ = true;
    evaluated_s_ = now_s;
    return true;
  }
  /// Whether a sample could be used since the start.
  [[nodiscard]] bool begun() const noexcept { return begun_; }
  [[nodiscard]] int bounded(double replicas) const noexcept {
    const double within =
        std::clamp(replicas, static_cast<double>(limits_.minimum), static_cast<double>(limits_.maximum));
    return static_cast<int>(std::lround(within));
  }

  replica_limits limits_;
  int desired_;

 private:
  signals<Observation> see_;
  feature<Observation> metric_;
  double period_s_;
  intake intake_{};
  bool begun_ = false;
  bool evaluated_ = false;
  double evaluated_s_ = 0;
};

}  // namespace headroom
