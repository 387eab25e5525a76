#include <headroom/policies/guarded.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include <headroom/actions/menu.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/baselines/constant.hpp>
#include <headroom/core/random.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/learner.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct service {
  double place = 0;
  double reward = 0;
  double errors = 0;
  int replicas = 4;
  int applied = 0;  // what became of the action before
};
struct services {
  using observation_type = service;
  using action_type = int;
  service reset() { return {}; }
  step_result<service> step(int) { return {}; }
};

constexpr actions deltas{-1, 0, +1};
constexpr auto pay = [](const service&, int delta, const service& next) { return next.reward - 0.5 * delta; };

sarsa<> inner_agent() {
  return {3, 3, {.learning_rate = 0.5, .discount = 0.9, .trace_decay = 0.6}, 3, epsilon_greedy{0.4}};
}
auto inner_learner() { return learn_on<services>(bins{cut{&service::place, {0.5, 1.5}}}, inner_agent(), pay, deltas); }

std::vector<double> table_of(const sarsa<>& agent) {
  const q_table table = agent.table();
  return {table.all().begin(), table.all().end()};
}

action_index index(int delta) { return action_index{static_cast<std::size_t>(delta + 1)}; }
state_index state(const service& o) { return state_index{static_cast<std::size_t>(o.place)}; }

service draw(engine& random) {
  return {static_cast<double>(random.below(3)), random.uniform(), static_cast<double>(random.below(2)), 4, 0};
}

// While there are errors, never scale down.
constexpr auto never_down = [](const service& o, int delta) { return o.errors > 0 ? std::max(delta, 0) : delta; };

}  // namespace

TEST_CASE("a guard has the last word, and the learner behind it learns what was executed") {
  guarded policy{inner_learner(), never_down};
  static_assert(CorrectablePolicy<decltype(policy), service, int>);
  auto agent = inner_agent();
  engine random(5);
  service before;
  int executed = 0;
  std::uint64_t overrides = 0;
  const auto guard = [&](const service& o, action_index wanted) {
    executed = never_down(o, deltas[wanted]);
    if (executed != deltas[wanted]) {
      ++overrides;
      agent.executed(index(executed));
    }
    before = o;
    return executed;
  };
  for (int e = 0; e < 20; ++e) {
    const service first = draw(random);
    REQUIRE(policy.start(first) == guard(first, agent.start(state(first))));
    for (int k = 0; k < 20; ++k) {
      const service o = draw(random);
      const double r = pay(before, executed, o);
      REQUIRE(policy.step(o) == guard(o, agent.step(r, state(o))));
    }
    const service last = draw(random);
    policy.stop(last, e % 2 == 0 ? episode::terminated : episode::truncated);
    const double r = pay(before, executed, last);
    if (e % 2 == 0)
      agent.terminate(r);
    else
      agent.truncate(r, state(last));
  }
  CHECK(overrides > 0);
  CHECK(overrides < 420);
  CHECK(policy.overrides() == overrides);
  CHECK(table_of(policy.inner().agent()) == table_of(agent));
  CHECK(policy.inner().agent().done().steps == agent.done().steps);
}

TEST_CASE("a guard that never objects is not there") {
  guarded policy{inner_learner(), [](const service&, int delta) { return delta; }};
  auto bare = inner_learner();
  engine random(6);
  const service first = draw(random);
  REQUIRE(policy.start(first) == bare.start(first));
  for (int k = 0; k < 200; ++k) {
    const service o = draw(random);
    REQUIRE(policy.step(o) == bare.step(o));
  }
  CHECK(policy.overrides() == 0);
  CHECK(table_of(policy.inner().agent()) == table_of(bare.agent()));
}

TEST_CASE("a guard sees the observation of the decision and the wish of the policy") {
  std::vector<std::pair<double, int>> seen;
  guarded policy{constant{6, &service::replicas, {.max_up = 1, .max_down = 1}}, [&](const service& o, int delta) {
                   seen.emplace_back(o.place, delta);
                   return -3;
                 }};
  CHECK(policy.start(service{0, 0, 0, 4, 0}) == -3);
  CHECK(policy.step(service{1, 0, 0, 6, 0}) == -3);
  CHECK(policy.step(service{2, 0, 0, 9, 0}) == -3);
  CHECK(seen == std::vector<std::pair<double, int>>{{0, 1}, {1, 0}, {2, -1}});
  CHECK(policy.overrides() == 3);  // the inner policy cannot be corrected, and need not be
}

