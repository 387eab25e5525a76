#pragma once

#include <headroom/agents/td_control.hpp>
#include <headroom/explorations/epsilon_greedy.hpp>

namespace headroom {

using sarsa_options = td_options;

/// The value of the action that will be executed next: on-policy.
struct next_action {
  static constexpr const char* name = "sarsa";
  static constexpr bool cuts_traces = false;
  static constexpr bool on_policy = true;  // its bootstrap needs only the next action

  template <class Explore>
  static double value(std::span<const double> values, action_index a, action_mask, const Explore&, std::span<double>) {
    return values[to_size(a)];
  }
};

/// SARSA(lambda) (Rummery and Niranjan 1994; Sutton and Barto, sections 6.4 and 12.7). Learns the value of the policy
/// that acts, exploration included. So where an exploratory action can break an SLO, it keeps a distance from that
/// point.
///     sarsa agent{see.size(), menu.size(), {.discount = 0.95, .trace_decay = 0.8}, 42};
template <class Explore = epsilon_greedy, class State = state_index>
class sarsa : public td_control<next_action, Explore, State> {
 public:
  using td_control<next_action, Explore, State>::td_control;
};
sarsa(std::size_t, std::size_t, const td_options&, std::uint64_t)->sarsa<>;
template <TabularExploration<state_index> Explore>
sarsa(std::size_t, std::size_t, const td_options&, std::uint64_t, Explore) -> sarsa<Explore>;
// Where nothing above fits: the compiler's first line says what must be given.
template <class T = void>
sarsa(std::size_t, std::size_t, ...) -> sarsa<epsilon_greedy, internal::wrong_arguments<T>>;

}  // namespace headroom
