#include <headroom/policies/forecast.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <headroom/actions/limits.hpp>
#include <headroom/baselines/staffing.hpp>
#include <headroom/baselines/threshold.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/telemetry/decaying_histogram.hpp>
#include <headroom/telemetry/holt_winters.hpp>
#include <headroom/telemetry/seasonal_naive.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct gauge {
  double time_s = 0;
  double replicas = 10;
  double arrivals = 0;
};
const signals<gauge> see{.time_s = &gauge::time_s, .replicas = &gauge::replicas, .load = &gauge::arrivals};
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// Says what is told to it: the forecast is the last value plus the horizon.
struct ramp {
  double last = unknown;
  int observed = 0;
  int forgotten = 0;

  void observe(double, double value) {
    last = value;
    ++observed;
  }
  double forecast(double, double horizon_s) const { return last + horizon_s; }
  void forget() {
    last = unknown;
    ++forgotten;
  }
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("last", self.last);
    a("observed", self.observed);
  }
};
static_assert(Forecaster<ramp> && Forecaster<holt_winters> && Forecaster<decaying_histogram> &&
              Forecaster<seasonal_naive> && !Forecaster<gauge>);

// Remembers what it was shown; its actions are of a type of its own.
struct probe {
  std::vector<double>* shown;
  int told = 0;
  int steps = 0;

  float start(const gauge& o) { return step(o); }
  float step(const gauge& o) {
    shown->push_back(o.arrivals);
    ++steps;
    return 0.5F;
  }
  void stop(const gauge& o, episode) { shown->push_back(-o.arrivals); }
  void executed(float a) { told += static_cast<int>(2 * a); }
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("steps", self.steps);
  }
};

// The falling ramp: always one below.
struct sink {
  void observe(double, double value) { last = value; }
  double forecast(double, double) const { return last - 5; }
  void forget() {}
  double last = 0;
};

}  // namespace

TEST_CASE("the inner policy is shown the forecast in the place of the value") {
  std::vector<double> shown;
  forecast policy{probe{&shown}, &gauge::time_s, &gauge::arrivals, ramp{}, {.horizon_s = 30}};
  static_assert(Policy<decltype(policy), gauge, float>);
  static_assert(CorrectablePolicy<decltype(policy), gauge, float>);
  const gauge o{.time_s = 1, .arrivals = 7};
  CHECK(policy.start(o) == 0.5F);
  CHECK(o.arrivals == 7);
  CHECK(policy.handed() == 37);
  CHECK(policy.step(gauge{.time_s = 2, .arrivals = 8}) == 0.5F);
  policy.stop(gauge{.time_s = 3, .arrivals = 9}, episode::truncated);
  policy.executed(1.0F);
  CHECK(shown == std::vector<double>{37, 38, -39});
  CHECK(policy.inner().told == 2);
  CHECK(policy.model().observed == 3);
}

TEST_CASE("a margin is a fraction of the forecast") {
  std::vector<double> shown;
  forecast policy{probe{&shown}, &gauge::time_s, &gauge::arrivals, ramp{}, {.horizon_s = 10, .margin = 0.25}};
  policy.start(gauge{.arrivals = 6});
  CHECK(shown == std::vector<double>{20});
}

TEST_CASE("a forecast alone never scales in, unless it is told to") {
  std::vector<double> shown;
  forecast careful{probe{&shown}, &gauge::time_s, &gauge::arrivals, sink{}};
  forecast bold{probe{&shown}, &gauge::time_s, &gauge::arrivals, sink{}, {.never_below_observed = false}};
  careful.start(gauge{.arrivals = 7});
  bold.start(gauge{.arrivals = 7});
  bold.step(gauge{.arrivals = 3});  // and none is below zero
  CHECK(shown == std::vector<double>{7, 2, 0});
}

TEST_CASE("before there is history the value is handed on as it is") {
  std::vector<double> shown;
  forecast policy{probe{&shown},
                  &gauge::time_s,
                  &gauge::arrivals,
                  seasonal_naive{{.slot_s = 1, .season_slots = 3}},
                  {.horizon_s = 1, .margin = 1}};
  policy.start(gauge{.time_s = 0, .arrivals = 5});
  for (int k = 1; k < 6; ++k) policy.step(gauge{.time_s = static_cast<double>(k), .arrivals = 5.0 - k});
  // From 2 on the slot after this one was seen a season ago: 5, 4, 3, 2, and twice that is handed on.
  CHECK(shown == std::vector<double>{5, 4, 10, 8, 6, 4});
}

TEST_CASE("what cannot be a load is not learned and reaches the inner policy as it is") {
  std::vector<double> shown;
  forecast policy{probe{&shown}, &gauge::time_s, &gauge::arrivals, ramp{}, {.horizon_s = 10}};
  policy.start(gauge{.time_s = 0, .arrivals = 1});
  policy.step(gauge{.time_s = 1, .arrivals = infinite});
  policy.step(gauge{.time_s = 2, .arrivals = -3});
  policy.step(gauge{.time_s = unknown, .arrivals = 4});
  policy.step(gauge{.time_s = 3, .arrivals = unknown});
  policy.step(gauge{.time_s = 4, .arrivals = 5});
  REQUIRE(shown.size() == 6);
  CHECK(shown[0] == 11);
  CHECK(shown[1] == infinite);
  CHECK(shown[2] == -3);
  CHECK(shown[3] == 4);
  CHECK(std::isnan(shown[4]));
  CHECK(shown[5] == 15);
  CHECK(policy.model().observed == 2);
  // And the policy that counts still does.
  forecast counting{staffing{see}, &gauge::time_s, &gauge::arrivals, ramp{}};
  CHECK(counting.start(gauge{.arrivals = unknown}) == 0);
  CHECK(counting.refused().values == 1);
  CHECK(counting.desired() == 10);
}