TEST_CASE("an outer guard corrects the learner through an inner one") {
  const auto hold = [](const service&, int) { return 0; };
  guarded policy{guarded{inner_learner(), never_down}, hold};
  auto agent = inner_agent();
  engine random(7);
  service before = draw(random);
  policy.start(before);
  agent.start(state(before));
  agent.executed(index(0));
  for (int k = 0; k < 100; ++k) {
    const service o = draw(random);
    REQUIRE(policy.step(o) == 0);
    agent.step(pay(before, 0, o), state(o));
    agent.executed(index(0));
    before = o;
  }
  CHECK(table_of(policy.inner().inner().agent()) == table_of(agent));
}

TEST_CASE("a reported policy learns what the environment says it has done") {
  reported policy{inner_learner(), &service::applied};
  static_assert(CorrectablePolicy<decltype(policy), service, int>);
  auto agent = inner_agent();
  engine random(8);
  service before;
  int wanted = 0;
  int clipped = 0;
  for (int e = 0; e < 20; ++e) {
    before = draw(random);
    before.applied = 1;  // at the start of an episode it says nothing
    wanted = policy.start(before);
    REQUIRE(wanted == deltas[agent.start(state(before))]);
    for (int k = 0; k < 20; ++k) {
      service o = draw(random);
      o.applied = random.uniform() < 0.5 ? 0 : static_cast<int>(random.below(3)) - 1;
      clipped += o.applied != wanted;
      agent.executed(index(o.applied));
      const action_index next = agent.step(pay(before, o.applied, o), state(o));
      wanted = policy.step(o);
      REQUIRE(wanted == deltas[next]);
      before = o;
    }
    service last = draw(random);
    last.applied = 1;
    policy.stop(last, episode::terminated);
    agent.executed(index(1));
    agent.terminate(pay(before, 1, last));
  }
  CHECK(clipped > 0);
  CHECK(table_of(policy.inner().agent()) == table_of(agent));
}

TEST_CASE("a reported action that is not on the menu is not learned") {
  reported policy{inner_learner(), &service::applied};
  policy.start(service{0, 0, 0, 4, 0});
  policy.step(service{1, 5, 0, 4, 2});  // half of what was asked for
  CHECK(table_of(policy.inner().agent()) == std::vector<double>(9));
  policy.step(service{1, 5, 0, 4, 1});
  const q_table table = policy.inner().agent().table();
  CHECK(table.at(state_index{1}, index(1)) == 0.5 * (5 - 0.5));
}

TEST_CASE("guards and reports take no memory") {
  reported policy{guarded{inner_learner(), never_down}, &service::applied};
  engine random(9);
  CHECK(allocations_in([&] {
          policy.start(draw(random));
          for (int k = 0; k < 100; ++k) policy.step(draw(random));
          policy.stop(draw(random), episode::truncated);
        }) == 0);
}

TEST_CASE("a guarded policy is stored with what is inside and its count, and the one that goes on does the same") {
  engine random(8);
  const auto play = [](auto& policy, engine& from) {
    std::vector<int> chosen;
    const service first = draw(from);
    chosen.push_back(policy.start(first));
    for (int k = 0; k < 40; ++k) chosen.push_back(policy.step(draw(from)));
    policy.stop(draw(from), episode::truncated);
    return chosen;
  };
  guarded policy{reported{inner_learner(), &service::applied}, never_down};
  play(policy, random);
  REQUIRE(policy.overrides() > 0);
  checkpoint file;
  store(policy, file, "guarded");
  guarded next{reported{inner_learner(), &service::applied}, never_down};
  restore(next, file, "guarded");
  CHECK(next.overrides() == policy.overrides());
  CHECK(table_of(next.inner().inner().agent()) == table_of(policy.inner().inner().agent()));
  engine same = random;
  CHECK(play(next, same) == play(policy, random));
  CHECK(table_of(next.inner().inner().agent()) == table_of(policy.inner().inner().agent()));
}
