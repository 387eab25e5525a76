// The published request scheduler: five metrics in, a number of replicas out. Its training world has a best answer that
// can be written down, so for once it is known how much there is to gain: the oracle, the constants, the scheduler's
// two former rules, a table and a network.
//
//     080-request-scheduler [podStatus.json]
//
// The network is trained for a second here; 300 episodes, as in docs/results, take three. Given the scheduler's log,
// the table also says what it would have done there; the log's loads must be in the range that it was trained for.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <utility>
#include <vector>

#include <headroom/headroom.hpp>
#include <headroom/neural.hpp>
#include <headroom/systems/scheduler.hpp>

namespace {

using namespace headroom;
using seen = scheduler::observation;

constexpr int n_max = 6;

void show(const char* name, auto policy) {
  const auto seeds = seed_range(1000, 100);  // held out: training draws its loads from seed 10000000 on
  const evaluation e = evaluate([](std::uint64_t seed) { return scheduler::environment(seed); }, policy, seeds,
                                scheduler::score{scheduler::published_reward{}});
  const summary r = e.summarized("total_reward");
  std::printf("%-26s %6.1f ±%.1f %6.1f %% %6.2f\n", name, r.mean, (r.high - r.low) / 2,
              100 * e.summarized("violations").mean, e.summarized("mean_instances").mean);
}

}  // namespace

int main(int argc, char** argv) {
  std::printf("%-26s %11s %8s %8s\n", "100 episodes of an hour", "return", "late", "replicas");

  // [oracle]
  // R = D / (1 - load D / n) <= limit, solved for n; the load is the one that the action will meet.
  const scheduler::queueing_model model(scheduler::options{}.chain);
  show("oracle", stateless{[model](const seen& o) { return model.fewest(o.workload, n_max); }});
  // [oracle]
  for (int n = 1; n <= n_max; ++n) show(("constant:" + to_text(n)).c_str(), stateless{[n](const seen&) { return n; }});
  using levels = scheduler::latency_levels_options;
  using steps = scheduler::latency_steps_options;
  show("levels, as written", scheduler::latency_levels{&seen::response_time_s, levels::published()});
  show("levels, as it ran", scheduler::latency_levels{&seen::response_time_s, levels::published_as_run()});
  show("levels, monotone", scheduler::latency_levels{&seen::response_time_s, levels::corrected()});
  show("steps, as published",
       scheduler::latency_steps{&seen::response_time_s, &seen::n_instances, steps::published(250)});
  show("steps, with a dead band",
       scheduler::latency_steps{&seen::response_time_s, &seen::n_instances, steps::corrected(250, n_max)});

  const actions menu{1, 2, 3, 4, 5, 6};
  // [table]
  // Nothing that an action does lasts, so the discount is 0 and the load is all that has to be seen.
  bins load{cut{&seen::workload, even_edges(0, 0.16, 320)}};
  q_learning values{load.size(), menu.size(), {.learning_rate = 0.1, .discount = 0, .initial_value = 1}, 1};
  auto table = learn_on<scheduler::environment>(load, std::move(values), scheduler::published_reward{}, menu);
  scheduler::environment world(10'000'000);
  run_episodes(world, table, 1'000);
  // [table]
  show("table, 1000 episodes", frozen{table});

  // [network]
  constexpr std::uint64_t episodes = 60;
  constexpr std::uint64_t training_steps = 360 * episodes;
  const auto five = scheduler::features<seen>();  // raw numbers in, the ranges go with the policy
  dqn values_of_five{five.dimension(),
                     menu.size(),
                     {.hidden = {64, 64},
                      .learning_rate = linear{5e-3, 1e-5, training_steps},
                      .discount = 0,
                      .batch = 64,
                      .train_every = 2},
                     1,
                     epsilon_greedy{linear{1, 0.1, training_steps / 2}}};
  auto network = learn_on<scheduler::environment>(five, std::move(values_of_five), scheduler::published_reward{}, menu);
  scheduler::environment same(10'000'000);
  run_episodes(same, network, episodes);
  // [network]
  show("network, 60 episodes", frozen{network});

  if (argc < 2) return 0;
  try {
    // [replay]
    const std::vector<scheduler::pod_status> checks = scheduler::read_pod_status(argv[1]);
    frozen decided{table};
    int otherwise = 0;
    for (const seen& o : scheduler::observations_of(checks)) otherwise += decided.step(o) != o.applied ? 1 : 0;
    // [replay]
    std::printf("%s: %zu checks, other replicas than the table's in %d\n", argv[1], checks.size(), otherwise);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
}
