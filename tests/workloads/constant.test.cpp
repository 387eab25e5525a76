#include <headroom/workloads/constant.hpp>

#include <limits>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

static_assert(Workload<constant_load>);

TEST_CASE("a constant load is constant") {
  const constant_load load{2.5};
  for (const double t : {-1e9, 0.0, 0.3, 1e12}) CHECK(load(t) == 2.5);
  CHECK(constant_load{0}(1) == 0);
}

TEST_CASE("a constant load refuses what is no rate") {
  CHECK_THROWS_WITH(constant_load(-1), "constant_load: rate_per_s is -1, must be zero or more, and finite");
  CHECK_THROWS(constant_load(std::numeric_limits<double>::infinity()));
  CHECK_THROWS(constant_load(std::numeric_limits<double>::quiet_NaN()));
}
