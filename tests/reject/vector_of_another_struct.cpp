// expect first: learn_on: the encoder cannot read the environment's observation_type
// The same for the encoders of vectors: one feature of several is a member of another struct.
#include <headroom/actions/menu.hpp>
#include <headroom/agents/dqn.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/testing/problems.hpp>

using namespace headroom;

struct other {
  double reward = 0;
};

void use() {
#ifdef HEADROOM_ACCEPT
  standardize see{between{&problem_observation::state, 0, 1}, between{&problem_observation::reward, 0, 1}};
#else
  standardize see{between{&problem_observation::state, 0, 1}, between{&other::reward, 0, 1}};
#endif
  actions menu{0, 1};
  (void)learn_on<two_state>(see, dqn{see.dimension(), menu.size(), {}, 1}, problem_reward{}, menu);
}
