#include <headroom/planning/rollout_policy.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <headroom/baselines/threshold.hpp>
#include <headroom/environments/service.hpp>
#include <headroom/environments/service_simulator.hpp>
#include <headroom/workloads/poisson.hpp>
#include <headroom/workloads/step.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// A place on a line. Each step costs the distance to 10 where it ends, and a coin may push it.
struct line_model {
  using observation_type = double;
  using action_type = int;
  double push = 0;
  double at = 0;
  engine random{0};
  int begun = 0;

  void begin(double o, engine& from) {
    at = o;
    random = engine(from());
    ++begun;
  }
  step_result<double> step(int a) {
    at += a + push * (random.uniform() < 0.5 ? -1 : 1);
    return {at, episode::ongoing};
  }
};
static_assert(Simulator<line_model>);

struct distance_to_10 {
  double operator()(double, int, double next) const { return -std::abs(next - 10); }
};

// Always the same; remembers what was done in its place.
struct still {
  int usual = 0;
  int last = -1;
  int start(double) { return last = usual; }
  int step(double) { return last = usual; }
  void stop(double, episode) {}
  void executed(int a) { last = a; }
};

}  // namespace

TEST_CASE("planning.rollout_policy: it does the action whose future earns most, the base going on after it") {
  // From 7 with the base standing still, moving by d and staying there for 3 more steps costs 4 |7 + d - 10|.
  rollout_policy policy{still{}, line_model{}, distance_to_10{}, std::vector<int>{-1, 1, 2, 3, 4}, {.steps = 3}};
  CHECK(policy.start(7) == 3);
  CHECK(policy.base().last == 3);
  CHECK(policy.step(10) == 0);
  CHECK(policy.step(20) == -1);
  CHECK(policy.step(9.4) == 1);
  CHECK(policy.step(9.6) == 0);
  CHECK(policy.decisions() == 5);
  CHECK(policy.departures() == 3);

  // A base that moves by one itself: from 8, where doing nothing first costs 2, 1, 0, 1, its own way 1, 0, 1, 2.
  rollout_policy going{still{1}, line_model{}, distance_to_10{}, std::vector<int>{0, 2}, {.steps = 3}};
  CHECK(going.start(8) == 1);
  CHECK(going.step(9) == 0);  // 1, 0, 1, 2 beside 0, 1, 2, 3
  CHECK(going.step(6) == 2);  // 2, 1, 0, 1 beside 3, 2, 1, 0
  CHECK(going.step(100) == 0);

  // How far it looks: at once a step of 4 is worse than one of 2; the base walks on, so that later it is better.
  rollout_policy near{still{1}, line_model{}, distance_to_10{}, std::vector<int>{4}, {.steps = 0}};
  CHECK(near.start(3) == 4);
  CHECK(near.step(8) == 1);
}

