#pragma once

#include <algorithm>  // std::max, std::min
#include <cmath>      // std::ceil
#include <cstdint>    // std::uint8_t

#include <headroom/actions/limits.hpp>
#include <headroom/core/check.hpp>
#include <headroom/baselines/load_driven.hpp>
#include <headroom/baselines/metric_target.hpp>
#include <headroom/baselines/signals.hpp>

namespace headroom {

/// How many replicas KEDA falls back to when it cannot read a metric: a fixed number, the current number, or the larger
/// or the smaller of the two.
enum class fallback_replicas : std::uint8_t { fixed, current, current_if_higher, current_if_lower };

/// A ScaledObject with one trigger on the length of a queue. minReplicaCount and maxReplicaCount are the action set's.
struct queue_target_options {
  double target = 5;        ///< items of the queue a replica; KEDA's Redis scaler: listLength
  double activation = 0;    ///< the queue is active while it is longer than this
  double polling_s = 30;    ///< time between two checks whether it is active; 0: at every observation
  double sync_s = 15;       ///< time between two evaluations of the target, those of the HPA; 0: at every observation
  double cooldown_s = 300;  ///< a queue that is inactive for this long scales to zero
  double initial_cooldown_s = 0;  ///< the same for a queue that was never active
  int minimum_active = 0;         ///< while active at least this many, and none when idle: minReplicaCount where
                                  ///< idleReplicaCount is 0; needs an action set whose minimum is 0
  int failure_threshold = 3;      ///< evaluations without a metric before the fallback
  int fallback = 0;               ///< replicas to fall back to; 0: no fallback, keep the current number
  fallback_replicas behaviour = fallback_replicas::fixed;
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const queue_target_options& checked(const queue_target_options& o) {
  constexpr auto who = "queue_target";
  require_positive(who, "target", o.target);
  require(o.target >= 0.001, who, "target", o.target, "be at least 0.001, the unit of KEDA's quantities");
  require_not_negative(who, "activation", o.activation);
  require_not_negative(who, "polling_s", o.polling_s);
  require_not_negative(who, "sync_s", o.sync_s);
  require_not_negative(who, "cooldown_s", o.cooldown_s);
  require_not_negative(who, "initial_cooldown_s", o.initial_cooldown_s);
  require(o.minimum_active >= 0, who, "minimum_active", o.minimum_active, "be at least 0");
  require(o.failure_threshold >= 0, who, "failure_threshold", o.failure_threshold, "be at least 0");
  require(o.fallback >= 0, who, "fallback", o.fallback, "be at least 0");
  return o;
}

/// KEDA on a queue. Between one replica and the maximum: desired = ceil(queue / target) in whole thousandths, as the
/// HPA that KEDA feeds, but without the HPA's tolerance and behaviour; target_tracking on the same signal has them.
/// Between none and one the polling loop decides: it scales up as soon as it sees a queue longer than `activation`, and
/// down when it has seen no such queue for the cooldown.
///
/// Source: kedacore/keda, pkg/scaling/executor/scale_scaledobjects.go and pkg/fallback/fallback.go (2.20). As in KEDA,
/// a queue that cannot be read at zero replicas scales to the fallback at the next poll; without a fallback the number
/// stays zero. Reads time_s, replicas, backlog. O(1), allocates nothing.
///     queue_target policy{see, {.target = 4}, {.minimum = 0, .maximum = 100, .max_up = 100, .max_down = 100}};
template <class Observation>
class queue_target : public load_driven<queue_target<Observation>, Observation> {
  using base = load_driven<queue_target, Observation>;
  friend base;

 public:
  /// Only the signals that the law reads are passed on. It does not use the ready replicas, so they are neither read
  /// nor counted.
  explicit queue_target(const signals<Observation>& see, const queue_target_options& options = {},
                        const replica_limits& limits = {})
      : base("queue_target", {.time_s = see.time_s, .replicas = see.replicas}, see.backlog, checked(options).sync_s,
             limits),
        options_(options) {
    require(options.minimum_active == 0 || limits.minimum == 0, "queue_target", "minimum_active",
            options.minimum_active, "be 0 where the action set's minimum is not, " + to_text(limits.minimum));
    require_signal("queue_target", "backlog", see.backlog);
  }

