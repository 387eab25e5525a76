#include <headroom/planning/plan.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <headroom/testing/problems.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// The problems of testing/problems.hpp as models, asked of themselves.
template <class Problem>
finite_model model_of_deterministic() {
  return {Problem::states, Problem::actions, [](std::size_t s, std::size_t a, auto&& leads_to) {
            Problem p;
            p.start_at(s);
            const auto r = p.step(static_cast<int>(a));
            leads_to(r.status == episode::terminated ? finite_model::end : r.observation.state, 1.0,
                     r.observation.reward);
          }};
}

finite_model walk(const random_walk& w, double left_reward) {
  return {w.states(), 1, [&](std::size_t s, std::size_t, auto&& leads_to) {
            const bool last = s + 1 == w.states();
            leads_to(last ? finite_model::end : s + 1, 0.5, last ? 1.0 : 0.0);
            leads_to(s == 0 ? finite_model::end : s - 1, 0.5, s == 0 ? left_reward : 0.0);
          }};
}

}  // namespace

TEST_CASE("value iteration finds the optimal values of two states") {
  const finite_model m = model_of_deterministic<two_state>();
  for (const double discount : {0.5, 0.9, 0.99}) {
    const exact_plan plan = plan_discounted(m, discount, 1e-12);
    CHECK(plan(state_index{0}) == action_index{1});
    CHECK(plan(state_index{1}) == action_index{0});
    for (std::size_t s = 0; s < 2; ++s) {
      for (std::size_t a = 0; a < 2; ++a) {
        CHECK(m.backup(s, a, plan.values, discount) ==
              Approx(two_state::action_value(s, static_cast<int>(a), discount)).margin(1e-11));
      }
    }
  }
}

TEST_CASE("the value of a policy that draws is the one that SARSA converges to") {
  const finite_model m = model_of_deterministic<two_state>();
  const double exploration = 0.2;
  const auto careful = [&](state_index s, std::span<double> p) {
    const std::size_t best = to_size(s) == 0 ? 1 : 0;
    p[best] = 1 - exploration / 2;
    p[1 - best] = exploration / 2;
  };
  const std::vector<double> v = discounted_value_of(m, 0.9, careful, 1e-12);
  for (std::size_t s = 0; s < 2; ++s) {
    CHECK(m.backup(s, 0, v, 0.9) == Approx(two_state::action_value(s, 0, 0.9, exploration)).margin(1e-11));
  }
}

TEST_CASE("over a horizon the plan looks as far as it has steps, and no further") {
  // One step left: paying 1 to move is not worth it; two steps left: it is (-1 + 2 against 0).
  const finite_model m = model_of_deterministic<two_state>();
  const exact_plan plan = plan_steps(m, 5);
  CHECK(plan(state_index{0}, 1) == action_index{0});
  CHECK(plan(state_index{0}, 2) == action_index{1});
  CHECK(plan(state_index{1}, 1) == action_index{0});
  CHECK(plan.values == std::vector<double>{-1 + 4 * 2, 5 * 2});
}

TEST_CASE("the cliff's best path is 13 steps long, and never off it") {
  const finite_model m = model_of_deterministic<cliff>();
  const exact_plan plan = plan_steps(m, 100);
  CHECK(plan.values[cliff::start] == cliff::best_return);
  for (std::size_t s = 0; s < cliff::states; ++s) {
    if (cliff::in_the_cliff(s) || s == cliff::goal) continue;
    double best = -1e9;
    for (int a = 0; a < 4; ++a) best = std::max(best, cliff::action_value(s, a));
    CHECK(plan.values[s] == best);
  }
  // Always up from the start: 100 steps at 1 each.
  const auto up = value_of(m, 100, [](state_index, std::size_t) { return action_index{0}; });
  CHECK(up[cliff::start] == -100);
}

