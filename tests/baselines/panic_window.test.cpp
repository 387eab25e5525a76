#include <headroom/baselines/panic_window.hpp>

#include <limits>

#include <headroom/core/concepts.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct pods {
  double time_s = 0;
  double replicas = 1;
  double ready = 1;
  double load = 0;
};
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
const signals<pods> see{.time_s = &pods::time_s, .replicas = &pods::replicas, .ready = &pods::ready};
const feature<pods> load = &pods::load;
constexpr replica_limits wide{.minimum = 0, .maximum = 1000, .max_up = 1000, .max_down = 1000};

/// A target of one request a replica, and every observation an evaluation.
panic_window_options unit() {
  panic_window_options o;
  o.target = 1;
  o.tick_s = 0;
  o.target_burst_capacity = 0;
  return o;
}
panic_window_law law(panic_window_options o) { return panic_window_law{o}; }
int desired(panic_window_law& law, double time_s, double ready, double stable, double panic) {
  return law.step(time_s, ready, stable, panic).desired;
}

}  // namespace

TEST_CASE("what a replica should carry") {
  CHECK(panic_window_options{}.target_value() == 70);
  CHECK(panic_window_options::requests_per_second().target_value() == 140);
  CHECK(panic_window_options{.total = 0.001}.target_value() == 0.01);
  CHECK(panic_window_options{.target = 0.001}.target_value() == 0.001);
}

TEST_CASE("wanted replicas are rounded up and bounded by the rates") {
  panic_window_options o = unit();
  o.panic_threshold = 1000;
  auto calm = law(o);
  CHECK(desired(calm, 0, 4, 4, 0) == 4);
  CHECK(desired(calm, 0, 4, 4.000001, 0) == 5);
  CHECK(desired(calm, 0, 9, 0, 0) == 4);  // floor(9 / 2)
  CHECK(desired(calm, 0, 1, 0, 0) == 0);
  CHECK(desired(calm, 0, 0, 0, 0) == 0);
  CHECK(desired(calm, 0, 0, 3, 0) == 3);  // none ready counts as one

  o.max_scale_up_rate = 1.1;
  auto slow = law(o);
  CHECK(desired(slow, 0, 2, 3, 0) == 3);  // ceil(2.2): at least one more
  CHECK(desired(slow, 0, 20, 900, 0) == 22);
  CHECK(desired(slow, 0, 0, infinite, 0) == 2);
  o.max_scale_down_rate = 1.5;
  auto slower = law(o);
  CHECK(desired(slower, 0, 10, 0, 0) == 6);

  o.reachable = false;
  auto unreachable = law(o);
  CHECK(desired(unreachable, 0, 10, 0, 0) == 0);
  CHECK(desired(unreachable, 0, 10, 7, 0) == 7);
}

TEST_CASE("panic begins at the threshold, never scales down, and ends when it is older than the stable window") {
  auto panicky = law(unit());
  CHECK(panicky.step(0, 3, 3, 5) == panic_window_decision{3, false, 0});  // 5 / 3 is below 2
  CHECK(panicky.step(2, 3, 3, 6) == panic_window_decision{6, true, 0});
  CHECK(panicky.step(4, 6, 3, 1) == panic_window_decision{6, true, 0});
  CHECK(panicky.step(6, 6, 8, 1) == panic_window_decision{8, true, 0});     // the stable window may want more
  CHECK(panicky.step(10, 8, 3, 16) == panic_window_decision{16, true, 0});  // and panic begins anew
  CHECK(panicky.step(70, 16, 3, 1) == panic_window_decision{16, true, 0});
  CHECK(panicky.step(70.001, 16, 3, 1) == panic_window_decision{8, false, 0});
  CHECK(panicky.step(72, 8, 3, 1) == panic_window_decision{4, false, 0});
  CHECK(panicky.step(74, 2, 2, 4) == panic_window_decision{4, true, 0});  // of the last panic nothing is left
}

TEST_CASE("a restart with replicas ready panics, so that it does not scale down") {
  auto restarted = law(unit());
  restarted.start(100, 10);
  CHECK(restarted.step(100, 10, 1, 1) == panic_window_decision{10, true, 0});
  CHECK(restarted.step(160, 10, 1, 1) == panic_window_decision{10, true, 0});
  CHECK(restarted.step(161, 10, 1, 1) == panic_window_decision{5, false, 0});
  restarted.start(200, 1);
  CHECK(restarted.step(200, 1, 1, 1) == panic_window_decision{1, false, 0});

  panic_window_options o = unit();
  o.starts_in_panic = false;
  auto calm = law(o);
  calm.start(100, 10);
  CHECK(calm.step(100, 10, 1, 1) == panic_window_decision{5, false, 0});
  CHECK(calm.step(102, 2, 1, 4) == panic_window_decision{4, true, 0});  // of the 10 nothing is remembered
}

