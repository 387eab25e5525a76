#pragma once

#include <concepts>     // std::same_as
#include <stdexcept>    // std::invalid_argument
#include <type_traits>  // std::remove_cvref_t

#include <headroom/actions/menu.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/types.hpp>

// Whether the parts of a learner fit together: by their types, which the compiler asks, and by their sizes.
namespace headroom::internal {

template <class EncoderT, class AgentT>
concept SameStates = std::same_as<typename EncoderT::state_type, typename AgentT::state_type>;
template <class MenuT, class Action, class Observation>
concept MenuOf = (ActionSet<MenuT, Action> ||
                  ObservedActionSet<MenuT, Action, Observation>)&&requires(const MenuT& menu, const Observation& o,
                                                                           action_index i) {
  requires std::same_as<std::remove_cvref_t<decltype(action_at(menu, o, i))>, Action>;
};

// Throws std::invalid_argument where the agent was moved from, or has another size than the menu or the encoder.
template <class EncoderT, class AgentT, class MenuT>
void require_fitting(const EncoderT& encode, const AgentT& agent, const MenuT& menu) {
  require(menu.size() > 0, "learner", "number of actions", menu.size(), "be at least 1");
  if constexpr (requires { agent.actions(); }) {
    if (agent.actions() == 0)
      throw std::invalid_argument("learner: its agent was moved from, must be used where it was moved to");
    require(agent.actions() == menu.size(), "learner", "number of actions of the agent", agent.actions(),
            "equal the menu's, " + to_text(menu.size()));
  }
  if constexpr (requires {
                  agent.states();
                  encode.size();
                }) {
    require(agent.states() == encode.size(), "learner", "number of states of the agent", agent.states(),
            "equal the encoder's, " + to_text(encode.size()));
  }
  if constexpr (requires {
                  agent.dimension();
                  encode.dimension();
                }) {
    require(agent.dimension() == encode.dimension(), "learner", "dimension of the agent", agent.dimension(),
            "equal the encoder's, " + to_text(encode.dimension()));
  }
}

// Whether an agent may see a state: it lies in its table, or has its dimension.
template <class AgentT>
[[nodiscard]] bool within_agent(const typename AgentT::state_type& s, const AgentT& agent) {
  if constexpr (requires { within(s, agent.states()); }) {
    if (!within(s, agent.states())) return false;
  }
  if constexpr (requires { within(s, agent.dimension()); }) {
    if (!within(s, agent.dimension())) return false;
  }
  return true;
}

}  // namespace headroom::internal
