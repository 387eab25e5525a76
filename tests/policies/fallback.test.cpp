#include <headroom/policies/fallback.hpp>

#include <cmath>
#include <string>
#include <vector>

#include <headroom/actions/menu.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/baselines/constant.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/learner.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct reading {
  double place = 0;
  double reward = 0;
  double age_s = 0;
  int replicas = 4;
};
struct readings {
  using observation_type = reading;
  using action_type = int;
  reading reset() { return {}; }
  step_result<reading> step(int) { return {}; }
};

constexpr auto fresh = [](const reading& o) { return o.age_s < 30; };
constexpr actions deltas{-1, 0, +1};
constexpr auto pay = [](const reading&, int delta, const reading& next) { return next.reward - 0.25 * delta; };

sarsa<> agent_of_first() { return {3, 3, {.learning_rate = 0.5, .discount = 0.9}, 21, epsilon_greedy{0.4}}; }
auto first_policy() {
  return learn_on<readings>(bins{cut{&reading::place, {0.5, 1.5}}}, agent_of_first(), pay, deltas);
}

// Writes down what it is asked and told.
struct scribe {
  int answer = 0;
  std::vector<double>* starts;
  std::vector<double>* steps;
  std::vector<int>* corrections;
  std::vector<episode>* stops;

  int start(const reading& o) {
    starts->push_back(o.place);
    return answer;
  }
  int step(const reading& o) {
    steps->push_back(o.place);
    return answer;
  }
  void stop(const reading&, episode end) { stops->push_back(end); }
  void executed(int a) { corrections->push_back(a); }
};

struct notebook {
  std::vector<double> starts, steps;
  std::vector<int> corrections;
  std::vector<episode> stops;
  scribe write(int answer) { return {answer, &starts, &steps, &corrections, &stops}; }
};

}  // namespace

TEST_CASE("while trust holds the first decides, else the second, and both see everything and are told the outcome") {
  notebook one;
  notebook two;
  fallback policy{one.write(+1), two.write(-1), fresh};
  static_assert(Policy<decltype(policy), reading, int>);
  CHECK(policy.start(reading{0, 0, 0}) == +1);
  CHECK(policy.step(reading{1, 0, 29}) == +1);
  CHECK(policy.step(reading{2, 0, 30}) == -1);
  CHECK(policy.step(reading{3, 0, 99}) == -1);
  CHECK(policy.step(reading{4, 0, 1}) == +1);
  policy.stop(reading{5, 0, 1}, episode::truncated);
  CHECK(policy.start(reading{6, 0, 31}) == -1);
  CHECK(policy.fallbacks() == 3);
  for (const notebook* n : {&one, &two}) {
    CHECK(n->starts == std::vector<double>{0, 6});
    CHECK(n->steps == std::vector<double>{1, 2, 3, 4});
    CHECK(n->stops == std::vector<episode>{episode::truncated});
  }
  CHECK(one.corrections == std::vector<int>{-1, -1, -1});
  CHECK(two.corrections == std::vector<int>{+1, +1, +1});
  policy.executed(7);  // from outside: both
  CHECK(one.corrections.back() == 7);
  CHECK(two.corrections.back() == 7);
}

TEST_CASE("a learner that falls back learns what the baseline did") {
  fallback policy{first_policy(), constant{6, &reading::replicas, {.max_up = 1, .max_down = 1}}, fresh};
  auto agent = agent_of_first();
  reading before{0, 0, 0, 4};
  int executed = 0;
  const auto state = [](const reading& o) { return state_index{static_cast<std::size_t>(o.place)}; };
  const auto decide = [&](const reading& o, action_index wanted) {
    before = o;
    if (fresh(o)) return executed = deltas[wanted];
    executed = o.replicas < 6 ? 1 : o.replicas > 6 ? -1 : 0;
    agent.executed(action_index{static_cast<std::size_t>(executed + 1)});
    return executed;
  };
  REQUIRE(policy.start(before) == decide(before, agent.start(state(before))));
  for (int k = 0; k < 200; ++k) {
    const reading o{static_cast<double>(k % 3), 1.0 * (k % 5), k % 4 == 0 ? 60.0 : 0.0, 4 + k % 5};
    const double r = pay(before, executed, o);
    REQUIRE(policy.step(o) == decide(o, agent.step(r, state(o))));
  }
  CHECK(policy.fallbacks() == 50);
  const q_table a = policy.first().agent().table();
  const q_table b = agent.table();
  CHECK(a == b);
}

TEST_CASE("a learner that cannot see hands over to a baseline that needs less") {
  fallback policy{first_policy(), constant{6, &reading::replicas, {.max_up = 1, .max_down = 1}},
                  [](const reading& o) { return std::isfinite(o.place); }};
  const double blind = std::nan("");
  policy.start(reading{0, 0, 0, 4});
  CHECK(policy.step(reading{blind, 0, 0, 4}) == +1);
  CHECK(policy.step(reading{blind, 0, 0, 7}) == -1);
  CHECK(policy.first().refused().observations == 2);
  CHECK(policy.fallbacks() == 2);
  const q_table table = policy.first().agent().table();
  for (const double v : table.all()) CHECK(v == 0);
}

TEST_CASE("falling back takes no memory") {
  fallback policy{first_policy(), constant{6, &reading::replicas, {.max_up = 1, .max_down = 1}}, fresh};
  CHECK(allocations_in([&] {
          policy.start(reading{0, 0, 0, 4});
          for (int k = 0; k < 100; ++k) policy.step(reading{static_cast<double>(k % 3), 1, k % 2 == 0 ? 60.0 : 0.0, 4});
          policy.stop(reading{0, 0, 0, 4}, episode::terminated);
        }) == 0);
}

TEST_CASE("a fallback is stored with its learner and its count, and a baseline has nothing to store") {
  const auto make = [] {
    return fallback{first_policy(), constant{6, &reading::replicas, {.max_up = 1, .max_down = 1}}, fresh};
  };
  auto policy = make();
  policy.start(reading{0, 0, 0, 4});
  for (int k = 0; k < 60; ++k) policy.step(reading{static_cast<double>(k % 3), 1.0 * (k % 5), 10.0 * (k % 7), 4});
  policy.stop(reading{1, 1, 0, 4}, episode::terminated);
  REQUIRE(policy.fallbacks() > 0);
  checkpoint file;
  store(policy, file);
  CHECK(file.names() == std::vector<std::string>{"first.agent.action_values", "first.agent.random.state"});
  auto next = make();
  restore(next, file);
  CHECK(next.fallbacks() == policy.fallbacks());
  const q_table restored = next.first().agent().table();
  const q_table learned = policy.first().agent().table();
  CHECK(restored == learned);
}
