// An autoscaler has the right form and the wrong numbers. The cross-entropy method finds better ones from the cost of
// whole episodes alone: no gradient, no value function. A second of training; the policy does not see the time.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <vector>

#include <headroom/baselines/constant.hpp>
#include <headroom/baselines/square_root_staffing.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/signals.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/systems/farm/published_reward.hpp>
#include <headroom/run/compare.hpp>
#include <headroom/planning/cross_entropy.hpp>
#include <headroom/systems/farm/score.hpp>
#include <headroom/run/observers.hpp>
#include <headroom/run/run.hpp>

using namespace headroom;

namespace {

constexpr double service_s = 1.4715;                                     // the farm's mean
const replica_limits limits{.maximum = 32, .max_up = 1, .max_down = 1};  // as the published farm scales

square_root_staffing<farm::observation> policy_at(std::span<const double> x) {
  return {farm::all_signals(), square_root_staffing_options::at(x, service_s), limits};
}

}  // namespace

int main() {
  const square_root_staffing_options guess{.service_s = service_s, .least = 2, .expected_per_s = 6};

  // [search]
  constexpr std::size_t episodes = 40;  // for each candidate; the same ones for all of a generation
  const auto first = guess.coordinates();
  cross_entropy search{{first.begin(), first.end()}, {1, 0.7, 0.5, 1, 1.5, 0.4, 1, 3, 3}, {}, 1};
  std::vector<double> costs(search.population());
  while (search.generation() < 15) {
    farm::environment world(10'000'000 + episodes * search.generation(), {.distinct_episodes = episodes});
    for (std::size_t k = 0; k < costs.size(); ++k) {
      auto candidate = policy_at(search.candidate(k));
      costs[k] = 0;
      run_episodes(world, candidate, episodes, on_each_step{[&](const auto& r) {
                     costs[k] += r.next.workers;
                     if (r.next.status == episode::ongoing) return;
                     const double requests = r.next.output_queue + r.next.unfinished;
                     costs[k] += 4 * (1 - r.next.final_qos_all) * requests;  // a late one: 4 workers for one step
                   }});
    }
    search.finish(costs);
  }
  // [search]

  std::vector<named<any_policy<farm::observation, int>>> policies;
  policies.push_back({"constant:16", constant{16, &farm::observation::workers, limits}});
  policies.push_back({"the first guess", policy_at(first)});
  policies.push_back({"what was found", policy_at(search.mean())});
  const comparison table = compare([](std::uint64_t seed) { return farm::environment(seed); }, std::span(policies),
                                   seed_range(1000, 100), farm::score{farm::published_reward{}});  // held out
  for (const contender& c : table.contenders) {
    const summary qos = c.result.summarized("final_qos");
    const summary workers = c.result.summarized("mean_workers");
    std::printf("%-16s %6.2f ± %.2f %% in time, %5.2f ± %.2f workers\n", c.name.c_str(), 100 * qos.mean,
                50 * (qos.high - qos.low), workers.mean, (workers.high - workers.low) / 2);
  }
  const auto o = policy_at(search.mean()).options();
  std::printf("level %.0f s, trend %.2f over %.0f s, margin %.2f, spare %.2f, backlog %.2f, hold %.1f, least %.1f\n",
              o.level_s, o.trend, o.trend_s, o.margin, o.spare, o.backlog, o.hold, o.least);
}
