#include <headroom/policies/model_score.hpp>

#include <cmath>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/environments/service.hpp>
#include <headroom/environments/service_simulator.hpp>
#include <headroom/policies/shadow.hpp>
#include <headroom/workloads/constant.hpp>
#include <headroom/workloads/poisson.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct dice_sample {
  double time_s = 0;
  double level = 0;
};

// A model whose future is a number, plus the action. It draws twice as much for an action that is not 0.
struct dice {
  using observation_type = dice_sample;
  using action_type = int;
  double level = 0;
  engine random{0};
  std::vector<double>* drawn;

  void begin(const dice_sample& o, engine& from) {
    level = o.level;
    random = from;
  }
  step_result<dice_sample> step(int action) {
    const double luck = random.uniform();
    if (action != 0) (void)random.uniform();
    drawn->push_back(luck);
    return {{0, level + action + luck}, episode::ongoing};
  }
};
static_assert(Simulator<dice>);

constexpr auto level_after = [](const dice_sample&, int, const dice_sample& next) { return next.level; };

}  // namespace

TEST_CASE("policies.model_score: every action of an interval meets the same futures") {
  std::vector<double> drawn;
  model_score score{dice{0, engine{0}, &drawn}, level_after, &dice_sample::time_s, 50, 7};
  const dice_sample o{30, 10};
  const double none = score(0, 0, o, {});
  const std::vector<double> first = drawn;
  drawn.clear();
  const double three = score(3, 0, o, {99, -1000});  // what really came makes no difference
  CHECK(drawn == first);
  CHECK(three == Approx(none + 3));
  CHECK(std::abs(none - 10.5) < 0.2);
  drawn.clear();
  (void)score(0, 0, dice_sample{45, 10}, {});
  CHECK(drawn != first);  // another interval, other futures
  for (std::size_t k = 1; k < first.size(); ++k) REQUIRE(first[k] != first[k - 1]);
}

TEST_CASE("policies.model_score: a model of the service judges candidates beside an incumbent") {
  service_options options;
  options.slots = 1;
  options.service_time = duration::exponential(1);
  options.objective_s = 5;
  options.start_delay = duration::constant(1);
  options.initial_replicas = 4;
  options.max_replicas = 20;
  const auto cost = [](const service_observation&, int, const service_observation& next) {
    return next.replicas + 0.2 * next.backlog;
  };
  model_score score{service_simulator{options}, cost, &service_observation::time_s, 10, 3};
  struct constant_move {
    int wish;
    int start(const service_observation&) const { return wish; }
    int step(const service_observation&) const { return wish; }
    void stop(const service_observation&, episode) {}
  };
  // Six requests a second and four servers: more of them are cheaper, fewer are dearer, and far more cost too much.
  service world(5, options, poisson_arrivals{constant_load{6}, {.duration_s = 600}});
  auto policy = shadow_on<service_observation>(constant_move{0}, std::vector<constant_move>{{+5}, {-2}, {0}},
                                               {"up", "down", "same"}, score);
  int action = policy.start(world.reset());
  for (int k = 0; k < 30; ++k) action = policy.step(world.step(action).observation);
  const auto& scores = policy.scores();
  CHECK(scores[0].scored == 30);
  CHECK(scores[0].mean_cost < scores[0].mean_incumbent - 1);
  CHECK(scores[1].mean_cost > scores[1].mean_incumbent + 1);
  CHECK(scores[2].mean_cost == scores[2].mean_incumbent);  // to the last bit: the same futures
}

TEST_CASE("policies.model_score: what cannot work is refused") {
  std::vector<double> drawn;
  const auto make = [&](int futures, feature<dice_sample> time_s) {
    return model_score{dice{0, engine{0}, &drawn}, level_after, time_s, futures, 1};
  };
  CHECK_THROWS_WITH(make(0, &dice_sample::time_s), "model_score: futures is 0, must be from 1 to 1000000");
  CHECK_THROWS_WITH(make(1, {}), "model_score: time_s is missing, must be named");
}
