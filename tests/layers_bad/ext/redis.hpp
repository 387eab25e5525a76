#pragma once

#include <sw/redis++/redis++.h>

#include <headroom/run/run.hpp>
