#include <headroom/agents/ppo.hpp>

#include "learners/agent_model.hpp"
#include "learners/agents.hpp"

namespace tool {

network_agent make_ppo(std::size_t dimension, std::size_t actions, const headroom::ppo_options& options,
                       std::uint64_t seed) {
  return erased(headroom::ppo(dimension, actions, options, seed));
}

}  // namespace tool