TEST_CASE("planning.rollout_policy: chance alone moves nothing, and a sure gain is seen through it") {
  // Every action earns the same in each future: nothing departs.
  struct nothing {
    double operator()(double, int, double) const { return 1; }
  };
  rollout_policy idle{still{}, line_model{.push = 5}, nothing{}, std::vector<int>{-1, 1}};
  idle.start(0);
  for (int k = 0; k < 100; ++k) CHECK(idle.step(k) == 0);
  CHECK(idle.departures() == 0);

  // Both actions meet the same pushes, so a gain of one a step stands out of pushes of fifty.
  rollout_policy sure{
      still{}, line_model{.push = 50}, distance_to_10{}, std::vector<int>{1}, {.futures = 8, .steps = 1}};
  int moved = sure.start(-1'000) == 1 ? 1 : 0;
  for (int k = 0; k < 50; ++k) moved += sure.step(-1'000 - k) == 1 ? 1 : 0;
  CHECK(moved == 51);

  // Where the sign of the gain is a coin's, two standard errors are seldom passed, and none nearly always.
  struct coin {
    double operator()(double, int a, double next) const { return a == 0 ? 0 : next; }
  };
  const auto departures = [](double doubt) {
    rollout_policy one{
        still{}, line_model{.push = 1}, coin{}, std::vector<int>{2}, {.futures = 16, .steps = 0, .doubt = doubt}};
    one.start(-2);
    for (int k = 0; k < 400; ++k) one.step(-2);
    return one.departures();
  };
  CHECK(departures(2) < 60);
  CHECK(departures(0) > 100);
}

TEST_CASE("planning.rollout_policy: a reward that is not finite makes its action lose") {
  struct broken {
    double operator()(double, int a, double next) const {
      return a == 5   ? std::numeric_limits<double>::quiet_NaN()
             : a == 6 ? std::numeric_limits<double>::infinity()
                      : next;
    }
  };
  rollout_policy policy{still{}, line_model{}, broken{}, std::vector<int>{5, 6, 1}, {.steps = 1}};
  CHECK(policy.start(0) == 1);
}

TEST_CASE("planning.rollout_policy: the same seed decides the same, and every decision draws futures of its own") {
  struct pushed {
    double operator()(double, int a, double next) const { return a == 0 ? 0 : next; }
  };
  const auto path = [](std::uint64_t seed) {
    rollout_policy one{still{},
                       line_model{.push = 1},
                       pushed{},
                       std::vector<int>{1},
                       {.futures = 2, .steps = 0, .doubt = 0, .seed = seed}};
    std::vector<int> all{one.start(-1)};
    for (int k = 0; k < 60; ++k) all.push_back(one.step(-1));
    return all;
  };
  CHECK(path(1) == path(1));
  CHECK(path(1) != path(2));
  const std::vector<int> once = path(1);
  CHECK(once != std::vector<int>(once.size(), once.front()));
}

TEST_CASE("planning.rollout_policy: impossible options are refused by name") {
  const auto made = [](rollout_policy_options o, std::vector<int> actions = {1}) {
    rollout_policy policy{still{}, line_model{}, distance_to_10{}, std::move(actions), o};
  };
  CHECK_THROWS_WITH(made({.futures = 1}),
                    "rollout_policy: futures is 1, must be from 2 to 1000000: one future has no error");
  CHECK_THROWS_WITH(made({.doubt = -1}), Catch::Contains("rollout_policy: doubt is -1"));
  CHECK_THROWS_WITH(made({.steps = 2'000'000}), Catch::Contains("steps is 2000000"));
  CHECK_THROWS_WITH(made({}, {}), "rollout_policy: number of actions is 0, must be at least 1");
}

namespace {

// What a web service costs whose replicas take two minutes to start: replicas, and twenty a late request.
struct late_and_replicas {
  double operator()(const service_observation&, int, const service_observation& next) const {
    return -next.replicas - 0.5 * next.late;
  }
};

service_options slow_to_start() {
  service_options o;
  o.slots = 4;
  o.service_time = duration::exponential(0.5);
  o.start_delay = duration::constant(120);
  o.initial_replicas = 4;
  o.max_replicas = 20;
  o.interval_s = 30;
  o.objective_s = 2;
  return o;
}

// The load more than doubles after five minutes, and falls again after twelve.
step_load doubled() { return step_load{{{0, 16}, {300, 40}, {700, 16}}}; }

template <class Policy>
double cost_of(Policy policy, std::uint64_t seed) {
  service world{seed, slow_to_start(), poisson_arrivals{doubled(), {.duration_s = 900}}};
  double cost = 0;
  const service_observation first = world.reset();
  service_observation o = first;
  int a = policy.start(o);
  while (o.status == episode::ongoing) {
    const service_observation next = world.step(a).observation;
    cost -= late_and_replicas{}(o, a, next);
    o = next;
    if (o.status == episode::ongoing) a = policy.step(o);
  }
  policy.stop(o, o.status);
  return cost;
}

}  // namespace

TEST_CASE("planning.rollout_policy: told how the load goes on, it pays where replicas take long to start") {
  // It leaves alone what stands between its marks. A base that takes every replica back at once which it would not have
  // added itself gains nothing from one step.
  const auto base = [] {
    return threshold{&service_observation::utilisation, &service_observation::replicas,
                     threshold_options{.up_above = 0.8, .down_below = 0.3},
                     replica_limits{.minimum = 1, .maximum = 20}};
  };
  const std::vector<int> moves{-2, 2, 4};
  const rollout_policy_options ahead{.futures = 4, .steps = 8};
  double alone = 0;
  double told = 0;
  double blind = 0;
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    alone += cost_of(base(), seed);
    told += cost_of(
        rollout_policy{base(), service_simulator{slow_to_start(), doubled()}, late_and_replicas{}, moves, ahead}, seed);
    blind +=
        cost_of(rollout_policy{base(), service_simulator{slow_to_start()}, late_and_replicas{}, moves, ahead}, seed);
  }
  CAPTURE(alone, told, blind);
  CHECK(told < 0.7 * alone);
  CHECK(told < 0.8 * blind);
}
