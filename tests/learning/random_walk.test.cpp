#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

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

// With one action all three are TD(lambda), a stochastic approximation: the mean over twenty runs must agree with the
// true values within five standard errors, and these must be far below the distance between two neighbouring states.
template <class Make>
void check_walk(const random_walk& like, double largest_error, Make make) {
  constexpr int runs = 20;
  const std::size_t n = like.states();
  std::vector<double> sum(n);
  std::vector<double> square(n);
  for (std::uint64_t seed = 0; seed < runs; ++seed) {
    random_walk world = n == 5 ? random_walk::five(100 + seed) : random_walk::nineteen(100 + seed);
    auto policy = learn_on<random_walk>(problem_state{n}, make(n, seed), problem_reward{}, actions{0});
    run_episodes(world, policy, 4'000);
    for (std::size_t s = 0; s < n; ++s) {
      const double v = policy.agent().value(state_index{s}, action_index{0});
      sum[s] += v / runs;
      square[s] += v * v / runs;
    }
  }
  for (std::size_t s = 0; s < n; ++s) {
    const double standard_error = std::sqrt((square[s] - sum[s] * sum[s]) / (runs - 1));
    INFO("state " << s << ": " << sum[s] << " +- " << standard_error);
    CHECK(standard_error < largest_error);
    CHECK(std::abs(sum[s] - like.action_value(s)) < 5 * standard_error);
  }
}

// From 0.5 at the first episode to 0.01 or so at the last.
const schedule falling = harmonic_decay{.from = 0.5, .to = 0.001, .half_after = 100, .unit = per::episode};

}  // namespace

TEST_CASE("random_walk: the five states of example 6.2, one-step") {
  // Neighbours are 1/6 apart.
  const auto five = random_walk::five(1);
  check_walk(five, 0.02, [](std::size_t n, std::uint64_t seed) {
    return sarsa{n, 1, {.learning_rate = falling, .discount = 1}, seed};
  });
  check_walk(five, 0.02, [](std::size_t n, std::uint64_t seed) {
    return expected_sarsa{n, 1, {.learning_rate = falling, .discount = 1}, seed};
  });
  check_walk(five, 0.02, [](std::size_t n, std::uint64_t seed) {
    return q_learning{n, 1, {.learning_rate = falling, .discount = 1}, seed};
  });
}

TEST_CASE("random_walk: the nineteen states of example 7.1, with each kind of trace") {
  // Neighbours are 0.1 apart.
  for (const auto kind : {trace_kind::accumulating, trace_kind::replacing, trace_kind::dutch}) {
    INFO("kind " << static_cast<int>(kind));
    check_walk(random_walk::nineteen(1), 0.02, [kind](std::size_t n, std::uint64_t seed) {
      return sarsa{n, 1, {.learning_rate = falling, .discount = 1, .trace_decay = 0.8, .traces = kind}, seed};
    });
  }
}

TEST_CASE("random_walk: with a trace decay of 1 the value is the mean of the returns") {
  // Accumulating traces that never decay and a learning rate that is the same all through an episode: each visit of a
  // state adds rate * (return - value); only the ends pay, so what an episode teaches does not depend on the values in
  // between.
  sarsa agent{3, 1, {.learning_rate = 0.125, .discount = 1, .trace_decay = 1, .traces = trace_kind::accumulating}, 1};
  agent.start(state_index{1});
  agent.step(0, state_index{2});
  agent.step(0, state_index{1});
  agent.step(0, state_index{0});
  agent.terminate(1);
  // All begin at 0. The online differences vanish until the reward comes: delta is 1 once, times the number of visits.
  CHECK(agent.value(state_index{0}, action_index{0}) == 0.125);
  CHECK(agent.value(state_index{1}, action_index{0}) == 0.25);
  CHECK(agent.value(state_index{2}, action_index{0}) == 0.125);
}
