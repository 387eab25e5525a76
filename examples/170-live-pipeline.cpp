// A host that runs for itself: it reads a service's metrics, decides behind guards, writes down and scales. Here the
// service is simulated and the clock is moved by the program; docs/live.md explains each part.
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>

#include <headroom/actions/limits.hpp>
#include <headroom/baselines/signals.hpp>
#include <headroom/baselines/target_tracking.hpp>
#include <headroom/environments/service.hpp>
#include <headroom/io/journal.hpp>
#include <headroom/io/journal_reader.hpp>
#include <headroom/io/pause_file.hpp>
#include <headroom/live/clock.hpp>
#include <headroom/live/pipeline.hpp>
#include <headroom/live/sense.hpp>
#include <headroom/policies/flap_budget.hpp>
#include <headroom/policies/instant_undo.hpp>
#include <headroom/policies/pausable.hpp>
#include <headroom/workloads/poisson.hpp>
#include <headroom/workloads/step.hpp>

using namespace headroom;

namespace {

// [observation]
struct sample {
  double time_s = 0;
  double load = 0;         // requests per second
  double utilisation = 0;  // busy fraction of a replica
  double late = 0;         // requests per second that missed their objective
  int replicas = 0;
};
// [observation]

// Stands for the service, its Prometheus and its cluster. In production each function below is a request.
class simulated {
 public:
  simulated()
      : service_(1,
                 {.interval_s = 15,
                  .service_time = duration::exponential(0.5),
                  .objective_s = 2,
                  .initial_replicas = 6,
                  .max_replicas = 20},
                 poisson_arrivals{step_load{{{0, 6}, {600, 14}, {2400, 6}}}, {.duration_s = 3600}}),
        seen_(service_.reset()) {}

  manual_clock clock{1'795'310'000};
  bool prometheus_answers = true;

  reading metric(double service_observation::*which) {
    live();
    return prometheus_answers ? reading::of(seen_.*which, seconds() - seen_.time_s)
                              : reading::none(unknown_why::failed);
  }
  reading replicas() {
    live();
    return reading::of(wanted());
  }
  decision_outcome scale(int from, int to) {
    if (from != wanted()) return decision_outcome::conflict;
    delta_ = to - seen_.replicas;
    return decision_outcome::applied;
  }

 private:
  [[nodiscard]] double seconds() const { return to_seconds(clock.now()); }
  [[nodiscard]] int wanted() const { return seen_.replicas + delta_; }
  void live() {
    while (seen_.time_s + 15 <= seconds()) seen_ = service_.step(std::exchange(delta_, 0)).observation;
  }

  headroom::service service_;
  service_observation seen_;
  int delta_ = 0;
};

struct cluster {
  simulated* world;
  decision_outcome scale(int from, int to) const { return world->scale(from, to); }
};

}  // namespace

int main() {
  const auto folder = std::filesystem::temp_directory_path() / "headroom-170-live-pipeline";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  simulated world;

  // [source]
  const auto query = [&](double service_observation::*which) {
    return [&world, which] { return world.metric(which); };
  };
  sense<sample> source{{&sample::time_s, elapsed{world.clock}, {.need = field_need::vital}},
                       {&sample::load, query(&service_observation::load), {.stale_s = 45}},
                       {&sample::utilisation, query(&service_observation::utilisation), {.stale_s = 45}},
                       {&sample::late, query(&service_observation::late), {.need = field_need::useful}},
                       {&sample::replicas, [&] { return world.replicas(); }}};
  // [source]

  // [policy]
  const signals<sample> see{.time_s = &sample::time_s, .replicas = &sample::replicas, .load = &sample::load};
  const replica_limits limits{.minimum = 2, .maximum = 20, .max_down = 2};
  target_tracking hpa{see, &sample::utilisation, {.target = 0.6, .down_stabilisation_s = 60}, limits};
  instant_undo undo{std::move(hpa), see, &sample::late, {.broken_above = 2, .widen_s = 600}, limits};
  flap_budget calm{std::move(undo), see, {.changes = 4}};
  pausable policy{std::move(calm), &sample::replicas, pause_file{folder / "pause"}};
  // [policy]

  // [pipeline]
  pipeline_options options;
  options.limits = limits;
  options.interval_s = 15;
  options.warm_up_s = 60;
  options.patience_s = 120;
  options.run = "example";
  options.model = "hpa 0.6";
  pipeline host{pipeline_parts{std::move(source), std::move(policy), cluster{&world}, world.clock,
                               journal{folder / "decisions.jsonl"}},
                &sample::replicas, options};
  // [pipeline]

  // [run]
  // In production: host.run(stop_signals{}). Here an hour passes at once, with Prometheus down for five minutes.
  const auto over = [&] { return to_seconds(world.clock.now()) >= 3600; };
  while (host.next(over)) {
    const double now_s = to_seconds(world.clock.now());
    world.prometheus_answers = now_s < 1500 || now_s >= 1800;
  }
  host.finish();
  // [run]

  // [journal]
  std::string last;
  read_journal(folder / "decisions.jsonl", [&](const journal_record& r) {
    const std::string what = r.decided_by + (r.why.empty() ? "" : ": " + r.why);
    const bool moved = r.outcome == decision_outcome::applied;
    if (!moved && what == last) return;
    std::printf("%5.0f s  %2d -> %2d  %s\n", r.time_s - 1'795'310'000, r.from.value_or(-1), r.to.value_or(-1),
                what.c_str());
    for (const journal_guard& g : r.guards)
      std::printf("%18s%s: %+d instead of %+d, %s\n", "", g.guard.c_str(), g.allowed, g.wished, g.why.c_str());
    last = what;
  });
  // [journal]
  const pipeline_health& h = host.health();
  std::printf("%llu decisions, %llu by the policy, %llu held because something was not known\n",
              static_cast<unsigned long long>(h.decisions), static_cast<unsigned long long>(h.by_policy),
              static_cast<unsigned long long>(h.held[static_cast<std::size_t>(hold_reason::unknown_input)]));
  std::filesystem::remove_all(folder);
}