TEST_CASE("a start forgets unless the world goes on, a clock that runs backwards always does") {
  std::vector<double> shown;
  forecast policy{probe{&shown}, &gauge::time_s, &gauge::arrivals, ramp{}};
  policy.start(gauge{.time_s = 5});
  policy.start(gauge{.time_s = 6});
  CHECK(policy.model().forgotten == 2);
  policy.step(gauge{.time_s = 5.5, .arrivals = 2});
  CHECK(policy.model().forgotten == 3);
  CHECK(shown.back() == 62);  // the new value is learned
  policy.start(gauge{.time_s = 0});
  CHECK(policy.model().forgotten == 4);

  forecast going{probe{&shown}, &gauge::time_s, &gauge::arrivals, ramp{}, {.across_episodes = true}};
  going.start(gauge{.time_s = 5});
  going.start(gauge{.time_s = 6});
  CHECK(going.model().forgotten == 0);
  going.start(gauge{.time_s = 0});
  CHECK(going.model().forgotten == 1);
}

TEST_CASE("a predictive policy is a composition: on a ramp it is ahead by the horizon") {
  // 10 requests per second more each minute; a replica serves one request a second.
  const staffing_options service{.service_s = 1, .slo = {.bound_s = 1, .probability = 0.9}};
  const replica_limits free_hand{.minimum = 1, .maximum = 5000, .max_up = 5000, .max_down = 5000};
  staffing reactive{see, service, free_hand};
  forecast ahead{staffing{see, service, free_hand},
                 &gauge::time_s,
                 &gauge::arrivals,
                 holt_winters{{.slot_s = 60, .level = 0.5, .trend = 0.5, .damping = 1}},
                 {.horizon_s = 300}};
  gauge o;
  for (int k = 0; k < 200; ++k) {
    o.time_s = 60 * k;
    o.arrivals = 10 * k;
    k == 0 ? ahead.start(o) : ahead.step(o);
  }
  o.arrivals += 50;
  reactive.start(o);
  CHECK(ahead.desired() == reactive.desired());
}

TEST_CASE("any policy will do, one of member pointers, too") {
  forecast policy{threshold{&gauge::arrivals, &gauge::replicas, {.up_above = 10, .down_below = 5}, {.maximum = 32}},
                  &gauge::time_s, &gauge::arrivals, decaying_histogram{{.percentile = 1, .margin = 0}}};
  CHECK(policy.start(gauge{.time_s = 0, .arrivals = 11}) == +1);
  CHECK(policy.step(gauge{.time_s = 60, .arrivals = 1}) == +1);  // the percentile remembers
  CHECK(policy.step(gauge{.time_s = 120, .arrivals = 1}) == +1);
}

TEST_CASE("a forecast is stored with its policy and its model") {
  std::vector<double> shown;
  const auto make = [&] {
    return forecast{probe{&shown}, &gauge::time_s, &gauge::arrivals, ramp{}, {.horizon_s = 1, .across_episodes = true}};
  };
  auto policy = make();
  policy.start(gauge{.time_s = 100, .arrivals = 3});
  policy.step(gauge{.time_s = 101, .arrivals = 4});
  checkpoint c;
  store(policy, c, "policy");
  auto other = make();
  restore(other, c, "policy");
  CHECK(other.inner().steps == 2);
  CHECK(other.model().last == 4);
  other.start(gauge{.time_s = 50, .arrivals = 1});
  CHECK(other.model().forgotten == 1);  // the clock of the file is known
  // A policy without anything to keep is no hindrance.
  checkpoint d;
  store(forecast{threshold{&gauge::arrivals, &gauge::replicas}, &gauge::time_s, &gauge::arrivals, sink{}}, d, "policy");
  CHECK(d.has("policy.seen"));
}

TEST_CASE("a forecast takes no memory after construction") {
  forecast policy{staffing{see, {}, {.maximum = 99}},
                  &gauge::time_s,
                  &gauge::arrivals,
                  holt_winters{{.slot_s = 10, .season_slots = 12}},
                  {.horizon_s = 60}};
  CHECK(allocations_in([&] {
          policy.start(gauge{});
          for (int k = 1; k < 500; ++k) policy.step(gauge{.time_s = 7.0 * k, .arrivals = k % 31 + 1.0});
          policy.stop(gauge{.time_s = 7.0 * 500}, episode::truncated);
        }) == 0);
}

TEST_CASE("impossible forecasts are refused") {
  const auto make = [](const forecast_options& o) {
    return forecast{threshold{&gauge::arrivals, &gauge::replicas}, &gauge::time_s, &gauge::arrivals, sink{}, o};
  };
  CHECK_THROWS_WITH(make({.horizon_s = -1}), "forecast: horizon_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.margin = unknown}), "forecast: margin is nan, must be zero or more, and finite");
}

TEST_CASE("health tells how often there was a forecast: never, where the season is longer than the episode") {
  std::vector<double> shown;
  const auto run_with = [&](std::size_t season_slots) {
    forecast policy{probe{&shown}, &gauge::time_s, &gauge::arrivals,
                    seasonal_naive{{.slot_s = 10, .season_slots = season_slots}}, forecast_options{.horizon_s = 10}};
    policy.start(gauge{.time_s = 0, .arrivals = 5});
    for (int k = 1; k < 40; ++k) policy.step(gauge{.time_s = 10.0 * k, .arrivals = 5});
    return policy.health();
  };
  CHECK(run_with(100).observations == 40);
  CHECK(run_with(100).forecasts == 0);
  CHECK(run_with(10).forecasts > 20);
  CHECK(run_with(10).forecasts < 40);
}
