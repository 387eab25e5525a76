#include <headroom/agents/internal/dqn_learning.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>

#include "catch.hpp"

using namespace headroom;
using internal::dqn_learning;

namespace {

dqn_options small_network() {
  dqn_options o;
  o.hidden = {8};
  o.batch = 4;
  o.capacity = 16;
  o.learning_rate = 0.05;
  o.target_rate = 1;
  return o;
}
constexpr std::array<float, 1> seen_state{0.5F};
vector_state seen() { return vector_state{seen_state}; }

double value_of(const dqn_learning& learning, std::size_t action) {
  std::vector<float> scratch(learning.online().scratch_size());
  return static_cast<double>(learning.online().forward_one(seen(), scratch)[action]);
}
// Q(s, 1) of either head.
double value_taken(const dqn_learning& learning) {
  std::vector<float> scratch(learning.online().scratch_size());
  const auto out = learning.online().forward_one(seen(), scratch);
  return static_cast<double>(internal::q_columns{out.data(), 1, 2, learning.options().dueling}.value(1, 0));
}
void remember_often(dqn_learning& learning, action_index a, double reward, bool terminated, action_mask legal = {}) {
  for (int k = 0; k < 8; ++k) learning.remember(seen(), a, reward, 0.5, seen(), terminated, legal);
}

}  // namespace

TEST_CASE("below a batch nothing is learned") {
  dqn_learning learning(1, 2, small_network(), 1);
  engine random{1};
  for (int k = 0; k < 3; ++k) {
    learning.remember(seen(), action_index{0}, 1, 0.9, seen(), true, {});
    REQUIRE_FALSE(learning.update(random, {}, 0.05));
  }
  REQUIRE(learning.health().updates == 0);
  learning.remember(seen(), action_index{0}, 1, 0.9, seen(), true, {});
  REQUIRE(learning.update(random, {}, 0.05));
  REQUIRE(learning.health().updates == 1);
}

TEST_CASE("the value of an action becomes its reward at an end, and the discounted best beyond") {
  dqn_learning learning(1, 2, small_network(), 1);
  engine random{1};
  remember_often(learning, action_index{0}, 3, true);
  remember_often(learning, action_index{1}, 1, false);
  for (int k = 0; k < 500; ++k) REQUIRE(learning.update(random, {}, 0.02));
  REQUIRE(value_of(learning, 0) == Approx(3).margin(0.05));
  REQUIRE(value_of(learning, 1) == Approx(1 + 0.5 * 3).margin(0.05));
}

TEST_CASE("where no action is legal afterwards, nothing is expected from there") {
  for (const bool dueling : {false, true}) {
    dqn_options o = small_network();
    o.dueling = dueling;
    dqn_learning learning(1, 2, o, 1);
    engine random{1};
    const std::uint64_t none = 0;
    remember_often(learning, action_index{1}, 1, false, action_mask{&none});
    for (int k = 0; k < 500; ++k) REQUIRE(learning.update(random, {}, 0.02));
    REQUIRE(value_taken(learning) == Approx(1).margin(0.05));
  }
}

TEST_CASE("rewards are divided by their deviation where they are scaled, also those stored before it settled") {
  dqn_options o = small_network();
  o.scale_rewards = true;
  dqn_learning learning(1, 2, o, 1);
  engine random{1};
  remember_often(learning, action_index{0}, 300, true);
  for (const double r : {100.0, 300.0, 100.0, 300.0}) learning.measure(r);
  REQUIRE(learning.health().reward_scale == Approx(100));
  for (int k = 0; k < 500; ++k) REQUIRE(learning.update(random, {}, 0.02));
  REQUIRE(value_of(learning, 0) == Approx(3).margin(0.05));
}

TEST_CASE("a loss that is not finite is refused: it is counted, and the network stays") {
  dqn_learning learning(1, 2, small_network(), 1);
  engine random{1};
  for (int k = 0; k < 16; ++k)
    learning.remember(seen(), action_index{0}, std::numeric_limits<double>::infinity(), 0.5, seen(), true, {});
  const double before = value_of(learning, 0);
  REQUIRE_FALSE(learning.update(random, {}, 0.02));
  REQUIRE(learning.health().diverged == 1);
  REQUIRE(learning.health().updates == 0);
  REQUIRE(value_of(learning, 0) == before);
}
