#include "concepts/archetypes.hpp"

#include <concepts>
#include <type_traits>
#include <utility>

#include <headroom/core/concepts.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/run/run.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("archetypes: the poorest types are models") {
  STATIC_REQUIRE(Environment<archetype::environment>);
  STATIC_REQUIRE(Environment<archetype::comparable_environment>);
  STATIC_REQUIRE(Policy<archetype::policy, archetype::observation, archetype::action>);
  STATIC_REQUIRE(Encoder<archetype::encoder, archetype::observation>);
  STATIC_REQUIRE(Reward<archetype::reward, archetype::observation, archetype::action>);
  STATIC_REQUIRE(Agent<archetype::agent>);
  STATIC_REQUIRE(ActionSet<archetype::menu, archetype::comparable_action>);
  // and are as poor as they say
  STATIC_REQUIRE_FALSE(std::equality_comparable<archetype::observation>);
  STATIC_REQUIRE_FALSE(std::equality_comparable<archetype::action>);
  STATIC_REQUIRE_FALSE(std::movable<archetype::environment>);
  STATIC_REQUIRE_FALSE(std::movable<archetype::policy>);
  STATIC_REQUIRE_FALSE(std::copyable<archetype::agent>);
  STATIC_REQUIRE_FALSE(std::default_initializable<archetype::state>);
  STATIC_REQUIRE_FALSE(DiscreteEncoder<archetype::encoder, archetype::observation>);
  STATIC_REQUIRE_FALSE(MaskedAgent<archetype::agent>);
  STATIC_REQUIRE_FALSE(CorrectableAgent<archetype::agent>);
}

TEST_CASE("archetypes: run needs no more than its constraints say") {
  archetype::environment world(0);
  archetype::policy policy(0);
  archetype::observer watching(0);
  archetype::silent_observer silent(0);
  const auto done = run(world, policy, run_limits{.episodes = 2}, watching, silent);
  CHECK(done.episodes == 2);
  CHECK(done.steps == 6);
  CHECK(world.resets == 2);
  CHECK(policy.starts == 2);
  CHECK(policy.steps == 4);
  CHECK(policy.stops == 2);
  CHECK(watching.starts == 2);
  CHECK(watching.steps == 6);
  CHECK(watching.stops == 2);
  CHECK(run(world, policy, 4).steps == 4);
  CHECK(run_episodes(world, policy, 1).steps == 3);
}

TEST_CASE("archetypes: learn_on needs no more than its constraints say, and moves what it is given") {
  auto policy = learn_on<archetype::comparable_environment>(archetype::encoder(0), archetype::agent(0),
                                                            archetype::learning_reward(0), archetype::menu(0));
  STATIC_REQUIRE(CorrectablePolicy<decltype(policy), archetype::observation, archetype::comparable_action>);
  archetype::comparable_environment world(0);
  run(world, policy, 4);  // an episode of three, and one step that is cut
  CHECK(world.last == 7);
  CHECK(policy.agent().starts == 2);
  CHECK(policy.agent().ends == 1);
  CHECK(policy.agent().cuts == 1);
  CHECK(policy.agent().learned == 4 * 2.5);
  CHECK(policy.decide(archetype::observation(0)).which == 7);
  auto moved = std::move(policy);
  CHECK(moved.agent().learned == 10);
}

TEST_CASE("archetypes: an agent that cannot be corrected does not learn what was not executed") {
  auto policy = learn_on<archetype::comparable_environment>(archetype::encoder(0), archetype::agent(0),
                                                            archetype::learning_reward(0), archetype::menu(0));
  policy.start(archetype::observation(0));
  policy.executed({8});
  policy.step(archetype::observation(0));
  CHECK(policy.agent().learned == 0);
  CHECK(policy.agent().starts == 2);
}
