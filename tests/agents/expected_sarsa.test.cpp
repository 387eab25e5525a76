#include <headroom/agents/expected_sarsa.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/explorations/softmax.hpp>

#include "agents/dense_reference.hpp"
#include "catch.hpp"

using namespace headroom;

static_assert(MaskedAgent<expected_sarsa<>>);
static_assert(CorrectableAgent<expected_sarsa<>>);
static_assert(MaskedAgent<expected_sarsa<softmax>>);
static_assert(MaskedAgent<expected_sarsa<greedy, active_features<4>>>);

namespace {

// State 1 has values 1, 4, 2, 4; the first action of state 0 leads there with reward 3. What is learned of it, with a
// learning rate of 1.
template <class Explore>
double learned(Explore explore, double discount, action_mask legal = {}) {
  expected_sarsa agent{2, 4, {.learning_rate = 1.0, .discount = discount}, 7, explore};
  q_table table(2, 4);
  const double values[] = {1, 4, 2, 4};
  for (std::size_t a = 0; a < 4; ++a) table.row(1)[a] = values[a];
  agent.adopt(table);
  const action_index first = agent.start(state_index{0});
  agent.step(3, state_index{1}, legal);
  return agent.value(state_index{0}, first);
}

}  // namespace

TEST_CASE("expected_sarsa: the mean over the exploration's own probabilities, by hand") {
  // epsilon 0.2: 0.05 (1 + 4 + 2 + 4) + 0.8 * 4
  CHECK(learned(epsilon_greedy{0.2}, 0.5) == Approx(3 + 0.5 * (0.55 + 3.2)).epsilon(1e-15));
  CHECK(learned(epsilon_greedy{0.2, tie_break::largest_index}, 0.5) == Approx(3 + 0.5 * (0.55 + 3.2)).epsilon(1e-15));
  CHECK(learned(greedy{}, 0.5) == 3 + 0.5 * 4);
  CHECK(learned(epsilon_greedy{1.0}, 0.5) == Approx(3 + 0.5 * 11 / 4.0).epsilon(1e-15));
  const double e = std::exp(1.0);
  const double weights[] = {e, std::pow(e, 4), std::pow(e, 2), std::pow(e, 4)};
  const double mean = (weights[0] * 1 + weights[1] * 4 + weights[2] * 2 + weights[3] * 4) /
                      (weights[0] + weights[1] + weights[2] + weights[3]);
  CHECK(learned(softmax{1.0}, 0.5) == Approx(3 + 0.5 * mean).epsilon(1e-14));
  // Only the first and the third are legal: 0.1 (1 + 2) + 0.8 * 2
  const std::uint64_t some = 0b0101;
  CHECK(learned(epsilon_greedy{0.2}, 0.5, action_mask{&some}) == Approx(3 + 0.5 * (0.3 + 1.6)).epsilon(1e-15));
}

TEST_CASE("expected_sarsa: equals the book's boxes, with each kind of trace, masked and not") {
  constexpr double epsilon = 0.3;
  const auto follow = [](const dense_td& reference, std::size_t s, action_index, action_mask legal) {
    double sum = 0;
    double n = 0;
    for (std::size_t a = 0; a < random_mdp::actions; ++a) {
      sum += legal[a] ? reference.value(s, a) : 0;
      n += legal[a] ? 1 : 0;
    }
    return follow_up{(1 - epsilon) * reference.best(s, legal) + epsilon * sum / n, false};
  };
  for (const double trace_decay : {0.0, 0.8}) {
    for (const auto kind : {trace_kind::accumulating, trace_kind::replacing, trace_kind::dutch}) {
      for (const bool masked : {false, true}) {
        expected_sarsa agent{random_mdp::states,
                             random_mdp::actions,
                             {.learning_rate = 0.1,
                              .discount = 0.9,
                              .trace_decay = trace_decay,
                              .traces = kind,
                              .trace_threshold = 1e-300},
                             5,
                             epsilon_greedy{epsilon}};
        dense_td reference(random_mdp::states, random_mdp::actions, 0.1, 0.9, trace_decay, kind);
        INFO("trace decay " << trace_decay << ", kind " << static_cast<int>(kind) << ", masked " << masked);
        CHECK(run_beside(agent, reference, 12, 20'000, masked, follow) <= 1e-12);
      }
    }
  }
}

TEST_CASE("expected_sarsa: the mean follows the exploration rate as it falls") {
  expected_sarsa agent{
      2, 2, {.learning_rate = 1.0, .discount = 1}, 7, epsilon_greedy{linear{.from = 1, .to = 0, .over = 2}}};
  q_table table(2, 2);
  table.row(1)[0] = 8;
  agent.adopt(table);
  // Step 1 has rate 0.5: 0.75 * 8; step 2 has rate 0: 8. The same state each time, so that only the rate differs.
  const action_index first = agent.start(state_index{0});
  agent.step(0, state_index{1});
  CHECK(agent.value(state_index{0}, first) == 6);
  agent.start(state_index{0});
  agent.executed(first);
  agent.step(0, state_index{1});
  CHECK(agent.value(state_index{0}, first) == 8);
}

TEST_CASE("expected_sarsa: learns the same whatever it chooses") {
  // The choice of the next action does not enter the target: two seeds, one lesson.
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    expected_sarsa agent{2, 4, {.learning_rate = 0.5, .discount = 0.5}, seed, epsilon_greedy{0.9}};
    q_table table(2, 4);
    for (std::size_t a = 0; a < 4; ++a) table.row(1)[a] = static_cast<double>(a);
    agent.adopt(table);
    agent.start(state_index{0});
    agent.executed(action_index{2});
    agent.step(1, state_index{1});
    // 0.1 * 3 + 0.9 * 1.5 = 1.65
    CHECK(agent.value(state_index{0}, action_index{2}) == Approx(0.5 * (1 + 0.5 * 1.65)).epsilon(1e-15));
  }
}