TEST_CASE("a random walk is worth what the book says") {
  const random_walk five = random_walk::five(1);
  const finite_model m = walk(five, 0);
  const auto v = value_of(m, 2'000, [](state_index, std::size_t) { return action_index{0}; });
  for (std::size_t s = 0; s < 5; ++s) CHECK(v[s] == Approx(five.action_value(s)).epsilon(1e-12));
  const random_walk nineteen = random_walk::nineteen(1);
  const auto w = value_of(walk(nineteen, -1), 20'000, uniform_policy{});
  for (std::size_t s = 0; s < 19; ++s) CHECK(w[s] == Approx(nineteen.action_value(s)).margin(1e-12));
}

TEST_CASE("what a plan says it is worth is what its policy is worth, with steps left and without") {
  const finite_model m = model_of_deterministic<cliff>();
  const exact_plan plan = plan_steps(m, 20);
  CHECK(value_of(m, 20, plan) == plan.values);
  const exact_plan for_ever = plan_discounted(model_of_deterministic<two_state>(), 0.9, 1e-12);
  const auto v = discounted_value_of(model_of_deterministic<two_state>(), 0.9, for_ever, 1e-12);
  for (std::size_t s = 0; s < 2; ++s) CHECK(v[s] == Approx(for_ever.values[s]).margin(1e-11));
}

TEST_CASE("an action that cannot be taken is neither planned nor judged") {
  // State 0 has only action 1, state 1 both.
  const finite_model m(2, 2, [](std::size_t s, std::size_t a, auto&& leads_to) {
    if (s == 0 && a == 0) return;
    leads_to(1 - s, 1.0, a == 0 ? 5.0 : -1.0);
  });
  CHECK(m.outcomes(0, 0).empty());
  const exact_plan plan = plan_steps(m, 3);
  CHECK(plan(state_index{0}, 3) == action_index{1});
  CHECK(plan.values == std::vector<double>{-1 + 5 - 1, 5 - 1 + 5});
  CHECK_THROWS_WITH(value_of(m, 3, uniform_policy{}),
                    "value_of: action in state 0 is 0, must be one that can be taken there");
  CHECK_THROWS_WITH(discounted_value_of(m, 0.5, [](state_index) { return action_index{0}; }),
                    "discounted_value_of: action in state 0 is 0, must be one that can be taken there");
}

TEST_CASE("the mean over where episodes begin") {
  CHECK(mean_value(std::vector<double>{1, 5}, std::vector<double>{0.25, 0.75}) == 4);
  CHECK_THROWS_WITH(mean_value(std::vector<double>{1, 5}, std::vector<double>{1}),
                    "mean_value: number of start probabilities is 1, must be 2");
}

TEST_CASE("a model that is none is refused") {
  const auto made = [](std::size_t next, double probability, double reward) {
    return finite_model(2, 1, [&](std::size_t s, std::size_t, auto&& leads_to) {
      if (s == 1) return leads_to(0, 1.0, 0.0);
      leads_to(next, probability, reward);
    });
  };
  CHECK_THROWS_WITH(made(2, 1, 0), "finite_model: next state is 2, must be below 2");
  CHECK_THROWS_WITH(made(1, 1.5, 0), "finite_model: probability is 1.5, must be in [0, 1]");
  CHECK_THROWS_WITH(made(1, 0.5, 0), "finite_model: sum of probabilities is 0.5, must be 1");
  CHECK_THROWS_WITH(made(1, 1, std::nan("")), "finite_model: reward is nan, must be finite");
  CHECK_THROWS_WITH(finite_model(2, 1, [](std::size_t, std::size_t, auto&&) {}),
                    "finite_model: number of actions in state 0 is 0, must be at least 1");
  CHECK_THROWS_WITH(plan_discounted(made(1, 1, 0), 1), "plan_discounted: discount is 1, must be in [0, 1)");
  CHECK_THROWS_WITH(plan_steps(made(1, 1, 0), 0), "plan_steps: steps is 0, must be at least 1");
}

TEST_CASE("the value of a policy lies within the tolerance of the exact one, for loose tolerances too") {
  // One state that pays 1 for ever: exactly 1 / (1 - discount).
  const finite_model m(1, 1, [](std::size_t, std::size_t, auto&& leads_to) { leads_to(0, 1.0, 1.0); });
  for (const double discount : {0.5, 0.9, 0.99}) {
    for (const double tolerance : {1e-1, 1e-3, 1e-6}) {
      CAPTURE(discount, tolerance);
      const auto only = [](state_index) { return action_index{0}; };
      CHECK(std::abs(discounted_value_of(m, discount, only, tolerance)[0] - 1 / (1 - discount)) <= tolerance);
      CHECK(std::abs(plan_discounted(m, discount, tolerance).values[0] - 1 / (1 - discount)) <= tolerance);
    }
  }
}