TEST_CASE("whoever wants any wants the activation scale") {
  panic_window_options o = unit();
  o.activation_scale = 5;
  auto woken = law(o);
  CHECK(desired(woken, 0, 1, 0, 0) == 0);
  CHECK(desired(woken, 2, 1, 0.1, 0) == 5);
  CHECK(desired(woken, 4, 6, 6, 0) == 6);
  CHECK(desired(woken, 6, 12, 0, 0) == 6);  // the rate alone
  o.activation_scale = 1;
  o.max_scale_up_rate = 1;
  auto one = law(o);
  CHECK(desired(one, 0, 1, 1, 1) == 1);
}

TEST_CASE("a scale-down waits for the delay, counted in buckets of a tick") {
  panic_window_options o = unit();
  o.scale_down_delay_s = 5;  // three ticks of 2 s
  o.panic_threshold = 1000;
  auto delayed = law(o);
  CHECK(desired(delayed, 0, 8, 8, 0) == 8);
  CHECK(desired(delayed, 1.9, 8, 4, 0) == 8);  // the same tick: the larger
  CHECK(desired(delayed, 2, 8, 5, 0) == 8);
  CHECK(desired(delayed, 4, 8, 4, 0) == 8);
  CHECK(desired(delayed, 6, 8, 4, 0) == 5);  // tick 3: tick 0 is out
  CHECK(desired(delayed, 8, 8, 4, 0) == 4);
  CHECK(desired(delayed, 8, 8, 9, 0) == 9);  // upwards at once
  CHECK(desired(delayed, 100, 8, 4, 0) == 4);
  delayed.start(0, 0);
  CHECK(desired(delayed, 0, 8, 4, 0) == 4);

  o.reachable = false;
  auto unreachable = law(o);
  CHECK(desired(unreachable, 0, 8, 8, 0) == 8);
  CHECK(desired(unreachable, 2, 8, 1, 0) == 8);
  o.delay_unreachable = false;
  auto today = law(o);
  CHECK(desired(today, 0, 8, 8, 0) == 8);
  CHECK(desired(today, 2, 8, 1, 0) == 1);
}

TEST_CASE("the excess burst capacity is what is free beyond the burst to expect") {
  panic_window_options o = unit();
  o.total = 100;
  const auto excess = [&](double target, double ready, double panic) {
    o.target_burst_capacity = target;
    return law(o).step(0, ready, 0, panic).excess_burst_capacity;
  };
  CHECK(excess(211, 1, 105) == -216);
  CHECK(excess(211, 5, 0.5) == 288);
  CHECK(excess(211, 0, 0.5) == -212);
  CHECK(excess(0, 5, 1) == 0);
  CHECK(excess(-1, 5, 1) == -1);
  CHECK(excess(211, 5, 1e300) == std::numeric_limits<int>::min());
}

TEST_CASE("the policy fills its windows with what held since the last observation") {
  panic_window_options o = unit();
  o.stable_window_s = 8;
  o.panic_window_s = 4;
  panic_window policy{see, load, o, wide};
  static_assert(Policy<decltype(policy), pods, int>);
  CHECK(policy.desired() == 0);
  CHECK(policy.start({.time_s = 1, .load = 1}) == 0);
  CHECK(policy.stable_average() == 1);
  policy.step({.time_s = 3, .load = 3});
  CHECK(policy.stable_average() == 2);  // 1 1 3 3
  CHECK(policy.panic_average() == 2);
  policy.step({.time_s = 6, .load = 9});
  CHECK(policy.stable_average() == 5);  // 1 1 3 3 9 9 9
  CHECK(policy.panic_average() == 7.5);
  CHECK(policy.decision().desired == 8);  // ceil(7.5) in panic
  CHECK(policy.desired() == 8);
  policy.step({.time_s = 1000, .load = 2});
  CHECK(policy.stable_average() == 2);
}

TEST_CASE("between two ticks the policy moves on towards what was decided") {
  panic_window_options o = unit();
  o.tick_s = 2;
  panic_window policy{see, load, o, {.minimum = 0, .maximum = 100, .max_up = 2}};
  CHECK(policy.start({.time_s = 0, .replicas = 1, .load = 6}) == 2);
  CHECK(policy.desired() == 6);
  CHECK(policy.step({.time_s = 1, .replicas = 3, .ready = 1, .load = 80}) == 2);
  CHECK(policy.desired() == 6);  // not yet
  CHECK(policy.step({.time_s = 2, .replicas = 5, .ready = 1, .load = 80}) == 2);
  CHECK(policy.desired() == 43);  // 0 and -1: 6, 1 and 2: 80
  CHECK(policy.step({.time_s = 3, .replicas = 43, .ready = 1, .load = 0}) == 0);
}

