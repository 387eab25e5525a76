#pragma once

#include <headroom/core/twice.hpp>
#include <headroom/core/gone.hpp>
#include <headroom/core/internal/part.hpp>
#include <headroom/ext/redis.hpp>
#include <headroom/core/once.hpp>
