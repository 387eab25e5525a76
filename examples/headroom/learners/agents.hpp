#pragma once

#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint64_t

#include <headroom/agents/dqn_options.hpp>
#include <headroom/agents/linucb.hpp>
#include <headroom/agents/ppo_options.hpp>
#include <headroom/agents/td_options.hpp>
#include <headroom/explorations/epsilon_greedy.hpp>

#include "learners/any_agent.hpp"

/// The agents that the tool knows, each compiled in one file.
namespace tool {

using table_agent = any_agent<headroom::state_index>;
using network_agent = any_agent<headroom::vector_state>;
using make_table_agent = table_agent(std::size_t states, std::size_t actions, const headroom::td_options& options,
                                     std::uint64_t seed, headroom::epsilon_greedy explore);

make_table_agent make_sarsa;
make_table_agent make_expected_sarsa;
make_table_agent make_q_learning;
[[nodiscard]] network_agent make_dqn(std::size_t dimension, std::size_t actions, const headroom::dqn_options& options,
                                     std::uint64_t seed, headroom::epsilon_greedy explore);
[[nodiscard]] network_agent make_ppo(std::size_t dimension, std::size_t actions, const headroom::ppo_options& options,
                                     std::uint64_t seed);
/// A contextual bandit over what a network would see.
[[nodiscard]] network_agent make_linucb(std::size_t dimension, std::size_t actions,
                                        const headroom::linucb_options& options);

}  // namespace tool
