#include <headroom/workloads/trace_grid.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("trace_grid: the first interval at or after a time") {
  const trace_grid grid{.interval_s = 0.1, .size = 10};
  CHECK(grid.duration_s() == 1);
  CHECK(grid.index_from(-5) == 0);
  CHECK(grid.index_from(0) == 0);
  CHECK(grid.index_from(0.3) == 3);  // although 0.3 / 0.1 is not 3
  CHECK(grid.index_from(0.31) == 4);
  CHECK(grid.index_from(99) == 10);
}

TEST_CASE("trace_grid: a slice holds the intervals that begin in it") {
  const trace_grid grid{.interval_s = 10, .size = 6};
  const auto part = grid.slice(5, 40);
  CHECK(part.first == 1);
  CHECK(part.last == 4);
  CHECK(grid.slice(0, 60).last == 6);
  CHECK_THROWS_WITH(grid.slice(60, 70), "trace: from_s is 60, must be within the trace");
  CHECK_THROWS_WITH(grid.slice(0, 61), "trace: to_s is 61, must come after from_s and not after the end");
  CHECK_THROWS_WITH(grid.slice(20, 20), "trace: to_s is 20, must come after from_s and not after the end");
  CHECK_THROWS_WITH(grid.slice(1, 9), "trace: to_s is 9, must leave at least one interval after from_s");
}

TEST_CASE("trace_grid: what each count is multiplied by") {
  CHECK(trace_grid::factor("mean", 50, 20, 100) == 2.5);
  CHECK(trace_grid::factor("mean", 0, 20, 100) == 0);
  CHECK_THROWS_WITH(trace_grid::factor("mean", -1, 20, 100), "trace: mean is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(trace_grid::factor("mean", 1, 0, 0),
                    "trace: number of requests is 0, must be positive to be scaled");
  CHECK_THROWS_WITH(trace_grid::factor("peak", 1e38, 1, 100), "trace: peak after scaling is inf, must be finite");
}
