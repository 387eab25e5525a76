#pragma once

#include <headroom/headroom.hpp>
