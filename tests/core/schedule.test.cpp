#include <headroom/core/schedule.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include <headroom/core/concepts.hpp>
#include <headroom/io/state.hpp>

#include "catch.hpp"

using namespace headroom;

static_assert(Schedule<schedule>);
static_assert(Schedule<linear> && Schedule<exponential_decay> && Schedule<harmonic_decay>);

TEST_CASE("a number is a constant schedule") {
  const schedule s = 0.3;
  CHECK(s(0) == 0.3);
  CHECK(s(std::numeric_limits<std::uint64_t>::max()) == 0.3);
  CHECK_FALSE(s.varies_by_step());
  CHECK(s.lowest() == 0.3);
  CHECK(s.highest() == 0.3);
}

TEST_CASE("linear goes in a straight line and stays") {
  const schedule s = linear{.from = 1, .to = 0.2, .over = 8};
  CHECK(s(0) == 1);
  CHECK(s(2) == Approx(0.8).epsilon(1e-15));
  CHECK(s(7) == Approx(0.3).epsilon(1e-15));
  CHECK(s(8) == 0.2);
  CHECK(s(1'000'000) == 0.2);
  CHECK(s.varies_by_step());
  CHECK(s.lowest() == 0.2);
  CHECK(s.highest() == 1);
}

TEST_CASE("linear may rise") {
  const schedule s = linear{.from = 0, .to = 4, .over = 4};
  CHECK(s(3) == 3);
  CHECK(s.lowest() == 0);
  CHECK(s.highest() == 4);
}

TEST_CASE("exponential_decay multiplies and stops at its end") {
  const schedule s = exponential_decay{.from = 0.4, .to = 0.1, .factor = 0.5};
  CHECK(s(0) == 0.4);
  CHECK(s(1) == 0.2);
  CHECK(s(2) == 0.1);
  CHECK(s(3) == 0.1);
}

TEST_CASE("harmonic_decay halves after its count and stops at its end") {
  const schedule s = harmonic_decay{.from = 1, .to = 0.125, .half_after = 100};
  CHECK(s(0) == 1);
  CHECK(s(100) == 0.5);
  CHECK(s(300) == 0.25);
  CHECK(s(700) == 0.125);
  CHECK(s(1'000'000) == 0.125);
}

TEST_CASE("the value is the same through the small value as through the original") {
  const linear a{0.7, 0.1, 1234};
  const exponential_decay b{0.9, 0.05, 0.999};
  const harmonic_decay c{0.5, 0.001, 77};
  for (const std::uint64_t n : {0U, 1U, 10U, 500U, 1234U, 99999U}) {
    CHECK(schedule(a)(n) == a(n));
    CHECK(schedule(b)(n) == b(n));
    CHECK(schedule(c)(n) == c(n));
  }
}

TEST_CASE("a schedule counts what it says it counts") {
  const progress p{.steps = 10, .episodes = 2};
  const schedule by_step = linear{0, 10, 10, per::step};
  const schedule by_episode = linear{0, 10, 10, per::episode};
  CHECK(by_step.at(p) == 10);
  CHECK(by_episode.at(p) == 2);
  CHECK_FALSE(by_episode.varies_by_step());
}

TEST_CASE("the published exploration rate reaches its end in episode 277") {
  const schedule s = exponential_decay{.from = 0.4, .to = 0.1, .factor = 0.995, .unit = per::episode};
  CHECK(s.at({.steps = 9999, .episodes = 276}) == Approx(0.4 * std::pow(0.995, 276)).epsilon(1e-15));
  CHECK(s.at({.steps = 0, .episodes = 276}) > 0.1);
  CHECK(s.at({.steps = 0, .episodes = 277}) == 0.1);
}

TEST_CASE("schedules refuse what makes no sense") {
  const double nan = std::nan("");
  CHECK_THROWS_WITH(schedule(linear{1, 0, 0}), "linear: over is 0, must be at least 1");
  CHECK_THROWS_WITH(schedule(linear{nan, 0, 5}), "linear: from is nan, must be finite");
  CHECK_THROWS_WITH(schedule(exponential_decay{1, 0, 1.5}), "exponential_decay: factor is 1.5, must be in (0, 1]");
  CHECK_THROWS_WITH(schedule(exponential_decay{0.1, 0.4, 0.9}), "exponential_decay: to is 0.4, must not be above from");
  CHECK_THROWS_WITH(schedule(harmonic_decay{1, 0, 0}), "harmonic_decay: half_after is 0, must be positive and finite");
  CHECK_THROWS_AS(schedule(harmonic_decay{1, 2, 10}), std::invalid_argument);
}

TEST_CASE("schedules are equal when they say the same of every count") {
  const schedule a = linear{0.5, 0.1, 100};
  CHECK(a == schedule(linear{0.5, 0.1, 100}));
  CHECK_FALSE(a == schedule(linear{0.5, 0.1, 101}));
  CHECK_FALSE(a == schedule(linear{0.5, 0.2, 100}));
  CHECK_FALSE(a == schedule(linear{0.5, 0.1, 100, per::episode}));
  CHECK_FALSE(a == schedule(0.5));
  CHECK_FALSE(schedule(exponential_decay{.from = 1, .to = 0.1, .factor = 0.5}) ==
              schedule(harmonic_decay{.from = 1, .to = 0.1, .half_after = 0.5}));

  checkpoint c;
  store(a, c, "rate");
  schedule same = a;
  CHECK_NOTHROW(restore(same, c, "rate"));
  schedule other = linear{0.5, 0.1, 101};
  CHECK_THROWS_WITH(restore(other, c, "rate"), "checkpoint: rate.rate is 100 in the file, must be 101");
}