TEST_CASE("minimum and maximum bound what the law wants") {
  panic_window policy{see, load, unit(), {.minimum = 3, .maximum = 6, .max_up = 9, .max_down = 9}};
  CHECK(policy.start({.time_s = 0, .replicas = 3, .load = 50}) == 3);
  CHECK(policy.desired() == 6);
  CHECK(policy.decision().desired == 50);
  CHECK(policy.start({.time_s = 0, .replicas = 3, .load = 0}) == 0);
  CHECK(policy.desired() == 3);
  CHECK(policy.step({.time_s = 2, .replicas = 20, .ready = 20, .load = 0}) == -9);
  CHECK(policy.step({.time_s = 4, .replicas = 11, .ready = 11, .load = 0}) == -6);  // floor(11 / 2)
  CHECK(policy.refused() == refused_signals{.above_maximum = 2});
}

TEST_CASE("zero comes a stable window after activity began and the grace after that") {
  panic_window_options o = unit();
  o.stable_window_s = 20;
  panic_window policy{see, load, o, wide};
  const auto at = [&](double time_s, double requests, double replicas) {
    policy.step({.time_s = time_s, .replicas = replicas, .ready = replicas, .load = requests});
    return policy.desired();
  };
  policy.start({.time_s = 0, .load = 0});
  CHECK(policy.decision().desired == 0);
  CHECK(policy.desired() == 1);
  CHECK(at(18, 0, 1) == 1);
  CHECK(at(20, 0, 1) == 1);  // idle from here
  CHECK(at(48, 0, 1) == 1);
  CHECK(at(50, 0, 1) == 0);
  CHECK(at(60, 0, 0) == 0);
  CHECK(at(62, 1, 0) == 1);
  CHECK(at(64, 0, 1) == 1);
  CHECK(at(80, 0, 1) == 1);
  CHECK(at(82, 0, 1) == 1);  // the request left the window: idle from here
  CHECK(at(111, 0, 1) == 1);
  CHECK(at(112, 0, 1) == 0);

  o.scale_to_zero_retention_s = 100;
  policy = panic_window{see, load, o, wide};
  policy.start({.time_s = 0});
  CHECK(at(20, 0, 1) == 1);
  CHECK(at(119, 0, 1) == 1);
  CHECK(at(120, 0, 1) == 0);

  o.scale_to_zero = false;
  policy = panic_window{see, load, o, wide};
  policy.start({.time_s = 0});
  CHECK(at(2000, 0, 1) == 1);
  CHECK(at(4000, 0, 0) == 1);

  o.scale_to_zero = true;
  policy = panic_window{see, load, o, wide};
  policy.start({.time_s = 0, .replicas = 0, .ready = 0});
  CHECK(policy.desired() == 0);
}

TEST_CASE("what a panic window cannot use it counts, and keeps the scale") {
  panic_window policy{see, load, unit(), wide};
  CHECK(policy.start({.time_s = 0, .replicas = 4, .ready = 4, .load = unknown}) == 0);
  CHECK(policy.desired() == 4);
  CHECK(policy.stable_average() == 0);
  CHECK(policy.step({.time_s = 1, .replicas = 4, .ready = 4, .load = 6}) == 2);
  CHECK(policy.step({.time_s = 2, .replicas = 4, .ready = 4, .load = -1}) == 0);
  CHECK(policy.step({.time_s = 3, .replicas = 4, .ready = 4, .load = infinite}) == 0);
  CHECK(policy.refused() == refused_signals{.values = 3});
  CHECK(policy.step({.time_s = 4, .replicas = unknown, .ready = 4, .load = 6}) == 0);
  CHECK(policy.step({.time_s = 5, .replicas = -1, .ready = 4, .load = 6}) == 0);
  CHECK(policy.step({.time_s = 6, .replicas = 4, .ready = unknown, .load = 6}) == 0);
  CHECK(policy.refused() == refused_signals{.values = 3, .replicas = 3});
  CHECK(policy.step({.time_s = unknown, .replicas = 4, .ready = 4, .load = 6}) == 0);
  CHECK(policy.refused().clocks == 1);
  CHECK(policy.step({.time_s = 7, .replicas = 2000, .ready = 4, .load = unknown}) == -1000);  // back to the maximum
  CHECK(policy.refused() == refused_signals{.values = 4, .clocks = 1, .replicas = 3, .above_maximum = 1});
  // Nothing of it left a gap: the next sample holds for the time that was refused.
  CHECK(policy.step({.time_s = 8, .replicas = 4, .ready = 4, .load = 6}) == 2);
  CHECK(policy.stable_average() == 6);
  CHECK(policy.panic_average() == 6);
}

