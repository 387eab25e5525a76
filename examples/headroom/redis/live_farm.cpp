#include "redis/live_farm.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <headroom/core/check.hpp>
#include <headroom/run/observers.hpp>
#include <headroom/run/run.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/published_reward.hpp>
#include <headroom/systems/farm/score.hpp>

#include "farm/live_farm.hpp"
#include "farm/parts.hpp"
#include "redis/own_redis.hpp"
#include "redis/played_policies.hpp"
#include "support/command_line.hpp"
#include "support/terminal.hpp"

namespace tool {

using namespace headroom;

namespace {

using figures = farm::score<farm::published_reward>;

struct line_of_figures {
  double in_time, in_time_all, mean_workers, max_workers, scalings, unfinished;
};
template <class World>
line_of_figures played_on(World& world, farm_policy& policy) {
  figures score{farm::published_reward{}};
  stop_when stop{terminal::interrupted};
  run_episodes(world, policy, 1, score, stop);
  const auto v = score.values();
  const auto at = [&](std::string_view name) {
    const auto found = std::find(figures::names.begin(), figures::names.end(), name);
    return v[static_cast<std::size_t>(found - figures::names.begin())];
  };
  return {at("final_qos"),   at("final_qos_all"),   at("mean_workers"),
          at("max_workers"), at("scaling_actions"), at("unfinished_tasks")};
}
void print(const char* what, std::uint64_t seed, const line_of_figures& f) {
  std::printf("%-10s %6llu %9.2f %% %9.2f %% %13.2f %4.0f %9.0f %11.0f\n", what, static_cast<unsigned long long>(seed),
              100 * f.in_time, 100 * f.in_time_all, f.mean_workers, f.max_workers, f.scalings, f.unfinished);
}

// What the simulator's episodes spread over: the middle 95 % of a hundred.
void print_spread(farm_policy& policy, std::uint64_t seed) {
  constexpr std::uint64_t episodes = 100;
  std::vector<double> level, workers;
  for (std::uint64_t k = 0; k < episodes; ++k) {
    farm::environment world(seed + k);
    const line_of_figures f = played_on(world, policy);
    level.push_back(f.in_time);
    workers.push_back(f.mean_workers);
  }
  std::sort(level.begin(), level.end());
  std::sort(workers.begin(), workers.end());
  std::printf("simulator, 95 %% of %llu episodes: in time %.2f to %.2f %%, mean workers %.2f to %.2f\n",
              static_cast<unsigned long long>(episodes), 100 * level[2], 100 * level[97], workers[2], workers[97]);
}

}  // namespace

int run_farm(const farm_run_options& o) {
  require(o.episodes >= 1 && o.episodes <= 10'000, "--episodes", "the number", o.episodes, "be from 1 to 10000");
  require(o.policy.empty() != o.model.empty(), "--policy", "the policy", "missing", "be named, or a --model");
  farm_policy policy = o.model.empty() ? played_farm_policy(o.policy) : played_farm_model(o.model);
  std::optional<own_redis> own;
  if (o.redis.empty()) own.emplace();
  live_farm::environment world(
      {.redis = {.address = own ? own->address() : o.redis}, .speed = o.speed, .reliable = o.reliable, .seed = o.seed});
  std::printf("%-10s %6s %11s %11s %13s %4s %9s %11s\n", "", "seed", "in time", "of all", "mean workers", "max",
              "scalings", "unfinished");
  std::fflush(stdout);
  for (std::uint64_t k = 0; k < o.episodes; ++k) {
    const line_of_figures real = played_on(world, policy);
    if (terminal::interrupted) return exit_interrupted;
    print("processes", o.seed + k, real);
    farm::environment simulated(o.seed + k);
    print("simulator", o.seed + k, played_on(simulated, policy));
    std::fflush(stdout);
  }
  print_spread(policy, o.seed);
  if (world.lost_workers() > 0) {
    std::printf("%llu workers died; %llu tasks were put back\n", static_cast<unsigned long long>(world.lost_workers()),
                static_cast<unsigned long long>(world.recovered()));
  }
  return exit_done;
}

int run_farm_part(const farm_part_options& o) {
  return live_farm::run_part({.role = o.role,
                              .name = o.name,
                              .redis = {.address = o.redis},
                              .speed = o.speed,
                              .seed = o.seed,
                              .reliable = o.reliable});
}

}  // namespace tool
