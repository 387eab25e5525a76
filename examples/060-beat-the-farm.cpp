// The published farm, its schedule, and a learner that should beat the schedule. Trains for a second by default, which
// is not enough to win. Pass a number of episodes: 060-beat-the-farm 400000 (about half a minute).

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/baselines/constant.hpp>
#include <headroom/baselines/scheduled.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/rewards/cost.hpp>
#include <headroom/rewards/missed.hpp>
#include <headroom/rewards/weighted.hpp>
#include <headroom/run/compare.hpp>
#include <headroom/systems/farm.hpp>

int main(int argc, char** argv) {
  using namespace headroom;
  const std::uint64_t episodes = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 5'000;
  if (episodes == 0) {
    std::fprintf(stderr, "usage: %s [number of training episodes]\n", argv[0]);
    return 2;
  }

  // [farm]
  using seen = farm::observation;
  // The learner sees the clock, so it can act before the load changes; the workers; and the queue.
  std::vector<double> decisions;
  for (double t_s = 8; t_s < 250; t_s += 8.05) decisions.push_back(t_s);
  bins see{cut{&seen::time_s, decisions}, cut{&seen::workers, even_edges(8.5, 21.5, 13)},
           cut{&seen::worker_queue, {0.5, 3.5, 8.5, 15.5}}};
  // One request out of time costs as much as 4.7 workers for one step.
  weighted objective{term{"late", 4.7, missed{&seen::qos_rate, &seen::output_queue, 100}},
                     term{"workers", 0.32, cost{&seen::workers, 32}}};
  limited menu{actions{0, -1, +1}, &seen::workers, replica_limits{.minimum = 8, .maximum = 22}};
  sarsa agent{see.size(),
              menu.size(),
              {.learning_rate = harmonic_decay{0.2, 0.005, static_cast<double>(episodes) / 20, per::episode},
               .discount = 1,
               .trace_decay = 0.3,
               .trace_threshold = 0.02},
              1,
              epsilon_greedy{linear{0.2, 0.005, episodes * 4 / 5 + 1, per::episode}}};
  auto learner = learn_on<farm::environment>(see, std::move(agent), objective, menu);
  farm::environment training(10'000'000, {.distinct_episodes = 1'000});  // seeds of the workload from 10000000 on
  run_episodes(training, learner, episodes);

  const replica_limits limits{.maximum = 32, .max_up = 1, .max_down = 1};  // as the published farm scales
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
