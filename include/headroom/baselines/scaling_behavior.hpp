#pragma once

#include <algorithm>    // std::max, std::min
#include <cmath>        // std::ceil, std::trunc
#include <cstddef>      // std::size_t
#include <cstdint>      // std::int64_t, std::uint8_t
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/telemetry/recent.hpp>

/// Rate limits and stabilisation windows: `spec.behavior` of Kubernetes' HorizontalPodAutoscaler (autoscaling/v2, as in
/// 1.20.2). target_tracking obeys them; policies/stabilized.hpp and policies/rate_limited.hpp put them around any
/// policy.
namespace headroom {

/// What a scaling policy counts: Kubernetes' Pods and Percent.
enum class scaling_unit : std::uint8_t { replicas, percent };

/// At most `value` replicas, or percent of the replicas at the start of the period, within `period_s`.
struct scaling_policy {
  scaling_unit unit = scaling_unit::replicas;
  int value = 4;         ///< replicas or percent, at least 1
  double period_s = 15;  ///< s
};

/// Which of several policies applies: the one with the largest change, the smallest, or no change at all. Kubernetes'
/// selectPolicy Max, Min, Disabled.
enum class scaling_select : std::uint8_t { maximum, minimum, disabled };

/// The rules of one direction. A missing one is Kubernetes' default for the direction.
struct scaling_rules {
  std::optional<double> stabilisation_s{};  ///< s; up: 0, down: the autoscaler's own (300)
  scaling_select select = scaling_select::maximum;
  std::vector<scaling_policy> policies{};  ///< none: up 4 replicas or 100 % per 15 s, down 100 % per 15 s
  std::optional<double> tolerance{};       ///< KEP-4951; not given: the autoscaler's own (0.1)
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const scaling_rules& checked(const scaling_rules& o, std::string_view who) {
  if (o.stabilisation_s) require_not_negative(who, "stabilisation_s", *o.stabilisation_s);
  if (o.tolerance) require_not_negative(who, "tolerance", *o.tolerance);
  for (const scaling_policy& p : o.policies) {
    require(p.value >= 1, who, "value", p.value, "be at least 1");
    require_positive(who, "period_s", p.period_s);
  }
  return o;
}

/// Both directions.
struct scaling_behavior_options {
  scaling_rules up{};
  scaling_rules down{};
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const scaling_behavior_options& checked(const scaling_behavior_options& o) {
  checked(o.up, "scaling_behavior up");
  checked(o.down, "scaling_behavior down");
  return o;
}

enum class scaling_direction : std::uint8_t { up, down };

/// The rate limit of one direction: how far the replicas may be moved now, given how far they were moved lately.
/// Up: each policy proposes start + value or ceil(start (1 + percent/100)), where start = current - what was added with
/// age < period. Down: start - value or trunc(start (1 - percent/100)), with start = current + what was removed.
/// As in Kubernetes 1.20 each direction counts its own moves alone, unless `counts_both`: from 1.25 on, start is what
/// there was before the moves of both directions.
/// O(policies) amortised, no allocation after construction.
class scaling_rate {
 public:
  /// `interval_s`: the shortest time between two calls. Moves at less than half of it may share a slot (sliding_sum).
  scaling_rate(scaling_direction direction, const scaling_rules& rules, double interval_s = 1, bool counts_both = false)
      : direction_(direction), select_(checked(rules, "scaling_rate").select), counts_both_(counts_both) {
    const auto keep = [&](const scaling_policy& p) {
      const sliding_sum none(p.period_s, slots_for(p.period_s, interval_s));
      limits_.push_back({p, none, none});
    };
    for (const scaling_policy& p : rules.policies) keep(p);
    if (!limits_.empty()) return;
    if (direction == scaling_direction::up) keep({scaling_unit::replicas, 4, 15});
    keep({scaling_unit::percent, 100, 15});
  }

  /// What a checkpoint stores: the moves that still count.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    for (std::size_t k = 0; k < self.limits_.size(); ++k) {
      a("moved_" + to_text(k), self.limits_[k].moved);
      a("moved_back_" + to_text(k), self.limits_[k].moved_back);
    }
  }

  void clear() noexcept {
    for (limit& l : limits_) {
      l.moved.clear();
      l.moved_back.clear();
    }
  }
  /// Records that `replicas` (0 or more) were added, or removed, at `now_s`.
  void moved(double now_s, std::int64_t replicas) noexcept {
    for (limit& l : limits_) l.moved.add(now_s, replicas);
  }
  /// Records a move in the other direction. It counts only if both do.
  void moved_back(double now_s, std::int64_t replicas) noexcept {
    if (!counts_both_) return;
    for (limit& l : limits_) l.moved_back.add(now_s, replicas);
  }

