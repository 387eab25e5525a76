#include <headroom/offline/offline.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <headroom/agents/dqn.hpp>
#include <headroom/agents/expected_sarsa.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/environments/time_limit.hpp>
#include <headroom/run/run.hpp>
#include <headroom/testing/problems.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

const actions both{0, 1};

// What a learner would have done is none of the log's business: actions come from a list.
struct listed {
  std::vector<int> list;
  std::size_t at = 0;
  int start(const problem_observation&) { return list[at++ % list.size()]; }
  int step(const problem_observation&) { return list[at++ % list.size()]; }
  void stop(const problem_observation&, episode) {}
};

struct half_blind {
  using state_type = state_index;
  state_index operator()(const problem_observation& o) const { return o.state == 1 ? no_state : state_index{0}; }
};

// Every action in every state of two_state, followed by both: 0 0 1 1 0 1 1 and again.
std::vector<logged<state_index>> two_state_log(std::uint64_t steps) {
  two_state world;
  listed policy{{0, 0, 1, 0, 0, 1, 1, 1}};
  transition_log log{problem_state{2}, problem_reward{}, both};
  run(world, policy, steps, log);
  return log.steps();
}

}  // namespace

TEST_CASE("a log holds what a learner would have seen") {
  time_limit world{two_state{}, 3};
  listed policy{{1, 0, 1, 0}};
  const auto known = [](state_index, std::span<double> p) {
    p[0] = 0.25;
    p[1] = 0.75;
  };
  transition_log log{problem_state{2}, problem_reward{}, both, known};
  run(world, policy, 4, log);
  const auto& steps = log.steps();
  REQUIRE(steps.size() == 4);
  CHECK(steps[0].state == state_index{0});
  CHECK(steps[0].action == action_index{1});
  CHECK(steps[0].reward == -1);
  CHECK(steps[0].next == state_index{1});
  CHECK(steps[0].status == episode::ongoing);
  CHECK(steps[0].probability == 0.75);
  CHECK(steps[1].reward == 2);
  CHECK(steps[1].probability == 0.25);
  CHECK(steps[2].status == episode::truncated);
  CHECK(steps[3].state == state_index{0});
  CHECK(steps[3].status == episode::truncated);  // the run was cut
}

TEST_CASE("an action that is not on the menu is left out, and the record is cut there") {
  two_state world;
  listed policy{{1, 0, 1}};
  transition_log log{problem_state{2}, problem_reward{}, actions{1, 2}};
  run(world, policy, 6, log);
  CHECK(log.left_out() == 2);
  REQUIRE(log.steps().size() == 4);
  CHECK(log.steps()[0].status == episode::truncated);
  CHECK(log.steps()[1].state == state_index{1});
  CHECK(log.steps()[1].status == episode::ongoing);
  CHECK(log.steps()[2].status == episode::truncated);
}

TEST_CASE("what an encoder refuses, and a reward that is none, are left out") {
  two_state world;
  listed policy{{1, 0, 1, 0}};
  // State 1 is refused: of 0 -> 1 -> 1 -> 0 -> 0 only the last step is left.
  transition_log seen{half_blind{}, problem_reward{}, both};
  run(world, policy, 4, seen);
  CHECK(seen.left_out() == 3);
  REQUIRE(seen.steps().size() == 1);
  CHECK(seen.steps()[0].state == state_index{0});
  CHECK(seen.steps()[0].action == action_index{0});
  const auto root = [](const problem_observation&, int, const problem_observation& next) {
    return std::sqrt(next.reward);
  };
  listed again{{1, 0, 1, 0}};
  transition_log paid{problem_state{2}, root, both};
  run(world, again, 4, paid);
  CHECK(paid.left_out() == 1);  // the reward of the first step is -1
  CHECK(paid.steps().size() == 3);
}

TEST_CASE("Q-learning finds the optimal values in a log alone") {
  const auto log = two_state_log(80);
  const double discount = 0.9;
  q_learning agent{2, 2, {.learning_rate = 1, .discount = discount}, 1};  // the world is deterministic
  learn_from(agent, log, 50);
  for (std::size_t s = 0; s < 2; ++s) {
    for (std::size_t a = 0; a < 2; ++a) {
      CHECK(agent.value(state_index{s}, action_index{a}) ==
            Approx(two_state::action_value(s, static_cast<int>(a), discount)).epsilon(1e-9));
    }
  }
  CHECK(agent.done().steps == 0);  // nothing was lived through
}

