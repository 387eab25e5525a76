#include <headroom/baselines/scaling_behavior.hpp>

#include <limits>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr auto up = scaling_direction::up;
constexpr auto down = scaling_direction::down;
constexpr auto replicas = scaling_unit::replicas;
constexpr auto percent = scaling_unit::percent;

}  // namespace

TEST_CASE("without policies a rate is Kubernetes' default") {
  scaling_rate rising(up, {});
  CHECK(rising.furthest(0, 1) == 5);
  CHECK(rising.furthest(0, 3) == 7);
  CHECK(rising.furthest(0, 4) == 8);
  CHECK(rising.furthest(0, 10) == 20);
  scaling_rate falling(down, {});
  CHECK(falling.furthest(0, 10) == 0);
}

TEST_CASE("what was added lately is taken off what may be added") {
  scaling_rate rate(up, {.policies = {{replicas, 4, 15}}});
  CHECK(rate.furthest(0, 3) == 7);
  rate.moved(0, 3);
  CHECK(rate.furthest(0, 6) == 7);
  CHECK(rate.furthest(14.999, 6) == 7);
  CHECK(rate.furthest(15, 6) == 10);
  rate.moved(15, 4);
  CHECK(rate.furthest(16, 10) == 10);
  CHECK(rate.furthest(16, 2) == 2);  // somebody else took eight away: never on the other side of what there is
  rate.clear();
  CHECK(rate.furthest(16, 10) == 14);
}

TEST_CASE("percents are of the start of the period, rounded up on the way up and towards zero on the way down") {
  scaling_rate rising(up, {.policies = {{percent, 10, 60}}});
  CHECK(rising.furthest(0, 3) == 4);
  CHECK(rising.furthest(0, 20) == 22);
  rising.moved(0, 2);
  CHECK(rising.furthest(30, 22) == 22);
  CHECK(rising.furthest(60, 22) == 25);

  scaling_rate falling(down, {.policies = {{percent, 10, 60}}});
  CHECK(falling.furthest(0, 3) == 2);
  CHECK(falling.furthest(0, 20) == 18);
  falling.moved(0, 2);
  CHECK(falling.furthest(30, 18) == 18);
  CHECK(falling.furthest(60, 18) == 16);
  scaling_rate beyond(down, {.policies = {{percent, 150, 60}}});
  CHECK(beyond.furthest(0, 10) == -5);
}

TEST_CASE("of several policies the largest change, the smallest, or none") {
  const std::vector<scaling_policy> both{{replicas, 2, 60}, {percent, 50, 30}};
  CHECK(scaling_rate(up, {.policies = both}).furthest(0, 10) == 15);
  CHECK(scaling_rate(up, {.select = scaling_select::minimum, .policies = both}).furthest(0, 10) == 12);
  CHECK(scaling_rate(up, {.select = scaling_select::disabled, .policies = both}).furthest(0, 10) == 10);
  CHECK(scaling_rate(down, {.policies = both}).furthest(0, 10) == 5);
  CHECK(scaling_rate(down, {.select = scaling_select::minimum, .policies = both}).furthest(0, 10) == 8);
  CHECK(scaling_rate(down, {.select = scaling_select::disabled, .policies = both}).furthest(0, 10) == 10);

  // Each has its own period: 40 s later the two that were added are forgotten by the percents alone.
  scaling_rate rate(up, {.select = scaling_select::minimum, .policies = both});
  rate.moved(0, 2);
  CHECK(rate.furthest(40, 12) == 12);
  CHECK(rate.furthest(60, 12) == 14);
  scaling_rate larger(up, {.policies = both});
  larger.moved(0, 2);
  CHECK(larger.furthest(29, 12) == 15);
  CHECK(larger.furthest(40, 12) == 18);
}

TEST_CASE("each direction counts its own moves alone") {
  scaling_behavior b({.up = {.policies = {{replicas, 4, 60}}}, .down = {.policies = {{replicas, 2, 60}}}});
  b.moved(0, 4);
  CHECK(b.limited(1, 7, 20, 1, 40) == 7);
  CHECK(b.limited(1, 7, 1, 1, 40) == 5);
  b.moved(1, -2);
  CHECK(b.limited(2, 5, 1, 1, 40) == 5);
  CHECK(b.limited(2, 5, 20, 1, 40) == 5);  // 5 - 4 + 4: the two that went are not given back
  CHECK(b.limited(60, 5, 20, 1, 40) == 9);
  CHECK(b.limited(60.5, 5, 1, 1, 40) == 5);
  CHECK(b.limited(61, 5, 1, 1, 40) == 3);
  b.moved(61, 0);
  CHECK(b.limited(61, 5, 1, 1, 40) == 3);
}

TEST_CASE("limits of the number of replicas bind with the rates") {
  scaling_behavior b({.up = {.policies = {{replicas, 10, 60}}}, .down = {.policies = {{replicas, 10, 60}}}});
  CHECK(b.limited(0, 5, 30, 1, 12) == 12);
  CHECK(b.limited(0, 5, 11, 1, 12) == 11);
  CHECK(b.limited(0, 5, 1, 3, 12) == 3);
  CHECK(b.limited(0, 5, 4, 3, 12) == 4);
  CHECK(b.limited(0, 5, 5, 6, 6) == 5);
}

