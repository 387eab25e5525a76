#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <headroom/actions/menu.hpp>
#include <headroom/agents/expected_sarsa.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/run/run.hpp>
#include <headroom/testing/problems.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

const td_options options{.learning_rate = 0.01, .discount = 0.9};
constexpr std::uint64_t steps = 200'000;

// The value after `steps` steps that are cut every 10.
template <class Agent>
double learned(Agent agent, const learner_options& how = {}) {
  constant_reward world(10);
  auto policy = learn_on<constant_reward>(problem_state{1}, std::move(agent), problem_reward{}, actions{0}, how);
  const auto done = run(world, policy, steps);
  REQUIRE(done.episodes == steps / 10);
  return policy.agent().value(state_index{0}, action_index{0});
}

}  // namespace

TEST_CASE("a cut is not an end: reward 1 for ever is worth 10") {
  // The error falls by the factor 1 - 0.01 (1 - 0.9) a step, exp(-200) over all of them; what remains is rounding.
  CHECK(std::abs(learned(sarsa{1, 1, options, 1}) - 10) < 1e-3);
  CHECK(std::abs(learned(expected_sarsa{1, 1, options, 1}) - 10) < 1e-3);
  CHECK(std::abs(learned(q_learning{1, 1, options, 1}) - 10) < 1e-3);
  CHECK(constant_reward::action_value(0.9) == Approx(10).epsilon(1e-15));
}

TEST_CASE("a learner that takes the cut for an end finds half of it, 5.232") {
  // The same recursion by hand: nine steps that bootstrap and one that does not.
  double q = 0;
  for (std::uint64_t t = 1; t <= steps; ++t) q += 0.01 * (1 + 0.9 * (t % 10 == 0 ? 0 : q) - q);
  CHECK(std::abs(q - 5.232) < 5e-4);
  const learner_options wrong{.truncation_is_terminal = true};
  CHECK(learned(sarsa{1, 1, options, 1}, wrong) == Approx(q).epsilon(1e-12));
  CHECK(learned(expected_sarsa{1, 1, options, 1}, wrong) == Approx(q).epsilon(1e-12));
  CHECK(learned(q_learning{1, 1, options, 1}, wrong) == Approx(q).epsilon(1e-12));
}

TEST_CASE("with traces the value is the same") {
  // A trace scales the step and leaves the fixed point where it is: at reward + discount Q = Q.
  auto traced = options;
  traced.trace_decay = 0.8;
  for (const auto kind : {trace_kind::accumulating, trace_kind::replacing, trace_kind::dutch}) {
    traced.traces = kind;
    CHECK(std::abs(learned(sarsa{1, 1, traced, 1}) - 10) < 1e-3);
    CHECK(std::abs(learned(q_learning{1, 1, traced, 1}) - 10) < 1e-3);
  }
}
