#pragma once

#include <headroom/systems/farm/live/queues.hpp>
#include <headroom/systems/farm/world.hpp>
