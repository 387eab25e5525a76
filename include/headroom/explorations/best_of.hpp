#pragma once

#include <cmath>    // std::islessgreater
#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint8_t
#include <span>     // std::span

#include <headroom/core/config.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// Which of several equally good actions is taken. `engine` draws one at random: the unbiased choice while learning.
/// `largest_index` is a defect of the published farm agent, kept to reproduce it: with the menu {-1, 0, +1} the agent
/// scales up in every unvisited state.
enum class tie_break : std::uint8_t { engine, smallest_index, largest_index };

/// Finds the best of several finite values without a branch on a value. Such a branch cannot be predicted, and its
/// mispredictions would cost more than the rest of the search.
struct running_best {
  std::size_t index = 0;
  bool tied = false;  ///< whether a value equalled the best before it, or was NaN

  /// Takes the best of the n legal actions, in the order of the indices, or backwards: then the last of several equals
  /// wins.
  /// @param n      how many actions there are
  /// @param legal  which of them may be taken
  /// @param value  value(i), called once for each legal i
  template <bool Backwards, class Value>
  static running_best of(std::size_t n, action_mask legal, Value value) {
    return legal.everything() ? walk<Backwards, false>(n, legal, value) : walk<Backwards, true>(n, legal, value);
  }

 private:
  template <bool Backwards, bool Masked, class Value>
  static running_best walk(std::size_t n, action_mask legal, Value value) {
    running_best best;
    std::size_t k = 0;
    const auto place = [&] { return Backwards ? n - 1 - k : k; };
    if constexpr (Masked) {
      while (k < n && !legal[place()]) ++k;
    }
    HEADROOM_ASSERT(k < n, "best_of: no legal action");
    best.index = place();
    double top = value(best.index);
    for (++k; k < n; ++k) {
      const std::size_t i = place();
      if constexpr (Masked) {
        if (!legal[i]) continue;
      }
      const double x = value(i);
      best.tied |= !std::islessgreater(x, top);  // NaN also sets it, so that NaN needs no check of its own
      best.index = x > top ? i : best.index;
      top = x > top ? x : top;
    }
    return best;
  }
};

/// The best legal of n actions by value(i); the smallest or the largest index among equals. O(n).
template <class Value>
[[nodiscard]] action_index best_of(std::size_t n, action_mask legal, tie_break ties, Value value) {
  return action_index{ties == tie_break::largest_index ? running_best::of<true>(n, legal, value).index
                                                       : running_best::of<false>(n, legal, value).index};
}
[[nodiscard]] inline action_index best_of(std::span<const double> values, action_mask legal, tie_break ties) {
  return best_of(values.size(), legal, ties, [v = values.data()](std::size_t i) { return v[i]; });
}

/// The same, but the engine draws among equals: one draw for each tie met. Slower; used only if there are ties.
[[nodiscard]] inline action_index drawn_among_best(std::span<const double> values, action_mask legal, engine& random) {
  std::size_t best = values.size();
  std::size_t equals = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!legal[i]) continue;
    if (best == values.size() || values[i] > values[best]) {
      best = i;
      equals = 1;
    } else if (values[i] == values[best] && random.below(++equals) == 0) {
      best = i;
    }
  }
  return action_index{best};
}

/// The best legal action; `ties` says how ties are broken.
[[nodiscard]] inline action_index best_of(std::span<const double> values, action_mask legal, tie_break ties,
                                          engine& random) {
  if (ties != tie_break::engine) return best_of(values, legal, ties);
  const running_best sole =
      running_best::of<false>(values.size(), legal, [v = values.data()](std::size_t i) { return v[i]; });
  return sole.tied ? drawn_among_best(values, legal, random) : action_index{sole.index};
}

/// A legal action, each with the same probability.
[[nodiscard]] inline action_index any_of(std::size_t n, action_mask legal, engine& random) {
  if (legal.everything()) return action_index{random.below(n)};
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; ++i) count += legal[i] ? 1U : 0U;
  HEADROOM_ASSERT(count > 0, "any_of: no legal action");
  std::size_t left = random.below(count);
  for (std::size_t i = 0; i < n; ++i) {
    if (legal[i] && left-- == 0) return action_index{i};
  }
  return action_index{0};
}

}  // namespace headroom
