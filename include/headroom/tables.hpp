#pragma once

/// Systems that were measured: their tables as environments.

#include <headroom/tables/grid_cell.hpp>
#include <headroom/tables/grid_moves.hpp>
#include <headroom/tables/measured_grid.hpp>
#include <headroom/tables/measurements.hpp>
#include <headroom/tables/plan_table.hpp>
#include <headroom/tables/sensitivity.hpp>
#include <headroom/tables/table.hpp>
#include <headroom/tables/table_csv.hpp>
