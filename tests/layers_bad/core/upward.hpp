#pragma once

#include <cstddef>  // std::size_t; a list of "things"

#include <headroom/run/run.hpp>
