#pragma once

#include <cstddef>      // std::size_t
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>

namespace headroom::internal {

// Throws std::invalid_argument unless a host gives one observation, and has room for one action, for each service.
inline void require_step_sizes(std::string_view who, std::size_t seen, std::size_t actions, std::size_t services) {
  if (seen == services && actions == services) [[likely]]
    return;
  const std::string law = "be the number of services, " + to_text(services);
  require(seen == services, who, "number of observations", seen, law);
  require(false, who, "number of actions", actions, law);
}

}  // namespace headroom::internal
