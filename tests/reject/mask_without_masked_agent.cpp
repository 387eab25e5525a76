// expect: learner: this menu masks actions, but the agent cannot respect a mask
// A menu that forbids actions and an agent that never looks would together do what is forbidden.
#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/testing/problems.hpp>

using namespace headroom;

struct always_first {
  using state_type = state_index;
  action_index start(state_index) { return {}; }
  action_index step(double, state_index) { return {}; }
  void terminate(double) {}
  void truncate(double, state_index) {}
  action_index greedy(state_index) const { return {}; }
};

void use() {
#ifdef HEADROOM_ACCEPT
  actions menu{0, 1};
#else
  limited menu{actions{0, 1}, &problem_observation::state};
#endif
  (void)learn_on<two_state>(problem_state{2}, always_first{}, problem_reward{}, menu);
}