TEST_CASE("on the way up the lowest of the window counts, on the way down the highest") {
  scaling_behavior b({.up = {.stabilisation_s = 60}, .down = {.stabilisation_s = 120}});
  CHECK(b.stabilised(0, 5, 9) == 9);
  b.remember(0, 9);
  b.remember(15, 6);
  CHECK(b.stabilised(30, 5, 8) == 6);
  CHECK(b.stabilised(30, 10, 8) == 9);
  CHECK(b.stabilised(74.999, 5, 8) == 6);
  CHECK(b.stabilised(75, 5, 8) == 8);
  CHECK(b.stabilised(119.999, 10, 8) == 9);
  CHECK(b.stabilised(120, 10, 8) == 8);
  CHECK(b.stabilised(120, 10, 5) == 6);
  // The direction is that of the raw one: it can end on the other side.
  b.remember(200, 3);
  CHECK(b.stabilised(201, 5, 5) == 3);
  b.remember(202, 12);
  CHECK(b.stabilised(203, 5, 4) == 12);
  b.clear();
  CHECK(b.stabilised(203, 5, 4) == 4);
}

TEST_CASE("what is not given is the default of the direction") {
  scaling_behavior b({.up = {.select = scaling_select::disabled}});
  b.remember(0, 9);
  CHECK(b.stabilised(1, 5, 7) == 7);     // up: no window
  CHECK(b.stabilised(299, 10, 7) == 9);  // down: 300 s
  CHECK(b.stabilised(300, 10, 7) == 7);
  CHECK(b.limited(0, 5, 9, 1, 40) == 5);
  CHECK(b.limited(0, 50, 2, 1, 40) == 2);

  scaling_behavior other({.down = {.policies = {{replicas, 1, 15}}}}, 60);
  other.remember(0, 9);
  CHECK(other.stabilised(59, 10, 7) == 9);
  CHECK(other.stabilised(60, 10, 7) == 7);
  CHECK(other.limited(0, 3, 30, 1, 40) == 7);
  CHECK(other.limited(0, 3, 1, 1, 40) == 2);

  scaling_behavior none({.down = {.stabilisation_s = 0}});
  none.remember(0, 9);
  CHECK(none.stabilised(0, 10, 7) == 7);
}

TEST_CASE("impossible behaviours are refused") {
  const auto make = [](const scaling_behavior_options& o, double window_s = 300) { scaling_behavior(o, window_s); };
  CHECK_THROWS_WITH(make({.up = {.stabilisation_s = -1}}),
                    "scaling_behavior up: stabilisation_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.down = {.stabilisation_s = unknown}}),
                    "scaling_behavior down: stabilisation_s is nan, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.down = {.policies = {{replicas, 0, 15}}}}),
                    "scaling_behavior down: value is 0, must be at least 1");
  CHECK_THROWS_WITH(make({.up = {.policies = {{percent, 10, 60}, {percent, 10, 0}}}}),
                    "scaling_behavior up: period_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(make({.up = {.tolerance = -0.1}}),
                    "scaling_behavior up: tolerance is -0.1, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({}, unknown), "sliding_extreme: window_s is nan, must be zero or more, and finite");
  CHECK_THROWS_WITH(scaling_rate(up, {.policies = {{replicas, -3, 15}}}),
                    "scaling_rate: value is -3, must be at least 1");
}

TEST_CASE("a behaviour takes no memory") {
  scaling_behavior b({.up = {.stabilisation_s = 60, .policies = {{replicas, 4, 60}, {percent, 10, 1800}}}});
  CHECK(allocations_in([&] {
          for (int k = 0; k < 1000; ++k) {
            b.remember(k, k % 17);
            b.moved(k, k % 5 - 2);
            static_cast<void>(b.limited(k, 5, b.stabilised(k, 5, k % 13), 1, 40));
          }
          b.clear();
        }) == 0);
}

TEST_CASE("scaling_behavior: from Kubernetes 1.25 on the start of a period is before the moves of both directions") {
  const scaling_behavior_options options{
      .up = {.policies = {{.unit = scaling_unit::percent, .value = 300, .period_s = 300}}},
      .down = {.policies = {{.unit = scaling_unit::replicas, .value = 3, .period_s = 300}}}};
  const auto furthest = [&](bool counts_both, double wanted) {
    scaling_behavior behavior(options, 300, 15, counts_both);
    behavior.moved(0, +4);   // from 4 to 8
    behavior.moved(15, -2);  // to 6
    return behavior.limited(30, 6, wanted, 0, 100);
  };
  CHECK(furthest(false, 24) == 8);  // 6 - 4 were there, and 300 % more
  CHECK(furthest(true, 24) == 16);  // 6 - 4 + 2 were there
  CHECK(furthest(false, 0) == 5);   // 6 + 2 were there, and 3 less
  CHECK(furthest(true, 0) == 1);    // 6 + 2 - 4 were there, and 3 less
  scaling_behavior forgot(options, 300, 15, true);
  forgot.moved(0, +4);
  forgot.moved(0, -2);
  forgot.clear();
  CHECK(forgot.limited(1, 6, 24, 0, 100) == 24);
  CHECK(forgot.limited(1, 6, 0, 0, 100) == 3);
}
