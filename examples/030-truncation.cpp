// The first pitfall: a time limit is not an end. One state, reward 1 for ever, discount 0.9: its value is 1 / (1 - 0.9)
// = 10. The run is cut every 10 steps. A learner that treats the cut as an end finds about half the value.

#include <cstdio>

#include <headroom/agents/sarsa.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/run/run.hpp>
#include <headroom/testing/problems.hpp>

namespace {

// [truncation]
double learned_value(bool truncation_is_terminal) {
  using namespace headroom;
  constant_reward world(10);  // reward 1, cut every 10 steps
  auto policy =
      learn_on<constant_reward>(problem_state{1}, sarsa{1, 1, {.learning_rate = 0.01, .discount = 0.9}, 1},
                                problem_reward{}, actions{0}, {.truncation_is_terminal = truncation_is_terminal});
  run(world, policy, 200'000);
  return policy.agent().value(state_index{0}, action_index{0});
}
// [truncation]

}  // namespace

int main() {
  std::printf("the cut taken for an end   %.3f\n", learned_value(true));
  std::printf("the cut bootstrapped       %.3f\n", learned_value(false));
  std::printf("the true value             %.3f\n", headroom::constant_reward::action_value(0.9));
}
