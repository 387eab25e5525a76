#pragma once

#include <array>    // std::array
#include <cstddef>  // std::size_t
#include <span>     // std::span

#include <headroom/core/types.hpp>

namespace headroom {

/// A state that consists of N active binary features out of many, as tile coding yields. The value of an action is the
/// sum of its weights over them; a table is the case of one feature.
template <std::size_t N>
struct active_features {
  std::array<std::size_t, N> index{};

  friend constexpr bool operator==(const active_features&, const active_features&) = default;
};

/// A state that is a row of numbers, as a network wants it: a view of the encoder's own buffer, valid until the encoder
/// is called again. Who keeps it, copies it. A refused observation is an empty one.
using vector_state = std::span<const float>;

/// The active features of a state, whatever its kind.
[[nodiscard]] constexpr std::array<std::size_t, 1> features(state_index s) noexcept { return {to_size(s)}; }
template <std::size_t N>
[[nodiscard]] constexpr const std::array<std::size_t, N>& features(const active_features<N>& s) noexcept {
  return s.index;
}

/// Whether a state lies in a table of `n` rows. A refusal (`no_state`) never does, and neither does a wrong encoder's
/// index.
template <class State>
[[nodiscard]] constexpr bool within(const State& s, std::size_t n) noexcept {
  for (const std::size_t f : features(s)) {
    if (f >= n) return false;
  }
  return true;
}
/// Whether a vector is one of `dimension` numbers. A refusal never is.
[[nodiscard]] constexpr bool within(vector_state s, std::size_t dimension) noexcept {
  return !s.empty() && s.size() == dimension;
}

}  // namespace headroom
