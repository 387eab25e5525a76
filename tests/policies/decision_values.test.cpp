#include <headroom/policies/decision_values.hpp>

#include <optional>
#include <vector>

#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/agents/dqn.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/confirmed_down.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/guarded.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/policies/shadow.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct valued {
  double load = 0;
  int replicas = 4;
};
struct valued_world {
  using observation_type = valued;
  using action_type = int;
  valued reset() { return {}; }
  step_result<valued> step(int) { return {{}, episode::ongoing}; }
};
struct minus_replicas {
  double operator()(const valued&, int, const valued& next) const { return -next.replicas; }
};

// Sees the load in three parts, may go from 1 to 8 replicas.
auto table_learner() {
  bins see{cut{&valued::load, {10, 20}}};
  limited menu{actions{-4, 0, +1}, &valued::replicas, {.minimum = 1, .maximum = 8}};
  sarsa agent{see.size(), menu.size(), {.learning_rate = 0.5}, 3};
  return learn_on<valued_world>(see, std::move(agent), minus_replicas{}, menu);
}

template <class P>
std::optional<decision_values> values_of(const P& policy) {
  std::optional<decision_values> found;
  tell_values(policy, [&](const decision_values& v) { found = v; });
  return found;
}

}  // namespace

TEST_CASE("policies.decision_values: the state, the value of each action and the mask of the last decision") {
  auto learning = table_learner();
  CHECK(!values_of(learning));  // before the first decision
  (void)learning.start({15, 4});
  for (int k = 0; k < 50; ++k) (void)learning.step({15, 4 + k % 2});
  const auto v = values_of(learning);
  REQUIRE(v);
  CHECK(v->state == 1U);
  REQUIRE(v->values.size() == 3);
  for (std::size_t a = 0; a < 3; ++a) CHECK(v->values[a] == learning.agent().value(state_index{1}, action_index{a}));
  CHECK(v->legal == std::vector<bool>{true, true, true});

  any_policy<valued, int> deployed{guarded{frozen{learning}, [](const valued&, int wish) { return wish; }}};
  CHECK(deployed.start({25, 3}) != -4);
  auto told = values_of(deployed);
  REQUIRE(told);
  CHECK(told->state == 2U);
  CHECK(told->legal == std::vector<bool>{false, true, true});  // of 3 replicas 4 cannot go
  CHECK(told->action == 1U);  // nothing was learned of this state: the first that may be
  (void)deployed.step({std::nan(""), 3});
  CHECK(!values_of(deployed));  // it refused the observation, and chose nothing
  (void)deployed.step({5, 8});
  told = values_of(deployed);
  REQUIRE(told);
  CHECK(told->state == 0U);
  CHECK(told->legal == std::vector<bool>{true, true, false});
}

TEST_CASE("policies.decision_values: wrappers hand them on, and what does not learn says nothing") {
  struct still {
    int start(const valued&) { return 0; }
    int step(const valued&) { return 0; }
    void stop(const valued&, episode) {}
  };
  CHECK(!values_of(still{}));
  CHECK(!values_of(any_policy<valued, int>{still{}}));
  confirmed_down witnessed{frozen{table_learner()}, still{}};
  (void)witnessed.start(valued{15, 4});
  CHECK(values_of(witnessed).value().state == 1U);
  const auto free = [](int, int, const valued&, const valued&) { return 0.0; };
  auto beside = shadow_on<valued>(frozen{table_learner()}, std::vector<still>(1), {"still"}, free);
  (void)beside.start({25, 4});
  CHECK(values_of(beside).value().state == 2U);
}

TEST_CASE("policies.decision_values: a network tells no state, and a copy keeps what it saw") {
  struct two_numbers {
    using state_type = vector_state;
    [[nodiscard]] static constexpr std::size_t dimension() { return 2; }
    vector_state operator()(const valued& o) {
      buffer[0] = static_cast<float>(o.load / 30);
      buffer[1] = static_cast<float>(o.replicas) / 8;
      return buffer;
    }
    float buffer[2] = {};
  };
  auto learning =
      learn_on<valued_world>(two_numbers{}, dqn{2, 2, {.hidden = {8}}, 1}, minus_replicas{}, actions{0, +1});
  std::optional<decision_values> expected;
  std::optional<decltype(learning)> copy;
  {
    auto original = learning;
    (void)original.start({15, 4});
    expected = values_of(original);
    copy = original;
    (void)original.step({29, 8});
  }
  REQUIRE(expected);
  CHECK(!expected->state);
  CHECK(expected->values.size() == 2);
  CHECK(expected->values[0] != expected->values[1]);
  CHECK(values_of(*copy).value() == *expected);
}
