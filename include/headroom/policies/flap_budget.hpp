#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/baselines/signals.hpp>
#include <headroom/core/check.hpp>
#include <headroom/policies/clocked_guard.hpp>
#include <headroom/policies/counted_moves.hpp>

namespace headroom {

/// How often the direction of scaling may change.
struct flap_budget_options {
  int changes = 4;         ///< changes of direction within the window, at most; at least 2
  double window_s = 3600;  ///< s
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const flap_budget_options& checked(const flap_budget_options& o) {
  require(o.changes >= 2 && o.changes <= 1000, "flap_budget", "changes", o.changes, "be from 2 to 1000");
  require_positive("flap_budget", "window_s", o.window_s);
  return o;
}

/// A policy of deltas that changes its direction at most so many times within any window. A change of direction is a
/// move up after a move down, or down after up. Scaling up is never refused: a scale-down that would be a change needs
/// room in the budget for itself and for the change back up. So the budget holds, and no shortage waits for it. It is
/// what users of Kubernetes asked for (kubernetes/enhancements, pull request 883).
///
/// A move counts when it was executed, so a wrapper that overrides this policy must tell it. If the clock or the number
/// of replicas cannot be used, it holds and counts. O(1) amortised, no allocation after construction. Model of
/// CorrectablePolicy.
///     flap_budget policy{std::move(learner), see, {.changes = 4}};
template <class Inner, class O>
class flap_budget : public counted_moves<flap_budget<Inner, O>, Inner, O> {
  using base = counted_moves<flap_budget, Inner, O>;
  friend base;
  friend clocked_guard<flap_budget, Inner, O>;

 public:
  static constexpr std::string_view guard_name = "flap_budget";
  static constexpr std::string_view law = "the direction has changed too often within the window";

  /// Needs signals.time_s and signals.replicas.
  flap_budget(Inner inner, const signals<O>& see, const flap_budget_options& options = {})
      : base(std::move(inner), see), options_(checked(options)) {
    require_signal("flap_budget", "time_s", see.time_s);
    require_signal("flap_budget", "replicas", see.replicas);
    changed_s_.reserve(static_cast<std::size_t>(options_.changes));
  }

  /// Changes of direction since construction.
  [[nodiscard]] std::uint64_t changes() const noexcept { return changes_; }

 private:
  template <class Self, class Archive>
  static void past(Self& self, Archive& a) {
    a.same("changes", self.options_.changes);
    a.same("window_s", self.options_.window_s);
    a.list("changed_s", self.changed_s_);
    a("moved_s", self.last_move().at_s);
    a("direction", self.direction_);
    a("moved", self.last_move().delta);
    a("counted_changes", self.changes_);
  }
  void forget() noexcept {
    changed_s_.clear();
    direction_ = 0;
    this->last_move() = {};
  }
  void moved(const guard_move& last) {
    const int direction = last.delta > 0 ? 1 : -1;
    if (direction_ != 0 && direction != direction_) {
      ++changes_;
      if (changed_s_.size() == changed_s_.capacity()) changed_s_.erase(changed_s_.begin());
      changed_s_.push_back(last.at_s);
    }
    direction_ = direction;
  }
  int allowed(const guard_sample& o, int wish) {
    if (!o.counted) return 0;
    while (!changed_s_.empty() && o.now_s - changed_s_.front() >= options_.window_s)
      changed_s_.erase(changed_s_.begin());
    const bool a_change = wish < 0 && direction_ > 0;
    return this->let(o, a_change && static_cast<int>(changed_s_.size()) + 2 > options_.changes ? 0 : wish);
  }

  flap_budget_options options_;
  std::vector<double> changed_s_{};  // within the window, the oldest first
  int direction_ = 0;                // of the last move
  std::uint64_t changes_ = 0;
};

}  // namespace headroom
