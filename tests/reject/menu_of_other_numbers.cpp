// expect first: learn_on: the menu's actions must be of the environment's action_type
// A menu of real numbers does not drive an environment that counts replicas: 1.5 replicas would be one.
#include <headroom/actions/menu.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/testing/problems.hpp>

using namespace headroom;

void use() {
#ifdef HEADROOM_ACCEPT
  actions menu{0, 1};
#else
  actions menu{0.0, 1.5};
#endif
  (void)learn_on<two_state>(problem_state{2}, sarsa{2, menu.size(), {}, 1}, problem_reward{}, menu);
}
