#include <headroom/live/clock.hpp>

#include <chrono>

#include "catch.hpp"

using namespace headroom;
using namespace std::chrono_literals;

TEST_CASE("live.clock: the machine's clock goes on, a sleep takes as long as it says, and the day is this century") {
  STATIC_REQUIRE(WallClock<headroom::system_clock>);
  const headroom::system_clock clock;
  const auto before = clock.now();
  clock.sleep(20ms);
  CHECK(clock.now() - before >= 20ms);
  clock.sleep(-1s);  // no wait
  CHECK(clock.now() - before < 20s);
  CHECK(clock.wall_s() > 1.7e9);  // 2023
  CHECK(clock.wall_s() < 4.1e9);  // 2099
}

TEST_CASE("live.clock: a manual clock moves when it is told to, and its copies show the same time") {
  STATIC_REQUIRE(WallClock<manual_clock>);
  manual_clock clock{1000};
  manual_clock same = clock;
  CHECK(clock.now() == 0ns);
  clock.sleep(1500ms);
  clock.sleep(-1s);
  same.advance(0.5);
  CHECK(clock.now() == 2s);
  CHECK(same.wall_s() == 1002);
  same.jump_wall(-3600);
  CHECK(clock.wall_s() == -2598);
  CHECK(clock.now() == 2s);
  clock.jump_now(-1);
  CHECK(same.now() == 1s);
}

TEST_CASE("live.clock: the time of an observation is not disturbed by who sets the clock") {
  manual_clock clock{1000};
  clock.advance(5);
  elapsed since{clock};
  clock.advance(2.5);
  clock.jump_wall(86400);
  CHECK(since().known());
  CHECK(since().value == 2.5);
  clock.jump_now(-100);
  CHECK(since().value == 2.5);
  clock.advance(1);
  CHECK(since().value == 3.5);
}

TEST_CASE("live.clock: seconds and nanoseconds, rounded to the nearest") {
  STATIC_REQUIRE(from_seconds(1.5) == 1500ms);
  STATIC_REQUIRE(from_seconds(-0.25) == -250ms);
  STATIC_REQUIRE(from_seconds(0.1) == 100ms);
  STATIC_REQUIRE(to_seconds(250ms) == 0.25);
}
