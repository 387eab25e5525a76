#include <headroom/fleet/internal/step_sizes.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

TEST_CASE("step_sizes: one observation and one action for each service") {
  CHECK(allocations_in([] { internal::require_step_sizes("x", 3, 3, 3); }) == 0);
  CHECK_THROWS_WITH(internal::require_step_sizes("x", 2, 3, 3),
                    "x: number of observations is 2, must be the number of services, 3");
  CHECK_THROWS_WITH(internal::require_step_sizes("x", 3, 4, 3),
                    "x: number of actions is 4, must be the number of services, 3");
}
