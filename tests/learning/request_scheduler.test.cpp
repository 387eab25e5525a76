#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <headroom/actions/menu.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/baselines/stateless.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/systems/scheduler/environment.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/systems/scheduler/published_reward.hpp>
#include <headroom/run/evaluate.hpp>
#include <headroom/systems/scheduler/score.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

using seen = scheduler::observation;

auto on_held_out(auto policy) {
  const auto seeds = seed_range(1000, 100);
  return evaluate([](std::uint64_t seed) { return scheduler::environment(seed); }, policy, seeds,
                  scheduler::score{scheduler::published_reward{}});
}

}  // namespace

// The best is known, so the demand is on the distance to it; the published network came to 205.2 of 219.5, 93.5 %.
TEST_CASE("a table comes within a hundredth of the scheduler's oracle, in the median of ten trainings") {
  const scheduler::queueing_model model{std::vector<scheduler::queueing_component>(1)};
  const double best = on_held_out(stateless{[&](const seen& o) { return model.fewest(o.workload, 6); }})
                          .summarized("total_reward")
                          .mean;
  const actions menu{1, 2, 3, 4, 5, 6};
  std::vector<double> fractions;
  double late = 0;
  for (std::uint64_t k = 1; k <= 10; ++k) {
    bins load{cut{&seen::workload, even_edges(0, 0.16, 320)}};
    q_learning agent{load.size(), menu.size(), {.learning_rate = 0.1, .discount = 0, .initial_value = 1}, k};
    auto policy = learn_on<scheduler::environment>(load, std::move(agent), scheduler::published_reward{}, menu);
    scheduler::environment world(10'000'000 * k);
    run_episodes(world, policy, 1'000);
    const evaluation e = on_held_out(frozen{policy});
    fractions.push_back(e.summarized("total_reward").mean / best);
    late = std::max(late, e.summarized("violations").mean);
  }
  std::sort(fractions.begin(), fractions.end());
  CHECK((fractions[4] + fractions[5]) / 2 >= 0.99);
  CHECK(fractions.back() <= 1);  // nobody beats the oracle
  CHECK(late <= 0.037);          // the published network's
}
