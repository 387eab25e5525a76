#include <headroom/offline/pessimistic.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/testing/problems.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

using steps_type = std::vector<logged<state_index>>;

logged<state_index> step(std::size_t s, std::size_t a, double r, std::size_t next, episode status = episode::ongoing) {
  return {state_index{s}, action_index{a}, r, state_index{next}, status, 1};
}

// One state: the author does action 0 `often` times and action 1 `seldom` times. Each step ends the task.
steps_type bandit(std::size_t often, double usual, std::size_t seldom, double other, double spread = 0) {
  steps_type log;
  for (std::size_t k = 0; k < often; ++k)
    log.push_back(step(0, 0, usual + (k % 2 == 0 ? spread : -spread), 0, episode::terminated));
  for (std::size_t k = 0; k < seldom; ++k)
    log.push_back(step(0, 1, other + (k % 2 == 0 ? spread : -spread), 0, episode::terminated));
  return log;
}

}  // namespace

TEST_CASE("an action takes the place of the author's mixture where it was tried often enough and is better") {
  const pessimistic_options options{.discount = 0.9, .least_visits = 100};
  const pessimistic_plan plan = plan_pessimistically(bandit(300, 1, 100, 2), 1, 2, options);
  CHECK(plan.improved[0] == 1);
  CHECK(to_size(plan(state_index{0})) == 1);
  CHECK(plan.shares == std::vector<double>{0, 1});
  CHECK(plan.values[0] == Approx(1));
  CHECK(plan.values[1] == Approx(2));
  CHECK(plan.advise(state_index{0}, action_index{0}) == action_index{1});
}

TEST_CASE("where a later round finds the author right after all, the author's mixture is put back") {
  // In the state 1 the author goes on to 0, which is worth little as the author acts there, and 10 as the plan does.
  steps_type log;
  for (std::size_t k = 0; k < 1000; ++k) log.push_back(step(0, 0, 0, 0, episode::terminated));
  for (std::size_t k = 0; k < 50; ++k) log.push_back(step(0, 1, 10, 0, episode::terminated));
  for (std::size_t k = 0; k < 900; ++k) log.push_back(step(1, 0, k % 2 == 0 ? 20 : -20, 0));
  for (std::size_t k = 0; k < 100; ++k) log.push_back(step(1, 1, 5, 0, episode::terminated));
  pessimistic_options options{.discount = 0.9, .least_visits = 30, .caution = 3};
  options.most_rounds = 1;
  CHECK(plan_pessimistically(log, 2, 2, options).improved == std::vector<std::uint8_t>{1, 1});
  options.most_rounds = 20;
  const pessimistic_plan plan = plan_pessimistically(log, 2, 2, options);
  CHECK(plan.improved == std::vector<std::uint8_t>{1, 0});
  CHECK(plan.shares[0] == 0);
  CHECK(plan.shares[1] == 1);
  CHECK(plan.shares[2] == Approx(0.9));
  CHECK(plan.shares[3] == Approx(0.1));
}

TEST_CASE("one visit too few, and the author's mixture stays") {
  const pessimistic_plan plan =
      plan_pessimistically(bandit(297, 1, 99, 2), 1, 2, {.discount = 0.9, .least_visits = 100});
  CHECK(plan.improved[0] == 0);
  CHECK(plan.shares[0] == Approx(0.75));
  CHECK(plan.shares[1] == Approx(0.25));
  CHECK_FALSE(plan.advise(state_index{0}, action_index{0}).has_value());
  CHECK(to_size(plan(state_index{0})) == 0);  // what the author does most
}

TEST_CASE("what is better by less than its error is not done, and more caution asks for more") {
  // Standard errors by hand: variances are 1 (drawn towards a mean of 1, so still 1), of the mean of 400 visits 0.05,
  // of the mixture sqrt(0.5^2 / 400 + 0.5^2 / 400) = 0.035; together 0.0612. The mixture lies halfway: the lead.
  const auto improved = [](double lead, double caution) {
    const pessimistic_options options{.discount = 0.9, .least_visits = 100, .caution = caution};
    return plan_pessimistically(bandit(400, 0, 400, 2 * lead, 1), 1, 2, options).improved[0] == 1;
  };
  CHECK_FALSE(improved(0.118, 2));
  CHECK(improved(0.127, 2));
  CHECK_FALSE(improved(0.127, 3));
  CHECK(improved(0.19, 3));
}

