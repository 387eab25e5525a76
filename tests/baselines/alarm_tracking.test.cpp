#include <headroom/baselines/alarm_tracking.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "minutes.hpp"

using namespace headroom;
using namespace minute_by_minute;

namespace {

using world = minutes<alarm_tracking<gauge>>;
world make(const alarm_tracking_options& options, const replica_limits& limits = free_hand, double replicas = 10) {
  return {alarm_tracking<gauge>(see, see.utilisation, options, limits), {.time_s = 0, .replicas = replicas}};
}

}  // namespace

TEST_CASE("three minutes above the target scale out in proportion, and a cooldown follows") {
  static_assert(Policy<alarm_tracking<gauge>, gauge, int>);
  world w = make({.target = 0.5});
  CHECK(w.minute(0.9) == 0);  // the first look begins the first minute
  CHECK(w.minute(0.9) == 0);
  CHECK(w.minute(0.9) == 0);
  CHECK(w.minute(0.9) == +8);  // ceil(10 * 0.9 / 0.5) = 18
  CHECK(w.policy.desired() == 18);
  for (int k = 0; k < 4; ++k) CHECK(w.minute(0.75) == 0);  // 300 s of cooldown
  CHECK(w.minute(0.75) == +9);                             // 27
  CHECK(w.policy.refused() == refused_signals{});
}

TEST_CASE("one minute on the target and the count begins anew") {
  world w = make({.target = 0.5});
  w.minute(0.9);
  for (int round = 0; round < 4; ++round) {
    CHECK(w.minute(0.9) == 0);
    CHECK(w.minute(0.9) == 0);
    CHECK(w.minute(0.5) == 0);
  }
  CHECK(w.minute(0.6) == 0);
  CHECK(w.minute(0.6) == 0);
  CHECK(w.minute(0.51) == +1);  // of the newest datapoint: ceil(10.2)
}

TEST_CASE("a scale-out adds one at least, goes on from zero, and rounding adds none") {
  {
    world w = make({.target = 0.7, .out_periods = 1});
    w.minute(0.5);
    CHECK(w.minute(0.77) == +1);  // 10 * 0.77 / 0.7 is 11.000000000000002 in floating point
  }
  {
    world w = make({.target = 0.5, .out_periods = 1}, {.minimum = 0, .maximum = 9, .max_up = 9, .max_down = 9}, 0);
    w.minute(0.5);
    CHECK(w.minute(0.9) == +1);
  }
  {
    world w = make({.target = 0.5, .out_periods = 1});
    w.minute(0.5);
    CHECK(w.minute(std::nextafter(0.5, 1)) == +1);
  }
}

TEST_CASE("fifteen minutes below nine tenths of the target scale in, gradually") {
  world w = make({.target = 0.5, .in_fraction = 0.2});
  w.minute(0.1);
  for (int k = 0; k < 14; ++k) CHECK(w.minute(0.1) == 0);
  CHECK(w.minute(0.1) == -2);  // max(ceil(2), 10 - floor(0.2 * 10))
  for (int k = 0; k < 4; ++k) CHECK(w.minute(0.1) == 0);
  CHECK(w.minute(0.1) == -1);  // floor(0.2 * 8)
  for (int k = 0; k < 4; ++k) CHECK(w.minute(0.1) == 0);
  CHECK(w.minute(0.45) == 0);  // on nine tenths is not below
  for (int k = 0; k < 14; ++k) CHECK(w.minute(0.1) == 0);
  CHECK(w.minute(0.449) == 0);  // ceil(7 * 0.898) is 7: nothing to do, and no cooldown begins
  CHECK(w.minute(0.4) == -1);
}

TEST_CASE("without the gradual bound a scale-in is proportional") {
  world w = make({.target = 0.5, .in_periods = 2, .in_fraction = 1});
  w.minute(0.1);
  CHECK(w.minute(0.1) == 0);
  CHECK(w.minute(0.1) == -8);
  for (int k = 0; k < 9; ++k) w.minute(0);
  CHECK(w.now.replicas == 1);  // the minimum
}