TEST_CASE("so does planning on the world that the log shows, without a learning rate") {
  const finite_model m = empirical_model(two_state_log(8), 2, 2);
  const exact_plan plan = plan_discounted(m, 0.9, 1e-12);
  for (std::size_t s = 0; s < 2; ++s) {
    for (std::size_t a = 0; a < 2; ++a) {
      CHECK(m.backup(s, a, plan.values, 0.9) ==
            Approx(two_state::action_value(s, static_cast<int>(a), 0.9)).margin(1e-11));
    }
  }
}

TEST_CASE("SARSA learns the value of whoever wrote the log, Q-learning of the best that it shows") {
  // State 0 leads to state 1, where action 0 ends with 1 and action 1 with 3; the author took each as often. What a
  // constant learning rate leaves is a tremor of at most itself times the spread of the targets, 1.8.
  const auto into = [] { return logged<state_index>{state_index{0}, action_index{0}, 0, state_index{1}}; };
  const auto out = [](std::size_t a, double r) {
    return logged<state_index>{state_index{1}, action_index{a}, r, {}, episode::terminated};
  };
  const std::vector<logged<state_index>> log{into(), out(0, 1), into(), out(1, 3)};
  const td_options options{.learning_rate = 0.002, .discount = 0.9};
  sarsa follows{2, 2, options, 1};
  learn_from(follows, log, 5'000);
  CHECK(follows.value(state_index{1}, action_index{0}) == Approx(1).epsilon(1e-4));
  CHECK(follows.value(state_index{1}, action_index{1}) == Approx(3).epsilon(1e-4));
  CHECK(follows.value(state_index{0}, action_index{0}) == Approx(0.9 * 2).margin(0.002 * 1.8));
  q_learning improves{2, 2, options, 1};
  learn_from(improves, log, 5'000);
  CHECK(improves.value(state_index{0}, action_index{0}) == Approx(0.9 * 3).epsilon(1e-4));
}

TEST_CASE("an end is learned as an end, and a cut is not") {
  const std::vector<logged<state_index>> ends{{state_index{0}, {}, 1, state_index{0}, episode::terminated}};
  const std::vector<logged<state_index>> cuts{{state_index{0}, {}, 1, state_index{0}, episode::truncated}};
  for (const double trace_decay : {0.0, 0.8}) {
    const td_options options{.learning_rate = 0.5, .discount = 0.9, .trace_decay = trace_decay};
    q_learning stops{1, 1, options, 1};
    learn_from(stops, ends, 200);
    CHECK(stops.value(state_index{0}, action_index{0}) == Approx(1).epsilon(1e-12));
    q_learning goes_on{1, 1, options, 1};
    learn_from(goes_on, cuts, 2'000);
    CHECK(goes_on.value(state_index{0}, action_index{0}) == Approx(10).epsilon(1e-12));
    expected_sarsa expects{1, 1, options, 1};
    learn_from(expects, cuts, 2'000);
    CHECK(expects.value(state_index{0}, action_index{0}) == Approx(10).epsilon(1e-12));
    sarsa follows{1, 1, options, 1};
    learn_from(follows, cuts, 2'000);
    CHECK(follows.value(state_index{0}, action_index{0}) == Approx(10).epsilon(1e-12));
  }
  const finite_model m = empirical_model(ends, 1, 1);
  CHECK(plan_discounted(m, 0.9, 1e-12).values[0] == 1);
}

TEST_CASE("what a log never shows is no action, and a state it never leaves is worth what is said") {
  const std::vector<logged<state_index>> log{{state_index{0}, action_index{1}, 2, state_index{1}},
                                             {state_index{0}, action_index{1}, 4, state_index{2}}};
  const finite_model m = empirical_model(log, 3, 2, 10);
  CHECK(m.outcomes(0, 0).empty());
  CHECK(m.reward(0, 1) == 3);
  CHECK(plan_discounted(m, 0.5, 1e-12).values == std::vector<double>{3 + 0.5 * 10, 10, 10});
  CHECK_THROWS_WITH(empirical_model(log, 3, 1), "empirical_model: action of step 0 is 1, must be below 1");
  CHECK_THROWS_WITH(empirical_model(log, 2, 2), "finite_model: next state is 2, must be below 2");
}

TEST_CASE("a DQN learns a log alone, to the values that a table finds") {
  two_state world;
  listed policy{{0, 0, 1, 0, 0, 1, 1, 1}};
  const standardize see{between{&problem_observation::state, 0, 1}};
  transition_log log{see, problem_reward{}, both};
  run(world, policy, 400, log);
  REQUIRE(log.steps()[2].state == std::vector<float>{0});
  dqn agent{1, 2, {.hidden = {16}, .learning_rate = 5e-3, .discount = 0.5, .batch = 32, .capacity = 512}, 3};
  CHECK(learn_from(agent, log.steps(), 4'000) == 4'000);
  for (std::size_t s = 0; s < 2; ++s) {
    const float x = static_cast<float>(s);
    for (std::size_t a = 0; a < 2; ++a) {
      CHECK(agent.value(vector_state(&x, 1), action_index{a}) ==
            Approx(two_state::action_value(s, static_cast<int>(a), 0.5)).margin(0.02));
    }
  }
}

TEST_CASE("a log that does not fit the agent is refused before anything is learned") {
  auto log = two_state_log(4);
  q_learning agent{2, 2, {}, 1};
  log[2].action = action_index{2};
  CHECK_THROWS_WITH(learn_from(agent, log), "learn_from: action of step 2 is 2, must be below 2");
  log[1].next = state_index{7};
  CHECK_THROWS_WITH(learn_from(agent, log),
                    "learn_from: state of step 1 is 0, must lie in the table, as must the next");
  log[0].reward = std::nan("");
  CHECK_THROWS_WITH(learn_from(agent, log), "learn_from: reward of step 0 is nan, must be finite, from -1e9 to 1e9");
  CHECK_THROWS_WITH(learn_from(agent, std::vector<logged<state_index>>{}),
                    "learn_from: number of steps is 0, must be at least 1");
  CHECK(agent.value(state_index{0}, action_index{0}) == 0);
  dqn network{2, 2, {.hidden = {4}, .batch = 2, .capacity = 8}, 1};
  const std::vector<logged<std::vector<float>>> narrow{{{1.0F}, {}, 0, {1.0F}}};
  CHECK_THROWS_WITH(learn_from(network, narrow, 1), "learn_from: dimension of step 0 is 1, must be 2");
  const std::vector<logged<std::vector<float>>> long_one(9, {{1.0F, 2.0F}, {}, 0, {1.0F, 2.0F}});
  CHECK_THROWS_WITH(learn_from(network, long_one, 1),
                    "learn_from: number of steps is 9, must be at most the replay's capacity, 8");
}

TEST_CASE("eligibility traces do not run across a cut") {
  // State 0 is cut; then state 1 pays 8. With traces that ran on, state 0 would get its share of the 8.
  for (const double trace_decay : {0.2, 0.9}) {
    const std::vector<logged<state_index>> log{
        {state_index{0}, action_index{0}, 0, state_index{2}, episode::truncated},
        {state_index{1}, action_index{0}, 8, state_index{1}, episode::terminated}};
    sarsa agent{3, 1, {.learning_rate = 0.5, .discount = 0.9, .trace_decay = trace_decay}, 1};
    learn_from(agent, log);
    CHECK(agent.value(state_index{0}, action_index{0}) == 0);
    CHECK(agent.value(state_index{1}, action_index{0}) == 4);
  }
}

TEST_CASE("an end that the encoder refuses is kept: nothing is learned beyond an end") {
  // The world ends in state 1, which half_blind refuses.
  struct ends_in_one {
    using observation_type = problem_observation;
    using action_type = int;
    problem_observation reset() { return {}; }
    step_result<problem_observation> step(int) { return {{1, 5.0}, episode::terminated}; }
  };
  ends_in_one world;
  listed policy{{0}};
  transition_log log{half_blind{}, problem_reward{}, both};
  run(world, policy, 2, log);
  CHECK(log.left_out() == 0);
  REQUIRE(log.steps().size() == 2);
  CHECK(log.steps()[0].status == episode::terminated);
  CHECK(log.steps()[0].reward == 5);
}
