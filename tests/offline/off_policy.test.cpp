#include <headroom/offline/off_policy.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/testing/problems.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// Moves in state 0, stays in state 1, does the other with this probability.
struct careful {
  double other = 0.1;
  void operator()(state_index s, std::span<double> p) const {
    const std::size_t best = to_size(s) == 0 ? 1 : 0;
    p[best] = 1 - other;
    p[1 - best] = other;
  }
};

finite_model two_states() {
  return {2, 2, [](std::size_t s, std::size_t a, auto&& leads_to) {
            two_state world;
            world.start_at(s);
            const auto o = world.step(static_cast<int>(a)).observation;
            leads_to(o.state, 1.0, o.reward);
          }};
}
double truth(const careful& policy, std::size_t steps) {
  return value_of(two_states(), steps, [&](state_index s, std::size_t, std::span<double> p) { policy(s, p); })[0];
}

// Every episode of `steps` steps that fair coins can make, each once: what an author who draws evenly writes on
// average, exactly.
std::vector<logged<state_index>> every_episode(std::size_t steps) {
  std::vector<logged<state_index>> log;
  for (std::size_t coins = 0; coins < std::size_t{1} << steps; ++coins) {
    two_state world;
    std::size_t s = world.reset().state;
    for (std::size_t k = 0; k < steps; ++k) {
      const std::size_t a = (coins >> k) & 1U;
      const auto o = world.step(static_cast<int>(a)).observation;
      log.push_back({state_index{s}, action_index{a}, o.reward, state_index{o.state},
                     k + 1 == steps ? episode::truncated : episode::ongoing, 0.5});
      s = o.state;
    }
  }
  return log;
}

}  // namespace

TEST_CASE("over all that could have happened, every importance estimate is the true value") {
  const auto log = every_episode(6);
  for (const double other : {0.0, 0.1, 0.5}) {
    const careful policy{other};
    const importance_estimates e = importance_sampling(log, 2, policy);
    const double exact = truth(policy, 6);
    CHECK(e.episodes == 64);
    CHECK(e.plain == Approx(exact).epsilon(1e-12));
    CHECK(e.weighted == Approx(exact).epsilon(1e-12));  // the weights sum to 64 here
    CHECK(e.per_decision == Approx(exact).epsilon(1e-12));
    CHECK(e.per_decision_weighted == Approx(exact).epsilon(1e-12));
  }
  // Judged on its own log each episode weighs 1; the careful one fits a single episode of the 64.
  CHECK(importance_sampling(log, 2, careful{0.5}).effective_episodes == Approx(64).epsilon(1e-12));
  CHECK(importance_sampling(log, 2, careful{0}).effective_episodes == Approx(1).epsilon(1e-12));
  CHECK(truth(careful{0}, 6) == -1 + 5 * 2);
}

TEST_CASE("a discount weighs later rewards less") {
  const auto log = every_episode(3);
  const importance_estimates e = importance_sampling(log, 2, careful{0}, 0.5);
  CHECK(e.plain == Approx(-1 + 0.5 * 2 + 0.25 * 2).epsilon(1e-12));
  CHECK(e.per_decision_weighted == Approx(-1 + 0.5 * 2 + 0.25 * 2).epsilon(1e-12));
}

TEST_CASE("episodes of different length keep their weights to the end") {
  // One state; action 0 ends at once with 1, action 1 pays 0 and then action 0 ends with 3. Coins are fair.
  const auto step = [](std::size_t s, std::size_t a, double r, episode status) {
    return logged<state_index>{state_index{s}, action_index{a}, r, state_index{1}, status, 0.5};
  };
  const auto end = episode::terminated;
  const auto on = episode::ongoing;
  const std::vector<logged<state_index>> log{step(0, 0, 1, end), step(0, 0, 1, end),  // twice as often as
                                             step(0, 1, 0, on),  step(1, 0, 3, end),  // this one
                                             step(0, 1, 0, on),  step(1, 1, 0, end)};
  const auto target = [](state_index, std::span<double> p) {
    p[0] = 0.8;
    p[1] = 0.2;
  };
  const double exact = 0.8 * 1 + 0.2 * 0.8 * 3;
  const importance_estimates e = importance_sampling(log, 2, target);
  CHECK(e.episodes == 4);
  CHECK(e.plain == Approx(exact).epsilon(1e-12));
  CHECK(e.weighted == Approx(exact).epsilon(1e-12));
  CHECK(e.per_decision == Approx(exact).epsilon(1e-12));
  CHECK(e.per_decision_weighted == Approx(exact).epsilon(1e-12));
}

TEST_CASE("on a drawn log the estimates come within their errors, and the weighted ones vary less") {
  // 5 standard errors, of 200 logs of 100 episodes each with fixed seeds.
  const careful policy{0.1};
  const double exact = truth(policy, 8);
  std::vector<double> plain;
  std::vector<double> per_decision;
  std::vector<double> weighted;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    engine random(seed);
    std::vector<logged<state_index>> log;
    for (int e = 0; e < 100; ++e) {
      two_state world;
      std::size_t s = world.reset().state;
      for (int k = 0; k < 8; ++k) {
        const std::size_t a = random.uniform() < 0.3 ? 1 : 0;
        const auto o = world.step(static_cast<int>(a)).observation;
        log.push_back({state_index{s}, action_index{a}, o.reward, state_index{o.state},
                       k == 7 ? episode::truncated : episode::ongoing, a == 1 ? 0.3 : 0.7});
        s = o.state;
      }
    }
    const importance_estimates e = importance_sampling(log, 2, policy);
    plain.push_back(e.plain);
    per_decision.push_back(e.per_decision);
    weighted.push_back(e.weighted);
  }
  const summary p = summarize(plain);
  const summary d = summarize(per_decision);
  const summary w = summarize(weighted);
  CHECK(std::abs(p.mean - exact) < 5 * p.deviation / std::sqrt(200.0));
  CHECK(std::abs(d.mean - exact) < 5 * d.deviation / std::sqrt(200.0));
  CHECK(d.deviation < p.deviation);
  CHECK(w.deviation < p.deviation);
}

