#pragma once

#include <concepts>     // std::same_as
#include <cstddef>      // std::size_t
#include <type_traits>  // std::conditional_t
#include <vector>       // std::vector

#include <headroom/core/features.hpp>
#include <headroom/core/types.hpp>
#include <headroom/policies/decision_values.hpp>

namespace headroom::internal {

// The last choice of a learner: in which state, and which action. A state of numbers is copied, because it is a view of
// what the encoder holds. States of other kinds are not kept. Nothing allocates after `resize`, in a copy neither.
template <class State>
class last_choice {
 public:
  static constexpr bool keeps = std::same_as<State, state_index> || std::same_as<State, vector_state>;

  void resize(std::size_t dimension) {
    if constexpr (std::same_as<State, vector_state>) state_.resize(dimension);
  }
  // Nothing was chosen.
  void forget() noexcept { known_ = false; }
  action_index remember(const State& s, action_index i) {
    if constexpr (std::same_as<State, vector_state>) {
      state_.assign(s.begin(), s.end());
    } else if constexpr (keeps) {
      state_ = s;
    }
    known_ = keeps;
    return action_ = i;
  }

  // Calls `sink(decision_values)` if the agent has action values for such a state. `legal` is what it could choose
  // among; everything: not told.
  template <class AgentT, class Sink>
  void tell(const AgentT& agent, std::size_t actions, action_mask legal, Sink&& sink) const {
    if constexpr (keeps && requires(State s) { agent.value(s, action_index{}); }) {
      if (!known_) return;
      decision_values v;
      if constexpr (std::same_as<State, state_index>) v.state = to_size(state_);
      v.action = to_size(action_);
      bool has_values = true;
      if constexpr (requires { agent.has_values(); }) has_values = agent.has_values();
      for (std::size_t a = 0; a < actions; ++a) {
        if (has_values) v.values.push_back(static_cast<double>(agent.value(State{state_}, action_index{a})));
        if (!legal.everything()) v.legal.push_back(legal[a]);
      }
      sink(v);
    }
  }

 private:
  struct nothing {};
  std::conditional_t<std::same_as<State, vector_state>, std::vector<float>,
                     std::conditional_t<keeps, state_index, nothing>>
      state_{};
  action_index action_{};
  bool known_ = false;
};

}  // namespace headroom::internal
