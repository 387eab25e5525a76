#include <headroom/agents/sarsa.hpp>

#include <cstddef>
#include <cstdint>

#include <headroom/core/concepts.hpp>
#include <headroom/explorations/softmax.hpp>

#include "agents/dense_reference.hpp"
#include "catch.hpp"

using namespace headroom;

static_assert(MaskedAgent<sarsa<>>);
static_assert(CorrectableAgent<sarsa<>>);
static_assert(MaskedAgent<sarsa<softmax>>);
static_assert(MaskedAgent<sarsa<epsilon_greedy, active_features<8>>>);

namespace {

follow_up next_action_of(const dense_td& reference, std::size_t s, action_index a, action_mask) {
  return {reference.value(s, to_size(a)), false};
}

}  // namespace

TEST_CASE("sarsa: equals the book's boxes, one-step and with each kind of trace, masked and not") {
  for (const double trace_decay : {0.0, 0.8, 1.0}) {
    for (const auto kind : {trace_kind::accumulating, trace_kind::replacing, trace_kind::dutch}) {
      for (const bool masked : {false, true}) {
        sarsa agent{random_mdp::states,
                    random_mdp::actions,
                    {.learning_rate = 0.1,
                     .discount = 0.9,
                     .trace_decay = trace_decay,
                     .traces = kind,
                     .trace_threshold = 1e-300},
                    5,
                    epsilon_greedy{0.3}};
        dense_td reference(random_mdp::states, random_mdp::actions, 0.1, 0.9, trace_decay, kind);
        INFO("trace decay " << trace_decay << ", kind " << static_cast<int>(kind) << ", masked " << masked);
        // Both contract by the discount, so rounding does not add up.
        CHECK(run_beside(agent, reference, 11, 20'000, masked, next_action_of) <= 1e-12);
        CHECK(agent.done().steps == 20'000);
      }
    }
  }
}

TEST_CASE("sarsa: bootstraps on the action that it returns") {
  // The values of the next state are 10, 20, 30, 40: whatever it chooses, what it learns tells the choice.
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    sarsa agent{2, 4, {.learning_rate = 1.0, .discount = 0.5}, seed, epsilon_greedy{1.0}};
    q_table table(2, 4);
    for (std::size_t a = 0; a < 4; ++a) table.row(1)[a] = 10 * static_cast<double>(a + 1);
    agent.adopt(table);
    const action_index first = agent.start(state_index{0});
    const action_index second = agent.step(3, state_index{1});
    CHECK(agent.value(state_index{0}, first) == 3 + 0.5 * 10 * static_cast<double>(to_size(second) + 1));
  }
}

TEST_CASE("sarsa: an exploratory action does not cut its traces") {
  sarsa agent{
      3, 2, {.learning_rate = 0.5, .discount = 1, .trace_decay = 1}, 1, epsilon_greedy{0.0, tie_break::smallest_index}};
  agent.start(state_index{0});
  agent.step(0, state_index{1});
  agent.executed(action_index{1});
  agent.terminate(8);
  CHECK(agent.value(state_index{1}, action_index{1}) == 4);
  CHECK(agent.value(state_index{0}, action_index{0}) == 4);
}
