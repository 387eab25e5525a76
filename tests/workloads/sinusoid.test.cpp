#include <headroom/workloads/sinusoid.hpp>

#include <cmath>
#include <numbers>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

static_assert(Workload<sinusoid_load>);

TEST_CASE("without noise and rounding a row is the sine") {
  const sinusoid_load load(
      1,
      {.base_per_s = 50, .amplitude_per_s = 35, .deviation_per_s = 0, .duration_s = 180, .turns = 1, .whole = false});
  for (const int k : {0, 1, 45, 90, 179, 180}) {
    const double angle = 2 * std::numbers::pi * k / 180;
    CHECK(load.row(k) == Approx(50 + 35 * std::sin(angle - 15)).epsilon(1e-13));
  }
  CHECK(load.row(180) == Approx(load.row(0)).epsilon(1e-12));
}

TEST_CASE("rows are whole numbers, truncated, and none is below the floor") {
  const sinusoid_load load(2);
  const sinusoid_load exact(2, {.whole = false});
  int at_floor = 0;
  for (int k = 0; k < 1800; ++k) {
    CHECK(load.row(k) == std::trunc(exact.row(k)));
    CHECK(load.row(k) >= 1);
    at_floor += load.row(k) == 1 ? 1 : 0;
  }
  CHECK(at_floor > 300);  // base 7, amplitude 9: a good third of the time lies below 2
}

TEST_CASE("the load ramps from row to row, or steps") {
  const sinusoid_load ramps(3);
  const sinusoid_load steps(3, {.ramps = false});
  CHECK(ramps(0) == ramps.row(0));  // there is no row before the first
  CHECK(ramps(0.5) == ramps.row(0));
  for (const int k : {1, 77, 1200}) {
    CHECK(ramps(k) == ramps.row(k - 1));
    CHECK(ramps(k + 0.25) == Approx(0.75 * ramps.row(k - 1) + 0.25 * ramps.row(k)).epsilon(1e-14));
    CHECK(steps(k) == steps.row(k));
    CHECK(steps(k + 0.99) == steps.row(k));
  }
}

TEST_CASE("the noise of a row is of the seed and the row, with its deviation") {
  const sinusoid_load load(4, {.base_per_s = 100, .amplitude_per_s = 0, .deviation_per_s = 3, .whole = false});
  const int n = 20'000;
  double sum = 0;
  double squares = 0;
  for (int k = 0; k < n; ++k) {
    const double noise = load.row(k) - 100;
    sum += noise;
    squares += noise * noise;
  }
  CHECK(std::abs(sum / n) < 4 * 3 / std::sqrt(n));
  CHECK(std::abs(squares / n / 9 - 1) < 4 * std::sqrt(2.0 / n));
  CHECK(load.row(5) == load.row(5));
  CHECK(load.row(5) != sinusoid_load(5, {.base_per_s = 100, .amplitude_per_s = 0, .whole = false}).row(5));
}

TEST_CASE("sinusoid_load refuses what cannot be") {
  CHECK_THROWS_WITH(sinusoid_load(1, {.deviation_per_s = -1}),
                    "sinusoid_load: deviation_per_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(sinusoid_load(1, {.floor_per_s = -1}),
                    "sinusoid_load: floor_per_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(sinusoid_load(1, {.duration_s = 0}), "sinusoid_load: duration_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(sinusoid_load(1, {.row_s = 0}), "sinusoid_load: row_s is 0, must be positive and finite");
}
