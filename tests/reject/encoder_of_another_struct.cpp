// expect first: learn_on: the encoder cannot read the environment's observation_type
// A feature that is a member of another struct than the environment's observation.
#include <headroom/actions/menu.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/testing/problems.hpp>

using namespace headroom;

struct other {
  double reward = 0;
};

void use() {
#ifdef HEADROOM_ACCEPT
  bins see{cut{&problem_observation::reward, {0.5}}};
#else
  bins see{cut{&other::reward, {0.5}}};
#endif
  actions menu{0, 1};
  (void)learn_on<two_state>(see, sarsa{see.size(), menu.size(), {}, 1}, problem_reward{}, menu);
}
