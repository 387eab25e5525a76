#pragma once

#include <algorithm>    // std::clamp
#include <cmath>        // std::isfinite, std::round
#include <limits>       // std::numeric_limits
#include <string_view>  // std::string_view

#include <headroom/actions/limits.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/telemetry/alarm.hpp>
#include <headroom/baselines/intake.hpp>
#include <headroom/baselines/signals.hpp>

namespace headroom {

/// The shared base of the laws of Amazon's services: one alarm above and one below on the same metric, a cooldown for
/// each direction (a scale-up ends the cooldown of a scale-down), and a wish that stands until it is reached. Derived
/// provides decide(now_s, replicas, datapoint), which may scale when a period has ended with a value. It is found at
/// compile time; nothing is virtual. An observation that cannot be used moves nothing; a metric that cannot be used is
/// missing data to the alarms. O(1).
///     class mine : public alarm_driven<mine, gauge> { friend alarm_driven<mine, gauge>; void decide(...); ...
template <class Derived, class O>
class alarm_driven {
 public:
  int start(const O& o) {
    intake_.start();
    forget();
    return step(o);
  }
  int step(const O& o) {
    const double now_s = see_.time_s(o);
    const double replicas = see_.replicas(o);
    const double m = metric_(o);
    const bool clock = intake_.clock(now_s);
    if (intake_.jumped()) forget();
    const bool known = intake_.count(replicas, limits_.maximum);
    const bool seen = intake_.value(m);
    const bool ended = clock && watch(now_s, seen ? m : std::numeric_limits<double>::quiet_NaN());
    if (!known) return 0;
    if (!clock || !seen) return limits_.towards(replicas, replicas);
    if (!moving_ || replicas == desired_) {
      desired_ = within(replicas);  // if another controller scaled, follow it
      moving_ = false;
    }
    if (ended && std::isfinite(high_.datapoint())) {
      static_cast<Derived&>(*this).decide(now_s, replicas, high_.datapoint());
    }
    return limits_.towards(replicas, desired_);
  }
  void stop(const O&, episode) {}

  /// Replicas that the law wants, within the action set's bounds and before its rate limits.
  [[nodiscard]] int desired() const noexcept { return desired_; }
  [[nodiscard]] const refused_signals& refused() const noexcept { return intake_.refused(); }

 protected:
  /// Needs signals time_s, replicas and the metric; errors name `who`. Both alarms must have the same period.
  alarm_driven(std::string_view who, const signals<O>& see, const feature<O>& metric, const alarm_options& high,
               const alarm_options& low, const replica_limits& limits)
      : see_(see), metric_(metric), limits_(checked(limits)), high_(high), low_(low) {
    require_signal(who, "time_s", see.time_s);
    require_signal(who, "replicas", see.replicas);
    require(static_cast<bool>(metric), who, "metric", "missing", "be named");
  }

  /// Whether the alarm above is raised, and whether the alarm below is.
  [[nodiscard]] bool high() const { return high_.raised(); }
  [[nodiscard]] bool low() const { return low_.raised(); }
  /// Whether the cooldown after a scale-out is running, and the one after a scale-in.
  [[nodiscard]] bool out_cools(double now_s) const { return now_s < out_until_s_ - slack_s; }
  [[nodiscard]] bool in_cools(double now_s) const { return now_s < in_until_s_ - slack_s; }

  [[nodiscard]] int within(double n) const {
    return static_cast<int>(
        std::clamp(std::round(n), static_cast<double>(limits_.minimum), static_cast<double>(limits_.maximum)));
  }
  /// The replicas after the move under way; `n` if there is no move.
  [[nodiscard]] double pending(double n) const { return moving_ ? desired_ : n; }

  void scale_out(double now_s, double n, int next, double cooldown_s) {
    if (!go(next, n)) return;
    out_until_s_ = now_s + cooldown_s;
    in_until_s_ = never;
  }
  void scale_in(double now_s, double n, int next, double cooldown_s) {
    if (next < n && go(next, n)) in_until_s_ = now_s + cooldown_s;
  }

 private:
  static constexpr double never = -std::numeric_limits<double>::infinity();
  static constexpr double slack_s = 1e-9;

  void forget() {
    high_.forget();
    low_.forget();
    out_until_s_ = never;
    in_until_s_ = never;
    moving_ = false;
  }
  bool watch(double now_s, double m) {
    low_.observe(now_s, m);
    return high_.observe(now_s, m);
  }
  // Sets the wish. Returns whether there is anything to do.
  bool go(int next, double n) {
    desired_ = next;
    moving_ = next != n;
    return moving_;
  }

  signals<O> see_;
  feature<O> metric_;
  replica_limits limits_;
  threshold_alarm high_;
  threshold_alarm low_;
  intake intake_{};
  double out_until_s_ = never;
  double in_until_s_ = never;
  int desired_ = 0;
  bool moving_ = false;  // desired_ is not reached yet
};

}  // namespace headroom
