// expect first: learn_on: the reward must be a number, reward(observation, action, observation)
// A reward that says how it was instead of how much.
#include <headroom/actions/menu.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/testing/problems.hpp>

using namespace headroom;

void use() {
#ifdef HEADROOM_ACCEPT
  const auto reward = [](const problem_observation&, int, const problem_observation& next) { return next.reward; };
#else
  const auto reward = [](const problem_observation&, int, const problem_observation&) { return "good"; };
#endif
  actions menu{0, 1};
  (void)learn_on<two_state>(problem_state{2}, sarsa{2, menu.size(), {}, 1}, reward, menu);
}
