#pragma once

#include <headroom/core/types.hpp>
