// expect first: dqn: takes (dimension, actions, {.option = value, ...}, seed), and an exploration after it.
// The same for a network.
#include <headroom/agents/dqn.hpp>

#ifdef HEADROOM_ACCEPT
headroom::dqn agent{3, 3, {.discount = 0.9}, 1};
#else
headroom::dqn agent{3, 3, {.discont = 0.9}, 1};
#endif
