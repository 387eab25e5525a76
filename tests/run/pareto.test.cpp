#include <headroom/run/pareto.hpp>

#include <cstddef>
#include <limits>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("a front holds the points that no other beats, by ascending cost") {
  // 1 is beaten by 0 at the same cost, 3 by 2 at the same level, 5 by 4 on both counts.
  const std::vector<operating_point> points{{0.9, 10}, {0.8, 10}, {0.95, 12}, {0.95, 13}, {0.99, 14}, {0.98, 15}};
  CHECK(pareto_front(points) == std::vector<std::size_t>{0, 2, 4});
  const std::vector<operating_point> reversed{{0.98, 15}, {0.99, 14}, {0.95, 13}, {0.95, 12}, {0.8, 10}, {0.9, 10}};
  CHECK(pareto_front(reversed) == std::vector<std::size_t>{5, 3, 1});
}

TEST_CASE("of two equal points the front has the first, and of none nothing") {
  CHECK(pareto_front(std::vector<operating_point>{{0.9, 10}, {0.9, 10}}) == std::vector<std::size_t>{0});
  CHECK(pareto_front(std::vector<operating_point>{}).empty());
}

TEST_CASE("a point that is not finite is not there") {
  const std::vector<operating_point> points{
      {no_number, 1}, {0.9, no_number}, {0.5, 3}, {infinity, 2}, {0.9, -infinity}};
  CHECK(pareto_front(points) == std::vector<std::size_t>{2});
}

TEST_CASE("what is deployed is a staircase, what is mixed the convex hull below it") {
  // The second point lies above the line from the first to the third: a mixture of those two is cheaper.
  const std::vector<operating_point> points{{0.5, 10}, {0.75, 18}, {1.0, 20}, {0.6, 30}};
  const cost_curve curve(points);
  CHECK(curve.front() == std::vector<std::size_t>{0, 1, 2});
  CHECK(curve.deployed(0.1) == 10);
  CHECK(curve.deployed(0.5) == 10);
  CHECK(curve.deployed(0.51) == 18);
  CHECK(curve.deployed(0.75) == 18);
  CHECK(curve.deployed(0.76) == 20);
  CHECK(curve.deployed(1.01) == infinity);
  CHECK(curve.keeping(0.75) == 1);
  CHECK(curve.keeping(1.01) == cost_curve::none);
  CHECK(curve.mixed(0.1) == 10);
  CHECK(curve.mixed(0.5) == 10);
  CHECK(curve.mixed(0.75) == 15);
  CHECK(curve.mixed(1.0) == 20);
  CHECK(curve.mixed(1.01) == infinity);
}

TEST_CASE("a hull keeps what turns upwards, and is never above the staircase") {
  const std::vector<operating_point> points{{0.90, 10}, {0.95, 11}, {0.97, 12}, {0.98, 13.5}, {0.99, 14}, {0.995, 20}};
  const cost_curve curve(points);
  CHECK(curve.mixed(0.95) == 11);              // on the hull
  CHECK(curve.mixed(0.98) == Approx(13.0));    // 13.5 lies above the line from 12 to 14
  CHECK(curve.mixed(0.9925) == Approx(17.0));  // half way
  for (int k = 0; k <= 120; ++k) {
    const double level = 0.89 + k * 0.001;
    CHECK(curve.mixed(level) <= curve.deployed(level));
  }
}

TEST_CASE("a curve without points keeps no level") {
  const cost_curve curve(std::vector<operating_point>{});
  CHECK(curve.front().empty());
  CHECK(curve.keeping(0) == cost_curve::none);
  CHECK(curve.deployed(0) == infinity);
  CHECK(curve.mixed(0) == infinity);
}

TEST_CASE("a point stands beside the rival that keeps its level with least") {
  std::vector<cost_curve> rivals;
  rivals.emplace_back(std::vector<operating_point>{{0.9, 10}, {0.99, 16}});
  rivals.emplace_back(std::vector<operating_point>{{0.95, 13}, {0.985, 15}});
  const standing won = stand({0.96, 14.5}, rivals);
  CHECK(won.left_of_all);
  CHECK(won.rival == 1);
  CHECK(won.margin == 0.5);
  const standing lost = stand({0.96, 15.25}, rivals);
  CHECK_FALSE(lost.left_of_all);
  CHECK(lost.rival == 1);
  CHECK(lost.margin == -0.25);
  const standing level = stand({0.99, 16}, rivals);  // the same is not left
  CHECK_FALSE(level.left_of_all);
  CHECK(level.rival == 0);
  CHECK(level.margin == 0);
  const standing alone = stand({0.999, 30}, rivals);
  CHECK(alone.left_of_all);
  CHECK(alone.rival == cost_curve::none);
  CHECK(alone.margin == infinity);
  CHECK_THROWS_WITH(stand({no_number, 1}, rivals), "stand: level is nan, must be finite");
  CHECK_THROWS_WITH(stand({0.9, infinity}, rivals), "stand: cost is inf, must be finite");
}
