#pragma once

#include <algorithm>    // std::clamp
#include <cmath>        // std::lround
#include <cstdint>      // std::uint64_t
#include <limits>       // std::numeric_limits
#include <type_traits>  // std::remove_cvref_t
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/telemetry/intake.hpp>
#include <headroom/telemetry/recent.hpp>
#include <headroom/telemetry/signals.hpp>

namespace headroom {

/// For how long every wish must have pointed one way before it is obeyed. Kubernetes' defaults.
struct stabilized_options {
  double up_s = 0;        ///< s; up only to the lowest wish of this window
  double down_s = 300;    ///< s; down only to the highest wish of this window
  double interval_s = 1;  ///< s between decisions, at least; those that come twice as fast may hold a wish for longer
};

/// A policy of deltas behind stabilisation windows. A wish is a number of replicas, current + delta; it is moved as far
/// as the lowest wish of the window up and the highest of the window down agree:
///     executed = clamp(current, lowest wish within up_s, highest wish within down_s) - current
/// so what is executed lies between nothing and the wish. The replicas that were there first count as a wish. The law
/// of Kubernetes' autoscaler after 1.20 (target_tracking has that of 1.20, which looks at one window only). The inner
/// policy is told what was executed. A clock or a number of replicas that cannot be used: hold, and count.
/// O(1) amortised, no allocation after construction. Model of CorrectablePolicy.
///     stabilized policy{std::move(learner), farm_signals(), {.down_s = 120}};
template <class Inner, class O>
class stabilized {
 public:
  /// Needs signals.time_s and signals.replicas.
  stabilized(Inner inner, const signals<O>& see, const stabilized_options& options = {})
      : inner_(std::move(inner)),
        see_(see),
        lowest_(options.up_s, slots_for(options.up_s, options.interval_s)),
        highest_(options.down_s, slots_for(options.down_s, options.interval_s)) {
    require_positive("stabilized", "interval_s", options.interval_s);
    require_signal("stabilized", "time_s", see.time_s);
    require_signal("stabilized", "replicas", see.replicas);
  }

  int start(const O& o) {
    door_.start();
    forget();
    return settle(o, inner_.start(o));
  }
  int step(const O& o) { return settle(o, inner_.step(o)); }
  void stop(const O& o, episode end) { inner_.stop(o, end); }
  void executed(int delta) {
    if constexpr (requires { inner_.executed(delta); }) inner_.executed(delta);
  }

  /// What a checkpoint must hold, between episodes: an episode starts without a past.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    if constexpr (requires { std::remove_cvref_t<Inner>::fields(self.inner_, a); }) a("inner", self.inner_);
    a("door", self.door_);
    a("overrides", self.overrides_);
  }

  [[nodiscard]] const Inner& inner() const noexcept { return inner_; }
  /// How many wishes were not executed as they were.
  [[nodiscard]] std::uint64_t overrides() const noexcept { return overrides_; }
  [[nodiscard]] const refused_signals& refused() const noexcept { return door_.refused(); }

 private:
  void forget() noexcept {
    lowest_.clear();
    highest_.clear();
    seen_ = false;
  }
  void remember(double now_s, double wish) noexcept {
    lowest_.add(now_s, wish);
    highest_.add(now_s, wish);
  }

  int settle(const O& o, int wish) {
    const int delta = calm(o, wish);
    if (delta == wish) return wish;
    ++overrides_;
    executed(delta);
    return delta;
  }
  int calm(const O& o, int wish) {
    const double now_s = see_.time_s(o);
    const double current = see_.replicas(o);
    const bool in_time = door_.clock(now_s);
    if (door_.jumped()) forget();
    if (!door_.count(current, std::numeric_limits<int>::max()) || !in_time) return 0;
    if (!seen_) remember(now_s, current);
    seen_ = true;
    const double wanted = current + wish;
    const double low = lowest_.best(now_s, wanted);
    const double high = highest_.best(now_s, wanted);
    remember(now_s, wanted);
    return static_cast<int>(std::lround(std::clamp(current, low, high) - current));
  }

  Inner inner_;
  signals<O> see_;
  sliding_minimum lowest_;
  sliding_maximum highest_;
  intake door_;
  bool seen_ = false;
  std::uint64_t overrides_ = 0;
};

}  // namespace headroom
