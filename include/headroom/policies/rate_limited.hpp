#pragma once

#include <algorithm>    // std::max, std::min
#include <cmath>        // std::lround
#include <cstdint>      // std::int64_t
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/baselines/scaling_behavior.hpp>
#include <headroom/core/check.hpp>
#include <headroom/policies/clocked_guard.hpp>
#include <headroom/policies/counted_moves.hpp>
#include <headroom/baselines/signals.hpp>

namespace headroom {

/// How many replicas may be added and removed within a period. Kubernetes' defaults.
struct rate_limited_options {
  std::vector<scaling_policy> up{{scaling_unit::replicas, 4, 15}, {scaling_unit::percent, 100, 15}};
  std::vector<scaling_policy> down{{scaling_unit::percent, 100, 15}};
  scaling_select select_up = scaling_select::maximum;    ///< which of several binds; disabled: never up
  scaling_select select_down = scaling_select::maximum;  ///< which of several binds; disabled: never down
  double interval_s = 1;  ///< s between decisions, at least; moves that come twice as fast may count for longer
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const rate_limited_options& checked(const rate_limited_options& o) {
  require(!o.up.empty(), "rate_limited", "number of policies up", o.up.size(), "be at least 1");
  require(!o.down.empty(), "rate_limited", "number of policies down", o.down.size(), "be at least 1");
  checked(scaling_rules{.policies = o.up}, "rate_limited up");
  checked(scaling_rules{.policies = o.down}, "rate_limited down");
  require_positive("rate_limited", "interval_s", o.interval_s);
  return o;
}

/// A policy of deltas that may move only so many replicas, or percent, per period (scaling_rate). The executed delta
/// lies between 0 and the wish; the inner policy is told. A move counts when it was executed, so a wrapper that
/// overrides this policy must tell it. If the clock or the number of replicas cannot be used, it holds and counts.
/// O(policies) amortised, no allocation after construction. Model of CorrectablePolicy.
///     rate_limited policy{std::move(learner), farm::all_signals(), {.down = {{scaling_unit::replicas, 1, 60}}}};
template <class Inner, class O>
class rate_limited : public counted_moves<rate_limited<Inner, O>, Inner, O> {
  using base = counted_moves<rate_limited, Inner, O>;
  friend base;
  friend clocked_guard<rate_limited, Inner, O>;

 public:
  static constexpr std::string_view guard_name = "rate_limited";
  static constexpr std::string_view law = "no more replicas may be added or removed within the period";

  /// Needs signals.time_s and signals.replicas.
  rate_limited(Inner inner, const signals<O>& see, const rate_limited_options& options = {})
      : base(std::move(inner), see),
        up_(scaling_direction::up, {.select = checked(options).select_up, .policies = options.up}, options.interval_s),
        down_(scaling_direction::down, {.select = options.select_down, .policies = options.down}, options.interval_s) {
    require_signal("rate_limited", "time_s", see.time_s);
    require_signal("rate_limited", "replicas", see.replicas);
  }

 private:
  template <class Self, class Archive>
  static void past(Self& self, Archive& a) {
    a("up", self.up_);
    a("down", self.down_);
    a("moved_s", self.last_move().at_s);
    a("moved", self.last_move().delta);
  }
  void moved(const guard_move& last) {
    if (last.delta > 0)
      up_.moved(last.at_s, last.delta);
    else
      down_.moved(last.at_s, -std::int64_t{last.delta});
  }
  void forget() noexcept {
    up_.clear();
    down_.clear();
    this->last_move() = {};
  }
  int allowed(const guard_sample& o, int wish) {
    if (!o.counted) return 0;
    const double now_s = o.now_s;
    const double current = o.replicas;
    const double room = wish > 0 ? std::min<double>(wish, up_.furthest(now_s, current) - current)
                                 : std::max<double>(wish, wish < 0 ? down_.furthest(now_s, current) - current : 0);
    return this->let(o, static_cast<int>(std::lround(room)));
  }

  scaling_rate up_;
  scaling_rate down_;
};

}  // namespace headroom
