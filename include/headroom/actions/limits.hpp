#pragma once

#include <algorithm>  // std::clamp
#include <cmath>      // std::isfinite, std::isnan, std::lround
#include <cstddef>    // std::size_t
#include <cstdlib>    // std::abs
#include <limits>     // std::numeric_limits
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/internal/number_of.hpp>
#include <headroom/core/internal/wrong_arguments.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// The limits of a scaling action. Baselines aim within them, and learners are masked by them. By default a decision
/// may move as far as the policy wants, which for a learner is as far as its menu goes. The published farm moves one
/// worker a decision; whoever means that says `.max_up = 1, .max_down = 1`.
struct replica_limits {
  int minimum = 1;                                 ///< replicas
  int maximum = std::numeric_limits<int>::max();   ///< replicas
  int max_up = std::numeric_limits<int>::max();    ///< replicas added in one decision
  int max_down = std::numeric_limits<int>::max();  ///< replicas removed in one decision

  /// The delta that moves `current` replicas towards `desired`, as far as the limits allow. 0 if either is not finite.
  [[nodiscard]] int towards(double current, double desired) const {
    if (!std::isfinite(current) || !std::isfinite(desired)) return 0;
    const double delta = std::clamp(desired, static_cast<double>(minimum), static_cast<double>(maximum)) - current;
    return static_cast<int>(
        std::lround(std::clamp(delta, -static_cast<double>(max_down), static_cast<double>(max_up))));
  }

  /// Whether `current + delta` may be asked for. Outside the range every move back towards it is allowed, so that the
  /// policy can still act after an operator lowers the maximum. If `current` is NaN, only 0 is allowed.
  [[nodiscard]] bool allow(double current, int delta) const {
    if (delta > max_up || delta < -max_down) return false;
    if (std::isnan(current)) return delta == 0;
    const double next = current + delta;
    if (next > maximum) return delta < 0 || (delta == 0 && current > maximum);
    if (next < minimum) return delta > 0 || (delta == 0 && current < minimum);
    return true;
  }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const replica_limits& checked(const replica_limits& o) {
  require(o.minimum >= 0, "replica_limits", "minimum", o.minimum, "be at least 0");
  require(o.maximum >= o.minimum, "replica_limits", "maximum", o.maximum,
          "not be below minimum, " + to_text(o.minimum));
  require(o.max_up >= 0, "replica_limits", "max_up", o.max_up, "be at least 0");
  require(o.max_down >= 0, "replica_limits", "max_down", o.max_down, "be at least 0");
  return o;
}

/// A menu of deltas with a mask: only what the limits allow at the observed number of replicas is legal.
/// Model of MaskedActionSet. Throws std::invalid_argument if the menu has moves and the limits allow none of them.
///     limited menu{actions{-1, 0, +1}, &sample::replicas, {.minimum = 1, .maximum = 32}};
template <class Menu, class Replicas>
class limited {
  static_assert(
      requires(const Menu& menu, action_index i) { menu[i]; },
      "limited: takes a menu whose entries are deltas, such as actions{-1, 0, +1}. A menu of targets takes its limits "
      "itself: targets{{2, 4, 8}, &sample::replicas, {.maximum = 32}}");

 public:
  limited(Menu menu, Replicas replicas, const replica_limits& limits = {})
      : menu_(std::move(menu)), replicas_(std::move(replicas)), limits_(checked(limits)) {
    require_a_move();
  }

  [[nodiscard]] std::size_t size() const { return menu_.size(); }
  [[nodiscard]] decltype(auto) operator[](action_index i) const { return menu_[i]; }
  template <class Observation>
  [[nodiscard]] bool legal(const Observation& o, action_index i) const {
    return limits_.allow(internal::number_of(replicas_, o), static_cast<int>(menu_[i]));
  }
  [[nodiscard]] const replica_limits& limits() const noexcept { return limits_; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    say_actions(self.menu_, a);
    a("replicas", named_part<Replicas>{self.replicas_});
    a.means("minimum", self.limits_.minimum);
    a.means("maximum", self.limits_.maximum);
    a.means("max_up", self.limits_.max_up);
    a.means("max_down", self.limits_.max_down);
  }

 private:
  // With a menu of +-5 and limits of +-1, every move is masked for ever: the policy would hold without a word.
  void require_a_move() const {
    int smallest = 0;
    for (std::size_t i = 0; i < menu_.size(); ++i) {
      const int delta = static_cast<int>(menu_[action_index{i}]);
      if (delta == 0) continue;
      if (delta <= limits_.max_up && delta >= -limits_.max_down) return;
      if (smallest == 0 || std::abs(delta) < std::abs(smallest)) smallest = delta;
    }
    require(smallest == 0, "limited", "the smallest move of the menu", smallest,
            "be within max_up, " + to_text(limits_.max_up) + ", and max_down, " + to_text(limits_.max_down));
  }

  Menu menu_;
  Replicas replicas_;
  replica_limits limits_;
};
template <class Menu, class Replicas>
limited(Menu, Replicas, replica_limits) -> limited<Menu, Replicas>;
template <class Menu, class Replicas>
limited(Menu, Replicas) -> limited<Menu, Replicas>;
// Where nothing above fits: the compiler's first line says what must be given.
template <class T = void>
limited(internal::any_argument, internal::any_argument, ...) -> limited<internal::wrong_arguments<T>, int>;

/// What arguments that fit no constructor lead to.
template <class T, class Replicas>
class limited<internal::wrong_arguments<T>, Replicas> {
  static_assert(
      internal::never<T>,
      "limited: takes (menu, replicas, {.minimum = 1, ...}). Is a limit misspelt, or out of order? The limits "
      "and their order stand in replica_limits");

 public:
  limited(internal::any_argument, internal::any_argument, ...) {}
};

}  // namespace headroom
