#pragma once

#include <headroom/systems/farm/world.hpp>
