#pragma once

#include <algorithm>    // std::max
#include <cmath>        // std::abs, std::floor
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <type_traits>  // std::type_identity_t
#include <vector>       // std::vector

#include <headroom/actions/limits.hpp>
#include <headroom/baselines/alarm_driven.hpp>
#include <headroom/core/check.hpp>
#include <headroom/telemetry/alarm.hpp>
#include <headroom/baselines/signals.hpp>

namespace headroom {

/// The meaning of a step's amount.
enum class adjustment : std::uint8_t {
  change,   ///< replicas to add; negative: to remove
  percent,  ///< percent of the present replicas, rounded towards zero, but at least one replica
  exact     ///< the number of replicas itself
};

/// From `beyond` on (a distance from the threshold, zero or more, in the metric's unit) until the next step begins.
struct scaling_step {
  double beyond = 0;
  double amount = 0;
};

/// One of the two policies: scale-out above a threshold, or scale-in below one.
struct scaling_side {
  double threshold = 0;
  adjustment kind = adjustment::change;
  std::vector<scaling_step> steps{};  ///< ascending, the first at 0; none: this side never scales
  double min_magnitude = 0;           ///< for percent: fewest replicas of a move
  int evaluation_periods = 3;         ///< N datapoints are looked at
  int datapoints_to_alarm = 0;        ///< M of them must breach; 0: all
  double cooldown_s = 300;
};

/// Refuses what cannot work; returns its argument. `sign` is +1 for the side that scales out, -1 for the other.
inline const scaling_side& checked(const scaling_side& s, std::string_view side, int sign) {
  const auto name = [side](std::string_view what) { return std::string(side).append(what); };
  require_finite("step_scaling", name("threshold"), s.threshold);
  require(s.evaluation_periods >= 1 && s.evaluation_periods <= 64, "step_scaling", name("evaluation_periods"),
          s.evaluation_periods, "be from 1 to 64");
  require(s.datapoints_to_alarm >= 0 && s.datapoints_to_alarm <= s.evaluation_periods, "step_scaling",
          name("datapoints_to_alarm"), s.datapoints_to_alarm, "be from 0 (all of them) to evaluation_periods");
  require_not_negative("step_scaling", name("cooldown_s"), s.cooldown_s);
  require_not_negative("step_scaling", name("min_magnitude"), s.min_magnitude);
  for (std::size_t k = 0; k < s.steps.size(); ++k) {
    const std::string step = name("steps[") + to_text(k) + "].";
    const double from = s.steps[k].beyond;
    const double amount = s.steps[k].amount;
    require(k > 0 ? from > s.steps[k - 1].beyond : from == 0, "step_scaling", step + "beyond", from,
            k > 0 ? "be above that of the step before" : "be 0, or a breach would find no step");
    require_finite("step_scaling", step + "amount", amount);
    if (s.kind == adjustment::exact)
      require(amount >= 0, "step_scaling", step + "amount", amount, "be zero or more replicas");
    else
      require(amount * sign >= 0, "step_scaling", step + "amount", amount,
              sign > 0 ? "not be negative: it scales out" : "not be positive: it scales in");
  }
  return s;
}

/// The options of `step_scaling`. Thresholds and steps have no defaults, as in the original; periods and cooldowns have
/// the original's.
struct step_scaling_options {
  double period_s = 60;  ///< a datapoint is the mean of the values of one period
  scaling_side out{.threshold = 0.8, .steps = {{0, +1}}};
  scaling_side in{.threshold = 0.5, .steps = {{0, -1}}};
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const step_scaling_options& checked(const step_scaling_options& o) {
  require_positive("step_scaling", "period_s", o.period_s);
  checked(o.out, "out.", +1);
  checked(o.in, "in.", -1);
  require(o.out.steps.empty() || o.in.steps.empty() || o.in.threshold < o.out.threshold, "step_scaling", "in.threshold",
          o.in.threshold, "be below out.threshold");
  return o;
}

/// Step scaling as Amazon's services do it: an alarm above a threshold scales out and one below another scales in, the
/// further beyond, the bigger the step (Application Auto Scaling User Guide, "Step scaling policies", and
/// StepScalingPolicyConfiguration of its API, of 2016-02-06). While a cooldown runs, a scale-out counts what the one
/// that began it has added, so only a larger one adds the difference; scale-ins are blocked by their own cooldown,
/// which a scale-out ends. Percentages are rounded as published: 12.7 is 12, 0.3 is 1, -6.67 is -6. Departures:
/// evaluated as a datapoint ends, cooldowns run from the decision (AWS: from when the capacity is there); an exact
/// capacity never makes the out side scale in or the in side out; a period without a value is good on either side.
/// Needs signals time_s, replicas. O(steps).
///     step_scaling policy{see, see.utilisation,
///                         {.out = {.threshold = 0.7, .kind = adjustment::percent, .steps = {{0, 10}, {0.2, 30}}},
///                          .in = {.threshold = 0.4, .steps = {{0, -1}}}}, {.maximum = 32}};
template <class O>
class step_scaling : public alarm_driven<step_scaling<O>, O> {
  using base = alarm_driven<step_scaling, O>;
  friend base;

 public:
  step_scaling(const signals<O>& see, const std::type_identity_t<feature<O>>& metric,
               const step_scaling_options& options = {}, const replica_limits& limits = {})
      : base("step_scaling", see, metric, watching(checked(options), options.out, breach::at_or_above),
             watching(options, options.in, breach::at_or_below), limits),
        options_(options) {}

  /// The replicas that a side wants at `n` replicas, when the metric is `beyond` from its threshold. Public, so that it
  /// can be checked by hand.
  [[nodiscard]] static double adjusted(const scaling_side& side, double n, double beyond) {
    // A step begins exactly at its bound, and 0.9 - 0.8 is a little less than 0.1: what a decimal number loses in
    // binary must not move a metric into the step before.
    const double rounding = 1e-12 * (std::abs(side.threshold) + std::abs(beyond));
    double amount = 0;
    for (const scaling_step& s : side.steps) {
      if (s.beyond > beyond + rounding) break;
      amount = s.amount;
    }
    if (side.kind == adjustment::exact) return amount;
    if (side.kind == adjustment::change || amount == 0) return n + amount;
    const double part = n * amount / 100;
    const double magnitude = std::max({1.0, std::floor(std::abs(part) * (1 + 1e-12)), side.min_magnitude});
    return amount > 0 ? n + magnitude : n - magnitude;
  }

 private:
  [[nodiscard]] static alarm_options watching(const step_scaling_options& o, const scaling_side& side, breach when) {
    return {.threshold = side.threshold,
            .when = when,
            .period_s = o.period_s,
            .evaluation_periods = side.evaluation_periods,
            .datapoints_to_alarm = side.datapoints_to_alarm};
  }
  void decide(double now_s, double n, double m) {
    // A breach that an M of N alarm remembers has no step if the newest datapoint does not show it.
    if (this->high() && m >= options_.out.threshold) {
      const double from = this->out_cools(now_s) ? base_ : n;
      const int next = this->within(adjusted(options_.out, from, m - options_.out.threshold));
      if (next <= std::max(this->pending(n), n)) return;
      base_ = from;
      this->scale_out(now_s, n, next, options_.out.cooldown_s);
    } else if (this->low() && m <= options_.in.threshold && !this->in_cools(now_s)) {
      const int next = this->within(adjusted(options_.in, n, options_.in.threshold - m));
      this->scale_in(now_s, n, next, options_.in.cooldown_s);
    }
  }

  step_scaling_options options_;
  double base_ = 0;  // replicas at the scale-out whose cooldown runs
};

}  // namespace headroom
