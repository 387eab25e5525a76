#pragma once

#include <algorithm>  // std::max, std::min
#include <cmath>      // std::ceil, std::floor
#include <cstddef>    // std::size_t
#include <limits>     // std::numeric_limits

#include <headroom/actions/limits.hpp>
#include <headroom/baselines/load_driven.hpp>
#include <headroom/core/check.hpp>
#include <headroom/telemetry/bucket_window.hpp>
#include <headroom/telemetry/recent.hpp>
#include <headroom/baselines/signals.hpp>

namespace headroom {

/// What Knative's ConfigMap and annotations set, with its defaults. The least and the most replicas (min-scale,
/// max-scale) are those of the action set.
struct panic_window_options {
  double total = 100;               ///< capacity of one replica: concurrent requests, or requests per second
  double utilisation = 0.7;         ///< fraction of `total` that one replica should carry
  double target = 0;                ///< what one replica should carry; 0: max(0.01, total * utilisation)
  double stable_window_s = 60;      ///< window of the average that decides outside of panic
  double panic_window_s = 6;        ///< window of the average that decides in panic; Knative: 10 % of the stable window
  double panic_threshold = 2;       ///< panics when the panic window wants this many times the ready replicas
  double max_scale_up_rate = 1000;  ///< at most ceil(this * ready) replicas
  double max_scale_down_rate = 2;   ///< at least floor(ready / this) replicas
  double scale_down_delay_s = 0;    ///< the most replicas wanted during this time count, in buckets of a tick
  int activation_scale = 0;         ///< if any replica is wanted, at least this many are wanted; 0 and 1: off
  double target_burst_capacity = 211;    ///< see excess_burst_capacity; a value of 0 makes it 0, a negative one -1
  double tick_s = 2;                     ///< time between two evaluations; 0: every observation, delay buckets of 2 s
  double bucket_s = 1;                   ///< length of a bucket of the window averages
  bool exponential = false;              ///< whether young buckets weigh more; Knative's other kind of window average
  bool starts_in_panic = true;           ///< if more than one replica is ready: a restart then does not scale down
  bool reachable = true;                 ///< false: no route leads to the service; it scales down without a rate limit
  bool delay_unreachable = true;         ///< whether the delay holds without a route, as until 2025 (serving #15831)
  bool scale_to_zero = true;             ///< whether to scale to zero where the action set's minimum is 0
  double scale_to_zero_grace_s = 30;     ///< from the end of activity to the end of the last replica
  double scale_to_zero_retention_s = 0;  ///< how long the last replica stays; the longer of the two counts

  /// The defaults where the metric is requests per second.
  [[nodiscard]] static panic_window_options requests_per_second() {
    panic_window_options options;
    options.total = 200;
    return options;
  }
  /// What one replica should carry.
  [[nodiscard]] double target_value() const { return target > 0 ? target : std::max(0.01, total * utilisation); }
  /// Length of a bucket of the delay, and how long the first sample is assumed to have held.
  [[nodiscard]] double delay_bucket_s() const { return tick_s > 0 ? tick_s : 2; }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const panic_window_options& checked(const panic_window_options& o) {
  constexpr auto who = "panic_window";
  require_positive(who, "total", o.total);
  require_positive(who, "utilisation", o.utilisation);
  require_not_negative(who, "target", o.target);
  require_positive(who, "stable_window_s", o.stable_window_s);
  require_positive(who, "panic_window_s", o.panic_window_s);
  require(o.panic_window_s <= o.stable_window_s, who, "panic_window_s", o.panic_window_s,
          "not be above stable_window_s, " + to_text(o.stable_window_s));
  require_positive(who, "panic_threshold", o.panic_threshold);
  require(o.max_scale_up_rate >= 1, who, "max_scale_up_rate", o.max_scale_up_rate, "be at least 1");
  require(o.max_scale_down_rate >= 1, who, "max_scale_down_rate", o.max_scale_down_rate, "be at least 1");
  require_not_negative(who, "scale_down_delay_s", o.scale_down_delay_s);
  require(o.activation_scale >= 0, who, "activation_scale", o.activation_scale, "be at least 0");
  require_finite(who, "target_burst_capacity", o.target_burst_capacity);
  require_not_negative(who, "tick_s", o.tick_s);
  require(o.scale_down_delay_s / o.delay_bucket_s() <= 1 << 20, who, "scale_down_delay_s", o.scale_down_delay_s,
          "hold at most 2^20 ticks");
  require_positive(who, "bucket_s", o.bucket_s);
  require_not_negative(who, "scale_to_zero_grace_s", o.scale_to_zero_grace_s);
  require_not_negative(who, "scale_to_zero_retention_s", o.scale_to_zero_retention_s);
  return o;
}

/// What one evaluation yields.
struct panic_window_decision {
  int desired = 0;                ///< replicas, before the bounds and before scale to zero
  bool panicking = false;         ///< after this evaluation
  int excess_burst_capacity = 0;  ///< floor(ready * total - target_burst_capacity - panic average)
  friend bool operator==(const panic_window_decision&, const panic_window_decision&) = default;
};

/// Knative's law alone: it takes two averages and the ready replicas, and returns a decision.
///
/// With R = max(1, ready): wanted = ceil(average / target) for each window, clamped to [floor(R / max_scale_down_rate),
/// ceil(max_scale_up_rate * R)]. Panic begins when ceil(panic average / target) >= panic_threshold * R, and ends when
/// that was false for longer than the stable window. In panic, wanted is the maximum of both windows since panic began.
/// O(1) amortised.
class panic_window_law {
 public:
  explicit panic_window_law(const panic_window_options& options = {})
      : options_(checked(options)), target_(options.target_value()), delayed_(ticks(options), capacity(options)) {}

