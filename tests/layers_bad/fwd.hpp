#pragma once

#include <headroom/agents/sarsa.hpp>
