#include <headroom/tables/measured_grid.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

// Two axes of two and three places; cell (20, 7) was measured twice, and the rows come in no order.
measurements two_by_three() {
  return {{"cpu", "heap", "tps"}, {20, 7, 1,  //
                                   10, 9, 2,  //
                                   10, 5, 3,  //
                                   20, 5, 4,  //
                                   20, 7, 5,  //
                                   10, 7, 6,  //
                                   20, 9, 7}};
}

std::vector<std::uint32_t> rows(const measured_grid& g, measured_grid::range r) {
  return {g.order().begin() + r.first, g.order().begin() + r.first + r.count};
}

}  // namespace

TEST_CASE("cells are numbered in mixed radix over ascending values, the last axis fastest") {
  const measured_grid g(two_by_three(), {.axes = {"cpu", "heap"}});
  CHECK(g.cells() == 6);
  CHECK(g.axes() == 2);
  CHECK(std::vector<double>(g.axis(0).begin(), g.axis(0).end()) == std::vector<double>{10, 20});
  CHECK(std::vector<double>(g.axis(1).begin(), g.axis(1).end()) == std::vector<double>{5, 7, 9});
  CHECK(g.cell(std::vector<double>{20, 7}) == 4);
  CHECK(g.position(4)[0] == 1);
  CHECK(g.position(4)[1] == 1);
  CHECK(g.name(4) == "cpu 20, heap 7");
  CHECK(rows(g, g.rows_of(4)) == std::vector<std::uint32_t>{0, 4});
  CHECK(rows(g, g.rows_of(0)) == std::vector<std::uint32_t>{2});
  CHECK(g.cell_of(6) == 5);
  CHECK_THROWS_WITH(g.cell(std::vector<double>{20, 8}), "measured_grid: heap is 8, must be a value that was measured");
  CHECK_THROWS_WITH(g.cell(std::vector<double>{20}), "measured_grid: number of values is 1, must be 2");
}

TEST_CASE("a move goes one place along one axis, and none beyond an edge") {
  const measured_grid g(two_by_three(), {.axes = {"cpu", "heap"}});
  REQUIRE(g.moves() == 5);
  const std::uint32_t none = measured_grid::none;
  const std::vector<std::vector<std::uint32_t>> expected{// hold, cpu up, cpu down, heap up, heap down
                                                         {0, 3, none, 1, none}, {1, 4, none, 2, 0},
                                                         {2, 5, none, none, 1}, {3, none, 0, 4, none},
                                                         {4, none, 1, 5, 3},    {5, none, 2, none, 4}};
  for (std::size_t cell = 0; cell < 6; ++cell) {
    for (std::size_t move = 0; move < 5; ++move) CHECK(g.target(cell, move) == expected[cell][move]);
  }
}

TEST_CASE("a cell that nobody measured is refused by name, or no move leads there") {
  measurements m({"cpu", "heap"}, {10, 5, 10, 7, 20, 5});
  CHECK_THROWS_WITH(measured_grid(m, {.axes = {"cpu", "heap"}}),
                    "measured_grid: number of rows of cpu 20, heap 7 is 0, must be at least 1: the grid has a hole");
  const measured_grid g(m, {.axes = {"cpu", "heap"}, .holes = true});
  CHECK(g.cells() == 4);
  CHECK(g.rows_of(3).count == 0);
  CHECK(g.target(1, 1) == measured_grid::none);  // from (10, 7) to the hole
  CHECK(g.target(2, 3) == measured_grid::none);  // from (20, 5)
  CHECK(g.target(0, 1) == 2);
  for (std::size_t move = 0; move < g.moves(); ++move) CHECK(g.target(3, move) == measured_grid::none);
}

