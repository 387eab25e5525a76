#pragma once

#include <algorithm>    // std::max
#include <cmath>        // std::round
#include <string_view>  // std::string_view
#include <type_traits>  // std::type_identity_t
#include <utility>      // std::move

#include <headroom/actions/limits.hpp>
#include <headroom/core/check.hpp>
#include <headroom/baselines/signals.hpp>
#include <headroom/policies/clocked_guard.hpp>

namespace headroom {

/// Options of `scale_to_zero`.
struct scale_to_zero_options {
  double grace_s = 300;   ///< s without activity before the last replica goes: KEDA's cooldownPeriod; Knative has 30
  double activation = 0;  ///< active while the activity is above it: KEDA's activation threshold
  int wake_to = 1;        ///< replicas that the first activity brings back, at least 1
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const scale_to_zero_options& checked(const scale_to_zero_options& o) {
  require_not_negative("scale_to_zero", "grace_s", o.grace_s);
  require_not_negative("scale_to_zero", "activation", o.activation);
  require(o.wake_to >= 1, "scale_to_zero", "wake_to", o.wake_to, "be at least 1");
  return o;
}

/// A policy of deltas for a service that may have no replicas. Without activity for the grace period, it goes down to 0
/// replicas as fast as the limits allow, whatever the inner policy wishes. At 0 it stays there until there is activity;
/// then it asks for at least `wake_to`. Otherwise the inner policy decides, but never below 1. The inner policy sees
/// every observation, also at 0 replicas, and is told what was executed. KEDA has the same two layers: its operator
/// scales between 0 and 1, the HorizontalPodAutoscaler does the rest. If the clock, the replicas or the activity cannot
/// be used, it holds, counts, and restarts the grace period, because unknown activity is not idleness. O(1), no
/// allocation after construction. Model of CorrectablePolicy.
///     scale_to_zero policy{std::move(inner), see, &sample::arrivals, {.grace_s = 60}, {.minimum = 0, .maximum = 32}};
template <class Inner, class O>
class scale_to_zero : public clocked_guard<scale_to_zero<Inner, O>, Inner, O> {
  using base = clocked_guard<scale_to_zero<Inner, O>, Inner, O>;
  friend base;

 public:
  static constexpr std::string_view guard_name = "scale_to_zero";
  static constexpr std::string_view law = "zero replicas only without activity, and at least one with it";

  /// Needs signals.time_s and signals.replicas. `activity` is a number, 0 or more; the service is idle while it is not
  /// above `activation`. `limits` is what the environment can do; its minimum must be 0.
  scale_to_zero(Inner inner, const signals<O>& see, const std::type_identity_t<feature<O>>& activity,
                const scale_to_zero_options& options = {}, const replica_limits& limits = {.minimum = 0})
      : base(std::move(inner), see, activity, limits.maximum), options_(checked(options)), limits_(checked(limits)) {
    require(limits.minimum == 0, "scale_to_zero", "minimum", limits.minimum, "be 0");
    require_signal("scale_to_zero", "time_s", see.time_s);
    require_signal("scale_to_zero", "replicas", see.replicas);
    require(static_cast<bool>(activity), "scale_to_zero", "activity", "missing", "be named");
  }

 private:
  void forget() noexcept { seen_ = false; }

  int allowed(const guard_sample& o, int wish) {
    const bool active = o.measured && o.load > options_.activation;
    if (!seen_ || !o.measured || active) busy_s_ = o.now_s;
    seen_ = true;
    if (!o.counted || !o.measured) return 0;

    const double replicas = std::round(o.replicas);
    if (replicas == 0) return active ? limits_.towards(0, std::max(wish, options_.wake_to)) : 0;
    if (!active && o.now_s - busy_s_ >= options_.grace_s - 1e-9) return limits_.towards(replicas, 0);
    return replicas + wish < 1 ? static_cast<int>(1 - replicas) : wish;
  }

  scale_to_zero_options options_;
  replica_limits limits_;
  double busy_s_ = 0;
  bool seen_ = false;
};

}  // namespace headroom