TEST_CASE("scale-in can be switched off") {
  world w = make({.target = 0.5, .scale_in = false});
  for (int k = 0; k < 60; ++k) CHECK(w.minute(0) == 0);
}

TEST_CASE("a scale-out does not wait for the cooldown of a scale-in, and ends it") {
  world w = make({.target = 0.5, .out_periods = 1, .in_periods = 2, .in_cooldown_s = 3600, .in_fraction = 0.1});
  w.minute(0.1);
  w.minute(0.1);
  CHECK(w.minute(0.1) == -1);
  CHECK(w.minute(0.1) == 0);
  CHECK(w.minute(1.0) == +9);
  CHECK(w.minute(0.1) == 0);
  CHECK(w.minute(0.1) == -1);  // the hour would not be over
  for (int k = 0; k < 59; ++k) CHECK(w.minute(0.1) == 0);
  CHECK(w.minute(0.1) == -1);
}

TEST_CASE("the way to the desired number is gone at the pace of the action set") {
  world w = make({.target = 0.5}, {.minimum = 1, .maximum = 12, .max_up = 1, .max_down = 1});
  for (int k = 0; k < 3; ++k) CHECK(w.minute(0.9) == 0);
  CHECK(w.minute(0.9) == +1);
  CHECK(w.policy.desired() == 12);  // 18 is more than the maximum
  CHECK(w.minute(0.2) == +1);
  CHECK(w.minute(0.2) == 0);
  // Somebody else scales: followed, as there is nothing under way.
  w.now.replicas = 5;
  CHECK(w.minute(0.5) == 0);
  CHECK(w.policy.desired() == 5);
}

TEST_CASE("a scale-out under way is not taken back by a smaller one") {
  world w = make({.target = 0.5, .out_periods = 1, .out_cooldown_s = 0},
                 {.minimum = 1, .maximum = 99, .max_up = 1, .max_down = 1});
  w.minute(0.5);
  CHECK(w.minute(0.9) == +1);
  CHECK(w.policy.desired() == 18);
  CHECK(w.minute(0.6) == +1);  // ceil(11 * 0.6 / 0.5) is 14
  CHECK(w.policy.desired() == 18);
  CHECK(w.minute(0.9) == +1);
  CHECK(w.policy.desired() == 22);
}

TEST_CASE("no data, no scaling") {
  world w = make({.target = 0.5});
  w.minute(0.9);
  w.minute(0.9);
  w.minute(0.9);
  for (const double bad : {unknown, infinite, -infinite, -0.1}) CHECK(w.minute(bad) == 0);
  CHECK(w.policy.refused().values == 4);
  CHECK(w.minute(0.9) == 0);  // the count began anew
  CHECK(w.minute(0.9) == 0);
  CHECK(w.minute(0.9) == +8);
  // Fifteen minutes without a value are no fifteen low ones.
  world quiet = make({.target = 0.5});
  quiet.minute(0.1);
  for (int k = 0; k < 10; ++k) quiet.minute(0.1);
  quiet.minute(unknown);
  for (int k = 0; k < 14; ++k) CHECK(quiet.minute(0.1) == 0);
  CHECK(quiet.minute(0.1) == -1);
}

TEST_CASE("a minute is the mean of the looks in it, however often one looks") {
  alarm_tracking policy{see, &gauge::busy, {.target = 0.5}, free_hand};
  gauge o{.time_s = 7, .replicas = 10, .busy = 0};
  CHECK(policy.start(o) == 0);
  int moves = 0;
  double moved_at = 0;
  for (int k = 1; k <= 30 && moves == 0; ++k) {
    o.time_s = 7 + 8.0 * k;
    o.busy = k % 2 == 0 ? 0.3 : 0.9;  // 0.6 on average
    if (const int delta = policy.step(o); delta != 0) {
      ++moves;
      moved_at = o.time_s;
      CHECK(delta >= 1);
      CHECK(delta <= 3);
    }
  }
  CHECK(moves == 1);
  CHECK(moved_at == 7 + 184);  // the first look after three minutes
}

