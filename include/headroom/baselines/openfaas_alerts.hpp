#pragma once

#include <algorithm>  // std::max, std::min
#include <cmath>      // std::ceil

#include <headroom/actions/limits.hpp>
#include <headroom/baselines/load_driven.hpp>
#include <headroom/core/check.hpp>
#include <headroom/telemetry/bucket_window.hpp>
#include <headroom/baselines/signals.hpp>

namespace headroom {

/// OpenFaaS Community Edition with the Prometheus and Alertmanager that its chart installs.
struct openfaas_alerts_options {
  double above_per_s = 5;      ///< the alert: requests per second of all replicas together above this value
  double for_s = 5;            ///< for this long before it fires
  double rate_window_s = 10;   ///< window of the rate; 0: the newest sample
  double evaluation_s = 15;    ///< time between two evaluations of the rule; 0: at every observation
  double group_wait_s = 5;     ///< seconds from firing to the first notification
  double repeat_s = 30;        ///< time between two notifications of a firing alert; 0: every observation
  double factor_percent = 20;  ///< replicas per notification, in percent of the maximum; the gateway: 10
  int most_replicas = 20;      ///< maximum of the program: 20 up to 0.25.4, 5 today
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const openfaas_alerts_options& checked(const openfaas_alerts_options& o) {
  constexpr auto who = "openfaas_alerts";
  require_not_negative(who, "above_per_s", o.above_per_s);
  require_not_negative(who, "for_s", o.for_s);
  require_not_negative(who, "rate_window_s", o.rate_window_s);
  require_not_negative(who, "evaluation_s", o.evaluation_s);
  require_not_negative(who, "group_wait_s", o.group_wait_s);
  require_not_negative(who, "repeat_s", o.repeat_s);
  require(o.factor_percent >= 0 && o.factor_percent <= 100, who, "factor_percent", o.factor_percent, "be in [0, 100]");
  require(o.most_replicas >= 1, who, "most_replicas", o.most_replicas, "be at least 1");
  return o;
}

/// The number of replicas after a notification, from `current` replicas. With step = ceil(most / 100 * factor), an
/// alert that fires leads to min(current + step, most). An alert that is resolved leads to the least, and so does a
/// step of 0.
/// Source: openfaas/faas, gateway/handlers/alerthandler.go, CalculateReplicas.
[[nodiscard]] inline double openfaas_replicas_after(bool firing, double current, int least, int most,
                                                    double factor_percent) {
  const double step = std::ceil(static_cast<double>(most) / 100 * factor_percent);
  return firing && step > 0 ? std::min(current + step, static_cast<double>(most)) : static_cast<double>(least);
}

/// OpenFaaS CE: an alert on requests per second. Each notification of Alertmanager that the alert fires adds a step.
/// When the alert is resolved, all steps are taken back. Before the first notification the scale does not change.
///
/// Source: openfaas/faas gateway (0.25.4 and today's), faas-netes chart prometheus-cfg.yaml and alertmanager-cfg.yaml.
/// Departures: the rate is that of signals.load, which counts arrivals; OpenFaaS counts requests that ended with status
/// 200. A resolved alert is notified at once, not after the next group interval (10 s). Where several notifications
/// were due since the last observation, one is made. Reads time_s, replicas, load. O(1) amortised, no allocation after
/// construction.
///     openfaas_alerts policy{see, {.most_replicas = 5}, {.maximum = 5, .max_up = 5, .max_down = 5}};
template <class Observation>
class openfaas_alerts : public load_driven<openfaas_alerts<Observation>, Observation> {
  using base = load_driven<openfaas_alerts, Observation>;
  friend base;

 public:
  /// Only the signals that the law reads are passed on. It does not use the ready replicas, so they are neither read
  /// nor counted.
  explicit openfaas_alerts(const signals<Observation>& see, const openfaas_alerts_options& options = {},
                           const replica_limits& limits = {})
      : base("openfaas_alerts", {.time_s = see.time_s, .replicas = see.replicas}, see.load,
             checked(options).evaluation_s, limits),
        options_(options),
        rate_({.window_s = options.rate_window_s > 0 ? options.rate_window_s : 1}) {
    require_signal("openfaas_alerts", "load", see.load);
  }

  /// Whether the alert fires.
  [[nodiscard]] bool firing() const noexcept { return firing_; }

 private:
  using base::bounded;
  using base::desired_;
  using base::limits_;

  void begin(const load_sample& seen) {
    pending_ = firing_ = notified_ = false;
    rate_.clear();
    sampled_s_ = seen.now_s;
  }

  void decide(const load_sample& seen) {
    const double now_s = seen.now_s;
    if (options_.rate_window_s > 0) rate_.fill(sampled_s_, now_s, seen.load);
    sampled_s_ = now_s;
    if (this->due(now_s)) evaluate(now_s, options_.rate_window_s > 0 ? rate_.average(now_s) : seen.load);
    if (firing_ && now_s >= notify_s_ - 1e-9) {
      notify(true, seen.replicas);
      notify_s_ = now_s + options_.repeat_s;
    }
    if (!notified_) desired_ = bounded(seen.replicas);
  }

  void evaluate(double now_s, double rate) {
    if (rate > options_.above_per_s) {
      if (!pending_) pending_s_ = now_s;
      pending_ = true;
      if (!firing_ && now_s - pending_s_ >= options_.for_s - 1e-9) {
        firing_ = true;
        told_ = false;
        notify_s_ = now_s + options_.group_wait_s;
      }
      return;
    }
    if (firing_ && told_) notify(false, 0);
    pending_ = firing_ = false;
  }

  void notify(bool firing, double replicas) {
    notified_ = told_ = true;
    const int most = std::min(limits_.maximum, options_.most_replicas);
    const int least = std::max(1, limits_.minimum);  // the label's lowest value; 0 is not possible
    desired_ = bounded(openfaas_replicas_after(firing, replicas, least, most, options_.factor_percent));
  }

  openfaas_alerts_options options_;
  bucket_window rate_;
  bool pending_ = false;   ///< the rate is above the threshold, since pending_s_
  bool firing_ = false;    ///< the rate was above it for long enough
  bool told_ = false;      ///< the gateway was told that the alert fires
  bool notified_ = false;  ///< the gateway was told anything since the start
  double sampled_s_ = 0;
  double pending_s_ = 0;
  double notify_s_ = 0;  ///< time of the next notification
};

}  // namespace headroom
