#pragma once

#include <headroom/systems/quota/score.hpp>
