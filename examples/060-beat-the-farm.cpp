// The published farm, its schedule, and a learner that should beat the schedule. Trains for a second by default, which
// is not enough to win. Pass a number of episodes: 060-beat-the-farm 400000 (about half a minute).

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <headroom/baselines/constant.hpp>
#include <headroom/baselines/scheduled.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/run/compare.hpp>
#include <headroom/systems/farm/score.hpp>

#include "headroom/recipes_tables.hpp"

int main(int argc, char** argv) {
  using namespace headroom;
  const std::uint64_t episodes = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 5'000;
  if (episodes == 0) {
    std::fprintf(stderr, "usage: %s [number of training episodes]\n", argv[0]);
    return 2;
  }

  // [farm]
  auto learner = recipes::clocked<sarsa>({.episodes = episodes, .seed = 1});
  farm::environment training(10'000'000,
                             {.distinct_episodes = recipes::training_workloads});  // workload seeds from 10000000 on
  run_episodes(training, learner, episodes);

  const replica_limits limits{.maximum = 32};
  const auto phase = [](const farm::observation& o) { return 3 - o.input_queue; };
  std::vector<named<any_policy<farm::observation, int>>> policies;
  policies.push_back({"constant:14", constant{14, &farm::observation::workers, limits}});
  policies.push_back(
      {"scheduled:16/17/13/12", scheduled{{16, 17, 13, 12}, phase, &farm::observation::workers, limits}});
  policies.push_back({"sarsa", frozen{learner}});
  const auto seeds = seed_range(1000, 100);  // held out
  const comparison table = compare([](std::uint64_t seed) { return farm::environment(seed); }, std::span(policies),
                                   seeds, farm::score{farm::published_reward{}});
  // [farm]

  for (const contender& c : table.contenders) {
    const summary qos = c.result.summarized("final_qos");
    const summary workers = c.result.summarized("mean_workers");
    std::printf("%-22s %6.2f ±%.2f %% in time, %5.2f ±%.2f workers\n", c.name.c_str(), 100 * qos.mean,
                50 * (qos.high - qos.low), workers.mean, (workers.high - workers.low) / 2);
  }
  const summary fewer = table.difference("sarsa", "scheduled:16/17/13/12", "mean_workers");
  std::printf("sarsa uses %+.2f ±%.2f workers, seed by seed, against the schedule\n", fewer.mean,
              (fewer.high - fewer.low) / 2);
}
