#pragma once

#include <algorithm>  // std::clamp, std::max, std::min
#include <cmath>      // std::ceil, std::lround
#include <limits>     // std::numeric_limits

#include <headroom/actions/limits.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/telemetry/bucket_window.hpp>
#include <headroom/telemetry/intake.hpp>
#include <headroom/telemetry/recent.hpp>
#include <headroom/telemetry/signals.hpp>

namespace headroom {

/// The labels of a function, com.openfaas.scale.*, with their defaults. Its least and most replicas (1 and 20) are
/// those of the action set.
struct openfaas_pro_options {
  double target = 50;              ///< load of one replica: requests per second, in flight, or milli-CPU
  double target_proportion = 0.9;  ///< the share of it at which more are wanted
  bool per_replica = false;        ///< whether the metric is the mean of the ready replicas, and not their sum
  double load_window_s = 0;        ///< mean of the metric over this time; 0: newest sample. Their rule for rps: 30
  double period_s = 15;            ///< between two evaluations, that of the recording rules; 0: at every observation
  double down_window_s = 0;        ///< scales down to no less than was wanted during this time; at most 300
  bool scale_to_zero = false;      ///< where the action set's minimum is 0
  double zero_duration_s = 900;    ///< without load before that

  /// Throws std::invalid_argument on an impossible set; returns *this.
  const openfaas_pro_options& checked() const {
    constexpr auto who = "openfaas_pro";
    require_positive(who, "target", target);
    require_positive(who, "target_proportion", target_proportion);
    require_not_negative(who, "load_window_s", load_window_s);
    require_not_negative(who, "period_s", period_s);
    require(down_window_s >= 0 && down_window_s <= 300, who, "down_window_s", down_window_s, "be in [0, 300]");
    require_not_negative(who, "zero_duration_s", zero_duration_s);
    return *this;
  }
};

/// OpenFaaS Pro: desired = ceil(ready * mean load / (target * target_proportion)), never below the most that was wanted
/// during the down window when it scales down, at least one; zero after a time without any load, and from zero at the
/// first of it.
///
/// Source: openfaas/docs, docs/architecture/autoscaling.md; the program is not published, nor is how often it looks.
/// Ready times mean is taken as the sum where the metric is one, so that no rounding adds a replica. Reads time_s,
/// replicas, ready, and `metric`. O(1) amortised, no allocation after construction.
///     openfaas_pro policy{see, see.load, {.target = 4}, {.maximum = 20, .max_up = 20, .max_down = 20}};
template <class Observation>
class openfaas_pro {
 public:
  openfaas_pro(const signals<Observation>& see, const feature<Observation>& metric,
               const openfaas_pro_options& options = {}, const replica_limits& limits = {})
      : see_(see),
        metric_(metric),
        options_(options.checked()),
        limits_(limits.checked()),
        load_({.window_s = options.load_window_s > 0 ? options.load_window_s : 1}),
        recent_(options.down_window_s, slots_for(options.down_window_s, std::max(1.0, options.period_s))),
        desired_(limits.minimum) {
    require_signal("openfaas_pro", "time_s", see.time_s);
    require_signal("openfaas_pro", "replicas", see.replicas);
    require_signal("openfaas_pro", "metric", metric);
  }

  /// A new episode: no history.
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
    if (!(on_time && counted && measured)) {
      if (!begun_) desired_ = bounded(replicas, limits_.minimum);
      return limits_.towards(replicas, replicas);
    }

    if (!begun_) begin(now_s);
    if (load > 0) busy_s_ = now_s;
    if (options_.load_window_s > 0) load_.fill(sampled_s_, now_s, load);
    sampled_s_ = now_s;
    const bool awakes = load > 0 && desired_ == 0;
    if (!evaluated_ || awakes || now_s - evaluated_s_ >= options_.period_s - 1e-9) {
      evaluated_ = true;
      evaluated_s_ = now_s;
      evaluate(now_s, replicas, ready, options_.load_window_s > 0 ? load_.average(now_s) : load);
    }
    return limits_.towards(replicas, desired_);
  }

  void stop(const Observation&, episode) {}

  /// Replicas that the law wants, within the action set's bounds and before its rate limits.
  [[nodiscard]] int desired() const noexcept { return desired_; }
  [[nodiscard]] const refused_signals& refused() const noexcept { return intake_.refused(); }

 private:
  [[nodiscard]] int bounded(double replicas, int least) const noexcept {
    const int low = std::min(least, limits_.maximum);
    return static_cast<int>(std::lround(std::clamp(replicas, double{1} * low, double{1} * limits_.maximum)));
  }

  void begin(double now_s) {
    begun_ = true;
    evaluated_ = false;
    load_.clear();
    recent_.clear();
    sampled_s_ = busy_s_ = now_s;
  }

  void evaluate(double now_s, double replicas, double ready, double load) {
    const int least = std::max(1, limits_.minimum);
    const double total = options_.per_replica ? ready * load : load;
    const double wanted = bounded(std::ceil(total / (options_.target * options_.target_proportion)), least);
    recent_.add(now_s, wanted);
    const bool idle = now_s - busy_s_ >= options_.zero_duration_s - 1e-9;
    if (options_.scale_to_zero && limits_.minimum == 0 && idle) {
      desired_ = 0;
    } else if (wanted < replicas) {
      desired_ = bounded(std::max(wanted, std::min(replicas, recent_.best(now_s, wanted))), least);
    } else {
      desired_ = static_cast<int>(wanted);
    }
  }

  signals<Observation> see_;
  feature<Observation> metric_;
  openfaas_pro_options options_;
  replica_limits limits_;
  bucket_window load_;
  sliding_maximum recent_;  ///< what was wanted during the down window
  intake intake_{};
  bool begun_ = false;
  bool evaluated_ = false;
  double sampled_s_ = 0;
  double evaluated_s_ = 0;
  double busy_s_ = 0;  ///< when there was load last, or the start
  int desired_;
};

}  // namespace headroom
