#pragma once

#include <headroom/tabular/q_table.hpp>
