#include <headroom/policies/frozen.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <headroom/actions/menu.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/policies/learner.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct spot {
  double place = 0;
  double reward = 0;
};
struct spots {
  using observation_type = spot;
  using action_type = int;
  spot reset() { return {}; }
  step_result<spot> step(int) { return {}; }
};

// Explores at every step, and knows that -1 is best at 0, 0 at 1 and +1 at 2.
auto explorer() {
  q_table values(3, 3);
  for (std::size_t s = 0; s < 3; ++s) values.row(s)[s] = 5;
  sarsa<> agent{3, 3, {.learning_rate = 1}, 11, epsilon_greedy{1.0}};
  agent.adopt(values);
  const bins see{cut{&spot::place, {0.5, 1.5}}};
  return learn_on<spots>(
      see, agent, [](const spot&, int, const spot& next) { return next.reward; }, actions{-1, 0, +1});
}

// Knows that what lies above the mean wants more.
struct above_the_mean {
  using state_type = vector_state;
  action_index start(vector_state s) { return greedy(s); }
  action_index step(double, vector_state s) { return greedy(s); }
  void terminate(double) {}
  void truncate(double, vector_state) {}
  [[nodiscard]] action_index greedy(vector_state s) const { return action_index{s[0] > 0 ? 2U : 0U}; }
};

std::vector<double> values_of(const q_table& t) { return {t.all().begin(), t.all().end()}; }

}  // namespace

TEST_CASE("a frozen learner does the best it knows, never explores and never learns") {
  const auto learner = explorer();
  frozen policy{learner};
  static_assert(Policy<decltype(policy), spot, int>);
  const auto before = values_of(policy.learner().agent().table());
  for (int e = 0; e < 20; ++e) {
    REQUIRE(policy.start({0, 0}) == -1);
    for (int k = 0; k < 30; ++k) REQUIRE(policy.step({static_cast<double>(k % 3), -100.0}) == k % 3 - 1);
    policy.stop({1, -100}, e % 2 == 0 ? episode::terminated : episode::truncated);
  }
  CHECK(values_of(policy.learner().agent().table()) == before);
  CHECK(policy.learner().agent().done().steps == 0);
  CHECK(policy.learner().agent().done().episodes == 0);
}

TEST_CASE("a frozen learner holds its own copy: the learner may go on") {
  auto learner = explorer();
  frozen policy{learner};
  q_table values(3, 3);
  for (std::size_t s = 0; s < 3; ++s) values.row(s)[2] = 1;
  learner.agent().adopt(values);
  CHECK(learner.decide({0, 0}) == +1);  // the learner has changed its mind
  CHECK(policy.step({0, 0}) == -1);
}

TEST_CASE("a frozen learner does not follow what it sees: the same question has the same answer") {
  auto learner = learn_on<spots>(
      standardize{running{&spot::place}}, above_the_mean{},
      [](const spot&, int, const spot& next) { return next.reward; }, actions{-1, 0, +1});
  learner.start({0, 0});
  learner.step({2, 0});
  frozen policy{learner};
  for (int k = 0; k < 100; ++k) REQUIRE(policy.step({3, 0}) == +1);
  CHECK(policy.step({1.5, 0}) == +1);  // above 1, the mean of 0 and 2, and below 3
  CHECK(policy.learner().parts().encode.seen() == 2);
  for (int k = 0; k < 100; ++k) learner.step({3, 0});
  CHECK(learner.parts().encode.seen() == 102);
  CHECK(learner.decide({1.5, 0}) == -1);  // which the learner itself has learned to find low
}

TEST_CASE("a frozen learner answers what it refuses with the neutral action, and counts it") {
  frozen policy{explorer()};
  const double bad = std::numeric_limits<double>::quiet_NaN();
  CHECK(policy.start({bad, 0}) == 0);
  CHECK(policy.step({bad, 0}) == 0);
  CHECK(policy.learner().refused().observations == 2);
  CHECK(policy.step({2, 0}) == 1);
  CHECK(policy.learner().refused().observations == 2);
}

TEST_CASE("a frozen learner takes no memory") {
  frozen policy{explorer()};
  CHECK(allocations_in([&] {
          policy.start({0, 0});
          for (int k = 0; k < 100; ++k) policy.step({static_cast<double>(k % 3), 1});
          policy.stop({0, 0}, episode::terminated);
        }) == 0);
}
