#include <headroom/calibration/internal/linear_map.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include <headroom/core/random.hpp>

#include "catch.hpp"

using namespace headroom;
using internal::factored;
using internal::linear_map;

namespace {

// Three summaries of two parameters: s = 1 + 2 x - y, 4 y, 3, each with a disturbance of its own.
struct straight_world {
  std::vector<double> points{};
  std::vector<double> summaries{};

  static std::vector<double> at(double x, double y) { return {1 + 2 * x - y, 4 * y, 3}; }
  explicit straight_world(std::size_t rows, double noise, std::uint64_t seed = 1) {
    engine random(seed, stream::noise);
    for (std::size_t k = 0; k < rows; ++k) {
      const double x = 5 + uniform(random, -1, 1);
      const double y = -2 + uniform(random, -1, 1);
      points.insert(points.end(), {x, y});
      for (const double s : at(x, y)) summaries.push_back(s + noise * normal(random));
    }
  }
};

const std::vector<double> small_tolerance{1e-4, 1e-4, 1e-4};

}  // namespace

TEST_CASE("calibration.linear_map: a factored matrix solves its equations") {
  const std::vector<double> a{4, 2, 1, 2, 5, 3, 1, 3, 6};
  const std::vector<double> x{1, -2, 0.5};
  std::vector<double> b(3, 0.0);
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t k = 0; k < 3; ++k) b[i] += a[i * 3 + k] * x[k];
  }
  factored(a, 3).solve(b);
  for (std::size_t i = 0; i < 3; ++i) CHECK(b[i] == Approx(x[i]));
}

TEST_CASE("calibration.linear_map: a matrix without an inverse gives numbers that are finite") {
  for (const double same : {1.0, 0.0}) {
    std::vector<double> b(2, same);
    factored(std::vector<double>(b.size() * b.size(), same), b.size()).solve(b);
    CHECK(std::isfinite(b[0]));
    CHECK(std::isfinite(b[1]));
    CHECK(b[0] + b[1] == Approx(same));  // it still solves what can be solved
  }
}

TEST_CASE("calibration.linear_map: a straight way is found, and walked back") {
  const straight_world world(20, 0);
  const linear_map way(world.points, world.summaries, {5, -2}, small_tolerance);
  const std::vector<double> found = way.estimate(straight_world::at(5.5, -1.25));
  CHECK(found[0] == Approx(5.5).margin(1e-4));
  CHECK(found[1] == Approx(-1.25).margin(1e-4));
  const std::vector<double> here{5.5, -1.25};
  for (const double d : way.distances(straight_world::at(5.5, -1.25), here)) CHECK(std::abs(d) < 0.01);
  CHECK(way.misfit(straight_world::at(5.5, -1.25), here) < 0.01);
}

TEST_CASE("calibration.linear_map: a distance counts by the scatter, and by what may be wrong besides") {
  const double noise = 0.5;
  const straight_world world(4000, noise);
  const std::vector<double> tolerance{0, 0, 1.2};
  const linear_map way(world.points, world.summaries, {5, -2}, tolerance);
  const std::vector<double> here{5, -2};
  std::vector<double> seen = straight_world::at(5, -2);
  for (double& s : seen) s += 1;
  const std::vector<double> d = way.distances(seen, here);
  CHECK(d[0] == Approx(1 / noise).epsilon(0.06));
  CHECK(d[1] == Approx(1 / noise).epsilon(0.06));
  CHECK(d[2] == Approx(1 / std::hypot(noise, 1.2)).epsilon(0.06));
  // The disturbances are independent, so the squares add up.
  CHECK(way.misfit(seen, here) == Approx(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]).epsilon(0.06));
}

TEST_CASE("calibration.linear_map: a fit of few simulations knows their scatter on average") {
  const double noise = 0.5;
  const std::vector<double> here{5, -2};
  double mean = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const straight_world small(6, noise, seed);
    const linear_map way(small.points, small.summaries, {5, -2}, std::vector<double>(3, 0.0));
    const double step =
        way.distances(std::vector<double>{0, 0, 1}, here)[2] - way.distances(std::vector<double>{0, 0, 0}, here)[2];
    mean += 1 / (step * step) / 1000;
  }
  CHECK(mean == Approx(noise * noise).epsilon(0.1));  // three of the six rows go into the straight way
}

TEST_CASE("calibration.linear_map: how sure a parameter is, by its slope, the scatter and the prior") {
  const double noise = 0.1;
  const straight_world world(4000, noise);
  const std::vector<double> tolerance{0, 0, 0};
  const linear_map way(world.points, world.summaries, {5, -2}, tolerance);
  // y is known by 4 y, and a little by the first summary; x by the first one, given y.
  CHECK(way.deviation(1) == Approx(noise / 4).epsilon(0.1));
  CHECK(way.deviation(0) == Approx(std::hypot(noise, noise / 4) / 2).epsilon(0.1));
  // A parameter of which the summaries say nothing keeps its prior deviation and its centre.
  std::vector<double> other = world.summaries;
  for (std::size_t k = 0; k < other.size(); k += 3) other[k] = other[k + 1];
  const linear_map blind(world.points, other, {5, -2}, tolerance);
  CHECK(blind.deviation(0) == Approx(1.5).epsilon(0.02));
  CHECK(blind.estimate(std::vector<double>{-8, -8, 3})[0] == Approx(5).margin(0.1));
  // A scatter that both summaries share is not counted twice.
  CHECK(blind.deviation(1) > noise / 4 * 0.8);
}
