#pragma once

#include <headroom/agents/td_control.hpp>
#include <headroom/explorations/epsilon_greedy.hpp>

namespace headroom {

using expected_sarsa_options = td_options;

/// The mean value of the next action under the exploration's own probabilities.
struct expectation {
  static constexpr const char* name = "expected_sarsa";
  static constexpr bool cuts_traces = false;
  static constexpr bool on_policy = false;

  template <ExplicitExploration Explore>
  static double value(std::span<const double> values, action_index, action_mask legal, const Explore& explore,
                      std::span<double> scratch) {
    explore.probabilities(values, legal, scratch);
    double mean = 0;
    for (std::size_t a = 0; a < values.size(); ++a) mean += scratch[a] * values[a];
    return mean;
  }
};

/// Expected SARSA (van Seijen et al. 2009; Sutton and Barto, section 6.6): SARSA without the variance of drawing the
/// next action, for O(actions) more work. Stable with a learning rate of 1 in a deterministic world.
template <ExplicitExploration Explore = epsilon_greedy, class State = state_index>
class expected_sarsa : public td_control<expectation, Explore, State> {
 public:
  using td_control<expectation, Explore, State>::td_control;
};
expected_sarsa(std::size_t, std::size_t, const td_options&, std::uint64_t)->expected_sarsa<>;
template <ExplicitExploration Explore>
expected_sarsa(std::size_t, std::size_t, const td_options&, std::uint64_t, Explore) -> expected_sarsa<Explore>;
// Where nothing above fits: the compiler's first line says what must be given.
template <class T = void>
expected_sarsa(std::size_t, std::size_t, ...) -> expected_sarsa<epsilon_greedy, internal::wrong_arguments<T>>;

}  // namespace headroom