TEST_CASE("fitted-Q evaluation finds the true value of any policy that the log supports") {
  const auto log = every_episode(3);
  for (const double exploration : {0.0, 0.2, 1.0}) {
    const fitted_q q = fitted_q_evaluation(log, 2, 2, careful{exploration / 2}, 0.9, 0, 1e-12);
    CHECK(q.unsupported == 0);
    for (std::size_t s = 0; s < 2; ++s) {
      for (std::size_t a = 0; a < 2; ++a) {
        CHECK(q(state_index{s}, action_index{a}) ==
              Approx(two_state::action_value(s, static_cast<int>(a), 0.9, exploration)).margin(1e-11));
      }
    }
  }
}

TEST_CASE("fitted-Q evaluation says how much of the policy the log never shows") {
  std::vector<logged<state_index>> log;
  for (const auto& t : every_episode(3)) {
    if (!(t.state == state_index{1} && t.action == action_index{1})) log.push_back(t);
  }
  CHECK(fitted_q_evaluation(log, 2, 2, careful{0}, 0.9).unsupported == 0);
  const fitted_q q = fitted_q_evaluation(log, 2, 2, careful{0.1}, 0.9, -3, 1e-12);
  CHECK(q.unsupported == Approx(0.1).epsilon(1e-12));
  CHECK(q(state_index{1}, action_index{1}) == -3);
  // v1 = 0.9 (2 + 0.9 v1) + 0.1 (-3)
  CHECK(q.states[1] == Approx((1.8 - 0.3) / (1 - 0.81)).margin(1e-10));
}

TEST_CASE("an end is worth nothing beyond it") {
  const std::vector<logged<state_index>> log{{state_index{0}, action_index{0}, 1, {}, episode::terminated},
                                             {state_index{0}, action_index{0}, 3, {}, episode::terminated}};
  const auto target = [](state_index, std::span<double> p) { p[0] = 1; };
  CHECK(fitted_q_evaluation(log, 1, 1, target, 0.9, 0, 1e-12).states[0] == Approx(2).epsilon(1e-12));
}

TEST_CASE("probabilities that were not written down are counted") {
  auto log = every_episode(2);
  for (auto& t : log) t.probability = 1;
  log.push_back({state_index{1}, action_index{0}, 2, state_index{1}, episode::truncated, 1});
  estimate_behaviour(log, 2, 2);
  // State 0: at first 2 and 2, then 1 and 1; state 1: 1 and 1, and one more of action 0.
  for (const auto& t : log) {
    if (t.state == state_index{0}) CHECK(t.probability == 0.5);
    if (t.state == state_index{1}) CHECK(t.probability == (t.action == action_index{0} ? 2.0 / 3 : 1.0 / 3));
  }
  CHECK_THROWS_WITH(estimate_behaviour(log, 1, 2), "estimate_behaviour: state is 1, must be below 1");
}

TEST_CASE("logs that cannot be weighed are refused") {
  auto log = every_episode(2);
  log[3].probability = 0;
  CHECK_THROWS_WITH(importance_sampling(log, 2, careful{}),
                    "importance_sampling: probability of step 3 is 0, must be positive");
  CHECK_THROWS_WITH(importance_sampling(log, 1, uniform_policy{}),
                    "importance_sampling: action of step 2 is 1, must be below 1");
  CHECK_THROWS_WITH(importance_sampling(std::vector<logged<state_index>>{}, 2, careful{}),
                    "importance_sampling: number of steps is 0, must be at least 1");
  CHECK_THROWS_WITH(fitted_q_evaluation(log, 2, 2, careful{}, 1),
                    "fitted_q_evaluation: discount is 1, must be in [0, 1)");
}

TEST_CASE("a short episode after a longer one still weighs at the later steps") {
  // The log of "episodes of different length", with the long episodes first.
  const auto step = [](std::size_t s, std::size_t a, double r, episode status) {
    return logged<state_index>{state_index{s}, action_index{a}, r, state_index{1}, status, 0.5};
  };
  const auto end = episode::terminated;
  const auto on = episode::ongoing;
  const std::vector<logged<state_index>> log{step(0, 1, 0, on),  step(1, 0, 3, end),  //
                                             step(0, 1, 0, on),  step(1, 1, 0, end),  //
                                             step(0, 0, 1, end), step(0, 0, 1, end)};
  const auto target = [](state_index, std::span<double> p) {
    p[0] = 0.8;
    p[1] = 0.2;
  };
  const importance_estimates e = importance_sampling(log, 2, target);
  CHECK(e.per_decision == Approx(0.8 * 1 + 0.2 * 0.8 * 3).epsilon(1e-12));
  CHECK(e.per_decision_weighted == Approx(0.8 * 1 + 0.2 * 0.8 * 3).epsilon(1e-12));
}

TEST_CASE("a cut leads to a state as any step does: what was never tried there is unsupported") {
  const std::vector<logged<state_index>> log{{state_index{0}, action_index{0}, 1, state_index{1}, episode::truncated},
                                             {state_index{0}, action_index{1}, 1, state_index{0}, episode::terminated}};
  CHECK(fitted_q_evaluation(log, 2, 2, careful{0.1}, 0.9).unsupported == 1);
}
