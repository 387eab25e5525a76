// Many services decided for together, beside the same work done one after the other. Each pair is in one process, so
// that their ratio means something on a machine that is not quiet: run with
//     --benchmark_repetitions=9 --benchmark_enable_random_interleaving=true
// and compare the smallest times. The names say what is measured; an item is one decision. `whole` steps begin with
// observations, the others with what an encoder made of them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include <headroom/actions/limits.hpp>
#include <headroom/agents/dqn.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/baselines/target_tracking.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/fleet.hpp>
#include <headroom/neural/internal/aligned.hpp>
#include <headroom/neural/mlp_batch.hpp>

namespace {

using namespace headroom;

constexpr std::size_t services = 10'000;

struct sample {
  double time_s = 0;
  double replicas = 1;
  double x[7] = {};
};
template <int K>
double part(const sample& o) {
  return o.x[K];
}
struct world {
  using observation_type = sample;
  using action_type = int;
  sample reset() { return {}; }
  step_result<sample> step(int) { return {}; }
};
struct cost {
  double operator()(const sample&, int, const sample& next) const { return -next.replicas - next.x[0]; }
};

std::vector<sample> observations(std::size_t n, std::uint64_t seed) {
  engine random{seed};
  std::vector<sample> all(n);
  for (sample& o : all) {
    o.replicas = 1 + static_cast<double>(random.below(30));
    for (double& x : o.x) x = random.uniform();
  }
  return all;
}
const std::vector<sample>& seen() {
  static const auto all = observations(services, 1);
  return all;
}

void items(benchmark::State& state, std::size_t n) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(n));
  state.counters["ns"] = benchmark::Counter(
      static_cast<double>(n) * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

// 9-64-64-3, as DQN has it.
auto deep() {
  standardize see{running{part<0>},
                  between{part<1>, 0, 1},
                  between{part<2>, 0, 1},
                  between{part<3>, 0, 1},
                  between{part<4>, 0, 1},
                  between{part<5>, 0, 1},
                  running{part<6>},
                  between{&sample::replicas, 1, 32},
                  between{&sample::time_s, 0, 10}};
  limited menu{actions{-1, 0, 1}, &sample::replicas, {.minimum = 1, .maximum = 32}};
  dqn agent{9, 3, {.hidden = {64, 64}, .batch = 8, .capacity = 8}, 42};
  return learn_on<world>(see, std::move(agent), cost{}, menu);
}
const dqn<>& network() {
  static const auto policy = deep();
  return policy.agent();
}
const internal::aligned_vector<float>& states() {
  static const auto all = [] {
    const std::size_t stride = greedy_batch::stride_for(9);
    internal::aligned_vector<float> rows((services + greedy_batch::block) * stride);
    engine random{2};
    for (std::size_t i = 0; i < services; ++i) {
      for (std::size_t f = 0; f < 9; ++f) rows[i * stride + f] = static_cast<float>(uniform(random, -1, 1));
    }
    return rows;
  }();
  return all;
}

// The kernels alone, with the samples where they want them: in blocks of `block` samples, or all in one.
void network_bare(benchmark::State& state) {
  const auto block = static_cast<std::size_t>(state.range(0));
  mlp_batch<float> batch{network().online(), block, false};
  batch.gather(states().data(), greedy_batch::stride_for(9), nullptr, network().online().instructions());
  for (auto _ : state) {
    for (std::size_t i = 0; i < services; i += block) batch.forward(network().online());
  }
  items(state, services);
}
void network_together(benchmark::State& state) {
  greedy_batch choose{network().online(), 3};
  std::vector<action_index> chosen(services);
  for (auto _ : state) {
    choose(network().online(), states(), chosen);
    benchmark::DoNotOptimize(chosen.data());
  }
  items(state, services);
}
void network_one_by_one(benchmark::State& state) {
  std::vector<action_index> chosen(services);
  for (auto _ : state) {
    for (std::size_t i = 0; i < services; ++i) {
      chosen[i] = network().greedy({states().data() + i * greedy_batch::stride_for(9), 9});
    }
    benchmark::DoNotOptimize(chosen.data());
  }
  items(state, services);
}
void network_whole_together(benchmark::State& state) {
  static network_fleet fleet{frozen{deep()}, services};
  while (fleet.size() < services) fleet.join();
  std::vector<int> done(services);
  for (auto _ : state) {
    fleet.step(seen(), done);
    benchmark::DoNotOptimize(done.data());
  }
  items(state, services);
}
// A frozen learner for each, and all with one network: what a host would have without a fleet, at its best.
void network_whole_one_by_one(benchmark::State& state) {
  static frozen one{deep()};
  std::vector<int> done(services);
  for (auto _ : state) {
    for (std::size_t i = 0; i < services; ++i) done[i] = one.step(seen()[i]);
    benchmark::DoNotOptimize(done.data());
  }
  items(state, services);
}

// Tables of 1,000 states and 3 actions: 24 kB each, 240 MB together, in no cache.
auto tabular(std::uint64_t seed, std::size_t cuts = 9) {
  const auto edges = [cuts] { return even_edges(0, 1, cuts + 1); };
  bins see{cut{part<0>, edges()}, cut{part<1>, edges()}, cut{part<2>, edges()}};
  limited menu{actions{-1, 0, 1}, &sample::replicas, {.minimum = 1, .maximum = 32}};
  sarsa agent{see.size(), 3, {.discount = 0.95}, seed};
  return learn_on<world>(see, std::move(agent), cost{}, menu);
}
// Eight moments, so that the rows of a step are not those of the step before.
const std::vector<std::vector<sample>>& moments(std::size_t n) {
  static std::vector<std::vector<sample>> all;
  if (all.empty() || all[0].size() != n) {
    all.clear();
    for (std::uint64_t k = 0; k < 8; ++k) all.push_back(observations(n, 10 + k));
  }
  return all;
}
void tables_together(benchmark::State& state) {
  static auto fleet = [] {
    auto f = std::make_unique<decltype(table_fleet{tabular(0), services})>(tabular(0), services);
    while (f->size() < services) f->join(f->size());
    return f;
  }();
  const auto& all = moments(services);
  std::vector<int> done(services);
  std::size_t t = 0;
  for (auto _ : state) {
    fleet->step(all[++t % 8], done);
    benchmark::DoNotOptimize(done.data());
  }
  items(state, services);
}
void tables_one_by_one(benchmark::State& state) {
  static auto policies = [] {
    std::vector<decltype(tabular(0))> p;
    p.reserve(services);
    for (std::size_t i = 0; i < services; ++i) p.push_back(tabular(i));
    for (std::size_t i = 0; i < services; ++i) p[i].start(moments(services)[0][i]);
    return p;
  }();
  const auto& all = moments(services);
  std::vector<int> done(services);
  std::size_t t = 0;
  for (auto _ : state) {
    const auto& now = all[++t % 8];
    for (std::size_t i = 0; i < services; ++i) done[i] = policies[i].step(now[i]);
    benchmark::DoNotOptimize(done.data());
  }
  items(state, services);
}
// A million tables of 27 states.
void tables_of_a_million(benchmark::State& state) {
  constexpr std::size_t million = 1'000'000;
  table_fleet fleet{tabular(0, 2), million};
  while (fleet.size() < million) fleet.join(fleet.size());
  const std::vector<sample> now = observations(million, 5);
  std::vector<int> done(million);
  fleet.step(now, done);
  for (auto _ : state) {
    fleet.step(now, done);
    benchmark::DoNotOptimize(done.data());
  }
  items(state, million);
}

// Kubernetes' autoscaler, evaluated at each decision, with full windows.
auto hpa() {
  signals<sample> see;
  see.time_s = &sample::time_s;
  see.replicas = &sample::replicas;
  return target_tracking<sample>{see, part<0>, {.target = 0.6}, {.minimum = 1, .maximum = 40}};
}
// The clock goes on by a period of 15 s.
void tick(std::vector<sample>& all) {
  for (sample& o : all) o.time_s += 15;
}
void hpas_together(benchmark::State& state) {
  static auto fleet = [] {
    auto f = std::make_unique<policy_fleet<sample, target_tracking<sample>>>(hpa(), services);
    while (f->size() < services) f->join();
    return f;
  }();
  static std::vector<sample> now = seen();
  std::vector<int> done(services);
  for (int t = 0; t < 30; ++t) {
    tick(now);
    fleet->step(now, done);
  }
  for (auto _ : state) {
    state.PauseTiming();
    tick(now);
    state.ResumeTiming();
    fleet->step(now, done);
    benchmark::DoNotOptimize(done.data());
  }
  items(state, services);
}
// One that decides as often, on the same values, in the cache. `spread`: 10,000 of them in a vector, one by one.
void hpas_one_by_one(benchmark::State& state) {
  const std::size_t kept = state.range(0) == 0 ? 1 : services;
  std::vector<target_tracking<sample>> all(kept, hpa());
  std::vector<sample> now = seen();
  std::vector<int> done(services);
  const auto lap = [&] {
    for (std::size_t i = 0; i < services; ++i) done[i] = all[kept == 1 ? 0 : i].step(now[i]);
  };
  const auto prepare = [&] {
    double at_s = now.back().time_s;
    for (sample& o : now) o.time_s = kept == 1 ? (at_s += 15) : at_s + 15;
  };
  for (std::size_t i = 0; i < kept; ++i) all[i].start(now[i]);
  for (int t = 0; t < 30; ++t) {
    prepare();
    lap();
  }
  for (auto _ : state) {
    state.PauseTiming();
    prepare();
    state.ResumeTiming();
    lap();
    benchmark::DoNotOptimize(done.data());
  }
  items(state, services);
}

// A service joins and leaves in the middle of the others.
void join_and_leave(benchmark::State& state) {
  slots all{services};
  while (all.size() < services / 2) all.join();
  engine random{1};
  for (auto _ : state) {
    const service_id id = all.join();
    benchmark::DoNotOptimize(id);
    benchmark::DoNotOptimize(all.leave(all.at(random.below(all.size()))));
  }
}

BENCHMARK(network_bare)->Arg(32)->Arg(64)->Arg(10'000);
BENCHMARK(network_together);
BENCHMARK(network_one_by_one);
BENCHMARK(network_whole_together);
BENCHMARK(network_whole_one_by_one);
BENCHMARK(tables_together);
BENCHMARK(tables_one_by_one);
BENCHMARK(hpas_together);
BENCHMARK(hpas_one_by_one)->Arg(0)->Arg(1)->ArgName("spread");
BENCHMARK(join_and_leave);
BENCHMARK(tables_of_a_million)->Iterations(3)->Unit(benchmark::kMillisecond);

}  // namespace
