#pragma once

#include <algorithm>    // std::max, std::min
#include <cmath>        // std::round
#include <cstddef>      // std::size_t
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <span>         // std::span
#include <type_traits>  // std::type_identity_t
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/actions/limits.hpp>
#include <headroom/baselines/metric_target.hpp>
#include <headroom/baselines/scaling_behavior.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/internal/prefetch.hpp>
#include <headroom/core/types.hpp>
#include <headroom/baselines/intake.hpp>
#include <headroom/telemetry/recent.hpp>
#include <headroom/baselines/signals.hpp>

namespace headroom {

/// Kubernetes' HorizontalPodAutoscaler; the defaults are those of kube-controller-manager and of `kubectl autoscale`.
struct target_tracking_options {
  target_kind kind = target_kind::utilisation;             ///< of the metric
  double target = 0.8;                                     ///< of the metric, in its unit
  std::vector<metric_target> also{};                       ///< further metrics: the one that asks for the most decides
  double tolerance = 0.1;                                  ///< of the ratio metric/target, around 1
  double sync_period_s = 15;                               ///< between two evaluations; 0: at every observation
  double down_stabilisation_s = 300;                       ///< --horizontal-pod-autoscaler-downscale-stabilization
  std::optional<scaling_behavior_options> behavior{};      ///< not given: up to max(2 N, 4) at once, down by the window
  kubernetes_version version = kubernetes_version::v1_20;  ///< whose laws hold (metric_target.hpp)
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const target_tracking_options& checked(const target_tracking_options& o) {
  checked(metric_target{o.kind, o.target}, "target_tracking");
  for (const metric_target& t : o.also) checked(t, "target_tracking also");
  require_not_negative("target_tracking", "tolerance", o.tolerance);
  require_not_negative("target_tracking", "sync_period_s", o.sync_period_s);
  require_not_negative("target_tracking", "down_stabilisation_s", o.down_stabilisation_s);
  if (o.behavior) checked(*o.behavior);
  return o;
}

/// The law alone: times and numbers in, a number of replicas out. What kube-controller-manager 1.20.2 does between
/// reading the metrics and writing the scale, step for step (tests/data/golden/hpa_k8s_1.20.2.json).
///     raw      = the most that any metric asks for (metric_target.hpp); held if some failed and the rest ask for less
///     N > max -> max; N < min -> min; N = 0 stays 0 unless min = 0
///     without behaviour: the highest raw one of 300 s, then into [min, min(max, max(2 N, 4))]
///     with it: stabilised and limited by scaling_behavior.hpp
/// A recommendation counts while its age is below the window; the replicas that were there first are one.
/// O(metrics + policies) amortised. Nothing allocates after construction.
class target_tracking_law {
 public:
  /// `minimum` and `maximum` in replicas, 0 <= minimum <= maximum: the minReplicas and maxReplicas of the autoscaler.
  explicit target_tracking_law(const target_tracking_options& options = {}, int minimum = 1,
                               int maximum = std::numeric_limits<int>::max())
      : targets_(checked(options).also),
        version_(options.version),
        minimum_(minimum),
        maximum_(maximum),
        recent_(options.down_stabilisation_s, slots_for(options.down_stabilisation_s, interval_s(options))) {
    require(minimum >= 0, "target_tracking", "minimum", minimum, "be at least 0");
    require(maximum >= minimum, "target_tracking", "maximum", maximum, "not be below minimum, " + to_text(minimum));
    targets_.insert(targets_.begin(), {options.kind, options.target});
    tolerance_ = {options.tolerance, options.tolerance, false};
    if (!options.behavior) return;
    behavior_.emplace(*options.behavior, options.down_stabilisation_s, interval_s(options),
                      options.version >= kubernetes_version::v1_25);
    const auto& [up, down] = *options.behavior;
    tolerance_ = {down.tolerance.value_or(options.tolerance), up.tolerance.value_or(options.tolerance),
                  down.tolerance.has_value() || up.tolerance.has_value()};
  }

  /// Back to the state after construction: no recommendations, no moves.
  void forget() noexcept {
    seen_ = false;
    recent_.clear();
    if (behavior_) behavior_->clear();
  }

  /// How many metrics the law needs, in the order of `target` and `also`.
  [[nodiscard]] std::size_t metrics() const noexcept { return targets_.size(); }
  [[nodiscard]] const tolerance_band& tolerance() const noexcept { return tolerance_; }

