#pragma once

#include <algorithm>  // std::clamp, std::max, std::min
#include <cmath>      // std::ceil, std::lround
#include <cstdint>    // std::uint8_t

#include <headroom/actions/limits.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/baselines/intake.hpp>
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
  double cooldown_s = 300;  ///< inactive for this long before it scales to zero
  double initial_cooldown_s = 0;  ///< the same for a queue that was never active
  int minimum_active = 0;         ///< while active at least this many, and none when idle: minReplicaCount where
                                  ///< idleReplicaCount is 0; needs an action set whose minimum is 0
  int failure_threshold = 3;      ///< evaluations without a metric before the fallback
  int fallback = 0;               ///< replicas to fall back to; 0: no fallback, keep the current number
  fallback_replicas behaviour = fallback_replicas::fixed;
};

/// Refuses what cannot work; returns its argument.
inline const queue_target_options& checked(const queue_target_options& o) {
  constexpr auto who = "queue_target";
  require_positive(who, "target", o.target);
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

/// KEDA on a queue. Between one and the maximum: desired = ceil(queue / target), as the HPA that it feeds, without
/// that one's tolerance and behaviour (who wants them: target_tracking on the same signal). Between none and one: the
/// polling loop, up as soon as it sees a queue longer than `activation`, down when it has seen none for the cooldown.
///
/// Source: kedacore/keda, pkg/scaling/executor/scale_scaledobjects.go and pkg/fallback/fallback.go (2.20). At zero
/// replicas a queue that cannot be read stays at zero, fallback or not, as there. Reads time_s, replicas, backlog.
/// O(1), allocates nothing.
///     queue_target policy{see, {.target = 4}, {.minimum = 0, .maximum = 100, .max_up = 100, .max_down = 100}};
template <class Observation>
class queue_target {
 public:
  explicit queue_target(const signals<Observation>& see, const queue_target_options& options = {},
                        const replica_limits& limits = {})
      : see_(see), options_(checked(options)), limits_(checked(limits)), desired_(limits.minimum) {
    require(options.minimum_active == 0 || limits.minimum == 0, "queue_target", "minimum_active",
            options.minimum_active, "be 0 where the action set's minimum is not, " + to_text(limits.minimum));
    require_signal("queue_target", "time_s", see.time_s);
    require_signal("queue_target", "replicas", see.replicas);
    require_signal("queue_target", "backlog", see.backlog);
  }

  /// A new episode: as for a new ScaledObject.
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
    const double queue = see_.backlog(o);
    const bool measured = intake_.value(queue);
    if (!on_time) return keep(replicas);

    if (!begun_) begin(now_s, replicas);
    if (replicas > seen_) asleep_ = false;  // another controller scaled up, and the HPA wakes
    seen_ = replicas;
    if (!polled_ || passed(polled_s_, options_.polling_s, now_s)) {
      polled_ = true;
      polled_s_ = now_s;
      if (measured) poll(now_s, replicas, queue);
    }
    if (!asleep_ && replicas > 0 && (!synced_ || passed(synced_s_, options_.sync_s, now_s))) {
      synced_ = true;
      synced_s_ = now_s;
      sync(replicas, queue, measured);
    }
    return measured || fallen_back_ ? limits_.towards(replicas, desired_) : keep(replicas);
  }

  void stop(const Observation&, episode) {}

  /// Replicas that the law wants, within the action set's bounds and before its rate limits.
  [[nodiscard]] int desired() const noexcept { return desired_; }
  /// Whether the metric was missing for so long that the fallback decides.
  [[nodiscard]] bool fallen_back() const noexcept { return fallen_back_; }
  [[nodiscard]] const refused_signals& refused() const noexcept { return intake_.refused(); }

 private:
  [[nodiscard]] static bool passed(double since_s, double time_s, double now_s) noexcept {
    return now_s - since_s >= time_s - 1e-9;
  }
  [[nodiscard]] int bounded(double replicas, int least) const noexcept {
    const int low = std::min(least, limits_.maximum);
    return static_cast<int>(std::lround(std::clamp(replicas, double{1} * low, double{1} * limits_.maximum)));
  }
  /// The HPA's minimum: never 0.
  [[nodiscard]] int awake_minimum() const noexcept { return std::max({1, limits_.minimum, options_.minimum_active}); }

  [[nodiscard]] int keep(double replicas) {
    if (!begun_) desired_ = bounded(replicas, limits_.minimum);
    return limits_.towards(replicas, replicas);
  }

  void begin(double now_s, double replicas) {
    begun_ = true;
    polled_ = synced_ = was_active_ = fallen_back_ = false;
    asleep_ = !(replicas > 0);
    seen_ = replicas;
    active_s_ = now_s;
    failures_ = 0;
    desired_ = bounded(replicas, limits_.minimum);
  }

  void poll(double now_s, double replicas, double queue) {
    if (queue > options_.activation) {
      was_active_ = true;
      active_s_ = now_s;
      if (asleep_ || !(replicas > 0)) desired_ = bounded(0, awake_minimum());
      asleep_ = false;
    } else if (limits_.minimum == 0 && !asleep_ &&
               passed(active_s_, was_active_ ? options_.cooldown_s : options_.initial_cooldown_s, now_s)) {
      desired_ = 0;
      asleep_ = true;
    }
  }

  void sync(double replicas, double queue, bool measured) {
    if (measured) {
      failures_ = 0;
      fallen_back_ = false;
      desired_ = bounded(std::ceil(queue / options_.target), awake_minimum());
    } else if (failures_ < options_.failure_threshold) {
      ++failures_;
    } else if (options_.fallback > 0) {
      fallen_back_ = true;
      desired_ = bounded(fallback_of(replicas), awake_minimum());
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

  signals<Observation> see_;
  queue_target_options options_;
  replica_limits limits_;
  intake intake_{};
  bool begun_ = false;
  bool polled_ = false;
  bool synced_ = false;
  bool was_active_ = false;
  bool fallen_back_ = false;
  bool asleep_ = false;  ///< scaled to zero as far as the law knows: the HPA does nothing until the next activation
  double seen_ = 0;      ///< replicas of the last observation
  double polled_s_ = 0;
  double synced_s_ = 0;
  double active_s_ = 0;  ///< time of the last activity of the queue, or the start
  int failures_ = 0;     ///< evaluations without a metric, in a row
  int desired_;
};

}  // namespace headroom
