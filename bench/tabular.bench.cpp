// The tabular agents: what encoding, choosing, one update and a whole step cost, in nanoseconds an operation, and the
// tail of single updates. Trajectories are drawn beforehand and replayed; a reward does not depend on the action.
// Names: what / method / lambda or active traces / states / walk (to a neighbour, so that traces recur) or jump (to any
// state, so that nothing is in the cache that the cache cannot hold).

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include <benchmark/benchmark.h>

#include <headroom/agents/expected_sarsa.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>

#include "farm_agent.hpp"
#include "tabular_problem.hpp"

namespace {

using namespace headroom;

using namespace tabular_problem;

constexpr std::size_t actions_of_all = 3;

// Nanoseconds an operation, of `n` operations an iteration.
void report(benchmark::State& state, std::size_t n) {
  state.counters["ns"] = benchmark::Counter(
      static_cast<double>(n) * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

td_options options_for(double lambda, double threshold = 1e-3) {
  return {.learning_rate = 0.1, .discount = 0.99, .trace_decay = lambda, .trace_threshold = threshold};
}
// So that a trace is above the threshold for as many steps.
double lambda_for(double active) { return std::exp(std::log(1e-3) / active) / 0.99; }

template <template <class, class> class Agent>
void update(benchmark::State& state, const td_options& options, std::size_t states, bool jump) {
  const recording r(states, actions_of_all, jump);
  Agent<scripted, state_index> agent(states, actions_of_all, options, 1, scripted{r.action.data()});
  replay(agent, r);
  for (auto _ : state) replay(agent, r);
  report(state, recorded - 1);
  benchmark::DoNotOptimize(agent.value(r.state[0], action_index{}));
}

// The same with the agent's own memory of what it did last, its count of steps and its schedules.
void step(benchmark::State& state, const td_options& options, std::size_t states, bool jump) {
  const recording r(states, actions_of_all, jump);
  sarsa<scripted> agent(states, actions_of_all, options, 1, scripted{r.action.data()});
  agent.start(r.state[0]);
  for (auto _ : state) {
    for (std::size_t t = 0; t < recorded; ++t) agent.step(r.reward[t], r.state[t]);
  }
  report(state, recorded);
  benchmark::DoNotOptimize(agent.value(r.state[0], action_index{}));
}

// The least that a SARSA(0) can do with the same log.
void bare_update(benchmark::State& state, std::size_t states, bool jump) {
  const recording r(states, actions_of_all, jump);
  std::vector<double> q(states * actions_of_all);
  static volatile std::size_t width_of_all = actions_of_all;
  static volatile double rate_of_all = 0.1;
  static volatile double discount_of_all = 0.99;
  const std::size_t width = width_of_all;
  const double rate = rate_of_all;
  const double discount = discount_of_all;
  benchmark::DoNotOptimize(q.data());
  for (auto _ : state) {
    bare_loop(q, r, width, rate, discount);
    benchmark::ClobberMemory();
  }
  report(state, recorded - 1);
}

// What chooses, on a table in which nothing ties, as after training.
template <class Explore>
void choose(benchmark::State& state, Explore explore, std::size_t states, bool jump) {
  const recording r(states, actions_of_all, jump);
  engine random(2, stream::exploration);
  q_table q(states, actions_of_all);
  for (double& v : q.all()) v = random.uniform();
  std::size_t sum = 0;
  for (auto _ : state) {
    for (std::size_t t = 0; t < recorded; ++t) sum += to_size(explore(q.row(to_size(r.state[t])), {}, random));
    benchmark::DoNotOptimize(sum);
  }
  report(state, recorded);
}

// The agent's own greedy, in the middle of an episode.
void agent_greedy(benchmark::State& state, double lambda, std::size_t states, bool jump) {
  const recording r(states, actions_of_all, jump);
  sarsa<scripted> agent(states, actions_of_all, options_for(lambda), 1, scripted{r.action.data()});
  replay(agent, r);
  std::size_t sum = 0;
  for (auto _ : state) {
    for (std::size_t t = 0; t < recorded; ++t) sum += to_size(agent.greedy(r.state[t]));
    benchmark::DoNotOptimize(sum);
  }
  report(state, recorded);
}

using farm_agent::observation;

void farm_encode(benchmark::State& state) {
  auto see = farm_agent::farm_encoder();
  const auto observations = farm_agent::farm_observations(recorded);
  std::size_t sum = 0;
  for (auto _ : state) {
    for (const observation& o : observations) sum += to_size(see(o));
    benchmark::DoNotOptimize(sum);
  }
  report(state, recorded);
}

void farm_step(benchmark::State& state, double lambda) {
  auto see = farm_agent::farm_encoder();
  const auto observations = farm_agent::farm_observations(recorded);
  sarsa agent{see.size(),
              actions_of_all,
              {.learning_rate = 0.025,
               .discount = 0.985,
               .trace_decay = lambda,
               .traces = trace_kind::accumulating,
               .trace_threshold = 1e-5},
              1,
              epsilon_greedy{0.1, tie_break::largest_index}};
  agent.start(see(observations[0]));
  std::size_t sum = 0;
  for (auto _ : state) {
    for (const observation& o : observations) sum += to_size(agent.step(o.qos_rate, see(o)));
    benchmark::DoNotOptimize(sum);
  }
  report(state, recorded);
}

// Time stamps around single updates; what taking one costs is in the numbers.
std::uint64_t now() {
#if defined(__x86_64__)
  return __rdtsc();
#else
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}
double ns_of_a_tick() {
  const auto begin = std::chrono::steady_clock::now();
  const std::uint64_t from = now();
  while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(20)) {
  }
  const std::uint64_t ticks = now() - from;
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count() /
         static_cast<double>(ticks);
}

void tail(benchmark::State& state, double lambda, std::size_t states, bool jump) {
  const recording r(states, actions_of_all, jump);
  // Only how often each time was taken: a list of a million would push the table out of the cache.
  std::vector<std::uint32_t> times(4'096);
  sarsa<scripted> agent(states, actions_of_all, options_for(lambda), 1, scripted{r.action.data()});
  for (int warm_up = 0; warm_up < 4; ++warm_up) replay(agent, r);
  std::size_t updates = 0;
  for (auto _ : state) {
    for (; updates < 16 * recorded; ++updates) {
      const std::size_t k = updates % (recorded - 1);
      const std::uint64_t from = now();
      agent.learn(r.state[k], r.action[k], r.reward[k], r.state[k + 1], r.action[k + 1]);
      ++times[std::min<std::uint64_t>(now() - from, times.size() - 1)];
    }
  }
  const double scale = ns_of_a_tick();
  const auto quantile = [&](double p) {
    std::size_t below = 0;
    std::size_t time = 0;
    while (static_cast<double>(below += times[time]) <= p * static_cast<double>(updates)) ++time;
    return scale * static_cast<double>(time);
  };
  state.counters["p50"] = quantile(0.5);
  state.counters["p99"] = quantile(0.99);
  state.counters["p99.9"] = quantile(0.999);
}

template <class F>
void add(const std::string& name, F f) {
  benchmark::RegisterBenchmark(name.c_str(), f);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::size_t> sizes{1'024, 10'000, 1'000'000};
  for (const bool jump : {false, true}) {
    for (const std::size_t n : sizes) {
      const std::string where = "/states:" + std::to_string(n) + (jump ? "/jump" : "/walk");
      add("bare_loop" + where, [=](auto& s) { bare_update(s, n, jump); });
      for (const double lambda : {0.0, 0.5, 0.9, 0.999}) {
        const auto options = options_for(lambda);
        char with[32];
        std::snprintf(with, sizeof with, "/lambda:%g", lambda);
        add("sarsa" + (with + where), [=](auto& s) { update<sarsa>(s, options, n, jump); });
        if (n != 10'000) continue;
        add("sarsa_step" + (with + where), [=](auto& s) { step(s, options, n, jump); });
        add("expected_sarsa" + (with + where), [=](auto& s) { update<expected_sarsa>(s, options, n, jump); });
        add("q_learning" + (with + where), [=](auto& s) { update<q_learning>(s, options, n, jump); });
        add("agent_greedy" + (with + where), [=](auto& s) { agent_greedy(s, lambda, n, jump); });
      }
      add("greedy" + where, [=](auto& s) { choose(s, greedy{}, n, jump); });
      add("epsilon_greedy" + where, [=](auto& s) { choose(s, epsilon_greedy{0.1}, n, jump); });
    }
  }
  // Lazy traces, even the shortest: their cost must not depend on how many there are. And what an agent does with a
  // few: it keeps a list.
  for (const int active : {1, 2, 5, 10, 20, 50, 100, 200, 400}) {
    const std::string where = "/active:" + std::to_string(active) + "/states:10000/jump";
    add("sarsa" + where, [=](auto& s) { update<sarsa>(s, options_for(lambda_for(active), 1e-300), 10'000, true); });
    if (active > 5) continue;
    add("sarsa_listed" + where, [=](auto& s) { update<sarsa>(s, options_for(lambda_for(active)), 10'000, true); });
  }
  for (const double lambda : {0.0, 0.5, 0.9, 0.999}) {
    char with[32];
    std::snprintf(with, sizeof with, "/lambda:%g", lambda);
    benchmark::RegisterBenchmark(("tail" + (with + std::string("/states:10000/jump"))).c_str(), [=](auto& s) {
      tail(s, lambda, 10'000, true);
    })->Iterations(1);
  }
  add("farm/encode", farm_encode);
  add("farm/step/lambda:0", [](auto& s) { farm_step(s, 0); });
  add("farm/step/lambda:0.5", [](auto& s) { farm_step(s, 0.5); });

  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