TEST_CASE("a start forgets, and so does a clock that runs backwards") {
  for (const bool again : {true, false}) {
    world w = make({.target = 0.5});
    for (int k = 0; k < 3; ++k) w.minute(0.9);
    if (again) {
      w.now.time_s = 1e6;
      w.begun = false;
    } else {
      w.now.time_s = -1e6;
    }
    CHECK(w.minute(0.9) == 0);
    CHECK(w.policy.refused().clocks == (again ? 0U : 1U));
    // The observation that shows the jump is not used: the next one begins the first minute.
    if (!again) CHECK(w.minute(0.9) == 0);
    CHECK(w.minute(0.9) == 0);
    CHECK(w.minute(0.9) == 0);
    CHECK(w.minute(0.9) == +8);
  }
  world w = make({.target = 0.5});
  w.minute(0.9);
  w.now.time_s = unknown;
  CHECK(w.minute(0.9) == 0);
  CHECK(w.policy.refused().clocks == 1);
}

TEST_CASE("replicas that cannot be are refused, and too many are led back") {
  for (const double bad : {unknown, infinite, -infinite, -1.0}) {
    world w = make({.target = 0.5});
    w.now.replicas = bad;
    CHECK(w.minute(0.9) == 0);
    CHECK(w.policy.refused().replicas == 1);
  }
  world w = make({.target = 0.5}, {.minimum = 1, .maximum = 8, .max_up = 1, .max_down = 2});
  CHECK(w.minute(0.5) == -2);
  CHECK(w.policy.refused().above_maximum == 1);
  w.now.replicas = 10;
  CHECK(w.minute(unknown) == -2);
}

TEST_CASE("alarm tracking takes no memory after construction") {
  world w = make({.target = 0.5});
  CHECK(allocations_in([&] {
          for (int k = 0; k < 500; ++k) w.minute(k % 100 < 50 ? 0.9 : 0.1);
          w.begun = false;
          w.minute(0.1);
          w.policy.stop(w.now, episode::truncated);
        }) == 0);
}

TEST_CASE("impossible alarm tracking is refused") {
  const auto with = [](const alarm_tracking_options& o) { return alarm_tracking<gauge>(see, see.utilisation, o); };
  CHECK_THROWS_WITH(with({.target = 0}), "alarm_tracking: target is 0, must be positive and finite");
  CHECK_THROWS_WITH(with({.target = unknown}), "alarm_tracking: target is nan, must be positive and finite");
  CHECK_THROWS_WITH(with({.scale_in_below = 1.1}), "alarm_tracking: scale_in_below is 1.1, must be in (0, 1]");
  CHECK_THROWS_WITH(with({.period_s = 0}), "alarm_tracking: period_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(with({.out_periods = 0}), "alarm_tracking: out_periods is 0, must be from 1 to 64");
  CHECK_THROWS_WITH(with({.in_periods = 65}), "alarm_tracking: in_periods is 65, must be from 1 to 64");
  CHECK_THROWS_WITH(with({.out_cooldown_s = -1}),
                    "alarm_tracking: out_cooldown_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(with({.in_cooldown_s = infinite}),
                    "alarm_tracking: in_cooldown_s is inf, must be zero or more, and finite");
  CHECK_THROWS_WITH(with({.in_fraction = 0}), "alarm_tracking: in_fraction is 0, must be in (0, 1]");
  CHECK_THROWS_WITH(alarm_tracking<gauge>(see, see.load), "alarm_tracking: metric is missing, must be named");
  CHECK_THROWS_WITH(alarm_tracking<gauge>({}, see.utilisation),
                    "alarm_tracking: signals.time_s is missing, must be named");
  CHECK_THROWS_WITH(alarm_tracking<gauge>(see, see.utilisation, {}, {.minimum = 3, .maximum = 2}),
                    "replica_limits: maximum is 2, must not be below minimum, 3");
}