  /// What the metrics ask for before any stabilisation or limit. Nothing if all metrics have failed, or if some have
  /// failed and the others ask for fewer replicas than `current`.
  [[nodiscard]] std::optional<int> propose(const pod_counts& pods, std::span<const double> metrics) const {
    HEADROOM_ASSERT(metrics.size() == targets_.size(), "target_tracking: one value per target is needed");
    int most = 0;
    std::size_t failed = 0;
    for (std::size_t k = 0; k < targets_.size(); ++k) {
      if (const auto wanted = headroom::propose(targets_[k], metrics[k], pods, tolerance_, version_)) {
        most = std::max(most, *wanted);
      } else {
        ++failed;
      }
    }
    if (failed == targets_.size() || (failed > 0 && most < pods.current)) return std::nullopt;
    return most;
  }

  /// The replicas to ask for at `now_s`, with `current` replicas and the proposal `raw`, from `propose` or from
  /// propose_by_pods. `now_s` must not run backwards.
  [[nodiscard]] int settle(double now_s, int current, std::optional<int> raw) {
    if (!seen_) remember(now_s, current);
    seen_ = true;
    raw_ = raw.value_or(current);
    if (current == 0 && minimum_ > 0) return 0;
    if (current > maximum_) return maximum_;
    if (current < minimum_) return minimum_;
    if (!raw) return current;
    const double n = current;
    double desired = *raw;
    if (behavior_) {
      desired = behavior_->limited(now_s, n, behavior_->stabilised(now_s, n, *raw), minimum_, maximum_);
    } else {
      const double highest = std::min<double>(maximum_, std::max(2 * n, 4.0));
      desired = std::max<double>(minimum_, std::min(recent_.best(now_s, *raw), highest));
    }
    remember(now_s, *raw);
    return to_replicas(desired);
  }

  /// Records that `delta` replicas were added (below 0: removed) at `now_s`; the limits of the behaviour count these
  /// moves.
  void moved(double now_s, int delta) noexcept {
    if (behavior_) behavior_->moved(now_s, delta);
  }

  /// One complete decision, for an environment that executes it: the new number of replicas.
  int step(double now_s, const pod_counts& pods, std::span<const double> metrics) {
    const int desired = settle(now_s, pods.current, propose(pods, metrics));
    moved(now_s, desired - pods.current);
    return desired;
  }

  /// Asks for the arrays that a decision reads.
  void prefetch() const noexcept {
    internal::prefetch_bytes(targets_.data(), targets_.size() * sizeof(metric_target));
    recent_.prefetch();
  }

  /// What the metrics asked for at the last `settle`; the current replicas if they gave no answer.
  [[nodiscard]] int raw() const noexcept { return raw_; }

 private:
  // The expected time between recommendations. Faster ones may share a slot of a window (sliding_extreme).
  static double interval_s(const target_tracking_options& o) { return o.sync_period_s > 0 ? o.sync_period_s : 1; }

  void remember(double now_s, int raw) noexcept {
    if (behavior_)
      behavior_->remember(now_s, raw);
    else
      recent_.add(now_s, raw);
  }

  std::vector<metric_target> targets_;
  kubernetes_version version_;
  tolerance_band tolerance_;
  int minimum_;
  int maximum_;
  int raw_ = 0;
  bool seen_ = false;
  sliding_maximum recent_;
  std::optional<scaling_behavior> behavior_;
};

/// Further counts of replicas in an observation. If they are not named: none is missing, and those that are asked for
/// and not ready are unready. Only target_kind::utilisation and pods read them.
template <class O>
struct pod_features {
  feature<O> missing{};  ///< ready replicas whose metric is not known
  feature<O> unready{};  ///< replicas that are not ready yet
};

/// Target tracking, as Kubernetes' HorizontalPodAutoscaler v2 does it (1.20.2; per-direction tolerances as of 1.33).
///     target_tracking policy{farm::all_signals(), &farm::observation::arrival_rate,
///                            {.kind = target_kind::average_value, .target = 2}, {.minimum = 1, .maximum = 40}};
/// limits.minimum and maximum are its minReplicas and maxReplicas; max_up and max_down are what the environment can do
/// in one step, and between two evaluations the policy goes on moving towards what the last one wanted.
/// Departures: the moves that count against the behaviour's rates are those that were made, not those that were wished
/// (they are the same where the environment does as it is told); a target utilisation may have tenths of a percent; a
/// conversion to an integer saturates. Refused signals: intake.hpp; a metric that is refused has failed.
/// Under 100 ns, under 1 us with full windows. Model of CorrectablePolicy.
template <class O>
class target_tracking {
 public:
  target_tracking(const signals<O>& see, const std::type_identity_t<feature<O>>& metric,
                  const target_tracking_options& options = {}, const replica_limits& limits = {},
                  const std::type_identity_t<pod_features<O>>& pods = {})
      : target_tracking(see, std::vector<feature<O>>{metric}, options, limits, pods) {}

