#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
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

constexpr double epsilon = 0.1;
constexpr double one_row_away = -15;  // up twice, eleven to the right, down twice

bool is_state(std::size_t s) { return !cliff::in_the_cliff(s) && s != cliff::goal; }

// The action values of the best epsilon-greedy behaviour: the fixed point of
//   q(s, a) = r + (1 - epsilon) max q(s', .) + epsilon mean q(s', .)
// by iteration over the world itself. It is what SARSA and Expected SARSA converge to.
std::vector<double> own_values() {
  std::vector<double> q(cliff::states * 4);
  cliff world;
  for (double change = 1; change > 1e-12;) {
    change = 0;
    for (std::size_t s = 0; s < cliff::states; ++s) {
      for (std::size_t a = 0; a < 4 && is_state(s); ++a) {
        world.start_at(s);
        const auto r = world.step(static_cast<int>(a));
        double v = r.observation.reward;
        if (r.status == episode::ongoing) {
          const double* next = &q[r.observation.state * 4];
          v +=
              (1 - epsilon) * *std::max_element(next, next + 4) + epsilon * (next[0] + next[1] + next[2] + next[3]) / 4;
        }
        change = std::max(change, std::abs(v - q[s * 4 + a]));
        q[s * 4 + a] = v;
      }
    }
  }
  return q;
}

struct walk {
  double value = 0;               // the sum of rewards, -1000 if it does not arrive
  std::vector<std::size_t> rows;  // that it comes through
};

template <class Greedy>
walk greedy_walk(Greedy greedy) {
  cliff world;
  std::size_t s = world.reset().state;
  walk w;
  for (int t = 0; t < 200; ++t) {
    w.rows.push_back(s / cliff::columns);
    const auto r = world.step(static_cast<int>(to_size(greedy(state_index{s}))));
    w.value += r.observation.reward;
    s = r.observation.state;
    if (r.status == episode::terminated) return w;
  }
  w.value = -1000;
  return w;
}

template <class Agent>
Agent trained(Agent agent, std::uint64_t episodes) {
  cliff world;
  auto policy = learn_on<cliff>(problem_state{cliff::states}, std::move(agent), problem_reward{}, actions{0, 1, 2, 3});
  run_episodes(world, policy, episodes);
  return policy.agent();
}

}  // namespace

TEST_CASE("cliff: Q-learning's way is the shortest, along the edge, although it keeps falling off") {
  const auto agent =
      trained(q_learning{cliff::states, 4, {.learning_rate = 0.5, .discount = 1}, 1, epsilon_greedy{epsilon}}, 5'000);
  const auto w = greedy_walk([&](state_index s) { return agent.greedy(s); });
  CHECK(w.value == cliff::best_return);
  // Everything is deterministic, so along the way, which was gone thousands of times, the values are exact.
  for (std::size_t column = 0; column < cliff::columns; ++column) {
    const std::size_t s = 2 * cliff::columns + column;
    const int best = column + 1 < cliff::columns ? 1 : 2;
    CHECK(agent.value(state_index{s}, action_index{static_cast<std::size_t>(best)}) ==
          Approx(cliff::action_value(s, best)).epsilon(1e-9));
  }
  CHECK(agent.value(state_index{cliff::start}, action_index{0}) == Approx(cliff::best_return).epsilon(1e-9));
}

TEST_CASE("cliff: the best way of one who stumbles keeps one row away from the edge") {
  // Not two: the last row of distance costs two steps for certain, and saves a fall that takes two stumbles.
  const auto q = own_values();
  const auto w = greedy_walk([&](state_index s) {
    const double* row = &q[to_size(s) * 4];
    return action_index{static_cast<std::size_t>(std::max_element(row, row + 4) - row)};
  });
  CHECK(w.value == one_row_away);
  CHECK(std::count(w.rows.begin(), w.rows.end(), 1U) == static_cast<std::ptrdiff_t>(cliff::columns));
}

TEST_CASE("cliff: Expected SARSA finds the values of its own exploration") {
  // Its targets have no noise here, so wherever it comes often they are exact. A pair that is tried with probability
  // 0.025 at each visit of a state on the way gets 2500 updates in 100000 episodes, each of which halves its error.
  const auto agent = trained(
      expected_sarsa{cliff::states, 4, {.learning_rate = 0.5, .discount = 1}, 1, epsilon_greedy{epsilon}}, 100'000);
  const auto q = own_values();
  for (std::size_t column = 0; column < cliff::columns; ++column) {
    for (std::size_t a = 0; a < 4; ++a) {
      const std::size_t s = cliff::columns + column;
      INFO("column " << column << ", action " << a);
      CHECK(agent.value(state_index{s}, action_index{a}) == Approx(q[s * 4 + a]).epsilon(1e-9));
    }
  }
  CHECK(agent.value(state_index{cliff::start}, action_index{0}) == Approx(q[cliff::start * 4]).epsilon(1e-9));
  CHECK(greedy_walk([&](state_index s) { return agent.greedy(s); }).value == one_row_away);
}

TEST_CASE("cliff: SARSA keeps its distance, because it learns what its own exploration costs") {
  // With a small learning rate its values come near the exact ones, and so does its way.
  const auto near =
      trained(sarsa{cliff::states, 4, {.learning_rate = 0.02, .discount = 1}, 1, epsilon_greedy{epsilon}}, 50'000);
  const auto w = greedy_walk([&](state_index s) { return near.greedy(s); });
  CHECK(w.value == one_row_away);
  CHECK(std::count(w.rows.begin(), w.rows.end(), 1U) == static_cast<std::ptrdiff_t>(cliff::columns));

  // With a large one, as in the book, each fall shakes the values of all that is near, and it flees to the top row. A
  // rate that then falls keeps it there.
  const schedule falling = harmonic_decay{.from = 0.5, .to = 0.002, .half_after = 200, .unit = per::episode};
  const auto shaken =
      trained(sarsa{cliff::states, 4, {.learning_rate = falling, .discount = 1}, 1, epsilon_greedy{epsilon}}, 50'000);
  const auto top = greedy_walk([&](state_index s) { return shaken.greedy(s); });
  CHECK(top.value == cliff::safe_return);
  CHECK(std::count(top.rows.begin(), top.rows.end(), 0U) == static_cast<std::ptrdiff_t>(cliff::columns));
}
