#pragma once

#include <algorithm>  // std::min
#include <cmath>      // std::lround
#include <utility>    // std::move

#include <headroom/policies/clocked_guard.hpp>

namespace headroom {

/// A move that a guard let pass.
struct guard_move {
  int delta = 0;    ///< of replicas; 0: none
  double at_s = 0;  ///< by the guard's clock
  int from = 0;     ///< replicas before it; 0 where they could not be used
};

/// A clocked guard that remembers what was done. A move counts only when the next decision is asked for: until then a
/// wrapper around the guard may override it, and tells it by `executed`. Derived returns from allowed() what
/// `let(sample, delta)` returns, gets each move by `moved(guard_move)`, and stores `last_move()` with its past. It is
/// what cooldown, flap_budget, instant_undo and rate_limited share.
///     class mine : public counted_moves<mine, inner, gauge> {
///       friend counted_moves<mine, inner, gauge>; friend clocked_guard<mine, inner, gauge>; ...
template <class Derived, class Inner, class O>
class counted_moves : public clocked_guard<Derived, Inner, O> {
  using base = clocked_guard<Derived, Inner, O>;
  friend base;

 public:
  int step(const O& o) {
    go_on();
    return base::step(o);
  }
  void executed(int delta) {
    last_.delta = delta;
    base::executed(delta);
  }

 protected:
  using base::base;

  /// Remembers the move, and returns it.
  int let(const guard_sample& o, int delta) noexcept {
    last_ = {.delta = delta,
             .at_s = o.now_s,
             .from = o.counted ? static_cast<int>(std::lround(std::min(o.replicas, 1e9))) : 0};
    return delta;
  }
  [[nodiscard]] guard_move& last_move() noexcept { return last_; }
  [[nodiscard]] const guard_move& last_move() const noexcept { return last_; }

 private:
  void go_on() {
    if (last_.delta != 0) static_cast<Derived&>(*this).moved(last_);
    last_.delta = 0;
  }

  guard_move last_{};
};

}  // namespace headroom
