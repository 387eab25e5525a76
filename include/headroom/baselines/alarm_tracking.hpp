#pragma once

#include <algorithm>    // std::max
#include <cmath>        // std::ceil, std::floor
#include <type_traits>  // std::type_identity_t

#include <headroom/actions/limits.hpp>
#include <headroom/baselines/alarm_driven.hpp>
#include <headroom/core/check.hpp>
#include <headroom/telemetry/alarm.hpp>
#include <headroom/baselines/signals.hpp>

namespace headroom {

/// The options of `alarm_tracking`, in the metric's own unit.
struct alarm_tracking_options {
  double target = 0.7;          ///< value at which to hold the metric; there is no published default
  double scale_in_below = 0.9;  ///< fraction of the target; a guess, because Amazon does not publish the margin
  double period_s = 60;         ///< a datapoint is the mean of the values of one period
  int out_periods = 3;          ///< consecutive datapoints above the target that scale out
  int in_periods = 15;          ///< consecutive datapoints below scale_in_below * target that scale in
  double out_cooldown_s = 300;  ///< between two scale-outs
  double in_cooldown_s = 300;   ///< between two scale-ins; a scale-out ends it
  double in_fraction = 0.1;     ///< a scale-in removes at most this fraction, but one replica at least; 1: no bound.
                                ///< A guess: Amazon only publishes that it scales in "more gradually"
  bool scale_in = true;         ///< false: DisableScaleIn
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const alarm_tracking_options& checked(const alarm_tracking_options& o) {
  require_positive("alarm_tracking", "target", o.target);
  require_step_size("alarm_tracking", "scale_in_below", o.scale_in_below);
  require_positive("alarm_tracking", "period_s", o.period_s);
  require(o.out_periods >= 1 && o.out_periods <= 64, "alarm_tracking", "out_periods", o.out_periods, "be from 1 to 64");
  require(o.in_periods >= 1 && o.in_periods <= 64, "alarm_tracking", "in_periods", o.in_periods, "be from 1 to 64");
  require_not_negative("alarm_tracking", "out_cooldown_s", o.out_cooldown_s);
  require_not_negative("alarm_tracking", "in_cooldown_s", o.in_cooldown_s);
  require_step_size("alarm_tracking", "in_fraction", o.in_fraction);
  return o;
}

/// Target tracking as Amazon's services do it (Application Auto Scaling, EC2 Auto Scaling): two alarms around a target,
/// for a metric that falls when replicas are added. This is a MODEL, because Amazon does not publish the law. It
/// publishes these rules: three one-minute datapoints scale out, fifteen scale in. Scaling out is fast and in
/// proportion, scaling in is gradual, and both round up. Each direction has a cooldown of 300 s, and a scale-out ends
/// the cooldown of a scale-in. Missing data never scale in.
/// Source: Application Auto Scaling User Guide; aws/containers-roadmap issue 1208.
///     out: N' = ceil(N m / target)                                           while the last 3 datapoints > target
///     in:  N' = max(ceil(N m / target), N - max(1, floor(in_fraction N)))    while the last 15 < 0.9 target
/// where m is the newest datapoint and N the number of replicas asked for. The law is evaluated at the end of each
/// datapoint. A cooldown begins at the decision; at Amazon it begins when the capacity is there. A scale-out adds at
/// least one replica, also from zero. Needs signals time_s, replicas. O(1), tens of nanoseconds.
///     alarm_tracking policy{see, see.utilisation, {.target = 0.7}, {.maximum = 32}};
template <class O>
class alarm_tracking : public alarm_driven<alarm_tracking<O>, O> {
  using base = alarm_driven<alarm_tracking, O>;
  friend base;

 public:
  alarm_tracking(const signals<O>& see, const std::type_identity_t<feature<O>>& metric,
                 const alarm_tracking_options& options = {}, const replica_limits& limits = {})
      : base("alarm_tracking", see, metric,
             {.threshold = checked(options).target,
              .when = breach::above,
              .period_s = options.period_s,
              .evaluation_periods = options.out_periods},
             {.threshold = options.scale_in_below * options.target,
              .when = breach::below,
              .period_s = options.period_s,
              .evaluation_periods = options.in_periods},
             limits),
        options_(options) {}

 private:
  void decide(double now_s, double n, double m) {
    // A rounding error on an exact multiple must not add a replica: 10 * 0.77 / 0.7 is 11.
    const double exact = n * m / options_.target;
    const double wanted = std::ceil(exact - 1e-9 * exact);
    if (this->high()) {
      if (this->out_cools(now_s)) return;
      // A scale-out does not take back a scale-out under way.
      const int next = this->within(std::max({wanted, n + 1, this->pending(n)}));
      this->scale_out(now_s, n, next, options_.out_cooldown_s);
    } else if (options_.scale_in && this->low() && !this->in_cools(now_s)) {
      const int next = this->within(std::max(wanted, n - std::max(1.0, std::floor(options_.in_fraction * n))));
      this->scale_in(now_s, n, next, options_.in_cooldown_s);
    }
  }

  alarm_tracking_options options_;
};

}  // namespace headroom
