#pragma once

#include <bit>          // std::popcount
#include <cmath>        // std::floor, std::isfinite
#include <cstdint>      // std::uint64_t
#include <limits>       // std::numeric_limits
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>

namespace headroom {

/// On which side of its threshold a datapoint breaches.
enum class breach : std::uint8_t { above, at_or_above, below, at_or_below };

/// How a period without a usable value counts, if the alarm was asked in it.
enum class missing_data : std::uint8_t {
  not_breaching,  ///< a datapoint that does not breach: missing data raises no alarm, and ends one
  breaching,      ///< a datapoint that breaches
  ignore          ///< no datapoint: the alarm stays as it is
};

/// When an alarm is raised. The defaults are those of the scale-out alarm of AWS target tracking.
struct alarm_options {
  double threshold = 0;
  breach when = breach::above;
  double period_s = 60;         ///< a datapoint is the mean of the values of one period; 0: each value is one
  int evaluation_periods = 3;   ///< N: how many datapoints are looked at, 1 to 64
  int datapoints_to_alarm = 0;  ///< M: how many of them must breach, in any order; 0: all N
  missing_data missing = missing_data::not_breaching;
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const alarm_options& checked(const alarm_options& o, std::string_view who = "threshold_alarm") {
  require_finite(who, "threshold", o.threshold);
  require_not_negative(who, "period_s", o.period_s);
  require(o.evaluation_periods >= 1 && o.evaluation_periods <= 64, who, "evaluation_periods", o.evaluation_periods,
          "be from 1 to 64");
  require(o.datapoints_to_alarm >= 0 && o.datapoints_to_alarm <= o.evaluation_periods, who, "datapoints_to_alarm",
          o.datapoints_to_alarm, "be from 0 (all of them) to evaluation_periods");
  return o;
}

/// An alarm like that of Amazon CloudWatch. It is raised while at least M of the last N datapoints breach a threshold
/// (CloudWatch User Guide, "Alarm evaluation", "Configuring how CloudWatch alarms treat missing data"). O(1), 64 bytes.
///
/// Periods are counted from the first value. A period ends with the first look at or after its end, so periods do not
/// drift with the decision interval. Departures: CloudWatch's periods start on the full minute; CloudWatch evaluates
/// some datapoints more than N when some are late; and it cannot tell a period in which nobody looked from a period
/// without data. Here a period in which nobody looked is no datapoint, so with a decision interval longer than the
/// period each value is one datapoint. There is no state INSUFFICIENT_DATA: an alarm with too few datapoints is not
/// raised.
class threshold_alarm {
 public:
  explicit threshold_alarm(const alarm_options& options) : options_(checked(options)) {
    if (options_.datapoints_to_alarm == 0) options_.datapoints_to_alarm = options_.evaluation_periods;
  }

  /// Takes one value; a value that is not finite means "no data". Returns whether a period ended. `now_s` must be
  /// finite. If the clock runs backwards, the alarm forgets everything.
  bool observe(double now_s, double value) {
    if (now_s < looked_s_) forget();
    if (!begun_) {
      begun_ = true;
      ended_s_ = now_s;
      if (options_.period_s > 0) {
        take(value);
        looked_s_ = now_s;
        return false;
      }
    }
    const bool stale = now_s - looked_s_ >= options_.period_s - slack_s;
    looked_s_ = now_s;
    if (stale) drop();  // the values before now lie outside of the period that ends now
    take(value);
    if (now_s - ended_s_ < options_.period_s - slack_s) return false;
    if (options_.period_s > 0) {
      ended_s_ += options_.period_s * std::floor((now_s - ended_s_ + slack_s) / options_.period_s);
    }
    close();
    return true;
  }

  /// Back to the state after construction.
  void forget() {
    begun_ = false;
    history_ = 0;
    last_ = std::numeric_limits<double>::quiet_NaN();
    looked_s_ = -std::numeric_limits<double>::infinity();
    drop();
  }

  [[nodiscard]] bool raised() const { return std::popcount(history_) >= options_.datapoints_to_alarm; }
  /// The newest datapoint; NaN before there is one, and after a period without a value.
  [[nodiscard]] double datapoint() const { return last_; }
  [[nodiscard]] const alarm_options& options() const { return options_; }

 private:
  static constexpr double slack_s = 1e-9;

  void take(double value) {
    if (!std::isfinite(value)) return;
    ++count_;
    mean_ += (value - mean_) / count_;
  }
  void drop() {
    mean_ = 0;
    count_ = 0;
  }
  void close() {
    last_ = count_ > 0 ? mean_ : std::numeric_limits<double>::quiet_NaN();
    const bool empty = count_ == 0;
    drop();
    if (empty && options_.missing == missing_data::ignore) return;
    const bool bad = empty ? options_.missing == missing_data::breaching : breaches(last_);
    history_ = ((history_ << 1U) | (bad ? 1U : 0U)) & (~std::uint64_t{0} >> (64 - options_.evaluation_periods));
  }
  [[nodiscard]] bool breaches(double value) const {
    switch (options_.when) {
      case breach::above:
        return value > options_.threshold;
      case breach::at_or_above:
        return value >= options_.threshold;
      case breach::below:
        return value < options_.threshold;
      case breach::at_or_below:
        break;
    }
    return value <= options_.threshold;
  }

  alarm_options options_;
  std::uint64_t history_ = 0;  // newest datapoint in the lowest bit: 1 breaches
  double ended_s_ = 0;         // when the last period ended
  double looked_s_ = -std::numeric_limits<double>::infinity();
  double mean_ = 0;  // of the values since ended_s_
  double count_ = 0;
  double last_ = std::numeric_limits<double>::quiet_NaN();
  bool begun_ = false;
};

}  // namespace headroom
