// What a user pays for including the tabular agent.
#include <headroom/agents/sarsa.hpp>
