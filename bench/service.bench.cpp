// A request of a simulated service, from its arrival to its answer: 40 replicas of 8 slots, kept busy at so many
// hundredths. The requests are drawn once; what is measured is the simulation itself.

#include <benchmark/benchmark.h>

#include <headroom/environments/service.hpp>
#include <headroom/workloads/constant.hpp>
#include <headroom/workloads/poisson.hpp>

namespace {

using namespace headroom;

void request_of_a_service(benchmark::State& state) {
  constexpr double service_s = 0.2;
  constexpr int replicas = 40;
  constexpr int slots = 8;
  const double per_s = static_cast<double>(state.range(0)) / 100 * replicas * slots / service_s;
  service_options o;
  o.slots = slots;
  o.service_time = duration::exponential(service_s);
  o.initial_replicas = replicas;
  o.max_replicas = replicas;
  o.objective_s = 0.8;
  service world{1, o, poisson_arrivals{constant_load{per_s}, {.duration_s = 300}}};
  world.reset();
  for (auto _ : state) {
    service_observation seen = world.replay();
    while (seen.status == episode::ongoing) seen = world.step(0).observation;
    benchmark::DoNotOptimize(seen.in_time);
  }
  state.counters["requests_per_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(world.workload().size()),
                         benchmark::Counter::kIsRate);
}
BENCHMARK(request_of_a_service)->Arg(50)->Arg(80)->Arg(95)->Unit(benchmark::kMillisecond);

}  // namespace
