#include <headroom/baselines/step_scaling.hpp>

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

using world = minutes<step_scaling<gauge>>;
world make(const step_scaling_options& options, const replica_limits& limits = free_hand, double replicas = 10) {
  return {step_scaling<gauge>(see, see.utilisation, options, limits), {.time_s = 0, .replicas = replicas}};
}

// A binary fraction, so that a metric can lie on a bound exactly.
step_scaling_options quick() {
  return {.out = {.threshold = 0.5, .steps = {{0, +2}, {0.25, +3}}, .evaluation_periods = 1},
          .in = {.threshold = 0.25, .steps = {{0, -1}, {0.125, -4}}, .evaluation_periods = 1}};
}

}  // namespace

TEST_CASE("a percentage is rounded as published") {
  const auto by = [](double percent, double replicas, double least = 0) {
    const scaling_side side{.kind = adjustment::percent, .steps = {{0, percent}}, .min_magnitude = least};
    return step_scaling<gauge>::adjusted(side, replicas, 0) - replicas;
  };
  CHECK(by(12.7, 100) == 12);
  CHECK(by(3, 10) == 1);       // 0.3
  CHECK(by(-3, 10) == -1);     // -0.3
  CHECK(by(-66.7, 10) == -6);  // -6.67
  CHECK(by(30, 10) == 3);
  CHECK(by(70, 10) == 7);
  CHECK(by(0, 10) == 0);
  CHECK(by(25, 4, 2) == 2);  // the guide's example of a minimum adjustment magnitude
  CHECK(by(-25, 4, 2) == -2);
  CHECK(by(25, 40, 2) == 10);
  CHECK(by(0, 4, 2) == 0);
}

TEST_CASE("the user guide's example, step by step") {
  // Out at 60: nothing up to 70, then 10 %, from 80 on 30 %. In at 40: nothing down to 30, then -10 %, from 20 on -30
  // %.
  const step_scaling_options options{.out = {.threshold = 60,
                                             .kind = adjustment::percent,
                                             .steps = {{0, 0}, {10, 10}, {20, 30}},
                                             .evaluation_periods = 1,
                                             .cooldown_s = 0},
                                     .in = {.threshold = 40,
                                            .kind = adjustment::percent,
                                            .steps = {{0, 0}, {10, -10}, {20, -30}},
                                            .evaluation_periods = 1,
                                            .cooldown_s = 0}};
  world w = make(options);
  CHECK(w.minute(50) == 0);
  CHECK(w.minute(60) == 0);
  CHECK(w.minute(69) == 0);
  CHECK(w.minute(70) == +1);  // 10 % of 10
  CHECK(w.minute(79) == +1);  // 10 % of 11 is 1.1
  CHECK(w.minute(80) == +3);  // 30 % of 12 is 3.6
  CHECK(w.minute(55) == 0);
  CHECK(w.minute(40) == 0);
  CHECK(w.minute(30) == -1);  // -10 % of 15 is -1.5
  CHECK(w.minute(20) == -4);  // -30 % of 14 is -4.2
  CHECK(w.minute(31) == 0);
}

TEST_CASE("exact capacities, but never the wrong way") {
  step_scaling_options options = quick();
  options.out.kind = adjustment::exact;
  options.out.steps = {{0, 12}, {0.25, 20}};
  options.in.kind = adjustment::exact;
  options.in.steps = {{0, 4}};
  options.out.cooldown_s = options.in.cooldown_s = 0;
  world w = make(options);
  w.minute(0.4);
  CHECK(w.minute(0.5) == +2);
  CHECK(w.minute(0.75) == +8);
  CHECK(w.minute(0.5) == 0);  // 12 would be less
  CHECK(w.minute(0.2) == -16);
  CHECK(w.minute(0.2) == 0);
}

TEST_CASE("alarms want their datapoints") {
  step_scaling_options options = quick();
  options.out.evaluation_periods = 3;
  options.in.evaluation_periods = 4;
  options.in.datapoints_to_alarm = 2;
  world w = make(options);
  w.minute(0.6);
  CHECK(w.minute(0.6) == 0);
  CHECK(w.minute(0.6) == 0);
  CHECK(w.minute(0.6) == +2);
  CHECK(w.minute(0.2) == 0);
  CHECK(w.minute(0.4) == 0);
  CHECK(w.minute(0.4) == 0);
  CHECK(w.minute(0.2) == -1);
  // The alarm remembers two of four, but the newest datapoint has no step.
  CHECK(w.minute(0.4) == 0);
}

