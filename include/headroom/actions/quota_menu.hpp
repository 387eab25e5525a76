#pragma once

#include <cstddef>  // std::size_t

#include <headroom/core/types.hpp>
#include <headroom/simulation/quota_action.hpp>

namespace headroom {

/// The five things that can be done about a quota, hold first; those that could not be done are masked: the last
/// replica is not taken away, and a pod is not sent where there is no room. Reads `replicas`, `room`, `room_elsewhere`
/// and the four of CPU and memory of the observation. Model of MaskedActionSet.
struct quota_menu {
  [[nodiscard]] static constexpr std::size_t size() noexcept { return quota_action_count; }
  [[nodiscard]] constexpr quota_action operator[](action_index i) const noexcept {
    return static_cast<quota_action>(to_size(i));
  }

  template <class Observation>
  [[nodiscard]] bool legal(const Observation& o, action_index i) const noexcept {
    switch ((*this)[i]) {
      case quota_action::apply:
        return o.applied_cpu != o.initial_cpu || o.applied_memory != o.initial_memory;
      case quota_action::migrate:
        return o.room_elsewhere;
      case quota_action::scale_up:
        return o.room;
      case quota_action::scale_down:
        return o.replicas > 1;
      case quota_action::hold:
        break;
    }
    return true;
  }
};

}  // namespace headroom
