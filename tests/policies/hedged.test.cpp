#include <headroom/policies/hedged.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/run/run.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct sample {
  double load = 10;
  double replicas = 10;
};

// The load of the first half of an episode stands still, that of the second half swings.
struct service {
  using observation_type = sample;
  using action_type = int;
  explicit service(std::uint64_t seed) : random(seed, stream::workload) {}
  sample reset() {
    t = 0;
    return now = {};
  }
  step_result<sample> step(int delta) {
    ++t;
    now.load = t < 1000 ? 10 : std::floor(uniform(random, 6, 15));
    now.replicas = std::clamp(now.replicas + delta, 1.0, 30.0);
    return {now, t == 2000 ? episode::truncated : episode::ongoing};
  }
  engine random;
  sample now{};
  int t = 0;
};

struct keeps {
  double replicas = 10;
  int start(const sample& o) { return step(o); }
  int step(const sample& o) { return static_cast<int>(replicas - o.replicas); }
  void stop(const sample&, episode) {}
};

// What so many replicas would have cost under the load that came: 1/30 each, 1/5 for each request a second too many.
double cost_of(double replicas, double load) {
  return std::min(1.0, replicas / 30 + std::max(0.0, load - replicas) / 5);
}
struct score {
  double operator()(std::size_t, int advice, int, const sample& o, const sample& next) const {
    return cost_of(std::clamp(o.replicas + advice, 1.0, 30.0), next.load);
  }
};
struct total_cost {
  double sum = 0;
  template <class Record>
  void on_step(const Record& r) {
    sum += cost_of(r.next.replicas, r.next.load);
  }
};
template <class P>
double cost_of_policy(P& policy) {
  service world(3);
  total_cost t;
  run_episodes(world, policy, 1, t);
  return t.sum;
}

}  // namespace

TEST_CASE("a selector follows the adviser that is best now, and costs no more than its bound above the best one") {
  auto policy = hedge_on<service>(std::vector{keeps{10}, keeps{14}, keeps{25}}, score{}, {.horizon = 500}, 1);
  static_assert(Policy<decltype(policy), sample, int>);
  const double cost = cost_of_policy(policy);
  std::vector<double> single;
  for (const double n : {10.0, 14.0, 25.0}) {
    keeps one{n};
    single.push_back(cost_of_policy(one));
  }
  const double best = *std::min_element(single.begin(), single.end());
  const hedged_health h = policy.health();
  CAPTURE(cost, single, h.advised, h.switches);
  CHECK(cost < best + 4 * policy.choice().regret_bound(500));
  CHECK(cost < best);  // as the best one changes
  CHECK(h.advised[2] < 300);
  CHECK(h.advised[0] > 500);
  CHECK(h.advised[1] > 500);
  CHECK(h.advised[0] + h.advised[1] + h.advised[2] == 2000);
  CHECK(h.scored == 2000);
  CHECK(static_cast<double>(h.switches) <= policy.choice().switch_bound(2000));
  CHECK(h.refused_scores == 0);
}

TEST_CASE("all advisers see everything, and those that did not decide are told what was done") {
  struct adviser {
    int wish = 0;
    std::vector<int> told{};
    int steps = 0;
    int start(const sample&) { return wish; }
    int step(const sample&) {
      ++steps;
      return wish;
    }
    void stop(const sample&, episode) { steps += 100; }
    void executed(int delta) { told.push_back(delta); }
  };
  std::vector<int> scored;
  const auto note = [&](std::size_t, int advice, int executed, const sample&, const sample&) {
    scored.push_back(advice);
    scored.push_back(executed);
    return 0.0;
  };
  auto policy = hedge_on<service>(std::vector<adviser>{{1}, {2}}, note, {}, 1);
  const int done = policy.start({});
  const std::size_t leader = policy.leader();
  CHECK(done == static_cast<int>(leader) + 1);
  CHECK(policy.advisers()[leader].told.empty());
  CHECK(policy.advisers()[1 - leader].told == std::vector<int>{done});
  policy.executed(7);
  CHECK(policy.advisers()[leader].told == std::vector<int>{7});
  policy.step({});
  CHECK(scored == std::vector<int>{1, 7, 2, 7});
  policy.stop({}, episode::terminated);
  CHECK(policy.advisers()[0].steps == 101);
  CHECK(policy.advisers()[1].steps == 101);
  CHECK(policy.health().scored == 2);
}

TEST_CASE("a score that is not finite is refused and counted, and advisers may be of any type") {
  const auto broken = [](std::size_t k, int, int, const sample&, const sample&) { return k == 1 ? std::nan("") : 0.5; };
  using any = any_policy<sample, int>;
  std::vector<any> advisers;
  advisers.emplace_back(keeps{5});
  advisers.emplace_back(keeps{8});
  auto policy = hedge_on<service>(std::move(advisers), broken, {}, 1);
  static_cast<void>(cost_of_policy(policy));
  CHECK(policy.health().refused_scores == 2000);
  CHECK(policy.health().scored == 0);
}

TEST_CASE("a selector is stored, and decides without allocation") {
  auto one = hedge_on<service>(std::vector{keeps{10}, keeps{14}}, score{}, {}, 1);
  static_cast<void>(cost_of_policy(one));
  checkpoint c;
  store(one, c, "policy");
  auto two = hedge_on<service>(std::vector{keeps{10}, keeps{14}}, score{}, {}, 2);
  restore(two, c, "policy");
  CHECK(two.leader() == one.leader());
  CHECK(two.health().advised == one.health().advised);
  sample o;
  two.start(o);
  CHECK(allocations_in([&] { two.step(o); }) == 0);
  CHECK_THROWS(hedge_on<service>(std::vector<keeps>{}, score{}, {}, 1));
}