TEST_CASE("few visits that agree by chance are not believed: their variance is drawn towards that of the log") {
  // Ten equal outcomes of action 1 have no spread; those of action 0 have much. With the log's mean variance drawn in,
  // the error of action 1 is sqrt(2 v / 12 / 10) with v = 200 * 100 / 210.
  steps_type log = bandit(200, 0, 0, 0, 10);
  for (int k = 0; k < 10; ++k) log.push_back(step(0, 1, 2.4, 0, episode::terminated));
  const pessimistic_options options{.discount = 0.9, .least_visits = 10, .caution = 2};
  CHECK(plan_pessimistically(log, 1, 2, options).improved[0] == 0);
  for (std::size_t k = 200; k < log.size(); ++k) log[k].reward = 4.5;
  CHECK(plan_pessimistically(log, 1, 2, options).improved[0] == 1);
}

TEST_CASE("on a log of coins it finds what is best in each state, over a cut as over any other step") {
  steps_type log;
  engine random(3);
  two_state world;
  std::size_t s = world.reset().state;
  for (int k = 0; k < 2'000; ++k) {
    const std::size_t a = random.below(2);
    const auto o = world.step(static_cast<int>(a)).observation;
    const bool cut = k % 10 == 9;
    log.push_back(step(s, a, o.reward, o.state, cut ? episode::truncated : episode::ongoing));
    s = cut ? world.reset().state : o.state;
  }
  constexpr double discount = 0.9;
  const pessimistic_plan plan = plan_pessimistically(log, 2, 2, {.discount = discount, .unknown = -100});
  for (std::size_t state = 0; state < 2; ++state) {
    const auto value = [&](int a) { return two_state::action_value(state, a, discount); };
    CHECK(plan.improved[state] == 1);
    CHECK(to_size(plan(state_index{state})) == (value(0) > value(1) ? 0 : 1));
    for (std::size_t a = 0; a < 2; ++a) CHECK(plan.values[2 * state + a] == Approx(value(static_cast<int>(a))));
  }
}

TEST_CASE("with one action there is nothing to improve, and what a cut leads to is unknown") {
  const steps_type log{step(0, 0, -1, 1), step(1, 0, -0.5, 2, episode::truncated)};
  const pessimistic_plan plan = plan_pessimistically(log, 3, 1, {.discount = 0.5, .least_visits = 1, .unknown = -8});
  CHECK(plan.improved == std::vector<std::uint8_t>{0, 0, 0});
  CHECK(plan.values[1] == Approx(-0.5 + 0.5 * -8));
  CHECK(plan.values[0] == Approx(-1 + 0.5 * (-0.5 + 0.5 * -8)));
  CHECK(plan.shares == std::vector<double>{1, 1, 1});
}

TEST_CASE("a plan can be stored and restored") {
  const pessimistic_plan plan = plan_pessimistically(bandit(300, 1, 100, 2), 2, 2, {.discount = 0.9});
  checkpoint c;
  store(plan, c, "plan");
  pessimistic_plan again(2, 2);
  restore(again, c, "plan");
  CHECK(again.shares == plan.shares);
  CHECK(again.improved == plan.improved);
  pessimistic_plan smaller(1, 2);
  CHECK_THROWS_AS(restore(smaller, c, "plan"), checkpoint_error);
}

TEST_CASE("a plan refuses options and logs that make no sense") {
  const steps_type log = bandit(2, 1, 1, 2);
  CHECK_THROWS_WITH(plan_pessimistically(log, 1, 2, {.discount = 1}), "pessimistic: discount is 1, must be in [0, 1)");
  CHECK_THROWS_WITH(plan_pessimistically(log, 1, 2, {.least_visits = 0}),
                    "pessimistic: least_visits is 0, must be at least 1");
  CHECK_THROWS_AS(plan_pessimistically(log, 1, 2, {.caution = -1}), std::invalid_argument);
  CHECK_THROWS_AS(plan_pessimistically(log, 1, 1), std::invalid_argument);
  CHECK_THROWS_WITH(plan_pessimistically({}, 1, 2), "pessimistic: number of steps is 0, must be at least 1");
}
