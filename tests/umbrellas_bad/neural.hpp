#pragma once

#include <headroom/core/twice.hpp>