  /// A start or a restart with this many ready replicas.
  void start(double now_s, double ready) noexcept {
    panicking_ = options_.starts_in_panic && ready > 1;
    panic_s_ = now_s;
    most_ = options_.starts_in_panic ? whole(ready) : 0;
    delayed_.clear();
  }

  /// Averages and counts must not be negative, times must not run backwards.
  [[nodiscard]] panic_window_decision step(double now_s, double ready, double stable_average, double panic_average) {
    const double replicas = std::max(1.0, ready);
    const double most = std::ceil(options_.max_scale_up_rate * replicas);
    const double least = options_.reachable ? std::floor(replicas / options_.max_scale_down_rate) : 0.0;
    const double stable = std::ceil(stable_average / target_);
    const double panic = std::ceil(panic_average / target_);
    const int floor_of_any = options_.activation_scale > 1 ? options_.activation_scale : 0;
    const auto bounded = [&](double wanted) {
      return std::max(whole(std::min(std::max(wanted, least), most)), wanted > 0 ? floor_of_any : 0);
    };

    if (panic / replicas >= options_.panic_threshold) {
      panicking_ = true;
      panic_s_ = now_s;
    } else if (panicking_ && now_s - panic_s_ > options_.stable_window_s + rounding_s) {
      panicking_ = false;
      most_ = 0;
    }

    int desired = bounded(stable);
    if (panicking_) desired = most_ = std::max({most_, desired, bounded(panic)});
    if (options_.reachable || options_.delay_unreachable) {
      const double tick = std::floor(now_s / options_.delay_bucket_s() + rounding_s);
      delayed_.add(tick, desired);
      desired = static_cast<int>(delayed_.best(tick, desired));
    }
    return {desired, panicking_, excess(ready, panic_average)};
  }

  [[nodiscard]] const panic_window_options& options() const noexcept { return options_; }

 private:
  static constexpr double rounding_s = 1e-9;

  [[nodiscard]] static double ticks(const panic_window_options& o) {
    return std::ceil(o.scale_down_delay_s / o.delay_bucket_s());
  }
  /// Enough slots that two ticks never share one.
  [[nodiscard]] static std::size_t capacity(const panic_window_options& o) {
    return static_cast<std::size_t>(ticks(o)) + 3;
  }
  [[nodiscard]] static int whole(double n) noexcept {
    constexpr std::numeric_limits<int> range;
    return static_cast<int>(std::min(double{range.max()}, std::max(double{range.min()}, n)));  // a NaN: the lowest
  }
  [[nodiscard]] int excess(double ready, double panic_average) const noexcept {
    if (options_.target_burst_capacity == 0) return 0;
    if (options_.target_burst_capacity < 0) return -1;
    return whole(std::floor(ready * options_.total - options_.target_burst_capacity - panic_average));
  }