TEST_CASE("during its cooldown a larger scale-out adds the difference") {
  world w = make(quick());
  w.minute(0.4);
  CHECK(w.minute(0.6) == +2);
  CHECK(w.minute(0.6) == 0);
  CHECK(w.minute(0.8) == +1);  // 3 instead of 2: 13
  CHECK(w.minute(0.8) == 0);
  CHECK(w.minute(0.6) == 0);
  CHECK(w.minute(0.8) == 0);
  CHECK(w.minute(0.8) == 0);
  CHECK(w.minute(0.8) == +3);  // 300 s after the last
}

TEST_CASE("a scale-in waits for its cooldown, a scale-out does not and ends it") {
  world w = make(quick());
  w.minute(0.4);
  CHECK(w.minute(0.2) == -1);
  CHECK(w.minute(0.1) == 0);
  CHECK(w.minute(0.6) == +2);
  CHECK(w.minute(0.1) == -4);
  for (int k = 0; k < 4; ++k) CHECK(w.minute(0.2) == 0);
  CHECK(w.minute(0.2) == -1);
}

TEST_CASE("a side without steps never scales") {
  step_scaling_options options = quick();
  options.in.steps.clear();
  options.in.threshold = 7;  // and its threshold does not matter
  world w = make(options);
  for (int k = 0; k < 20; ++k) CHECK(w.minute(0) == 0);
  options = quick();
  options.out.steps.clear();
  world v = make(options);
  for (int k = 0; k < 20; ++k) CHECK(v.minute(1) == 0);
}

TEST_CASE("a step is walked at the pace of the action set, and the limits bound it") {
  step_scaling_options options = quick();
  options.out.steps = {{0, +5}};
  world w = make(options, {.minimum = 9, .maximum = 13, .max_up = 1, .max_down = 1});
  w.minute(0.4);
  CHECK(w.minute(0.6) == +1);
  CHECK(w.policy.desired() == 13);
  CHECK(w.minute(0.4) == +1);
  CHECK(w.minute(0.4) == +1);
  CHECK(w.minute(0.4) == 0);
  for (int k = 0; k < 30; ++k) w.minute(0.1);
  CHECK(w.now.replicas == 9);
}

TEST_CASE("a step out under way is not taken back by a smaller one") {
  step_scaling_options options = quick();
  options.out.steps = {{0, +2}, {0.25, +5}};
  options.out.cooldown_s = 0;
  world w = make(options, {.minimum = 1, .maximum = 99, .max_up = 1, .max_down = 1});
  w.minute(0.4);
  CHECK(w.minute(0.8) == +1);
  CHECK(w.policy.desired() == 15);
  CHECK(w.minute(0.6) == +1);  // 11 + 2
  CHECK(w.policy.desired() == 15);
  CHECK(w.minute(0.8) == +1);
  CHECK(w.policy.desired() == 17);
}

TEST_CASE("an alarm that only remembers its breaches has no step") {
  step_scaling_options options = quick();
  options.in.kind = options.out.kind = adjustment::exact;
  options.in.steps = {{0, 4}};
  options.out.steps = {{0, 20}};
  options.in.evaluation_periods = options.out.evaluation_periods = 4;
  options.in.datapoints_to_alarm = options.out.datapoints_to_alarm = 2;
  options.in.cooldown_s = options.out.cooldown_s = 0;
  for (const double breaching : {0.2, 0.6}) {
    world w = make(options);
    w.minute(0.4);
    CHECK(w.minute(breaching) == 0);
    CHECK(w.minute(breaching) == (breaching < 0.5 ? -6 : +10));
    CHECK(w.minute(0.4) == 0);
    w.now.replicas = 10;  // somebody else changes it, while two of four datapoints still breach
    CHECK(w.minute(0.4) == 0);
    CHECK(w.policy.desired() == 10);
  }
}

TEST_CASE("an alarm that only remembers does not hold up the other one") {
  step_scaling_options options = quick();
  options.in.evaluation_periods = options.out.evaluation_periods = 4;
  options.in.datapoints_to_alarm = options.out.datapoints_to_alarm = 2;
  world w = make(options);
  w.minute(0.4);
  CHECK(w.minute(0.6) == 0);
  CHECK(w.minute(0.6) == +2);
  CHECK(w.minute(0.2) == 0);
  CHECK(w.minute(0.2) == -1);
}

TEST_CASE("what step scaling cannot use makes it keep, and is counted") {
  world w = make(quick());
  w.minute(0.4);
  for (const double bad : {unknown, infinite, -infinite, -0.1}) CHECK(w.minute(bad) == 0);
  CHECK(w.policy.refused().values == 4);
  w.now.replicas = unknown;
  CHECK(w.minute(0.9) == 0);
  CHECK(w.policy.refused().replicas == 1);
  w.now.replicas = 2000;
  CHECK(w.minute(0.4) == -1000);
  CHECK(w.policy.refused().above_maximum == 1);
  w.now.replicas = 10;
  w.now.time_s = unknown;
  CHECK(w.minute(0.9) == 0);
  w.now.time_s = -1000;
  CHECK(w.minute(0.9) == 0);
  CHECK(w.policy.refused().clocks == 2);
  CHECK(w.minute(0.9) == 0);  // begins the first minute of the new time
  CHECK(w.minute(0.9) == +3);
}