  /// Several metrics: one for options.target and one for each of options.also.
  target_tracking(const signals<O>& see, std::vector<std::type_identity_t<feature<O>>> metrics,
                  const target_tracking_options& options = {}, const replica_limits& limits = {},
                  const std::type_identity_t<pod_features<O>>& pods = {})
      : see_(see),
        metrics_(std::move(metrics)),
        values_(metrics_.size()),
        pods_(pods),
        limits_(checked(limits)),
        sync_period_s_(options.sync_period_s),
        law_(options, limits.minimum, limits.maximum),
        desired_(limits.minimum) {
    require_signal("target_tracking", "time_s", see.time_s);
    require_signal("target_tracking", "replicas", see.replicas);
    require(metrics_.size() == law_.metrics(), "target_tracking", "number of metrics", metrics_.size(),
            "be that of the targets, " + to_text(law_.metrics()));
    for (const feature<O>& metric : metrics_) {
      require(static_cast<bool>(metric), "target_tracking", "metric", "missing", "be named");
    }
  }

  int start(const O& o) {
    door_.start();
    forget();
    return step(o);
  }
  int step(const O& o) {
    if (moved_ != 0) law_.moved(moved_s_, moved_);
    moved_ = decide(o);
    return moved_;
  }
  void stop(const O&, episode) {}
  /// The executed part of the last action, where it differs from the action.
  void executed(int delta) { moved_ = delta; }
  /// Asks for the arrays that the next decision reads. For a host with many such policies, some decisions ahead.
  void prefetch() const noexcept {
    internal::prefetch_bytes(metrics_.data(), metrics_.size() * sizeof(feature<O>));
    internal::prefetch_bytes(values_.data(), values_.size() * sizeof(double));
    law_.prefetch();
  }

  [[nodiscard]] int desired() const noexcept { return desired_; }
  /// What the metrics asked for at the last evaluation, before any stabilisation or limit.
  [[nodiscard]] int raw() const noexcept { return law_.raw(); }
  [[nodiscard]] const refused_signals& refused() const noexcept { return door_.refused(); }

 private:
  void forget() noexcept {
    law_.forget();
    synced_ = false;
    moved_ = 0;
  }

  int decide(const O& o) {
    const double now_s = see_.time_s(o);
    const double replicas = see_.replicas(o);
    const bool in_time = door_.clock(now_s);
    if (in_time) moved_s_ = now_s;
    if (door_.jumped()) forget();
    const bool counted = door_.count(replicas, limits_.maximum);
    for (std::size_t k = 0; k < metrics_.size(); ++k) {
      values_[k] = metrics_[k](o);
      if (!door_.value(values_[k])) values_[k] = std::numeric_limits<double>::quiet_NaN();
    }
    pod_counts pods;
    if (!counted || !count(o, replicas, pods) || !in_time) return 0;

    const std::optional<int> raw = law_.propose(pods, values_);
    const bool disabled = pods.current == 0 && limits_.minimum > 0;
    if (disabled || !synced_ || now_s - synced_s_ >= sync_period_s_ - 1e-9) {
      desired_ = law_.settle(now_s, pods.current, raw);
      synced_s_ = now_s;
      synced_ = !disabled;  // when it is switched on again, it must evaluate at once
    } else if (!raw) {
      return limits_.towards(replicas, replicas);
    }
    return desired_ == pods.current ? 0 : limits_.towards(replicas, desired_);
  }

  // False if one of the counts cannot be used.
  bool count(const O& o, double replicas, pod_counts& pods) {
    constexpr int any = std::numeric_limits<int>::max();
    const auto read = [&](const feature<O>& f, double otherwise, int& into) {
      const double n = f ? f(o) : otherwise;
      if (f && !door_.count(n, any)) return false;
      into = to_replicas(std::round(n));
      return true;
    };
    pods.current = to_replicas(std::round(replicas));
    return read(see_.ready, replicas, pods.ready) && read(pods_.missing, 0, pods.missing) &&
           read(pods_.unready, std::max(0, pods.current - pods.ready), pods.unready);
  }

  signals<O> see_;
  std::vector<feature<O>> metrics_;
  std::vector<double> values_;
  pod_features<O> pods_;
  replica_limits limits_;
  double sync_period_s_;
  target_tracking_law law_;
  intake door_;
  int desired_;
  double synced_s_ = 0;
  bool synced_ = false;
  double moved_s_ = 0;
  int moved_ = 0;
};

}  // namespace headroom