  panic_window_options options_;
  double target_;
  sliding_maximum delayed_;  ///< by tick, not by second
  bool panicking_ = false;
  double panic_s_ = 0;  ///< when the threshold was crossed last
  int most_ = 0;        ///< most replicas wanted since panic began
};

/// Knative's pod autoscaler (KPA): as many replicas as keep the concurrency of a replica at the target. The concurrency
/// is averaged over a minute, and over six seconds when load doubles. The law is panic_window_law, the averages are
/// those of bucket_window. Without load it keeps one replica for a stable window and then for the grace period, and
/// scales to zero afterwards.
///
/// Source: Knative Serving 1.8.0, pkg/autoscaler/{scaling,aggregation}, step for step. The bounds and the scaling to
/// zero are those of pkg/reconciler/autoscaling/kpa/scaler.go, but the activator is assumed to be in the path and is
/// not probed, and an activation does not time out. Departure: a sample holds for the time since the last usable one,
/// so a refused sample leaves no gap of zeros. Reads time_s, replicas and ready, and `metric`: requests in the system
/// or requests per second, of all replicas together. About 0.1 us a decision.
///     panic_window policy{see, see.concurrency, {.target = 4}, {.minimum = 0, .maximum = 32, .max_up = 32}};
template <class Observation>
class panic_window : public load_driven<panic_window<Observation>, Observation> {
  using base = load_driven<panic_window, Observation>;
  friend base;

 public:
  panic_window(const signals<Observation>& see, const feature<Observation>& metric,
               const panic_window_options& options = {}, const replica_limits& limits = {})
      : base("panic_window", see, metric, checked(options).tick_s, limits),
        law_(options),
        stable_({options.stable_window_s, options.bucket_s, options.exponential}),
        panic_({options.panic_window_s, options.bucket_s, options.exponential}) {
    require_signal("panic_window", "metric", metric);
  }

  /// The decision of the last evaluation, before the bounds.
  [[nodiscard]] const panic_window_decision& decision() const noexcept { return decision_; }
  /// The average of the metric over each window, at the last observation that could be used.
  [[nodiscard]] double stable_average() const noexcept { return this->begun() ? stable_.average(sampled_s_) : 0; }
  [[nodiscard]] double panic_average() const noexcept { return this->begun() ? panic_.average(sampled_s_) : 0; }

 private:
  void begin(const load_sample& seen) {
    sampled_s_ = seen.now_s - law_.options().delay_bucket_s();
    stable_.clear();
    panic_.clear();
    law_.start(seen.now_s, seen.ready);
    active_ = seen.replicas > 0;
    active_s_ = seen.now_s;
  }

  void decide(const load_sample& seen) {
    const double now_s = seen.now_s;
    stable_.fill(sampled_s_, now_s, seen.load);
    panic_.fill(sampled_s_, now_s, seen.load);
    sampled_s_ = now_s;
    if (!this->due(now_s)) return;
    decision_ = law_.step(now_s, seen.ready, stable_.average(now_s), panic_.average(now_s));
    this->desired_ = awake(now_s, seen.replicas, this->bounded(decision_.desired));
  }

  /// The part of `wanted` that is applied: zero only after the stable window and then the grace period, else one.
  [[nodiscard]] int awake(double now_s, double replicas, int wanted) noexcept {
    const panic_window_options& o = law_.options();
    if (wanted > 0) {
      if (!active_) active_s_ = now_s;
      active_ = true;
      return wanted;
    }
    const double lasted_s = now_s - active_s_ + 1e-9;
    const int one = std::min(1, this->limits_.maximum);
    if (!o.scale_to_zero) return one;
    if (active_) {
      if (lasted_s >= o.stable_window_s) {
        active_ = false;
        active_s_ = now_s;
      }
      return one;
    }
    if (lasted_s >= std::max(o.scale_to_zero_grace_s, o.scale_to_zero_retention_s)) return 0;
    return replicas > 0 ? one : 0;
  }

  panic_window_law law_;
  bucket_window stable_;
  bucket_window panic_;
  double sampled_s_ = 0;  ///< up to when the windows are filled
  bool active_ = false;   ///< whether the service is active, or idles towards zero
  double active_s_ = 0;   ///< time of the last change of active_
  panic_window_decision decision_{};
};

}  // namespace headroom
