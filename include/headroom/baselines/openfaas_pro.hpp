#pragma once

#include <algorithm>  // std::max, std::min
#include <cmath>      // std::ceil

#include <headroom/actions/limits.hpp>
#include <headroom/baselines/load_driven.hpp>
#include <headroom/core/check.hpp>
#include <headroom/telemetry/bucket_window.hpp>
#include <headroom/telemetry/recent.hpp>
#include <headroom/baselines/signals.hpp>

namespace headroom {

/// The labels of a function, com.openfaas.scale.*, with their defaults. Its least and most replicas (1 and 20) are
/// those of the action set.
struct openfaas_pro_options {
  double target = 50;              ///< load of one replica: requests per second, in flight, or milli-CPU
  double target_proportion = 0.9;  ///< fraction of the target at which more replicas are wanted
  bool per_replica = false;        ///< whether the metric is the mean of the ready replicas, and not their sum
  double load_window_s = 0;        ///< mean of the metric over this time; 0: newest sample. Their rule for rps: 30
  double period_s = 15;            ///< between two evaluations, that of the recording rules; 0: at every observation
  double down_window_s = 0;        ///< a scale-down keeps the most replicas wanted during this time; at most 300
  bool scale_to_zero = false;      ///< whether to scale to zero where the action set's minimum is 0
  double zero_duration_s = 900;    ///< time without load before it scales to zero
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const openfaas_pro_options& checked(const openfaas_pro_options& o) {
  constexpr auto who = "openfaas_pro";
  require_positive(who, "target", o.target);
  require_positive(who, "target_proportion", o.target_proportion);
  require_not_negative(who, "load_window_s", o.load_window_s);
  require_not_negative(who, "period_s", o.period_s);
  require(o.down_window_s >= 0 && o.down_window_s <= 300, who, "down_window_s", o.down_window_s, "be in [0, 300]");
  require_not_negative(who, "zero_duration_s", o.zero_duration_s);
  return o;
}

/// OpenFaaS Pro: desired = ceil(ready * mean load / (target * target_proportion)), and at least one. When it scales
/// down, it keeps the most replicas that were wanted during the down window. It scales to zero after a time without any
/// load, and from zero at the first load.
///
/// Source: openfaas/docs, docs/architecture/autoscaling.md. The program is not published, and neither is the time
/// between two evaluations. If the metric is a sum, the law uses the sum itself and not ready times mean, so that no
/// rounding error adds a replica. Reads time_s, replicas, ready, and `metric`. O(1) amortised, no allocation after
/// construction.
///     openfaas_pro policy{see, see.load, {.target = 4}, {.maximum = 20, .max_up = 20, .max_down = 20}};
template <class Observation>
class openfaas_pro : public load_driven<openfaas_pro<Observation>, Observation> {
  using base = load_driven<openfaas_pro, Observation>;
  friend base;

 public:
  openfaas_pro(const signals<Observation>& see, const feature<Observation>& metric,
               const openfaas_pro_options& options = {}, const replica_limits& limits = {})
      : base("openfaas_pro", see, metric, checked(options).period_s, limits),
        options_(options),
        load_({.window_s = options.load_window_s > 0 ? options.load_window_s : 1}),
        recent_(options.down_window_s, slots_for(options.down_window_s, std::max(1.0, options.period_s))) {
    require_signal("openfaas_pro", "metric", metric);
  }

 private:
  using base::bounded;
  using base::desired_;
  using base::limits_;

  void begin(const load_sample& seen) {
    load_.clear();
    recent_.clear();
    sampled_s_ = busy_s_ = seen.now_s;
  }

  void decide(const load_sample& seen) {
    const double now_s = seen.now_s;
    if (seen.load > 0) busy_s_ = now_s;
    if (options_.load_window_s > 0) load_.fill(sampled_s_, now_s, seen.load);
    sampled_s_ = now_s;
    const bool awakes = seen.load > 0 && desired_ == 0;
    if (this->due(now_s, awakes)) evaluate(seen, options_.load_window_s > 0 ? load_.average(now_s) : seen.load);
  }

  void evaluate(const load_sample& seen, double load) {
    const double now_s = seen.now_s;
    const double total = options_.per_replica ? seen.ready * load : load;
    const double wanted = awake(std::ceil(total / (options_.target * options_.target_proportion)));
    recent_.add(now_s, wanted);
    const bool idle = now_s - busy_s_ >= options_.zero_duration_s - 1e-9;
    if (options_.scale_to_zero && limits_.minimum == 0 && idle) {
      desired_ = 0;
    } else if (wanted < seen.replicas) {
      desired_ = awake(std::max(wanted, std::min(seen.replicas, recent_.best(now_s, wanted))));
    } else {
      desired_ = static_cast<int>(wanted);
    }
  }

  /// Within the bounds, but at least 1 where they allow it.
  [[nodiscard]] int awake(double replicas) const noexcept { return bounded(std::max(1.0, replicas)); }

  openfaas_pro_options options_;
  bucket_window load_;
  sliding_maximum recent_;  ///< what was wanted during the down window
  double sampled_s_ = 0;
  double busy_s_ = 0;  ///< time of the last load, or the start
};

}  // namespace headroom
