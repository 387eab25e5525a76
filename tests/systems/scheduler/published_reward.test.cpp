#include <headroom/systems/scheduler/published_reward.hpp>

#include <cstdint>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct served {
  double n_instances = 1;
  double served_per_s = 0;
  bool violation = false;
  std::uint64_t steps_total = 0;
};

double of(const scheduler::published_reward& reward, double n, bool violation) {
  return reward(served{}, 0, served{.n_instances = n, .violation = violation});
}

}  // namespace

static_assert(Reward<scheduler::published_reward, served, int>);

TEST_CASE("the published reward is one less the cost, and nothing for a violation") {
  const scheduler::published_reward reward;
  CHECK(of(reward, 1, false) == Approx(0.8916666666666667).epsilon(1e-15));
  CHECK(of(reward, 4, false) == Approx(1 - 0.65 * 4 / 6).epsilon(1e-15));
  CHECK(of(reward, 6, false) == 0.35);
  for (const int n : {1, 2, 3, 4, 5}) CHECK(of(reward, n, true) == 0);
}

TEST_CASE("who runs all instances is not to blame, but in the older version") {
  CHECK(of(scheduler::published_reward{}, 6, true) == 0.35);
  CHECK(of(scheduler::published_reward{{.exempt_maximum = false}}, 6, true) == 0);
  CHECK(of(scheduler::published_reward{{.n_max = 10, .cost_weight = 0.5}}, 6, true) == 0);
  CHECK(of(scheduler::published_reward{{.n_max = 10, .cost_weight = 0.5}}, 10, true) == 0.5);
}

TEST_CASE("agreement with a solver is rewarded less and less") {
  const scheduler::imitating reward{scheduler::published_reward{}, [](double load) { return load > 0.1 ? 4 : 2; }};
  static_assert(Reward<decltype(reward), served, int>);
  const auto at = [&](double n, double load, std::uint64_t steps) {
    return reward(served{}, 0, served{.n_instances = n, .served_per_s = load, .steps_total = steps});
  };
  const double plain = of(scheduler::published_reward{}, 4, false);
  CHECK(at(4, 0.2, 0) == plain + 0.5);
  CHECK(at(4, 0.2, 2500) == plain + 0.25);
  CHECK(at(4, 0.2, 5000) == plain);
  CHECK(at(4, 0.2, 9000) == plain);
  CHECK(at(4, 0.05, 0) == plain);  // the solver would have taken 2
  CHECK(at(2, 0.05, 0) == of(scheduler::published_reward{}, 2, false) + 0.5);
  const scheduler::imitating steady{scheduler::published_reward{}, [](double) { return 4; }, 0.1};
  CHECK(steady(served{}, 0, served{.n_instances = 4, .steps_total = 1'000'000}) == plain + 0.1);
}

TEST_CASE("scheduler::published_reward refuses what cannot be") {
  CHECK_THROWS_WITH(scheduler::published_reward({.n_max = 0}),
                    "scheduler::published_reward: n_max is 0, must be at least 1");
  CHECK_THROWS_WITH(scheduler::published_reward({.cost_weight = 1.5}),
                    "scheduler::published_reward: cost_weight is 1.5, must be in [0, 1]");
  CHECK_THROWS_WITH(
      (scheduler::imitating{scheduler::published_reward{}, [](double) { return 1; }, linear{0.5, -0.1, 10}}),
      "imitating: bonus is -0.1, must never fall below 0");
}
