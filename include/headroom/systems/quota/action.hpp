#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t
#include <string_view>  // std::string_view

namespace headroom::quota {

/// What can be done about a quota. The default is to do nothing, which the published system cannot; its classes 0 to 3
/// are the other four, in this order.
enum class action : std::uint8_t {
  hold,
  apply,       ///< set the limits to what the quota says
  migrate,     ///< move the pods off the node that the quota came for, limits unchanged
  scale_up,    ///< one replica more, limits unchanged
  scale_down,  ///< one replica less, limits unchanged
};

inline constexpr std::size_t action_count = 5;

/// The action of a published class; an unknown class holds.
[[nodiscard]] constexpr action from_published_class(int published) noexcept {
  return published >= 0 && published < 4 ? static_cast<action>(published + 1) : action::hold;
}

[[nodiscard]] constexpr std::string_view to_string(action a) noexcept {
  constexpr std::string_view names[action_count] = {"hold", "apply", "migrate", "scale up", "scale down"};
  return names[static_cast<std::size_t>(a)];
}

}  // namespace headroom::quota
