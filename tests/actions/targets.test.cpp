#include <headroom/actions/targets.hpp>

#include <limits>
#include <optional>
#include <vector>

#include <headroom/actions/menu.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/run/run.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct sample {
  double replicas = 5;
  double load = 0;
};

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

// Load 0 needs 3 replicas, load 1 needs 11; the load alternates for a few steps each.
struct world {
  using observation_type = sample;
  using action_type = int;
  int at = 0;
  double replicas = 3;
  sample look() const { return {replicas, at / 6 % 2 == 0 ? 0.0 : 1.0}; }
  sample reset() {
    *this = {};
    return look();
  }
  step_result<sample> step(int delta) {
    replicas += delta;
    ++at;
    return {look(), at < 60 ? episode::ongoing : episode::truncated};
  }
};
double needs(const sample& o) { return o.load > 0.5 ? 11 : 3; }
constexpr auto cost = [](const sample& before, int, const sample& next) {
  const double missing = needs(before) - next.replicas;
  return missing > 0 ? -10.0 : missing;
};

}  // namespace

TEST_CASE("targets: an entry is the delta that leads from the observed number to its target") {
  const targets menu{{2, 4, 8, 16}, &sample::replicas};
  static_assert(ObservedActionSet<decltype(menu), int, sample>);
  static_assert(!ActionSet<decltype(menu), int>);
  CHECK(menu.size() == 4);
  CHECK(menu.target(action_index{2}) == 8);
  const std::vector<int> deltas{-3, -1, 3, 11};
  for (unsigned i = 0; i < 4; ++i) {
    CHECK(menu.at(sample{5}, action_index{i}) == deltas[i]);
    CHECK(action_at(menu, sample{5}, action_index{i}) == deltas[i]);
    CHECK(menu.find(sample{5}, deltas[i]) == action_index{i});
    CHECK(index_at(menu, sample{5}, deltas[i]) == action_index{i});
    CHECK(menu.at(sample{static_cast<double>(menu.target(action_index{i}))}, action_index{i}) == 0);
  }
  CHECK(menu.find(sample{5}, 0) == std::nullopt);
  CHECK(menu.find(sample{8}, 0) == action_index{2});
}

TEST_CASE("targets: within the limits of one move an entry leads as far as it may, and is found again") {
  const targets menu{{2, 4, 8, 16}, &sample::replicas, {.minimum = 1, .maximum = 16, .max_up = 4, .max_down = 1}};
  for (int now = 0; now <= 20; ++now) {
    for (unsigned i = 0; i < 4; ++i) {
      const sample o{static_cast<double>(now)};
      const int delta = menu.at(o, action_index{i});
      INFO(now << " replicas, entry " << i << ": " << delta);
      CHECK(menu.limits().allow(now, delta));
      CHECK(delta == menu.limits().towards(now, menu.target(action_index{i})));
      const auto back = menu.find(o, delta);
      REQUIRE(back);
      CHECK(menu.at(o, *back) == delta);
    }
  }
  // From ten, the entries 2, 4 and 8 are all one replica less: 8 is nearest.
  CHECK(menu.at(sample{10}, action_index{0}) == -1);
  CHECK(menu.find(sample{10}, -1) == action_index{2});
  CHECK(menu.find(sample{1}, 4) == action_index{2});  // to 5: 8 is nearer than 16
  CHECK(menu.find(sample{10}, 5) == std::nullopt);
}

TEST_CASE("targets: an unknown number of replicas stays what it is") {
  const targets menu{{2, 4}, &sample::replicas};
  CHECK(menu.at(sample{nan_value}, action_index{1}) == 0);
  CHECK(menu.find(sample{nan_value}, 0) == std::nullopt);
}

TEST_CASE("targets: impossible ones are refused") {
  CHECK_THROWS_WITH((targets{{}, &sample::replicas}), "targets: number of targets is 0, must be at least 1");
  CHECK_THROWS_WITH((targets{{2, 4, 2}, &sample::replicas}), "targets: target 2 is 2, must be named once");
  CHECK_THROWS_WITH((targets{{2, 40}, &sample::replicas, {.maximum = 32}}),
                    "targets: target 1 is 40, must be within the limits, [1, 32]");
  CHECK_THROWS_WITH((targets{{-1}, &sample::replicas}), Catch::Matchers::StartsWith("targets: target 0 is -1"));
  CHECK_THROWS_WITH((targets{{2}, &sample::replicas, {.max_up = 0, .max_down = 0}}),
                    "targets: max_up and max_down is 0, must allow a move");
  CHECK_THROWS_WITH((targets{{2}, &sample::replicas, {.minimum = -2}}),
                    "replica_limits: minimum is -2, must be at least 0");
}

TEST_CASE("targets: a learner learns to go to a number of replicas, and gives deltas") {
  const bins see{cut{&sample::load, {0.5}}};
  const targets menu{{3, 7, 11}, &sample::replicas};
  q_learning agent{see.size(), menu.size(), {.learning_rate = 0.2, .discount = 0.5}, 3, epsilon_greedy{0.2}};
  auto policy = learn_on<world>(see, std::move(agent), cost, menu);
  static_assert(CorrectablePolicy<decltype(policy), sample, int>);
  world w;
  for (int k = 0; k < 40; ++k) run(w, policy, {.episodes = 1});
  CHECK(policy.decide(sample{3, 1}) == 8);
  CHECK(policy.decide(sample{7, 1}) == 4);
  CHECK(policy.decide(sample{11, 1}) == 0);
  CHECK(policy.decide(sample{11, 0}) == -8);
  CHECK(policy.decide(sample{3, 0}) == 0);
}

TEST_CASE("targets: the neutral action of a learner is to stay, and an executed delta is learned as its entry") {
  const bins see{cut{&sample::load, {0.5}}};
  const targets menu{{3, 7, 11}, &sample::replicas};
  const auto fresh = [&] {
    return learn_on<world>(
        see, q_learning{see.size(), menu.size(), {.learning_rate = 1, .discount = 0}, 3, greedy{}},
        [](const sample&, int delta, const sample&) { return 1.0 * delta; }, menu);
  };
  auto policy = fresh();
  CHECK(policy.start(sample{5, nan_value}) == 0);  // refused: not on the menu, and still the right thing to do
  CHECK(policy.refused().observations == 1);
  auto told = fresh();
  told.start(sample{5, 0});
  told.executed(6);
  told.stop(sample{11, 0}, episode::terminated);
  const auto table = told.agent().table();
  CHECK(table.all()[2] == 6);
  CHECK(table.all()[0] == 0);
  auto dropped = fresh();
  const int asked = dropped.start(sample{5, 0});
  dropped.executed(asked == 1 ? -1 : 1);  // to a number that is no target
  dropped.stop(sample{6, 0}, episode::terminated);
  const auto untouched = dropped.agent().table();
  for (const double q : untouched.all()) CHECK(q == 0);
}

TEST_CASE("targets: a stored policy knows its menu") {
  const bins see{cut{&sample::load, {0.5}}};
  const auto made = [&](std::vector<int> counts) {
    const targets menu{std::move(counts), &sample::replicas};
    return learn_on<world>(see, q_learning{see.size(), menu.size(), {}, 3}, cost, menu);
  };
  auto one = made({3, 7, 11});
  checkpoint stored;
  store(one, stored, "policy");
  auto same = made({3, 7, 11});
  CHECK_NOTHROW(restore(same, stored, "policy"));
  auto other = made({3, 7, 12});
  CHECK_THROWS(restore(other, stored, "policy"));
}
