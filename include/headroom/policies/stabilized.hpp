#pragma once

#include <algorithm>    // std::clamp
#include <cmath>        // std::lround
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/policies/clocked_guard.hpp>
#include <headroom/telemetry/recent.hpp>
#include <headroom/baselines/signals.hpp>

namespace headroom {

/// The length of the stabilisation windows. The defaults are those of Kubernetes.
struct stabilized_options {
  double up_s = 0;        ///< s; up only to the lowest wish of this window
  double down_s = 300;    ///< s; down only to the highest wish of this window
  double interval_s = 1;  ///< s between decisions, at least; those that come twice as fast may hold a wish for longer
};

/// A policy of deltas behind stabilisation windows. A wish is a number of replicas, current + delta. The policy moves
/// up only to the lowest wish of the window up, and down only to the highest wish of the window down:
///
///     executed = clamp(current, lowest wish within up_s, highest wish within down_s) - current
///
/// So the executed delta lies between 0 and the wish. The initial number of replicas counts as a wish. It is the law of
/// Kubernetes' autoscaler after 1.20 (target_tracking has that of 1.20, which has one window only). The inner policy is
/// told what was executed. If the clock or the number of replicas cannot be used, it holds and counts. O(1) amortised,
/// no allocation after construction. Model of CorrectablePolicy.
///     stabilized policy{std::move(learner), farm::all_signals(), {.down_s = 120}};
template <class Inner, class O>
class stabilized : public clocked_guard<stabilized<Inner, O>, Inner, O> {
  using base = clocked_guard<stabilized, Inner, O>;
  friend base;

 public:
  static constexpr std::string_view guard_name = "stabilized";
  static constexpr std::string_view law = "another wish within the stabilisation window holds it";

  /// Needs signals.time_s and signals.replicas.
  stabilized(Inner inner, const signals<O>& see, const stabilized_options& options = {})
      : base(std::move(inner), see),
        lowest_(options.up_s, slots_for(options.up_s, options.interval_s)),
        highest_(options.down_s, slots_for(options.down_s, options.interval_s)) {
    require_positive("stabilized", "interval_s", options.interval_s);
    require_signal("stabilized", "time_s", see.time_s);
    require_signal("stabilized", "replicas", see.replicas);
  }

 private:
  template <class Self, class Archive>
  static void past(Self& self, Archive& a) {
    a("lowest", self.lowest_);
    a("highest", self.highest_);
    a("seen", self.seen_);
  }
  void forget() noexcept {
    lowest_.clear();
    highest_.clear();
    seen_ = false;
  }
  void remember(double now_s, double wish) noexcept {
    lowest_.add(now_s, wish);
    highest_.add(now_s, wish);
  }
  int allowed(const guard_sample& o, int wish) {
    if (!o.counted) return 0;
    const double now_s = o.now_s;
    const double current = o.replicas;
    if (!seen_) remember(now_s, current);
    seen_ = true;
    const double wanted = current + wish;
    const double low = lowest_.best(now_s, wanted);
    const double high = highest_.best(now_s, wanted);
    remember(now_s, wanted);
    return static_cast<int>(std::lround(std::clamp(current, low, high) - current));
  }

  sliding_minimum lowest_;
  sliding_maximum highest_;
  bool seen_ = false;
};

}  // namespace headroom
