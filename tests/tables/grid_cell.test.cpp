#include <headroom/tables/grid_cell.hpp>

#include <cstddef>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {
struct sample {
  std::size_t cell = 0;
  std::size_t level = 0;
};
static_assert(DiscreteEncoder<grid_cell, sample>);
}  // namespace

TEST_CASE("a cell is its own state, or the pair with its load") {
  const grid_cell alone(6);
  CHECK(alone.size() == 6);
  CHECK(alone(sample{4, 2}) == state_index{4});
  const grid_cell with_load(6, 3);
  CHECK(with_load.size() == 18);
  CHECK(with_load(sample{4, 2}) == state_index{14});
  CHECK(with_load(sample{5, 2}) == state_index{17});
}

TEST_CASE("what is no cell or no load is refused") {
  CHECK(grid_cell(6)(sample{6, 0}) == no_state);
  CHECK(grid_cell(6, 3)(sample{0, 3}) == no_state);
  CHECK_THROWS_WITH(grid_cell(0), "grid_cell: cells is 0, must be at least 1");
  CHECK_THROWS_WITH(grid_cell(2, 0), "grid_cell: levels is 0, must be at least 1");
}