  /// The furthest number of replicas that is allowed now; never on the other side of `current`. A whole number, may be
  /// negative.
  [[nodiscard]] double furthest(double now_s, double current) noexcept {
    if (select_ == scaling_select::disabled) return current;
    const bool up = direction_ == scaling_direction::up;
    const bool highest = up == (select_ == scaling_select::maximum);  // the largest change up is the highest
    double chosen = highest ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    for (limit& l : limits_) {
      auto lately = static_cast<double>(l.moved.sum(now_s));
      if (counts_both_) lately -= static_cast<double>(l.moved_back.sum(now_s));
      const double start = up ? current - lately : current + lately;
      const double proposed = l.propose(start, up);
      chosen = highest ? std::max(chosen, proposed) : std::min(chosen, proposed);
    }
    return up ? std::max(chosen, current) : std::min(chosen, current);
  }

 private:
  struct limit {
    scaling_policy policy;
    sliding_sum moved;
    sliding_sum moved_back;

    [[nodiscard]] double propose(double start, bool up) const noexcept {
      const auto value = static_cast<double>(policy.value);
      if (policy.unit == scaling_unit::replicas) return up ? start + value : start - value;
      // Rounded up on the way up, because 10 % of 3 would otherwise never move; down as Go converts, towards zero.
      return up ? std::ceil(start * (1 + value / 100)) : std::trunc(start * (1 - value / 100));
    }
  };

  scaling_direction direction_;
  scaling_select select_;
  bool counts_both_;
  std::vector<limit> limits_;
};

/// Stabilisation windows and rate limits of both directions around a stream of recommendations.
///
///     scaling_behavior behavior{{.down = {.stabilisation_s = 60}}};
///     const double calm = behavior.stabilised(now_s, current, raw);   // the windows
///     behavior.remember(now_s, raw);                                  // the raw one, as Kubernetes does
///     const double wanted = behavior.limited(now_s, current, calm, minimum, maximum);
///     behavior.moved(now_s, executed - current);
///
/// O(policies) amortised, no allocation after construction.
class scaling_behavior {
 public:
  /// `down_stabilisation_s`: where the rules give none. `interval_s`: how often recommendations come; those that come
  /// twice as fast may share a slot (sliding_extreme), which holds a peak longer. Moves are foreseen every second.
  /// `counts_both`: as scaling_rate says.
  explicit scaling_behavior(const scaling_behavior_options& options = {}, double down_stabilisation_s = 300,
                            double interval_s = 15, bool counts_both = false)
      : lowest_(windowed<sliding_minimum>(checked(options).up.stabilisation_s.value_or(0), interval_s)),
        highest_(windowed<sliding_maximum>(options.down.stabilisation_s.value_or(down_stabilisation_s), interval_s)),
        up_(scaling_direction::up, options.up, std::min(interval_s, 1.0), counts_both),
        down_(scaling_direction::down, options.down, std::min(interval_s, 1.0), counts_both) {}

  void clear() noexcept {
    lowest_.clear();
    highest_.clear();
    up_.clear();
    down_.clear();
  }

  /// The lowest recommendation of the window up if `raw` is not below `current`, else the highest of the window down.
  /// The direction is that of the raw recommendation, so the outcome may lie on the other side of `current`, as in
  /// Kubernetes 1.20.
  [[nodiscard]] double stabilised(double now_s, double current, double raw) noexcept {
    return raw >= current ? lowest_.best(now_s, raw) : highest_.best(now_s, raw);
  }
  /// The next ones are compared with `raw` for as long as the windows say.
  void remember(double now_s, double raw) noexcept {
    lowest_.add(now_s, raw);
    highest_.add(now_s, raw);
  }
  /// `wanted`, as far as the rates and the extremes allow.
  [[nodiscard]] double limited(double now_s, double current, double wanted, double minimum, double maximum) noexcept {
    if (wanted > current) return std::min(wanted, std::min(maximum, up_.furthest(now_s, current)));
    if (wanted < current) return std::max(wanted, std::max(minimum, down_.furthest(now_s, current)));
    return wanted;
  }
  /// `delta` replicas were added (below 0: removed) at `now_s`.
  void moved(double now_s, std::int64_t delta) noexcept {
    if (delta > 0) {
      up_.moved(now_s, delta);
      down_.moved_back(now_s, delta);
    } else if (delta < 0) {
      down_.moved(now_s, -delta);
      up_.moved_back(now_s, -delta);
    }
  }

 private:
  template <class Extreme>
  static Extreme windowed(double window_s, double interval_s) {
    return Extreme(window_s, slots_for(window_s, interval_s));
  }

  sliding_minimum lowest_;
  sliding_maximum highest_;
  scaling_rate up_;
  scaling_rate down_;
};

}  // namespace headroom
