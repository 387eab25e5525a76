#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <headroom/actions/menu.hpp>
#include <headroom/agents/expected_sarsa.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/environments/time_limit.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/run/run.hpp>
#include <headroom/testing/problems.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double discount = 0.9;
constexpr double epsilon = 0.1;

template <class Agent>
Agent trained(Agent agent, std::uint64_t steps) {
  time_limit world{two_state{}, 20};
  auto policy = learn_on<decltype(world)>(problem_state{2}, std::move(agent), problem_reward{}, actions{0, 1});
  run(world, policy, steps);
  return policy.agent();
}

template <class Agent>
double error(const Agent& agent, double exploration) {
  double worst = 0;
  for (std::size_t s = 0; s < 2; ++s) {
    for (const int a : {0, 1}) {
      const double right = two_state::action_value(s, a, discount, exploration);
      worst = std::max(worst, std::abs(agent.value(state_index{s}, action_index{static_cast<std::size_t>(a)}) - right));
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("two_state: Q-learning finds the optimal values, 20, 17 and 15.3, while it explores") {
  // The world and the target are both deterministic, so when all pairs were updated once the largest error has shrunk
  // by 1 - 0.5 (1 - 0.9) at least. The rarest pair is met about 500 times in 100000 steps: 20 * 0.95^500 = 1.5e-10.
  const auto agent =
      trained(q_learning{2, 2, {.learning_rate = 0.5, .discount = discount}, 1, epsilon_greedy{epsilon}}, 100'000);
  CHECK(error(agent, 0) < 1e-9);
  CHECK(agent.value(state_index{1}, action_index{0}) == Approx(20).epsilon(1e-9));
  CHECK(agent.greedy(state_index{0}) == action_index{1});
  CHECK(agent.greedy(state_index{1}) == action_index{0});
  const td_options traced{.learning_rate = 0.5, .discount = discount, .trace_decay = 0.8};
  CHECK(error(trained(q_learning{2, 2, traced, 1, epsilon_greedy{epsilon}}, 100'000), 0) < 1e-9);
}

TEST_CASE("two_state: Expected SARSA finds the values of its own exploration, exactly") {
  // As above: the expectation leaves no noise. With a learning rate of 1 as well, which the other two could not stand
  // in a noisy world.
  for (const double learning_rate : {0.5, 1.0}) {
    const auto agent = trained(
        expected_sarsa{2, 2, {.learning_rate = learning_rate, .discount = discount}, 1, epsilon_greedy{epsilon}},
        100'000);
    CHECK(error(agent, epsilon) < 1e-9);
    CHECK(error(agent, 0) > 1);  // which are others
  }
}

TEST_CASE("two_state: SARSA finds the values of its own exploration, in the mean of its noise") {
  // Twenty runs with a learning rate that falls; the mean over them must agree with the exact value within five
  // standard errors, and these must be small against the distance to the optimal values, 2.05 and more.
  constexpr int runs = 20;
  double sum[2][2] = {};
  double square[2][2] = {};
  for (std::uint64_t seed = 0; seed < runs; ++seed) {
    const auto agent = trained(
        sarsa{2,
              2,
              {.learning_rate = harmonic_decay{.from = 0.5, .to = 0.001, .half_after = 2'000}, .discount = discount},
              seed,
              epsilon_greedy{epsilon}},
        400'000);
    for (std::size_t s = 0; s < 2; ++s) {
      for (std::size_t a = 0; a < 2; ++a) {
        const double q = agent.value(state_index{s}, action_index{a});
        sum[s][a] += q / runs;
        square[s][a] += q * q / runs;
      }
    }
  }
  for (std::size_t s = 0; s < 2; ++s) {
    for (const int a : {0, 1}) {
      const double mean = sum[s][a];
      const double standard_error = std::sqrt((square[s][a] - mean * mean) / (runs - 1));
      INFO("state " << s << ", action " << a << ": " << mean << " +- " << standard_error);
      CHECK(standard_error < 0.05);
      CHECK(std::abs(mean - two_state::action_value(s, a, discount, epsilon)) < 5 * standard_error);
    }
  }
}

TEST_CASE("two_state: greedy and optimistic, SARSA finds the optimal way and its values") {
  // Nothing can be worth more than 2 / (1 - 0.9) = 20. Begun at 25, each action looks better than it is until it was
  // tried often enough, so that no exploration is needed; on the way that remains everything is deterministic. What is
  // not taken stays above its value, but below the best.
  const auto agent = trained(
      sarsa{2, 2, {.learning_rate = 0.5, .discount = discount, .initial_value = 25}, 1, epsilon_greedy{0.0}}, 20'000);
  const auto q = [&](std::size_t s, std::size_t a) { return agent.value(state_index{s}, action_index{a}); };
  CHECK(q(0, 1) == Approx(17).epsilon(1e-9));
  CHECK(q(1, 0) == Approx(20).epsilon(1e-9));
  CHECK(q(0, 0) >= 15.3 - 1e-9);
  CHECK(q(0, 0) < 17);
  CHECK(q(1, 1) >= 15.3 - 1e-9);
  CHECK(q(1, 1) < 20);
}

TEST_CASE("two_state: a short-sighted learner does not pay first") {
  // Below a discount of 1/3, -1 + discount * 2 / (1 - discount) is negative: staying in state 0 is worth 0 and is
  // better.
  time_limit world{two_state{}, 20};
  auto policy = learn_on<decltype(world)>(
      problem_state{2}, q_learning{2, 2, {.learning_rate = 0.5, .discount = 0.3}, 1, epsilon_greedy{0.5}},
      problem_reward{}, actions{0, 1});
  run(world, policy, 20'000);
  const auto& agent = policy.agent();
  CHECK(agent.greedy(state_index{0}) == action_index{0});
  CHECK(agent.value(state_index{0}, action_index{0}) == Approx(0).margin(1e-9));
  CHECK(agent.value(state_index{0}, action_index{1}) == Approx(-1 + 0.3 * 2 / 0.7).epsilon(1e-9));
}
