#pragma once

#include <headroom/systems/farm/signals.hpp>
