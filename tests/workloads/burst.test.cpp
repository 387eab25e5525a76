#include <headroom/workloads/burst.hpp>

#include <cmath>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

static_assert(Workload<burst_load>);

TEST_CASE("bursts begin and end on time") {
  const burst_load load{{.base_per_s = 5, .height_per_s = 20, .every_s = 300, .length_s = 30, .first_at_s = 60}};
  CHECK(load(-240) == 5);  // a period before the first: nothing yet
  CHECK(load(0) == 5);
  CHECK(load(std::nextafter(60.0, 0.0)) == 5);
  CHECK(load(60) == 25);
  CHECK(load(89.999) == 25);
  CHECK(load(90) == 5);
  CHECK(load(359.999) == 5);
  CHECK(load(360) == 25);
  CHECK(load(60 + 300 * 1000 + 29) == 25);
  CHECK(load(60 + 300 * 1000 + 30) == 5);
}

TEST_CASE("a burst as long as its period never ends") {
  const burst_load load{{.base_per_s = 1, .height_per_s = 2, .every_s = 10, .length_s = 10, .first_at_s = 0}};
  for (const double t : {0.0, 9.999, 10.0, 15.0, 1e6}) CHECK(load(t) == 3);
}

TEST_CASE("burst_load refuses bursts that overlap") {
  CHECK_THROWS_WITH(burst_load({.every_s = 10, .length_s = 11}), "burst_load: length_s is 11, must be in (0, every_s]");
  CHECK_THROWS_WITH(burst_load({.every_s = 10, .length_s = 0}), "burst_load: length_s is 0, must be in (0, every_s]");
  CHECK_THROWS_WITH(burst_load({.every_s = -1}), "burst_load: every_s is -1, must be positive and finite");
  CHECK_THROWS_WITH(burst_load({.height_per_s = -1}),
                    "burst_load: height_per_s is -1, must be zero or more, and finite");
}
