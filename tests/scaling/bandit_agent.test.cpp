#include "learners/bandit_agent.hpp"

#include <array>
#include <cstdint>

#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

#include "catch.hpp"

static_assert(headroom::MaskedAgent<tool::bandit_agent>);
static_assert(headroom::CorrectableAgent<tool::bandit_agent>);

namespace {

using headroom::action_index;
using numbers = std::array<float, 1>;

// The reward of action k at x is -(x - k / 2)^2: the nearest of 0, 0.5 and 1 is best. It bends, so a line of x alone
// would not do for it.
double reward_of(float x, action_index a) {
  const double d = static_cast<double>(x) - 0.5 * static_cast<double>(headroom::to_size(a));
  return -d * d;
}

tool::bandit_agent taught(std::uint64_t steps, std::uint64_t words = 7) {
  tool::bandit_agent agent(1, 3, {.exploration = 0.5});
  headroom::engine random(3);
  numbers x{0.2F};
  const headroom::action_mask legal(&words);
  action_index a = agent.start(x, legal);
  for (std::uint64_t k = 0; k < steps; ++k) {
    const double reward = reward_of(x[0], a);
    x[0] = static_cast<float>(random.uniform());
    a = agent.step(reward, x, legal);
  }
  agent.terminate(reward_of(x[0], a));
  return agent;
}

}  // namespace

TEST_CASE("bandit_agent: it learns which action is best where, with rewards that bend") {
  const tool::bandit_agent agent = taught(600);
  CHECK(agent.health().learned == 601);
  CHECK(agent.dimension() == 1);
  CHECK(agent.actions() == 3);
  for (const float x : {0.05F, 0.15F}) CHECK(agent.greedy(numbers{x}) == action_index{0});
  for (const float x : {0.35F, 0.5F, 0.65F}) CHECK(agent.greedy(numbers{x}) == action_index{1});
  for (const float x : {0.85F, 0.95F}) CHECK(agent.greedy(numbers{x}) == action_index{2});
  CHECK(agent.value(numbers{0.5F}, action_index{1}) == Approx(0).margin(0.05));
  CHECK(agent.value(numbers{0.9F}, action_index{0}) < -0.2);  // -0.81, but hardly tried there
}

TEST_CASE("bandit_agent: a masked action is neither explored nor chosen") {
  const std::uint64_t without_first = 6;
  const tool::bandit_agent agent = taught(300, without_first);
  CHECK(agent.value(numbers{0.9F}, action_index{0}) == 0);  // never tried
  CHECK(agent.greedy(numbers{0.05F}, headroom::action_mask(&without_first)) == action_index{1});
}

TEST_CASE("bandit_agent: what was executed is learned in the place of what was chosen") {
  tool::bandit_agent agent(1, 2, {});
  static_cast<void>(agent.start(numbers{1}));
  agent.executed(action_index{1});
  agent.truncate(4, numbers{1});
  CHECK(agent.value(numbers{1}, action_index{0}) == 0);
  CHECK(agent.value(numbers{1}, action_index{1}) == Approx(3));  // 4 of 3 features of 1, with a ridge of 1
}

TEST_CASE("bandit_agent: stored and restored it decides as before") {
  const tool::bandit_agent agent = taught(200);
  headroom::checkpoint c;
  headroom::store(agent, c, "agent");
  tool::bandit_agent again(1, 3, {.exploration = 0.5});
  headroom::restore(again, c, "agent");
  for (float x = 0; x < 1; x += 0.1F) {
    CHECK(again.greedy(numbers{x}) == agent.greedy(numbers{x}));
    CHECK(again.value(numbers{x}, action_index{2}) == agent.value(numbers{x}, action_index{2}));
  }
}
