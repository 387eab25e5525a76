#pragma once

#include <headroom/agents/td_control.hpp>
#include <headroom/explorations/epsilon_greedy.hpp>

namespace headroom {

using q_learning_options = td_options;

/// The value of the best legal action: off-policy.
struct best_action {
  static constexpr const char* name = "q_learning";
  static constexpr bool cuts_traces = true;
  static constexpr bool on_policy = false;

  template <class Explore>
  static double value(std::span<const double> values, action_index, action_mask legal, const Explore&,
                      std::span<double>) {
    return values[to_size(best_of(values, legal, tie_break::smallest_index))];
  }
};

/// Watkins' Q(lambda) (Watkins 1989; Sutton and Barto 1998, section 7.6): learns the value of the greedy policy,
/// whatever actions are executed. Executing an action that is not the best ends the traces, because the following
/// rewards are no longer those of the greedy policy.
template <class Explore = epsilon_greedy, class State = state_index>
class q_learning : public td_control<best_action, Explore, State> {
 public:
  using td_control<best_action, Explore, State>::td_control;
};
q_learning(std::size_t, std::size_t, const td_options&, std::uint64_t)->q_learning<>;
template <TabularExploration<state_index> Explore>
q_learning(std::size_t, std::size_t, const td_options&, std::uint64_t, Explore) -> q_learning<Explore>;
// Where nothing above fits: the compiler's first line says what must be given.
template <class T = void>
q_learning(std::size_t, std::size_t, ...) -> q_learning<epsilon_greedy, internal::wrong_arguments<T>>;

}  // namespace headroom
