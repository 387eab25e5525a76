// expect first: a tabular agent takes (states, actions, {.option = value, ...}, seed), and an exploration after it.
// An option that does not exist.
#include <headroom/agents/sarsa.hpp>

#ifdef HEADROOM_ACCEPT
headroom::sarsa agent{3, 3, {.learning_rate = 0.1}, 1};
#else
headroom::sarsa agent{3, 3, {.learning_rte = 0.1}, 1};
#endif
