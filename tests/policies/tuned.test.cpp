#include <headroom/policies/tuned.hpp>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <headroom/baselines/square_root_staffing.hpp>
#include <headroom/core/random.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/run/run.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "policies/wisher.hpp"

using namespace headroom;

namespace {

struct sample {
  double time_s = 0;
  double load = 10;  // requests a second, of a second of work each
  double replicas = 12;
  double swinging = 0;  // whether the load swings in these minutes
};

// For fifty steps a load that stands still, then fifty in which it swings: there, and only there, a margin pays.
struct service {
  using observation_type = sample;
  using action_type = int;

  sample reset() {
    now = {};
    t = 0;
    return now;
  }
  step_result<sample> step(int delta) {
    ++t;
    now.time_s += 60;
    now.swinging = t / 50 % 2;
    now.load = 10 + (now.swinging > 0 ? 5 * random.uniform() : 0);
    now.replicas = std::clamp(now.replicas + delta, 1.0, 40.0);
    return {now, t == 1000 ? episode::truncated : episode::ongoing};
  }
  explicit service(std::uint64_t seed) : random(seed, stream::workload) {}
  engine random;
  sample now{};
  int t = 0;
};

// A replica costs 1; a request that finds none, 10.
struct cost {
  double operator()(const sample&, int, const sample& next) const {
    return -next.replicas - 10 * std::max(0.0, next.load - next.replicas);
  }
};
struct context {
  void operator()(const sample& o, std::span<double> x) const {
    x[0] = 1;
    x[1] = o.swinging;
  }
};

square_root_staffing<sample> with_spare(double spare) {
  signals<sample> see;
  see.time_s = &sample::time_s;
  see.replicas = &sample::replicas;
  see.load = &sample::load;
  const square_root_staffing_options options{
      .service_s = 1, .level_s = 60, .trend = 0, .margin = 0, .spare = spare, .hold = 0.01, .expected_per_s = 10};
  return {see, options, replica_limits{.maximum = 40}};
}

struct mean_reward {
  double sum = 0;
  double steps = 0;
  template <class Record>
  void on_step(const Record& r) {
    sum += cost{}(r.observation, r.action, r.next);
    ++steps;
  }
};
template <class P>
double reward_of(P& policy, std::uint64_t seed) {
  service world(seed);
  mean_reward m;
  run_episodes(world, policy, 5, m);
  return m.sum / m.steps;
}

}  // namespace

TEST_CASE("a bandit over the settings of an autoscaler beats each of them where the best one depends on the load") {
  auto policy = tune_on<service>(std::vector{with_spare(0), with_spare(3), with_spare(6)}, 2, context{}, cost{},
                                 {.bandit = {.exploration = 2}});
  static_cast<void>(reward_of(policy, 1));
  const double learned = reward_of(policy, 2);
  double best = -1e9;
  for (const double spare : {0.0, 3.0, 6.0}) {
    auto fixed = with_spare(spare);
    best = std::max(best, reward_of(fixed, 2));
  }
  CAPTURE(learned, best);
  CHECK(learned > best + 0.3);
  CHECK(policy.bandit().greedy(std::vector<double>{1, 0}) == 0);
  CHECK(policy.bandit().greedy(std::vector<double>{1, 1}) != 0);
  CHECK(policy.decided()[0] + policy.decided()[1] + policy.decided()[2] == 10'000);
}

TEST_CASE("a setting is kept so many steps and learns their mean reward, also the last ones of an episode") {
  const auto told = [](const wishes::sample&, int, const wishes::sample& next) { return next.activity; };
  struct world {
    using observation_type = wishes::sample;
    using action_type = int;
  };
  const auto one = [](const wishes::sample&, std::span<double> x) { x[0] = 1; };
  auto policy = tune_on<world>(std::vector<wishes::wisher>(2), 1, one, told, {.bandit = {.ridge = 1}, .every = 2});
  wishes::sample o;
  policy.start(o);
  CHECK(policy.chosen() == 0);
  o.activity = 4;
  policy.step(o);
  CHECK(policy.health().learned == 0);
  o.activity = 8;
  policy.step(o);
  CHECK(policy.health().learned == 1);
  CHECK(policy.bandit().coefficients(0)[0] == Approx(6 / 2.0));  // one case of reward 6, ridge 1
  CHECK(policy.chosen() == 0);                                   // it is that good
  o.activity = 3;
  policy.stop(o, episode::truncated);
  CHECK(policy.bandit().coefficients(0)[0] == Approx((6 + 3) / 3.0));
  CHECK(policy.settings()[0].stops == 1);
  CHECK(policy.settings()[1].stops == 1);
  CHECK(policy.settings()[1].steps == 2);
}

TEST_CASE("every setting is told what another or a guard executed") {
  struct fixed {
    int wish = 0;
    std::vector<int> told{};
    int start(const wishes::sample&) { return wish; }
    int step(const wishes::sample&) { return wish; }
    void stop(const wishes::sample&, episode) {}
    void executed(int delta) { told.push_back(delta); }
  };
  struct world {
    using observation_type = wishes::sample;
    using action_type = int;
  };
  double paid_for = 0;
  const auto by_action = [&](const wishes::sample&, int a, const wishes::sample&) { return paid_for = a; };
  auto policy = tune_on<world>(
      std::vector<fixed>{{1}, {2}, {1}}, 1, [](const wishes::sample&, std::span<double> x) { x[0] = 1; }, by_action);
  CHECK(policy.start({}) == 1);
  CHECK(policy.settings()[0].told.empty());
  CHECK(policy.settings()[1].told == std::vector<int>{1});
  CHECK(policy.settings()[2].told.empty());
  policy.executed(-3);
  CHECK(policy.settings()[0].told == std::vector<int>{-3});
  policy.step({});
  CHECK(paid_for == -3);
}

TEST_CASE("a tuned policy is stored, decides without allocation, and refuses to have no settings") {
  auto policy = tune_on<service>(std::vector{with_spare(0), with_spare(4)}, 2, context{}, cost{});
  static_cast<void>(reward_of(policy, 1));
  checkpoint c;
  store(policy, c, "policy");
  auto other = tune_on<service>(std::vector{with_spare(0), with_spare(4)}, 2, context{}, cost{});
  restore(other, c, "policy");
  const std::vector<double> x{1, 1};
  CHECK(other.bandit().expected(1, x) == policy.bandit().expected(1, x));
  CHECK(other.decided() == policy.decided());
  sample o;
  other.start(o);
  CHECK(allocations_in([&] {
          o.time_s += 60;
          other.step(o);
        }) == 0);
  CHECK_THROWS(tune_on<service>(std::vector<square_root_staffing<sample>>{}, 2, context{}, cost{}));
  CHECK_THROWS_WITH(tune_on<service>(std::vector{with_spare(0)}, 2, context{}, cost{}, {.every = 0}),
                    "tuned: every is 0, must be at least 1");
}
