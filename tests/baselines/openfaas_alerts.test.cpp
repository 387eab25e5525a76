#include <headroom/baselines/openfaas_alerts.hpp>

#include <limits>

#include <headroom/core/concepts.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct function {
  double time_s = 0;
  double replicas = 1;
  double load = 0;
};
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
const signals<function> see{.time_s = &function::time_s, .replicas = &function::replicas, .load = &function::load};
constexpr replica_limits wide{.minimum = 1, .maximum = 20, .max_up = 20, .max_down = 20};

}  // namespace

TEST_CASE("a notification adds a share of the maximum, a resolved one leads to the minimum") {
  CHECK(openfaas_replicas_after(true, 1, 1, 20, 20) == 5);
  CHECK(openfaas_replicas_after(true, 17, 1, 20, 20) == 20);
  CHECK(openfaas_replicas_after(true, 20, 1, 20, 20) == 20);
  CHECK(openfaas_replicas_after(true, 30, 1, 20, 20) == 20);
  CHECK(openfaas_replicas_after(true, 1, 1, 5, 20) == 2);
  CHECK(openfaas_replicas_after(true, 1, 1, 5, 10) == 2);  // ceil(0.5)
  CHECK(openfaas_replicas_after(true, 1, 1, 20, 100) == 20);
  CHECK(openfaas_replicas_after(true, 7, 2, 20, 0) == 2);  // a step of 0 is no step: the minimum
  CHECK(openfaas_replicas_after(false, 7, 2, 20, 20) == 2);
}

TEST_CASE("an alert fires after its time, is notified, repeated, and taken back when resolved") {
  // Looks at 0, 15, 30, ...; pending from 15, firing from 30, notified at 35, 65, 95.
  openfaas_alerts policy{see, {}, wide};
  static_assert(Policy<decltype(policy), function, int>);
  CHECK(policy.start({.time_s = 0, .replicas = 2, .load = 5}) == 0);  // not above 5
  double replicas = 2;
  double now_s = 0;
  const auto until = [&](double end_s, double load) {
    while (now_s < end_s) replicas += policy.step({.time_s = ++now_s, .replicas = replicas, .load = load});
    return replicas;
  };
  CHECK(until(29, 20) == 2);
  CHECK_FALSE(policy.firing());
  CHECK(until(34, 20) == 2);
  CHECK(policy.firing());
  CHECK(until(35, 20) == 6);
  CHECK(policy.desired() == 6);
  CHECK(until(64, 20) == 6);
  CHECK(until(65, 20) == 10);
  CHECK(until(95, 20) == 14);
  // The mean of the last 10 s falls to 4 at 103, which the look at 105 sees.
  CHECK(until(104, 0) == 14);
  CHECK(until(105, 0) == 1);
  CHECK_FALSE(policy.firing());
  CHECK(until(1000, 5) == 1);
}

TEST_CASE("an alert that is over before its notification changes nothing") {
  openfaas_alerts policy{see, {.rate_window_s = 0, .evaluation_s = 0}, wide};
  CHECK(policy.start({.time_s = 0, .replicas = 3, .load = 9}) == 0);
  CHECK(policy.step({.time_s = 4, .replicas = 3, .load = 9}) == 0);
  CHECK_FALSE(policy.firing());
  CHECK(policy.step({.time_s = 5, .replicas = 3, .load = 9}) == 0);
  CHECK(policy.firing());
  CHECK(policy.step({.time_s = 9, .replicas = 3, .load = 1}) == 0);
  CHECK_FALSE(policy.firing());
  CHECK(policy.step({.time_s = 20, .replicas = 3, .load = 1}) == 0);
  CHECK(policy.step({.time_s = 21, .replicas = 8, .load = 1}) == 0);  // whoever else scales is left alone
  CHECK(policy.desired() == 8);
  // Pending begins anew after every moment below.
  CHECK(policy.step({.time_s = 22, .replicas = 3, .load = 9}) == 0);
  CHECK(policy.step({.time_s = 26, .replicas = 3, .load = 5}) == 0);
  CHECK(policy.step({.time_s = 27, .replicas = 3, .load = 9}) == 0);
  CHECK(policy.step({.time_s = 31, .replicas = 3, .load = 9}) == 0);
  CHECK_FALSE(policy.firing());
}

