#include <headroom/workloads/ramp.hpp>

#include <algorithm>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

static_assert(Workload<ramp_load>);

TEST_CASE("a ramp is flat, then straight, then flat") {
  const ramp_load load{{.from_per_s = 2, .to_per_s = 10, .start_s = 100, .end_s = 500}};
  CHECK(load(-1) == 2);
  CHECK(load(100) == 2);
  CHECK(load(200) == 4);
  CHECK(load(300) == 6);
  CHECK(load(500) == 10);
  CHECK(load(1e9) == 10);
}

TEST_CASE("a ramp may fall to nothing, and never below") {
  const ramp_load load{{.from_per_s = 0.1, .to_per_s = 0, .start_s = 0, .end_s = 0.7}};
  double least = 1;
  for (int k = 0; k <= 7000; ++k) least = std::min(least, load(k * 1e-4));
  CHECK(least == 0);
  CHECK(load(0.7) == 0);
}

TEST_CASE("ramp_load refuses a jump and what is no rate") {
  CHECK_THROWS_WITH(ramp_load({.start_s = 60, .end_s = 60}), "ramp_load: end_s is 60, must come after start_s");
  CHECK_THROWS_WITH(ramp_load({.from_per_s = -1}), "ramp_load: from_per_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(ramp_load({.to_per_s = -1}), "ramp_load: to_per_s is -1, must be zero or more, and finite");
}
