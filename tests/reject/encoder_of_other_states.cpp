// expect first: learn_on: the encoder's states are not those that the agent learns on
// Tiles yield active features, this agent learns on the rows of a table.
#include <headroom/agents/sarsa.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/encoders/tiles.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/testing/problems.hpp>

using namespace headroom;

void use() {
#ifdef HEADROOM_ACCEPT
  bins see{cut{&problem_observation::reward, {0.5}}};
#else
  tiles see{tilings<1>, axis{&problem_observation::reward, 0.0, 1.0, 1}};
#endif
  actions menu{0, 1};
  (void)learn_on<two_state>(see, sarsa{see.size(), menu.size(), {}, 1}, problem_reward{}, menu);
}
