#include <headroom/baselines/stateless.hpp>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("a stateless policy asks its rule each time") {
  stateless twice{[](const double& o) { return static_cast<int>(2 * o); }};
  static_assert(Policy<decltype(twice), double, int>);
  CHECK(twice.start(3) == 6);
  CHECK(twice.step(5) == 10);
  twice.stop(7, episode::truncated);
  CHECK(twice.step(1) == 2);
}
