#pragma once

#include <headroom/core/types.hpp>
#include <headroom/ext/redis.hpp>
#include <headroom/testing/problems.hpp>
#include <headroom/systems/farm.hpp>
