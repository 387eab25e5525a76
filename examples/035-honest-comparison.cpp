// A pitfall: comparisons that make a policy look too good. Three habits and what each of them costs on the farm:
// unpaired seeds, the best of several trained policies, and an evaluation on the seeds of the training.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <utility>
#include <vector>

#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/baselines/constant.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/rewards/cost.hpp>
#include <headroom/systems/farm/published_reward.hpp>
#include <headroom/rewards/missed.hpp>
#include <headroom/rewards/weighted.hpp>
#include <headroom/run/compare.hpp>
#include <headroom/systems/farm/score.hpp>
#include <headroom/run/run.hpp>

namespace {

using namespace headroom;

farm::environment make(std::uint64_t seed) { return farm::environment(seed); }

double half(const summary& s) { return (s.high - s.low) / 2; }

void pairs() {
  // [paired]
  const auto fixed = [](int workers) {
    return constant{workers, &farm::observation::workers, {.maximum = 32, .max_up = 1, .max_down = 1}};
  };
  std::vector policies{named{"14 workers", fixed(14)}, named{"15 workers", fixed(15)}};
  const auto seeds = seed_range(1000, 50);
  const comparison c = compare(make, std::span(policies), seeds, farm::score{farm::published_reward{}});
  const summary paired = c.difference("15 workers", "14 workers", "final_qos");
  // [paired]
  const summary more = c.of("15 workers").result.summarized("final_qos");
  const summary less = c.of("14 workers").result.summarized("final_qos");
  std::printf("one worker more, points of QoS, 50 seeds\n");
  std::printf("  as if the seeds were others  %+.2f ±%.2f\n", 100 * (more.mean - less.mean),
              100 * std::hypot(half(more), half(less)));
  std::printf("  seed by seed                 %+.2f ±%.2f\n\n", 100 * paired.mean, 100 * half(paired));
}

// A learner of the farm, trained on the episodes of `world`.
auto trained(farm::environment world, std::uint64_t episodes, std::uint64_t seed) {
  bins see{cut{&farm::observation::input_queue, {0.5, 1.5, 2.5}},
           cut{&farm::observation::workers, even_edges(9.5, 20.5, 11)},
           cut{&farm::observation::worker_queue, {0.5, 3.5, 8.5}}};
  limited menu{actions{0, -1, +1}, &farm::observation::workers, {.minimum = 9, .maximum = 21}};
  weighted objective{term{"late", 4, missed{&farm::observation::qos_rate, &farm::observation::output_queue, 100}},
                     term{"workers", 0.32, cost{&farm::observation::workers, 32}}};
  sarsa agent{see.size(),
              menu.size(),
              {.learning_rate = linear{0.1, 0.01, episodes, per::episode},
               .discount = 1,
               .trace_decay = 0.9,
               .trace_threshold = 0.02},
              seed,
              epsilon_greedy{linear{0.3, 0, episodes, per::episode}}};
  auto policy = learn_on<farm::environment>(see, std::move(agent), objective, menu);
  run_episodes(world, policy, episodes);
  return frozen{policy};
}

// The objective as one number: ten late requests cost as much as one worker for a whole episode.
template <class P>
double score(P policy, std::span<const std::uint64_t> seeds) {
  const evaluation e = evaluate(make, policy, seeds, farm::score{farm::published_reward{}});
  return e.summarized("mean_workers").mean + (1 - e.summarized("final_qos").mean) * 114;
}

void checkpoints() {
  const auto few = seed_range(2000, 5);
  const auto many = seed_range(3000, 100);
  double best = 1e9;
  double best_truly = 0;
  double mean_truly = 0;
  for (std::uint64_t k = 0; k < 10; ++k) {
    const auto policy = trained(farm::environment(10'000'000 + 1'000'000 * k), 300, k);
    const double seen = score(policy, few);
    const double truly = score(policy, many);
    mean_truly += truly / 10;
    if (seen < best) {
      best = seen;
      best_truly = truly;
    }
  }
  std::printf("the best of ten trained policies, by its cost on 5 seeds\n");
  std::printf("  on the 5 seeds it was picked by    %.2f\n", best);
  std::printf("  the same policy on 100 others      %.2f\n", best_truly);
  std::printf("  all ten, on average, on those 100  %.2f\n\n", mean_truly);
}

void training_seeds() {
  constexpr std::uint64_t n = 4;
  farm::options ten;
  ten.distinct_episodes = 10;
  double own = 0;
  double others = 0;
  for (std::uint64_t k = 0; k < n; ++k) {
    const auto policy = trained(farm::environment(100 * k, ten), 500, k);
    for (std::uint64_t j = 0; j < n; ++j) (j == k ? own : others) += score(policy, seed_range(100 * j, 10));
  }
  std::printf("trained on 10 episodes over and over, four times on different ones\n");
  std::printf("  on the 10 that it knows            %.2f\n", own / n);
  std::printf("  on the 30 that the others know     %.2f\n", others / (n * (n - 1)));
}

}  // namespace

int main() {
  pairs();
  checkpoints();
  training_seeds();
}
