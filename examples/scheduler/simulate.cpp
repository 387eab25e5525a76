// The same policies in the queueing model, under the loads of live-load.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/run/evaluate.hpp>
#include <headroom/systems/scheduler/published_reward.hpp>
#include <headroom/systems/scheduler/score.hpp>

#include "common.hpp"
#include "live/load_shapes.hpp"
#include "policies.hpp"

namespace live_scheduler {

using namespace headroom;

namespace {

struct simulate_options {
  service_flags service{};
  std::filesystem::path model{};
  std::vector<std::string> policies{"levels-published", "steps-published", "hpa:0.6"};
  std::vector<std::string> shapes{"low", "medium", "high"};
  double duration_s = 600;
  std::uint64_t episodes = 50;
};

// The mean of the shape over each step; live a window holds what came in it.
scheduler::load_episodes load_of(const std::string& shape, double duration_s) {
  return [shape, duration_s](std::uint64_t seed, double step_s, std::span<double> per_s) {
    const auto rate = live_load::shape_named(shape, seed, duration_s);
    constexpr int parts = 10;
    for (std::size_t k = 0; k < per_s.size(); ++k) {
      double sum = 0;
      for (int p = 0; p < parts; ++p) sum += rate((static_cast<double>(k) + (p + 0.5) / parts) * step_s);
      per_s[k] = sum / parts;
    }
  };
}

void simulate(const simulate_options& o) {
  std::unique_ptr<checkpoint> model;
  if (!o.model.empty()) model = std::make_unique<checkpoint>(load(o.model));
  const scaled_service s = model ? service_of(*model, o.service) : o.service.known();
  const auto steps = static_cast<std::size_t>(o.duration_s / s.interval_s);
  require(steps >= 2, "simulate", "--duration", o.duration_s, "be at least two of --interval");
  std::printf("%-8s %-18s %8s %8s %9s %8s\n", "load", "policy", "late %", "replicas", "changes", "reward");
  for (const std::string& shape : o.shapes) {
    const auto play = [&](const std::string& name, policy one) {
      const evaluation e =
          evaluate([&](std::uint64_t seed) { return s.world(seed, steps, load_of(shape, o.duration_s)); }, one,
                   seed_range(1000, o.episodes), scheduler::score{scheduler::published_reward{{.n_max = s.maximum}}});
      std::printf("%-8s %-18s %8.1f %8.2f %9.1f %8.2f\n", shape.c_str(), name.c_str(),
                  100 * e.summarized("violations").mean, e.summarized("mean_instances").mean,
                  e.summarized("scaling_actions").mean, e.summarized("total_reward").mean / static_cast<double>(steps));
      std::fflush(stdout);
    };
    for (const std::string& name : o.policies) play(name, policy_named(name, s));
    if (model) play("dqn", policy_of(*model, s));
  }
}

}  // namespace

void add_simulate(CLI::App& to) {
  CLI::App* const c = to.add_subcommand("simulate", "Plays the policies in the queueing model, under the same loads");
  const auto o = std::make_shared<simulate_options>();
  o->service.declare(*c);
  c->add_option("--model", o->model, "What train wrote, beside the others");
  c->add_option("--policies", o->policies, "Of: " + std::string(policy_names))->delimiter(',')->capture_default_str();
  c->add_option("--shapes", o->shapes, "Of: " + std::string(live_load::shape_names))
      ->delimiter(',')
      ->capture_default_str();
  c->add_option("--duration", o->duration_s, "Seconds of an episode")->capture_default_str();
  c->add_option("--episodes", o->episodes, "Seeds")->check(CLI::Range(2, 100'000))->capture_default_str();
  c->final_callback([o] { simulate(*o); });
}

}  // namespace live_scheduler
