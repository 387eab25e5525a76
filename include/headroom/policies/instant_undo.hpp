#pragma once

#include <algorithm>    // std::max, std::min
#include <cmath>        // std::ceil, std::lround
#include <cstdint>      // std::uint64_t
#include <string_view>  // std::string_view
#include <type_traits>  // std::type_identity_t
#include <utility>      // std::move

#include <headroom/actions/limits.hpp>
#include <headroom/baselines/signals.hpp>
#include <headroom/core/check.hpp>
#include <headroom/policies/clocked_guard.hpp>
#include <headroom/policies/counted_moves.hpp>

namespace headroom {

/// When a scale-down is undone, and how careful the policy is afterwards.
struct instant_undo_options {
  double broken_above = 0;  ///< the service level is broken while the metric is above this
  double watch_s = 180;     ///< s after a scale-down in which a broken service level is blamed on it
  double widen_s = 1800;    ///< s after an undo in which no scale-down goes below the widened level
  double margin = 0.1;      ///< the widened level: this fraction above the level that was gone back to
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const instant_undo_options& checked(const instant_undo_options& o) {
  require_finite("instant_undo", "broken_above", o.broken_above);
  require_positive("instant_undo", "watch_s", o.watch_s);
  require_not_negative("instant_undo", "widen_s", o.widen_s);
  require_not_negative("instant_undo", "margin", o.margin);
  return o;
}

/// A policy of deltas whose scale-downs are undone at once when they were too much. If the service level breaks within
/// a stated time after a scale-down, it goes back to the replicas that there were before, whatever the policy wishes;
/// for a while after that no scale-down goes below that level and a margin. Several scale-downs within the watch count
/// as one, so that all are undone. As the Captain of Autothrottle (Wang et al. 2024) does it.
///
/// `broken` is a metric that is high when the service is bad: late requests per second, or a latency. While it cannot
/// be used (NaN: no request), nothing is undone. A move counts when it was executed, so a wrapper that overrides this
/// policy must tell it. If the clock or the number of replicas cannot be used, it holds and counts. O(1), no
/// allocation. Model of CorrectablePolicy.
///     instant_undo policy{std::move(learner), see, &sample::late_per_s, {.broken_above = 0.5}, {.maximum = 32}};
template <class Inner, class O>
class instant_undo : public counted_moves<instant_undo<Inner, O>, Inner, O> {
  using base = counted_moves<instant_undo, Inner, O>;
  friend base;
  friend clocked_guard<instant_undo, Inner, O>;

 public:
  static constexpr std::string_view guard_name = "instant_undo";
  static constexpr std::string_view law = "a scale-down was undone a while ago: not below that level and its margin";

  /// Needs signals.time_s and signals.replicas.
  instant_undo(Inner inner, const signals<O>& see, const std::type_identity_t<feature<O>>& broken,
               const instant_undo_options& options, const replica_limits& limits)
      : base(std::move(inner), see, broken, limits.maximum), options_(checked(options)), limits_(checked(limits)) {
    require_signal("instant_undo", "time_s", see.time_s);
    require_signal("instant_undo", "replicas", see.replicas);
    require(static_cast<bool>(broken), "instant_undo", "broken", "missing", "be named");
  }

  [[nodiscard]] std::uint64_t undone() const noexcept { return undone_; }

 private:
  template <class Self, class Archive>
  static void past(Self& self, Archive& a) {
    a("watching", self.watching_);
    a("before", self.before_);
    a("down_s", self.down_s_);
    a("widened", self.widened_);
    a("level", self.level_);
    a("undone_s", self.undone_s_);
    a("moved_s", self.last_move().at_s);
    a("moved_from", self.last_move().from);
    a("moved", self.last_move().delta);
    a("undone", self.undone_);
  }
  void forget() noexcept {
    watching_ = false;
    widened_ = false;
    this->last_move() = {};
  }
  void moved(const guard_move& last) {
    if (last.delta > 0) return;
    before_ = watching_ ? std::max(before_, last.from) : last.from;
    watching_ = true;
    down_s_ = last.at_s;
  }
  int allowed(const guard_sample& o, int wish) {
    if (!o.counted) return 0;
    const auto current = static_cast<int>(std::lround(std::min(o.replicas, 1e9)));
    if (watching_ && o.now_s - down_s_ > options_.watch_s) watching_ = false;
    if (widened_ && o.now_s - undone_s_ >= options_.widen_s) widened_ = false;
    int delta = wish;
    const int back = std::min(before_, limits_.maximum) - current;
    if (watching_ && o.measured && o.load > options_.broken_above && back > 0) {
      this->because("the service level broke after a scale-down: back at once");
      delta = std::max(wish, back);
      level_ = static_cast<int>(std::ceil(std::min(before_ * (1 + options_.margin), 1e9) - 1e-9));
      widened_ = true;
      undone_s_ = o.now_s;
      watching_ = false;
      ++undone_;
    } else if (widened_ && wish < 0) {
      delta = std::max(wish, std::min(0, level_ - current));
    }
    return this->let(o, delta);
  }

  instant_undo_options options_;
  replica_limits limits_;
  bool watching_ = false;
  int before_ = 0;     // replicas before the scale-downs that are watched
  double down_s_ = 0;  // of the last of them
  bool widened_ = false;
  int level_ = 0;
  double undone_s_ = 0;
  std::uint64_t undone_ = 0;
};

}  // namespace headroom
