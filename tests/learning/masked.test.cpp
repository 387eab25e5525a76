#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/agents/expected_sarsa.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/environments/time_limit.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/run/run.hpp>

#include "catch.hpp"
#include "tempting.hpp"

using namespace headroom;

namespace {

using tempting_world::sample;
using tempting_world::tempting;

constexpr double discount = 0.9;
constexpr double optimism = 2000;  // of every value, those of the illegal actions included, which nothing ever corrects

template <class Agent>
void learns_the_legal_optimum(Agent agent, bool exact) {
  int crimes = 0;
  time_limit world{tempting(crimes), 25};
  bins see{cut{&sample::replicas, {2, 3}}};
  limited menu{actions{-1, 0, +1}, &sample::replicas, replica_limits{.minimum = 1, .maximum = 3}};
  const auto reward = [](const sample&, int, const sample& next) { return next.reward; };
  auto policy = learn_on<decltype(world)>(see, std::move(agent), reward, menu);
  run(world, policy, 100'000);
  CHECK(crimes == 0);
  CHECK(policy.refused().menus == 0);
  const auto q = [&](std::size_t s, std::size_t a) { return policy.agent().value(state_index{s}, action_index{a}); };
  // The illegal ones were never executed: they keep the optimistic value.
  CHECK(q(0, 0) == optimism);
  CHECK(q(2, 2) == optimism);
  // Without a mask, greedy would commit the crime; with it, it climbs to three and stays.
  CHECK(policy.agent().greedy(state_index{2}) == action_index{2});
  CHECK(policy.decide(sample{1, 0}) == 1);
  CHECK(policy.decide(sample{2, 0}) == 1);
  CHECK(policy.decide(sample{3, 0}) == 0);
  if (!exact) return;
  // Three replicas for ever are worth 3 / (1 - 0.9) = 30 from wherever three are asked for, and one step of less costs
  // its difference.
  CHECK(q(2, 1) == Approx(30).epsilon(1e-9));
  CHECK(q(1, 2) == Approx(30).epsilon(1e-9));
  CHECK(q(0, 2) == Approx(2 + 0.9 * 30).epsilon(1e-9));
  CHECK(q(0, 1) == Approx(1 + 0.9 * 29).epsilon(1e-9));
  CHECK(q(1, 1) == Approx(2 + 0.9 * 30).epsilon(1e-9));
  CHECK(q(1, 0) == Approx(1 + 0.9 * 29).epsilon(1e-9));
  CHECK(q(2, 0) == Approx(2 + 0.9 * 30).epsilon(1e-9));
}

}  // namespace

TEST_CASE("masked: an illegal action is neither executed nor bootstrapped on, however good it looks") {
  // Deterministic world and target: with Q-learning the values are exact. An illegal value in any target would lift
  // them towards 2000.
  const td_options options{.learning_rate = 0.5, .discount = discount, .initial_value = optimism};
  learns_the_legal_optimum(q_learning{3, 3, options, 1, epsilon_greedy{0.2}}, true);
  learns_the_legal_optimum(expected_sarsa{3, 3, options, 1, epsilon_greedy{0.2}}, false);
  learns_the_legal_optimum(sarsa{3, 3, options, 1, epsilon_greedy{linear{0.2, 0, 90'000}}}, false);
  // Optimism alone explores as well, and what is illegal stays the most promising for ever.
  learns_the_legal_optimum(expected_sarsa<greedy>{3, 3, options, 1, greedy{}}, false);
  auto traced = options;
  traced.trace_decay = 0.7;
  learns_the_legal_optimum(q_learning{3, 3, traced, 1, epsilon_greedy{0.2}}, true);
  learns_the_legal_optimum(sarsa{3, 3, traced, 1, epsilon_greedy{linear{0.2, 0, 90'000}}}, false);
}
