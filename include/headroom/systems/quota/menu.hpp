#pragma once

#include <cstddef>  // std::size_t

#include <headroom/core/types.hpp>
#include <headroom/systems/quota/action.hpp>

namespace headroom::quota {

/// The five actions on a quota, hold first. Impossible actions are masked: removing the last replica, and moving a pod
/// to a node without room. Reads `replicas`, `room`, `room_elsewhere` and the four of CPU and memory of the
/// observation. Model of MaskedActionSet.
struct menu {
  [[nodiscard]] static constexpr std::size_t size() noexcept { return action_count; }
  [[nodiscard]] constexpr action operator[](action_index i) const noexcept { return static_cast<action>(to_size(i)); }

  template <class Observation>
  [[nodiscard]] bool legal(const Observation& o, action_index i) const noexcept {
    switch ((*this)[i]) {
      case action::apply:
        return o.applied_cpu != o.initial_cpu || o.applied_memory != o.initial_memory;
      case action::migrate:
        return o.room_elsewhere;
      case action::scale_up:
        return o.room;
      case action::scale_down:
        return o.replicas > 1;
      case action::hold:
        break;
    }
    return true;
  }
};

}  // namespace headroom::quota
