// What one decision of a baseline costs, in nanoseconds, with its windows full: mean, median and 99th percentile.
// Observations of a farm are made up beforehand, 4096 of them, and replayed with a clock that goes on: long enough that
// no branch is learned, short enough that all of it is in the cache. What the policy answers does not change what it
// sees next. Names: policy / seconds between two decisions / settings other than the published ones. Laws with a period
// mostly only look at the clock between two evaluations; `every` evaluates each time.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include <benchmark/benchmark.h>

#include <headroom/baselines/alarm_tracking.hpp>
#include <headroom/baselines/constant.hpp>
#include <headroom/policies/forecast.hpp>
#include <headroom/policies/hedged.hpp>
#include <headroom/baselines/openfaas_alerts.hpp>
#include <headroom/baselines/openfaas_pro.hpp>
#include <headroom/baselines/panic_window.hpp>
#include <headroom/baselines/queue_target.hpp>
#include <headroom/systems/farm/reactive_average.hpp>
#include <headroom/systems/farm/reactive_maximum.hpp>
#include <headroom/baselines/scheduled.hpp>
#include <headroom/baselines/square_root_staffing.hpp>
#include <headroom/baselines/staffing.hpp>
#include <headroom/baselines/step_scaling.hpp>
#include <headroom/baselines/target_tracking.hpp>
#include <headroom/baselines/threshold.hpp>
#include <headroom/core/random.hpp>
#include <headroom/systems/farm/signals.hpp>
#include <headroom/planning/belief_table.hpp>
#include <headroom/policies/rate_limited.hpp>
#include <headroom/policies/scale_to_zero.hpp>
#include <headroom/policies/stabilized.hpp>
#include <headroom/policies/tuned.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/telemetry/autoregressive.hpp>
#include <headroom/telemetry/conformal.hpp>
#include <headroom/telemetry/decaying_histogram.hpp>
#include <headroom/telemetry/holt_winters.hpp>
#include <headroom/telemetry/seasonal_naive.hpp>

