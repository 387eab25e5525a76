#include <headroom/planning/step_grid.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("planning.step_grid: a number lies between two values in the share of its distance") {
  const step_grid g(std::vector<double>{1, 2, 4, 8});
  CHECK(g.at(3).below == 1);
  CHECK(g.at(3).share == Approx(0.5));
  CHECK(g.at(5).below == 2);
  CHECK(g.at(5).share == Approx(0.25));
  CHECK(g.nearest(2.9) == 1);
  CHECK(g.nearest(3.1) == 2);
  for (std::size_t k = 0; k < g.size(); ++k) {
    const step_grid::place p = g.at(g[k]);
    CHECK(g[p.below] * (1 - p.share) + g[p.below + 1] * p.share == Approx(g[k]));
    CHECK(g.nearest(g[k]) == k);
  }
}

TEST_CASE("planning.step_grid: what lies outside, or is no number, is the nearest end") {
  const step_grid g(std::vector<double>{1, 2, 4});
  CHECK(g.nearest(-7) == 0);
  CHECK(g.nearest(1e300) == 2);
  CHECK(g.nearest(std::numeric_limits<double>::quiet_NaN()) == 0);
}

TEST_CASE("planning.step_grid: requests are counted at first, and weighed later") {
  const step_grid g = step_grid::counts(10, 1000);
  for (std::size_t k = 0; k <= 10; ++k) CHECK(g[k] == static_cast<double>(k));
  CHECK(g.values().back() >= 1000);
  for (std::size_t k = 1; k < g.size(); ++k) {
    CHECK(g[k] == std::floor(g[k]));
    CHECK(g[k] - g[k - 1] <= std::max(1.0, 0.08 * g[k - 1] + 0.5));
  }
  CHECK(g.size() < 80);
}

TEST_CASE("planning.step_grid: rates grow by the same factor") {
  const step_grid g = step_grid::logarithmic(0.5, 32, 7);
  REQUIRE(g.size() == 7);
  for (std::size_t k = 1; k < g.size(); ++k) CHECK(g[k] / g[k - 1] == Approx(2));
  CHECK(g[6] == 32);
}

TEST_CASE("planning.step_grid: values that do not ascend are refused") {
  const auto of = [](std::vector<double> v) { return step_grid(std::move(v)); };
  CHECK_THROWS_WITH(of({1}), "step_grid: number of values is 1, must be at least 2");
  CHECK_THROWS_WITH(of({1, 3, 2}), "step_grid: value 2 is 2, must be finite, and above the one before it");
  CHECK_THROWS_AS(of({1, std::numeric_limits<double>::infinity()}), std::invalid_argument);
  CHECK_THROWS_AS(step_grid::counts(0, 10), std::invalid_argument);
  CHECK_THROWS_AS(step_grid::counts(10, 5), std::invalid_argument);
  CHECK_THROWS_AS(step_grid::counts(10, 50, 0), std::invalid_argument);
  CHECK_THROWS_AS(step_grid::logarithmic(0, 1, 5), std::invalid_argument);
  CHECK_THROWS_AS(step_grid::logarithmic(2, 1, 5), std::invalid_argument);
  CHECK_THROWS_AS(step_grid::logarithmic(1, 2, 1), std::invalid_argument);
}
