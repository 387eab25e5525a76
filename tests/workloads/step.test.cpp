#include <headroom/workloads/step.hpp>

#include <cmath>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

static_assert(Workload<step_load>);

TEST_CASE("a level holds from its time on, until the next") {
  const step_load load{{{10, 5}, {60, 20}, {120, 1}}};
  CHECK(load(-1) == 0);
  CHECK(load(std::nextafter(10.0, 0.0)) == 0);
  CHECK(load(10) == 5);
  CHECK(load(std::nextafter(60.0, 0.0)) == 5);
  CHECK(load(60) == 20);
  CHECK(load(120) == 1);
  CHECK(load(1e9) == 1);
}

TEST_CASE("a single level is enough") {
  const step_load load{{{0, 3}}};
  CHECK(load(-0.1) == 0);
  CHECK(load(0) == 3);
}

TEST_CASE("step_load refuses levels out of order, and what is no level") {
  CHECK_THROWS_WITH(step_load({}), "step_load: number of levels is 0, must be at least 1");
  CHECK_THROWS_WITH(step_load({{0, 1}, {60, 2}, {60, 3}}),
                    "step_load: at_s of level 2 is 60, must come after the level before");
  CHECK_THROWS_WITH(step_load({{0, 1}, {60, -2}}),
                    "step_load: rate_per_s of level 1 is -2, must be zero or more, and finite");
  CHECK_THROWS_WITH(step_load({{std::nan(""), 1}}), "step_load: at_s of level 0 is nan, must be finite");
}