namespace {

using namespace headroom;

constexpr std::size_t recorded = 4'096;
constexpr replica_limits limits{.minimum = 1, .maximum = 32, .max_up = 1, .max_down = 1};

// The load walks between calm and rush; workers follow it too late, so that there are idle ones and queues.
std::vector<farm::observation> observations(double interval_s) {
  engine random(5, stream::workload);
  std::vector<farm::observation> all;
  double load = 4;
  double workers = 12;
  double queue = 0;
  farm::observation o;
  for (std::size_t t = 0; t < recorded; ++t) {
    load = std::clamp(load + 1.5 * (random.uniform() - 0.5) + (random.below(64) == 0 ? 5 : 0), 0.2, 14.0);
    const double busy = std::min(workers, load * 1.47 * (0.7 + 0.6 * random.uniform()));
    queue = std::max(0.0, queue + load * 1.47 - workers + 4 * (random.uniform() - 0.5));
    if (load * 1.8 > workers + 1) workers = std::min(32.0, workers + 1);
    if (load * 1.8 < workers - 1 && random.below(2) == 0) workers = std::max(1.0, workers - 1);
    o.time_s += interval_s * (0.95 + 0.1 * random.uniform());
    o.workers = workers;
    o.worker_queue = std::floor(queue);
    o.result_queue = static_cast<double>(random.below(3));
    o.output_queue += std::floor(busy);
    o.enqueued_total = o.output_queue + o.result_queue + o.worker_queue + std::floor(busy);
    o.arrival_rate = load;
    o.average_latency = 1.5 + queue / workers * random.uniform();
    o.maximum_latency = 2 * o.average_latency;
    o.qos_rate = 1 / (1 + 0.05 * queue);
    o.input_queue = static_cast<double>(t / 64 % 4);
    all.push_back(o);
  }
  return all;
}

// A table over 16 rates, 20 workers and the farm's moves; its costs are not looked at, only read.
struct bench_view {
  double enqueued = 0;
  double time_s = 0;
  belief_view operator()(const farm::observation& o, bool first) {
    const belief_view v{first ? 0 : o.enqueued_total - enqueued, first ? 0 : o.time_s - time_s,
                        static_cast<int>(o.workers), 0, farm::concurrency(o)};
    enqueued = o.enqueued_total;
    time_s = o.time_s;
    return v;
  }
};
belief_table<farm::observation, bench_view> believing() {
  return {step_grid::logarithmic(0.3, 9, 16), step_grid::counts(24, 90, 0.12), replica_moves::at_once(1, 20, {-1, 1}),
          0, bench_view{}};
}

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

template <class Make>
void decide(benchmark::State& state, double interval_s, const Make& make) {
  std::vector<farm::observation> seen = observations(interval_s);
  const double lap_s = seen.back().time_s;
  auto policy = make();
  long sum = policy.start(seen.front());
  const auto lap = [&](const auto& step) {
    for (farm::observation& o : seen) {
      step(o);
      o.time_s += lap_s;  // when it comes round again
    }
  };
  const auto step = [&](const farm::observation& o) { sum += policy.step(o); };
  seen.front().time_s += lap_s / static_cast<double>(recorded) / 100;
  for (int k = 0; k < 3; ++k) lap(step);  // every window is full
  for (auto _ : state) lap(step);
  state.counters["ns"] =
      benchmark::Counter(static_cast<double>(recorded) * 1e-9,
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);

  // Once more, one by one; what it takes to look at the clock is in the numbers.
  std::vector<std::uint32_t> times(1U << 16U);
  for (int k = 0; k < 20; ++k) {
    lap([&](const farm::observation& o) {
      const std::uint64_t from = now();
      sum += policy.step(o);
      ++times[std::min<std::uint64_t>(now() - from, times.size() - 1)];
    });
  }
  benchmark::DoNotOptimize(sum);
  const double scale = ns_of_a_tick();
  const auto quantile = [&](double p) {
    std::size_t below = 0;
    std::size_t time = 0;
    while (static_cast<double>(below += times[time]) <= p * 20 * static_cast<double>(recorded)) ++time;
    return scale * static_cast<double>(time);
  };
  state.counters["p50"] = quantile(0.5);
  state.counters["p99"] = quantile(0.99);
}

// Every eighth second, as on the farm, and every second.
template <class Make>
void add(const std::string& name, const std::string& settings, Make make) {
  for (const double interval_s : {8.0, 1.0}) {
    const std::string full = name + "/" + std::to_string(static_cast<int>(interval_s)) + "s" + settings;
    benchmark::RegisterBenchmark(full.c_str(), [=](benchmark::State& s) { decide(s, interval_s, make); });
  }
}

auto see() { return farm::all_signals(); }
auto marks() { return threshold{&farm::utilisation, &farm::observation::workers, {}, limits}; }

void add_old_ones() {
  add("constant", "", [] { return constant{14, &farm::observation::workers, limits}; });
  add("scheduled", "", [] {
    return scheduled{{16, 17, 13, 12}, &farm::observation::input_queue, &farm::observation::workers, limits};
  });
  add("threshold", "", [] { return marks(); });
  add("reactive_average", "", [] { return farm::reactive_average{}; });
  add("reactive_maximum", "", [] { return farm::reactive_maximum{}; });
}

void add_kubernetes_and_knative() {
  add("target_tracking", "", [] { return target_tracking{see(), see().utilisation, {}, limits}; });
  add("target_tracking", "/every", [] {
    return target_tracking{see(), see().utilisation, target_tracking_options{.sync_period_s = 0}, limits};
  });
  add("target_tracking", "/every/behavior", [] {
    scaling_behavior_options behavior;
    behavior.up.stabilisation_s = 60;
    target_tracking_options o{.sync_period_s = 0, .behavior = behavior};
    return target_tracking{see(), see().utilisation, o, limits};
  });
  add("panic_window", "", [] { return panic_window{see(), see().concurrency, {.total = 1}, limits}; });
  add("panic_window", "/every/delay", [] {
    const panic_window_options o{.total = 1, .scale_down_delay_s = 300, .tick_s = 0};
    return panic_window{see(), see().concurrency, o, limits};
  });
  add("panic_window", "/every/exponential", [] {
    const panic_window_options o{.total = 1, .tick_s = 0, .exponential = true};
    return panic_window{see(), see().concurrency, o, limits};
  });
  add("queue_target", "", [] { return queue_target{see(), {}, limits}; });
  add("queue_target", "/every", [] {
    return queue_target{see(), queue_target_options{.polling_s = 0, .sync_s = 0}, limits};
  });
}

void add_the_others() {
  add("alarm_tracking", "", [] { return alarm_tracking{see(), see().utilisation, {}, limits}; });
  add("step_scaling", "", [] { return step_scaling{see(), see().utilisation, {}, limits}; });
  add("openfaas_alerts", "", [] { return openfaas_alerts{see(), {}, limits}; });
  add("openfaas_alerts", "/every", [] {
    return openfaas_alerts{see(), openfaas_alerts_options{.evaluation_s = 0}, limits};
  });
  add("openfaas_pro", "", [] { return openfaas_pro{see(), see().load, {.target = 1}, limits}; });
  add("openfaas_pro", "/every/windows", [] {
    const openfaas_pro_options o{.target = 1, .load_window_s = 30, .period_s = 0, .down_window_s = 300};
    return openfaas_pro{see(), see().load, o, limits};
  });
  add("staffing", "", [] { return staffing{see(), {.service_s = 1.47}, limits}; });
  // Another service time at each decision: no answer serves twice.
  add("staffing", "/measured", [] {
    return staffing{see(), [](const farm::observation& o) { return 1.2 + 0.5 * o.qos_rate; }, {}, limits};
  });
  add("square_root_staffing", "", [] { return square_root_staffing{see(), {.service_s = 1.47}, limits}; });
}

void add_compositions() {
  add("stabilized", "/threshold", [] { return stabilized{marks(), see(), {}}; });
  add("rate_limited", "/threshold", [] { return rate_limited{marks(), see(), {}}; });
  add("scale_to_zero", "/threshold", [] {
    replica_limits to_zero = limits;
    to_zero.minimum = 0;
    return scale_to_zero{marks(), see(), see().load, {}, to_zero};
  });
  const auto staffed = [] { return staffing{see(), {.service_s = 1.47}, limits}; };
  const auto foresees = [](auto inner, auto model) {
    return forecast{std::move(inner), &farm::observation::time_s, &farm::observation::arrival_rate, std::move(model)};
  };
  add("belief_table", "/16x20", [=] { return believing(); });
  add("forecast", "/holt_winters/staffing",
      [=] { return foresees(staffed(), holt_winters{{.slot_s = 60, .season_slots = 60}}); });
  add("forecast", "/seasonal_naive/staffing",
      [=] { return foresees(staffed(), seasonal_naive{{.slot_s = 60, .season_slots = 60}}); });
  add("forecast", "/decaying_histogram/staffing", [=] { return foresees(staffed(), decaying_histogram{}); });
  add("forecast", "/autoregressive/staffing",
      [=] { return foresees(staffed(), autoregressive{{.slot_s = 8, .order = 5}}); });
  add("forecast", "/conformal/autoregressive/staffing", [=] {
    return foresees(staffed(), conformal{autoregressive{{.slot_s = 8, .order = 5}}, {.slot_s = 8, .step = 0.01}});
  });
  // Three settings of one rule: a bandit chooses by two features, or each advises and Hedge chooses.
  const auto three = [] {
    std::vector<square_root_staffing<farm::observation>> all;
    for (const double margin : {0.5, 1.0, 2.0}) all.push_back({see(), {.service_s = 2, .margin = margin}, limits});
    return all;
  };
  add("tuned", "/square_root_staffing/3", [=] {
    const auto context = [](const farm::observation& o, std::span<double> x) {
      x[0] = 1;
      x[1] = o.arrival_rate / 8;
    };
    const auto reward = [](const farm::observation&, int, const farm::observation& next) {
      return -next.workers - next.worker_queue;
    };
    return tune_on<farm::environment>(three(), 2, context, reward);
  });
  add("hedged", "/square_root_staffing/3", [=] {
    const auto score = [](std::size_t, int advice, int, const farm::observation& o, const farm::observation& next) {
      const double workers = o.workers + advice;
      return (workers + std::max(0.0, 2 * next.arrival_rate - workers)) / 64;
    };
    return hedge_on<farm::environment>(three(), score, {}, 1);
  });
  add("forecast", "/holt_winters/target_tracking/every", [=] {
    const target_tracking_options o{.kind = target_kind::average_value, .target = 0.5, .sync_period_s = 0};
    return foresees(target_tracking{see(), see().load, o, limits}, holt_winters{{.slot_s = 60, .season_slots = 60}});
  });
}

}  // namespace

int main(int argc, char** argv) {
  add_old_ones();
  add_kubernetes_and_knative();
  add_the_others();
  add_compositions();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