TEST_CASE("rows without a required number do not count, and may leave a hole") {
  const measurements m({"cpu", "tps"}, {10, 1, 10, nan_value, 20, 5, 20, std::numeric_limits<double>::infinity()});
  const measured_grid all(m, {.axes = {"cpu"}});
  CHECK(all.order().size() == 4);  // NaN is a row like any other unless somebody asks
  const measured_grid some(m, {.axes = {"cpu"}, .required = {"tps"}});
  CHECK(rows(some, {0, 2}) == std::vector<std::uint32_t>{0, 2});
  CHECK(some.order().size() == 2);
  CHECK(some.cell_of(1) == measured_grid::none);
  CHECK(some.cell_of(2) == 1);
  const measurements none({"cpu", "tps"}, {10, nan_value});
  CHECK_THROWS_WITH(measured_grid(none, {.axes = {"cpu"}, .required = {"tps"}}),
                    "measured_grid: number of rows that count is 0, must be at least 1");
}

TEST_CASE("an axis must be known, finite, and set rather than measured") {
  CHECK_THROWS_WITH(measured_grid(two_by_three(), {.axes = {"cpu", "disk"}}),
                    "measurements: there is no column 'disk', there are cpu, heap, tps");
  CHECK_THROWS_WITH(measured_grid(two_by_three(), {}), "measured_grid: number of axes is 0, must be at least 1");
  CHECK_THROWS_WITH(measured_grid(measurements({"cpu"}, {10, nan_value}), {.axes = {"cpu"}}),
                    "measured_grid: cpu of row 1 is nan, must be finite");
  CHECK_THROWS_WITH(measured_grid(measurements({"cpu"}, {}), {.axes = {"cpu"}}),
                    "measured_grid: number of rows that count is 0, must be at least 1");
  std::vector<double> many;
  for (int i = 0; i < 5000; ++i) {
    many.push_back(i);
    many.push_back(0.5 * i);
  }
  CHECK_THROWS_WITH(measured_grid(measurements({"a", "b"}, many), {.axes = {"a", "b"}}),
                    "measured_grid: number of values of axis a is 5000, must leave at most 2^24 cells");
}

TEST_CASE("rows of a cell are found by load, the nearest standing in for a load that is missing") {
  // Cell 1 knows loads 8 and 32, cell 2 only 16.
  const measurements m({"cpu", "load"}, {1, 32, 1, 8, 2, 16, 1, 8});
  const measured_grid g(m, {.axes = {"cpu"}, .load = "load"});
  REQUIRE(g.levels() == 3);
  CHECK(std::vector<double>(g.loads().begin(), g.loads().end()) == std::vector<double>{8, 16, 32});
  CHECK(rows(g, g.rows_of(0)) == std::vector<std::uint32_t>{1, 3, 0});
  CHECK(rows(g, g.rows_of(0, 0)) == std::vector<std::uint32_t>{1, 3});
  CHECK(rows(g, g.rows_of(0, 1)) == std::vector<std::uint32_t>{1, 3});  // 16 is nearer to 8 than to 32
  CHECK(rows(g, g.rows_of(0, 2)) == std::vector<std::uint32_t>{0});
  for (std::size_t level = 0; level < 3; ++level) CHECK(rows(g, g.rows_of(1, level)) == std::vector<std::uint32_t>{2});
  CHECK(g.level_of(2) == 1);

  CHECK(g.level(-5) == 0);
  CHECK(g.level(8) == 0);
  CHECK(g.level(11.9) == 0);
  CHECK(g.level(12) == 1);  // in the middle: the heavier
  CHECK(g.level(25) == 2);
  CHECK(g.level(1000) == 2);
}

TEST_CASE("of two loads equally near the heavier stands in") {
  const measurements m({"cpu", "load"}, {1, 10, 1, 30, 2, 20});
  const measured_grid g(m, {.axes = {"cpu"}, .load = "load"});
  CHECK(rows(g, g.rows_of(0, 1)) == std::vector<std::uint32_t>{1});
}

TEST_CASE("without a load there is one level, which all rows have") {
  const measured_grid g(two_by_three(), {.axes = {"cpu", "heap"}});
  CHECK(g.levels() == 1);
  CHECK(g.loads()[0] == 0);
  CHECK(rows(g, g.rows_of(4, 0)) == rows(g, g.rows_of(4)));
  CHECK(g.level_of(3) == 0);
}
