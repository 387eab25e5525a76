#include <headroom/baselines/intake.hpp>

#include <limits>

#include "catch.hpp"

using namespace headroom;

namespace {
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
}  // namespace

TEST_CASE("an intake lets through what can be used and counts the rest by kind") {
  intake door;
  CHECK(door.value(0));
  CHECK(door.value(1e300));
  for (const double bad : {-1.0, -infinite, infinite, unknown}) CHECK(!door.value(bad));
  CHECK(door.refused() == refused_signals{.values = 4});
  CHECK(door.count(0, 8));
  CHECK(door.count(8, 8));
  CHECK(door.refused().above_maximum == 0);
  CHECK(door.count(9, 8));  // usable: it leads back to the maximum
  for (const double bad : {-1.0, infinite, unknown}) CHECK(!door.count(bad, 8));
  CHECK(door.refused() == refused_signals{.values = 4, .replicas = 3, .above_maximum = 1});
  CHECK(door.refused().total() == 8);
}

TEST_CASE("a clock may stand still but not run backwards, and is believed again at the next look") {
  intake door;
  CHECK(door.clock(100));
  CHECK(door.clock(100));
  CHECK(door.clock(108));
  CHECK(!door.clock(50));
  CHECK(door.jumped());
  CHECK(door.clock(58));
  CHECK(!door.jumped());
  CHECK(!door.clock(unknown));
  CHECK(!door.jumped());  // it did not say where it is
  CHECK(!door.clock(infinite));
  CHECK(door.clock(58));
  CHECK(door.refused() == refused_signals{.clocks = 3});
}

TEST_CASE("a new episode begins with any clock and keeps the counts") {
  intake door;
  CHECK(door.clock(1000));
  CHECK(!door.clock(1));
  door.start();
  CHECK(door.clock(0));
  CHECK(door.refused().clocks == 1);
}
