#pragma once

#include <array>    // std::array
#include <cstddef>  // std::size_t

#include <headroom/core/types.hpp>

namespace headroom {

/// A state that consists of N active binary features out of many, as tile coding yields. The value of an action is the
/// sum of its weights over them; a table is the case of one feature.
template <std::size_t N>
struct active_features {
  std::array<std::size_t, N> index{};

  friend constexpr bool operator==(const active_features&, const active_features&) = default;
};

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

}  // namespace headroom
