#include "learners/agent_model.hpp"
#include "learners/agents.hpp"
#include "learners/bandit_agent.hpp"

namespace tool {

network_agent make_linucb(std::size_t dimension, std::size_t actions, const headroom::linucb_options& options) {
  return erased(bandit_agent(dimension, actions, options));
}

}  // namespace tool