TEST_CASE("a clock that jumped back or a new episode forget the history") {
  panic_window policy{see, load, unit(), wide};
  policy.start({.time_s = 1000, .load = 50});
  CHECK(policy.desired() == 50);
  CHECK(policy.decision().panicking);
  CHECK(policy.step({.time_s = 10, .replicas = 1, .load = 3}) == 0);
  CHECK(policy.refused() == refused_signals{.clocks = 1});
  CHECK(policy.step({.time_s = 12, .replicas = 1, .load = 1}) == 0);
  CHECK(policy.stable_average() == 1);
  CHECK_FALSE(policy.decision().panicking);
  policy.step({.time_s = 14, .replicas = 1, .load = 50});
  CHECK(policy.start({.time_s = 0, .replicas = 1, .load = 1}) == 0);
  CHECK(policy.desired() == 1);
  CHECK(policy.refused() == refused_signals{.clocks = 1});
}

TEST_CASE("windows shorter than the decision interval see the newest sample") {
  panic_window_options o = unit();
  o.stable_window_s = 6;
  o.panic_window_s = 1;
  panic_window policy{see, load, o, wide};
  policy.start({.time_s = 0, .load = 100});
  double now_s = 0;
  for (const double requests : {7.0, 0.5, 3.0}) {
    now_s += 60;
    policy.step({.time_s = now_s, .replicas = 1, .load = requests});
    CHECK(policy.stable_average() == requests);
    CHECK(policy.panic_average() == requests);
  }
}

TEST_CASE("impossible panic windows are refused") {
  const auto make = [](auto change) {
    panic_window_options o;
    change(o);
    return panic_window{see, load, o, wide};
  };
  using options = panic_window_options;
  CHECK_THROWS_WITH(make([](options& o) { o.total = 0; }), "panic_window: total is 0, must be positive and finite");
  CHECK_THROWS_WITH(make([](options& o) { o.target = -1; }),
                    "panic_window: target is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(make([](options& o) { o.utilisation = unknown; }),
                    "panic_window: utilisation is nan, must be positive and finite");
  CHECK_THROWS_WITH(make([](options& o) { o.stable_window_s = 0; }),
                    "panic_window: stable_window_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(make([](options& o) { o.panic_window_s = 61; }),
                    "panic_window: panic_window_s is 61, must not be above stable_window_s, 60");
  CHECK_THROWS_WITH(make([](options& o) { o.panic_threshold = 0; }),
                    "panic_window: panic_threshold is 0, must be positive and finite");
  CHECK_THROWS_WITH(make([](options& o) { o.max_scale_up_rate = 0.9; }),
                    "panic_window: max_scale_up_rate is 0.9, must be at least 1");
  CHECK_THROWS_WITH(make([](options& o) { o.max_scale_down_rate = unknown; }),
                    "panic_window: max_scale_down_rate is nan, must be at least 1");
  CHECK_THROWS_WITH(make([](options& o) { o.scale_down_delay_s = 1e9; }),
                    "panic_window: scale_down_delay_s is 1e+09, must hold at most 2^20 ticks");
  CHECK_THROWS_WITH(make([](options& o) { o.activation_scale = -1; }),
                    "panic_window: activation_scale is -1, must be at least 0");
  CHECK_THROWS_WITH(make([](options& o) { o.target_burst_capacity = infinite; }),
                    "panic_window: target_burst_capacity is inf, must be finite");
  CHECK_THROWS_WITH(make([](options& o) { o.tick_s = -1; }),
                    "panic_window: tick_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH((panic_window{see, load, {}, {.minimum = 2, .maximum = 1}}),
                    "replica_limits: maximum is 1, must not be below minimum, 2");
  CHECK_THROWS_WITH((panic_window{signals<pods>{.replicas = &pods::replicas}, load}),
                    "panic_window: signals.time_s is missing, must be named");
  CHECK_THROWS_WITH((panic_window{signals<pods>{.time_s = &pods::time_s}, load}),
                    "panic_window: signals.replicas is missing, must be named");
  CHECK_THROWS_WITH((panic_window{see, feature<pods>{}}), "panic_window: signals.metric is missing, must be named");
}

TEST_CASE("a panic window takes no memory after construction") {
  panic_window_options o = unit();
  o.scale_down_delay_s = 300;
  panic_window policy{see, load, o, wide};
  CHECK(allocations_in([&] {
          policy.start({.load = 3});
          for (int t = 1; t < 2000; ++t)
            policy.step({.time_s = 0.5 * t, .replicas = 4, .ready = 4, .load = t % 7 * 1.0});
          policy.step({.time_s = 0, .load = unknown});
          policy.stop({}, episode::terminated);
        }) == 0);
  CHECK(policy.refused().total() == 2);
}
