// The agents that keep a table, compiled once for every system.

#include <headroom/agents/expected_sarsa.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>

#include "learners/agent_model.hpp"
#include "learners/agents.hpp"

namespace tool {

using namespace headroom;

table_agent make_sarsa(std::size_t states, std::size_t actions, const td_options& options, std::uint64_t seed,
                       epsilon_greedy explore) {
  return erased(sarsa<>(states, actions, options, seed, std::move(explore)));
}
table_agent make_expected_sarsa(std::size_t states, std::size_t actions, const td_options& options, std::uint64_t seed,
                                epsilon_greedy explore) {
  return erased(expected_sarsa<>(states, actions, options, seed, std::move(explore)));
}
table_agent make_q_learning(std::size_t states, std::size_t actions, const td_options& options, std::uint64_t seed,
                            epsilon_greedy explore) {
  return erased(q_learning<>(states, actions, options, seed, std::move(explore)));
}

}  // namespace tool
