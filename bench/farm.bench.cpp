// Whole episodes of the farm per second. The workload is most of an episode that draws it anew; a replay shows the
// simulation itself.

#include <cstdint>

#include <benchmark/benchmark.h>

#include <headroom/baselines/constant.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/phases.hpp>

namespace {

using namespace headroom;

// One whole episode under a constant policy; returns its QoS, so that nothing is optimised away.
double play(farm::environment& world, farm::observation o) {
  constant policy{14, &farm::observation::workers};
  int action = policy.start(o);
  for (;;) {
    const auto result = world.step(action);
    if (result.status != episode::ongoing) return result.observation.final_qos;
    action = policy.step(result.observation);
  }
}

void count(benchmark::State& state) {
  state.counters["episodes_per_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void episode_with_a_new_workload(benchmark::State& state) {
  farm::environment world(1);
  for (auto _ : state) benchmark::DoNotOptimize(play(world, world.reset()));
  count(state);
}
BENCHMARK(episode_with_a_new_workload);

void episode_with_the_same_workload(benchmark::State& state) {
  farm::environment world(1);
  world.reset();
  for (auto _ : state) benchmark::DoNotOptimize(play(world, world.replay()));
  count(state);
}
BENCHMARK(episode_with_the_same_workload);

void the_workload_alone(benchmark::State& state) {
  const farm::phases workload;
  arrivals out;
  std::uint64_t seed = 1;
  for (auto _ : state) {
    workload.generate(seed++, farm::phase_mode::executed, out);
    benchmark::DoNotOptimize(out.time_s.data());
  }
}
BENCHMARK(the_workload_alone);

}  // namespace
