#pragma once

#include <cmath>    // std::islessgreater
#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint8_t
#include <span>     // std::span

#include <headroom/core/config.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// Which of several best actions is taken. `engine` while learning is the unbiased choice. `largest_index` is the
/// published farm agent's defect, kept so that it can be reproduced: with menu {-1, 0, +1} every unvisited state scales
/// up.
enum class tie_break : std::uint8_t { engine, smallest_index, largest_index };

/// Where the best of several finite values is, found without a branch on the values: what they are cannot be predicted,
/// and a branch that is mispredicted costs more than all the rest.
struct running_best {
  std::size_t index = 0;
  bool tied = false;  ///< whether a value ever equalled the best before it, or was a NaN

  /// The first of n legal ones in the order of the indices, or against it: then the last among equals wins.
  /// @param value  value(i), asked once of each legal i
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
      best.tied |= !std::islessgreater(x, top);  // a NaN as well, so that it costs no second question
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

/// The same, equals drawn by the engine: one draw per tie met on the way. The longer way, for when there are ties.
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

/// The best legal action, ties broken as told.
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