TEST_CASE("a start forgets alarms and cooldowns") {
  world w = make(quick());
  w.minute(0.4);
  CHECK(w.minute(0.6) == +2);
  w.begun = false;
  CHECK(w.minute(0.6) == 0);
  CHECK(w.minute(0.6) == +2);
}

TEST_CASE("step scaling takes no memory after construction") {
  static_assert(Policy<step_scaling<gauge>, gauge, int>);
  world w = make(quick());
  CHECK(allocations_in([&] {
          for (int k = 0; k < 500; ++k) w.minute(k % 20 < 10 ? 0.9 : 0.1);
          w.begun = false;
          w.minute(0.1);
          w.policy.stop(w.now, episode::truncated);
        }) == 0);
}

TEST_CASE("impossible step scaling is refused") {
  const auto with = [](auto change) {
    step_scaling_options o = quick();
    change(o);
    return step_scaling<gauge>(see, see.utilisation, o);
  };
  CHECK_THROWS_WITH(with([](auto& o) { o.period_s = 0; }), "step_scaling: period_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(with([](auto& o) { o.out.threshold = unknown; }),
                    "step_scaling: out.threshold is nan, must be finite");
  CHECK_THROWS_WITH(with([](auto& o) { o.in.threshold = 0.5; }),
                    "step_scaling: in.threshold is 0.5, must be below out.threshold");
  CHECK_THROWS_WITH(with([](auto& o) { o.out.steps[0].beyond = 0.1; }),
                    "step_scaling: out.steps[0].beyond is 0.1, must be 0, or a breach would find no step");
  CHECK_THROWS_WITH(with([](auto& o) { o.in.steps[1].beyond = 0; }),
                    "step_scaling: in.steps[1].beyond is 0, must be above that of the step before");
  CHECK_THROWS_WITH(with([](auto& o) { o.out.steps[1].amount = -1; }),
                    "step_scaling: out.steps[1].amount is -1, must not be negative: it scales out");
  CHECK_THROWS_WITH(with([](auto& o) { o.in.steps[0].amount = 1; }),
                    "step_scaling: in.steps[0].amount is 1, must not be positive: it scales in");
  CHECK_THROWS_WITH(with([](auto& o) { o.in.kind = adjustment::exact; }),
                    "step_scaling: in.steps[0].amount is -1, must be zero or more replicas");
  CHECK_THROWS_WITH(with([](auto& o) { o.in.evaluation_periods = 0; }),
                    "step_scaling: in.evaluation_periods is 0, must be from 1 to 64");
  CHECK_THROWS_WITH(with([](auto& o) { o.out.datapoints_to_alarm = 2; }),
                    "step_scaling: out.datapoints_to_alarm is 2, must be from 0 (all of them) to evaluation_periods");
  CHECK_THROWS_WITH(with([](auto& o) { o.out.cooldown_s = -1; }),
                    "step_scaling: out.cooldown_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(with([](auto& o) { o.out.min_magnitude = infinite; }),
                    "step_scaling: out.min_magnitude is inf, must be zero or more, and finite");
  CHECK_THROWS_WITH(step_scaling<gauge>(see, see.load), "step_scaling: metric is missing, must be named");
}

TEST_CASE("a metric exactly on the bound of a step has reached it, in fractions as in percents") {
  // All pairs of whole percents: the same step for 80 + 10 = 90 and for 0.8 + 0.1 = 0.9; one percent less is the step
  // before.
  const auto side = [](double threshold, double beyond, double sign) {
    return scaling_side{.threshold = threshold, .steps = {{0, sign}, {beyond, 2 * sign}}};
  };
  for (int threshold = 1; threshold <= 99; ++threshold) {
    for (int other = 0; other <= 100; ++other) {
      const int beyond = std::abs(other - threshold);
      if (beyond == 0) continue;
      const double sign = other > threshold ? 1 : -1;
      const scaling_side s = side(threshold / 100.0, beyond / 100.0, sign);
      const auto distance = [&](int metric) { return sign * (metric / 100.0 - threshold / 100.0); };
      CAPTURE(threshold, other);
      CHECK(step_scaling<gauge>::adjusted(s, 50, distance(other)) == 50 + 2 * sign);
      CHECK(step_scaling<gauge>::adjusted(s, 50, distance(other - static_cast<int>(sign))) == 50 + sign);
    }
  }
}