TEST_CASE("with a step a decision the policy moves on towards what was asked for") {
  openfaas_alerts policy{see,
                         {.for_s = 0, .rate_window_s = 0, .evaluation_s = 0, .group_wait_s = 0},
                         {.minimum = 2, .maximum = 20, .max_up = 1, .max_down = 1}};
  CHECK(policy.start({.time_s = 0, .replicas = 4, .load = 9}) == 1);
  CHECK(policy.desired() == 8);
  CHECK(policy.step({.time_s = 8, .replicas = 5, .load = 9}) == 1);
  CHECK(policy.step({.time_s = 16, .replicas = 8, .load = 9}) == 0);
  CHECK(policy.step({.time_s = 30, .replicas = 8, .load = 9}) == 1);
  CHECK(policy.desired() == 12);
  CHECK(policy.step({.time_s = 31, .replicas = 9, .load = 0}) == -1);
  CHECK(policy.desired() == 2);
  CHECK(policy.step({.time_s = 39, .replicas = 8, .load = 0}) == -1);
}

TEST_CASE("the ceiling is the program's or the action set's, whichever is lower") {
  const openfaas_alerts_options at_once{
      .for_s = 0, .rate_window_s = 0, .evaluation_s = 0, .group_wait_s = 0, .repeat_s = 0, .most_replicas = 5};
  openfaas_alerts today{see, at_once, wide};
  CHECK(today.start({.time_s = 0, .replicas = 1, .load = 9}) == 1);
  CHECK(today.step({.time_s = 1, .replicas = 5, .load = 9}) == 0);
  CHECK(today.step({.time_s = 2, .replicas = 9, .load = 9}) == -4);
  openfaas_alerts narrow{see, at_once, {.minimum = 0, .maximum = 3, .max_up = 9, .max_down = 9}};
  CHECK(narrow.start({.time_s = 0, .replicas = 1, .load = 9}) == 1);
  CHECK(narrow.step({.time_s = 1, .replicas = 3, .load = 9}) == 0);
  CHECK(narrow.step({.time_s = 2, .replicas = 3, .load = 0}) == -2);  // no scale to zero here
}

TEST_CASE("what the alerts cannot use they count, and keep the scale") {
  const openfaas_alerts_options at_once{.for_s = 0, .rate_window_s = 0, .evaluation_s = 0, .group_wait_s = 0};
  openfaas_alerts policy{see, at_once, wide};
  CHECK(policy.start({.time_s = 0, .replicas = 4, .load = unknown}) == 0);
  CHECK(policy.desired() == 4);
  CHECK(policy.step({.time_s = 1, .replicas = 4, .load = 9}) == 4);
  CHECK(policy.step({.time_s = 2, .replicas = 4, .load = -1}) == 0);
  CHECK(policy.step({.time_s = 3, .replicas = 4, .load = infinite}) == 0);
  CHECK(policy.step({.time_s = 4, .replicas = unknown, .load = 9}) == 0);
  CHECK(policy.step({.time_s = 5, .replicas = 40, .load = unknown}) == -20);
  CHECK(policy.step({.time_s = unknown, .replicas = 4, .load = 9}) == 0);
  CHECK(policy.refused() == refused_signals{.values = 4, .clocks = 1, .replicas = 1, .above_maximum = 1});
  CHECK(policy.firing());
  // A clock that jumped back: once kept, then an alert of its own.
  CHECK(policy.step({.time_s = -50, .replicas = 4, .load = 9}) == 0);
  CHECK(policy.step({.time_s = -49, .replicas = 4, .load = 9}) == 4);
  CHECK(policy.refused().clocks == 2);
  // A new episode: what fired is forgotten, so nothing is resolved.
  CHECK(policy.start({.time_s = 0, .replicas = 4, .load = 0}) == 0);
}

TEST_CASE("impossible alerts are refused") {
  const auto make = [](const openfaas_alerts_options& o) { return openfaas_alerts{see, o, wide}; };
  CHECK_THROWS_WITH(make({.above_per_s = unknown}),
                    "openfaas_alerts: above_per_s is nan, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.for_s = -1}), "openfaas_alerts: for_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.rate_window_s = infinite}),
                    "openfaas_alerts: rate_window_s is inf, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.factor_percent = 101}), "openfaas_alerts: factor_percent is 101, must be in [0, 100]");
  CHECK_THROWS_WITH(make({.most_replicas = 0}), "openfaas_alerts: most_replicas is 0, must be at least 1");
  CHECK_THROWS_WITH((openfaas_alerts{signals<function>{.time_s = &function::time_s, .replicas = &function::replicas}}),
                    "openfaas_alerts: signals.load is missing, must be named");
}

TEST_CASE("alerts take no memory after construction") {
  openfaas_alerts policy{see, {}, wide};
  CHECK(allocations_in([&] {
          policy.start({.load = 3});
          for (int t = 1; t < 500; ++t) policy.step({.time_s = 1.0 * t, .replicas = 4, .load = t % 100 * 0.2});
          policy.stop({}, episode::terminated);
        }) == 0);
}
