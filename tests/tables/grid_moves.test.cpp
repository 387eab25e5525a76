#include <headroom/tables/grid_moves.hpp>

#include <cstddef>
#include <memory>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {
struct sample {
  std::size_t cell = 0;
};
static_assert(ActionSet<numbered, std::size_t>);
static_assert(MaskedActionSet<grid_moves, std::size_t, sample>);
}  // namespace

TEST_CASE("numbered actions are their numbers") {
  const numbered menu(3);
  CHECK(menu.size() == 3);
  CHECK(menu[action_index{2}] == 2);
  CHECK_THROWS_WITH(numbered(0), "numbered: number of actions is 0, must be at least 1");
}

TEST_CASE("moves off the grid and into holes are illegal, holding never is") {
  // (1, 1) (1, 2) / (2, 1) and a hole
  const auto grid = std::make_shared<const measured_grid>(measurements({"a", "b"}, {1, 1, 1, 2, 2, 1}),
                                                          grid_columns{.axes = {"a", "b"}, .holes = true});
  const grid_moves menu(grid);
  REQUIRE(menu.size() == 5);
  const auto legal = [&](std::size_t cell) {
    std::vector<bool> all;
    for (std::size_t i = 0; i < 5; ++i) all.push_back(menu.legal(sample{cell}, action_index{i}));
    return all;
  };
  CHECK(legal(0) == std::vector<bool>{true, true, false, true, false});
  CHECK(legal(1) == std::vector<bool>{true, false, false, false, true});
  CHECK(legal(2) == std::vector<bool>{true, false, true, false, false});
  CHECK_THROWS_WITH(grid_moves(nullptr), "grid_moves: grid is nothing, must be a grid");
}
