#include <headroom/agents/q_learning.hpp>

#include <cstddef>
#include <cstdint>

#include <headroom/core/concepts.hpp>
#include <headroom/explorations/softmax.hpp>

#include "agents/dense_reference.hpp"
#include "catch.hpp"

using namespace headroom;

static_assert(MaskedAgent<q_learning<>>);
static_assert(CorrectableAgent<q_learning<>>);
static_assert(MaskedAgent<q_learning<softmax>>);
static_assert(MaskedAgent<q_learning<epsilon_greedy, active_features<4>>>);

namespace {

// The best is what the target used, before the update.
follow_up best_of_next(const dense_td& reference, std::size_t s, action_index a, action_mask legal) {
  const double best = reference.best(s, legal);
  return {best, reference.value(s, to_size(a)) < best};
}

// Greedy from a table in which action 1 of state 1 is the best.
q_learning<> made(double trace_decay = 1) {
  q_learning agent{3,
                   2,
                   {.learning_rate = 0.5, .discount = 1, .trace_decay = trace_decay},
                   1,
                   epsilon_greedy{0.0, tie_break::smallest_index}};
  q_table table(3, 2);
  table.row(1)[1] = 2;
  agent.adopt(table);
  return agent;
}

}  // namespace

TEST_CASE("q_learning: equals the book's boxes, one-step and with each kind of trace, masked and not") {
  for (const double trace_decay : {0.0, 0.8, 1.0}) {
    for (const auto kind : {trace_kind::accumulating, trace_kind::replacing, trace_kind::dutch}) {
      for (const bool masked : {false, true}) {
        q_learning agent{random_mdp::states,
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
        CHECK(run_beside(agent, reference, 13, 20'000, masked, best_of_next) <= 1e-12);
      }
    }
  }
}

TEST_CASE("q_learning: the trace goes on while it is greedy") {
  auto agent = made();
  agent.start(state_index{0});                              // action 0
  CHECK(agent.step(0, state_index{1}) == action_index{1});  // learns 0 + 2
  CHECK(agent.active_traces() == 1);
  CHECK(agent.value(state_index{0}, action_index{0}) == 1);
  agent.terminate(10);  // 10 - 2 = 8, half of it for both
  CHECK(agent.value(state_index{1}, action_index{1}) == 6);
  CHECK(agent.value(state_index{0}, action_index{0}) == 5);
}

TEST_CASE("q_learning: the trace ends where an exploratory action was executed") {
  // By the agent itself: it explores always, so that seed after seed one of both happens.
  int cuts = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    q_learning agent{3, 2, {.learning_rate = 0.5, .discount = 1, .trace_decay = 1}, seed, epsilon_greedy{1.0}};
    q_table table(3, 2);
    table.row(1)[1] = 2;
    agent.adopt(table);
    const action_index first = agent.start(state_index{0});
    const bool best = agent.step(0, state_index{1}) == action_index{1};
    CHECK(agent.active_traces() == (best ? 1U : 0U));
    agent.terminate(10);
    CHECK(agent.value(state_index{0}, first) == (best ? 5 : 1));
    CHECK(agent.value(state_index{1}, action_index{best ? 1U : 0U}) == (best ? 6 : 5));
    cuts += best ? 0 : 1;
  }
  // 40 fair coins: within five deviations of 20.
  CHECK((cuts > 4 && cuts < 36));
}

TEST_CASE("q_learning: the trace ends where a guard overrides with an action that is not the best") {
  auto agent = made();
  agent.start(state_index{0});
  agent.step(0, state_index{1});
  agent.executed(action_index{0});
  CHECK(agent.active_traces() == 0);
  agent.terminate(10);
  CHECK(agent.value(state_index{1}, action_index{0}) == 5);
  CHECK(agent.value(state_index{1}, action_index{1}) == 2);
  CHECK(agent.value(state_index{0}, action_index{0}) == 1);  // of the first step alone
}

TEST_CASE("q_learning: an equal of the best is no exploration") {
  auto agent = made();
  q_table table(3, 2);
  table.row(1)[0] = 2;
  table.row(1)[1] = 2;
  agent.adopt(table);
  agent.start(state_index{0});
  CHECK(agent.step(0, state_index{1}) == action_index{0});
  agent.executed(action_index{1});
  CHECK(agent.active_traces() == 1);
}

TEST_CASE("q_learning: the best legal action is greedy, however good an illegal one looks") {
  auto agent = made();
  const std::uint64_t only_first = 0b01;
  agent.start(state_index{0});
  CHECK(agent.step(0, state_index{1}, action_mask{&only_first}) == action_index{0});
  CHECK(agent.active_traces() == 1);
  CHECK(agent.value(state_index{0}, action_index{0}) == 0);  // bootstrapped on 0, not on 2
}
