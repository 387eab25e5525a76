#pragma once

#include <headroom/io/file.hpp>
#include <headroom/planning/plan.hpp>
