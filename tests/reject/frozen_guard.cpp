// expect first: frozen: takes a learner. Freeze what is inside of a guard: guarded{frozen{learner}, guard}
// A guarded policy has no decisions without learning; the learner inside has.
#include <headroom/actions/menu.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/guarded.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/testing/problems.hpp>

using namespace headroom;

void use() {
  actions menu{0, 1};
  auto learner = learn_on<two_state>(problem_state{2}, sarsa{2, menu.size(), {}, 1}, problem_reward{}, menu);
  const auto guard = [](const problem_observation&, int action) { return action; };
#ifdef HEADROOM_ACCEPT
  guarded policy{frozen{learner}, guard};
#else
  frozen policy{guarded{learner, guard}};
#endif
  (void)policy;
}