  /// Whether the fallback decides, because the metric was missing for too long.
  [[nodiscard]] bool fallen_back() const noexcept { return fallen_back_; }

 private:
  using base::bounded;
  using base::desired_;
  using base::limits_;

  // An evaluation without the metric counts towards the fallback.
  static constexpr bool sees_unmeasured = true;
  [[nodiscard]] bool acts(const load_sample& seen) const noexcept { return seen.measured || fallen_back_; }

  /// A new episode: as for a new ScaledObject.
  void begin(const load_sample& seen) {
    polled_ = was_active_ = fallen_back_ = false;
    asleep_ = !(seen.replicas > 0);
    replicas_ = seen.replicas;
    active_s_ = seen.now_s;
    failures_ = 0;
    desired_ = bounded(seen.replicas);
  }

  void decide(const load_sample& seen) {
    if (seen.replicas > replicas_) asleep_ = false;  // another controller scaled up, and the HPA wakes
    replicas_ = seen.replicas;
    if (!polled_ || passed(polled_s_, options_.polling_s, seen.now_s)) {
      polled_ = true;
      polled_s_ = seen.now_s;
      if (seen.measured) {
        poll(seen);
      } else if (!(seen.replicas > 0)) {
        wake_without_metric();
      }
    }
    if (!asleep_ && seen.replicas > 0 && this->due(seen.now_s)) sync(seen);
  }

  [[nodiscard]] static bool passed(double since_s, double time_s, double now_s) noexcept {
    return now_s - since_s >= time_s - 1e-9;
  }
  /// Within the HPA's limits: never 0.
  [[nodiscard]] int awake(double replicas) const noexcept {
    return bounded(std::max(replicas, static_cast<double>(std::max(1, options_.minimum_active))));
  }

  // At zero replicas the HPA is out and counts no failures: the polling loop itself scales to the fallback.
  void wake_without_metric() {
    const double replicas = options_.fallback > 0 ? fallback_of(0) : 0;
    if (!(replicas > 0)) return;
    asleep_ = false;
    fallen_back_ = true;
    desired_ = awake(replicas);
  }

  void poll(const load_sample& seen) {
    if (seen.load > options_.activation) {
      was_active_ = true;
      active_s_ = seen.now_s;
      if (asleep_ || !(seen.replicas > 0)) desired_ = awake(0);
      asleep_ = false;
    } else if (limits_.minimum == 0 && !asleep_ &&
               passed(active_s_, was_active_ ? options_.cooldown_s : options_.initial_cooldown_s, seen.now_s)) {
      desired_ = 0;
      asleep_ = true;
    }
  }

  void sync(const load_sample& seen) {
    if (seen.measured) {
      failures_ = 0;
      fallen_back_ = false;
      desired_ = awake(std::ceil(thousandths(seen.load) / thousandths(options_.target)));
    } else if (failures_ < options_.failure_threshold) {
      ++failures_;
    } else if (options_.fallback > 0) {
      fallen_back_ = true;
      desired_ = awake(fallback_of(seen.replicas));
    }
  }

  [[nodiscard]] double fallback_of(double replicas) const noexcept {
    const double fixed = options_.fallback;
    switch (options_.behaviour) {
      case fallback_replicas::current:
        return replicas;
      case fallback_replicas::current_if_higher:
        return std::max(replicas, fixed);
      case fallback_replicas::current_if_lower:
        return std::min(replicas, fixed);
      case fallback_replicas::fixed:
        break;
    }
    return fixed;
  }

  queue_target_options options_;
  bool polled_ = false;
  bool was_active_ = false;
  bool fallen_back_ = false;
  bool asleep_ = false;  ///< scaled to zero as far as the law knows: the HPA does nothing until the next activation
  double replicas_ = 0;  ///< of the last observation
  double polled_s_ = 0;
  double active_s_ = 0;  ///< time of the last activity of the queue, or the start
  int failures_ = 0;     ///< evaluations without a metric, in a row
};

}  // namespace headroom
