#pragma once

#include <algorithm>    // std::max
#include <cmath>        // std::log, std::sqrt
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <limits>       // std::numeric_limits
#include <span>         // std::span
#include <type_traits>  // std::is_const_v
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/internal/handed_on.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/explorations/best_of.hpp>

namespace headroom {

/// Upper confidence bounds (Auer et al. 2002, UCB1), kept for each state: takes the legal action with the largest
///
///     value + scale sqrt(ln n(s) / n(s, a))
///
/// where n(s, a) counts how often the consequence of action a in state s was learned. An action that was never tried
/// comes first. It explores where little is known, and not where much is; `epsilon_greedy` explores everywhere alike.
/// `scale` is in the unit of the values: about the spread of the returns. Model of StateExploration, for the agents on
/// tables. 8 bytes an entry. O(actions), no allocation.
///     sarsa agent{see.size(), menu.size(), {}, 42, ucb{see.size(), menu.size(), 2.0}};
class ucb {
 public:
  ucb(std::size_t states, std::size_t actions, double scale = 1, tie_break ties = tie_break::engine)
      : states_(checked(states, actions)), actions_(actions), visits_(states * actions), scale_(scale), ties_(ties) {
    require_not_negative("ucb", "scale", scale);
  }

  action_index operator()(state_index s, std::span<const double> values, action_mask legal, engine& random) const {
    HEADROOM_ASSERT(to_size(s) < states_ && values.size() == actions_, "ucb: state or actions outside the table");
    const std::uint64_t* const tried = visits_.data() + to_size(s) * actions_;
    double all = 0;
    for (std::size_t a = 0; a < actions_; ++a) all += static_cast<double>(tried[a]);
    const double log_of_all = std::log(std::max(all, 1.0));
    std::size_t best = actions_;
    std::uint64_t equals = 0;
    double top = 0;
    for (std::size_t a = 0; a < actions_; ++a) {
      if (!legal[a]) continue;
      const double bound = tried[a] == 0 ? std::numeric_limits<double>::infinity()
                                         : values[a] + scale_ * std::sqrt(log_of_all / static_cast<double>(tried[a]));
      if (best == actions_ || bound > top) {
        best = a;
        top = bound;
        equals = 1;
      } else if (bound == top && wins(++equals, random)) {
        best = a;
      }
    }
    HEADROOM_ASSERT(best < actions_, "ucb: no legal action");
    return action_index{best};
  }
  /// The consequence of `a` in `s` was learned.
  void visited(state_index s, action_index a) {
    HEADROOM_ASSERT(to_size(s) < states_ && to_size(a) < actions_, "ucb: a visit outside the table");
    ++visits_[to_size(s) * actions_ + to_size(a)];
  }

  [[nodiscard]] std::uint64_t visits(state_index s, action_index a) const {
    return visits_[to_size(s) * actions_ + to_size(a)];
  }
  [[nodiscard]] std::size_t states() const noexcept { return states_; }
  [[nodiscard]] std::size_t actions() const noexcept { return actions_; }
  [[nodiscard]] double scale() const noexcept { return scale_; }
  [[nodiscard]] tie_break ties() const noexcept { return ties_; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("scale", self.scale_);
    a.same("ties", self.ties_);
    a("visits", std::span(self.visits_), {self.states(), self.actions()});
  }

 private:
  static std::size_t checked(std::size_t states, std::size_t actions) {
    constexpr std::size_t most = std::size_t{1} << 40U;
    require(states > 0, "ucb", "number of states", states, "be at least 1");
    require(actions > 0, "ucb", "number of actions", actions, "be at least 1");
    require(states <= most / actions, "ucb", "number of states", states, "leave at most 2^40 entries");
    return states;
  }
  // Whether the newest of several equals is taken.
  [[nodiscard]] bool wins(std::uint64_t equals, engine& random) const {
    if (ties_ == tie_break::engine) return random.below(equals) == 0;
    return ties_ == tie_break::largest_index;
  }

  internal::moved_to_zero<std::size_t> states_;
  internal::moved_to_zero<std::size_t> actions_;
  std::vector<std::uint64_t> visits_;
  double scale_;
  tie_break ties_;
};

}  // namespace headroom
