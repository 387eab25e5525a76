#pragma once

#include <array>        // std::array
#include <cstddef>      // std::size_t
#include <span>         // std::span
#include <type_traits>  // std::invoke_result_t
#include <utility>      // std::declval

#include <headroom/core/types.hpp>

namespace headroom {

/// A state with N active binary features out of many, as tile coding yields. The value of an action is the sum of the
/// weights of the active features. A table is the case N = 1.
template <std::size_t N>
struct active_features {
  std::array<std::size_t, N> index{};

  friend constexpr bool operator==(const active_features&, const active_features&) = default;
};

/// A state that is a vector of numbers, for a network. It is a view of the encoder's own buffer, valid until the next
/// call of the encoder; copy the numbers to keep them. A refused observation gives an empty view.
using vector_state = std::span<const float>;

/// A feature of an observation: what std::invoke turns into a number, such as a pointer to its member, or a lambda.
template <class F, class Observation>
concept FeatureOf = requires {
  static_cast<double>(std::declval<std::invoke_result_t<const F&, const Observation&>>());
};

/// The active features of a state of any kind.
[[nodiscard]] constexpr std::array<std::size_t, 1> features(state_index s) noexcept { return {to_size(s)}; }
template <std::size_t N>
[[nodiscard]] constexpr const std::array<std::size_t, N>& features(const active_features<N>& s) noexcept {
  return s.index;
}

/// Whether a state lies in a table of `n` rows. False for a refused observation (`no_state`) and for an index from an
/// encoder with more states.
template <class State>
[[nodiscard]] constexpr bool within(const State& s, std::size_t n) noexcept {
  for (const std::size_t f : features(s)) {
    if (f >= n) return false;
  }
  return true;
}
/// Whether a vector has `dimension` numbers. False for a refused observation, because its vector is empty.
[[nodiscard]] constexpr bool within(vector_state s, std::size_t dimension) noexcept {
  return !s.empty() && s.size() == dimension;
}

}  // namespace headroom
