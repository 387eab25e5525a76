// A pitfall: ties that go to the largest index. In a state that was never visited, all actions tie. With the menu {-1,
// 0, +1} the largest index is "scale up": the learner looks careful, but it has learned nothing there. The published
// farm agent has this defect.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include <headroom/agents/sarsa.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/systems/farm/published_reward.hpp>
#include <headroom/run/evaluate.hpp>
#include <headroom/systems/farm/score.hpp>
#include <headroom/run/observers.hpp>
#include <headroom/run/run.hpp>

namespace {

using namespace headroom;
using sight = farm::observation;

// The published bins: 53760 states, of which 100 episodes visit a few hundred.
auto published_bins() {
  return bins{cut{&sight::input_queue, {0.5, 1.5, 2.5}},
              cut{&sight::worker_queue, {0.5, 2.5, 5.5, 9.5, 15.5, 30.5}},
              cut{&sight::workers, {3.5, 7.5, 11.5, 12.5, 16.5, 20.5, 24.5}},
              cut{&sight::average_latency, {0.5, 1, 2, 4, 8, 16, 32}},
              cut{&sight::arrival_rate, {0.15, 0.5, 1.5, 3.5}},
              cut{&sight::qos_rate, {0.5, 0.8, 0.9, 0.95, 0.999}}};
}

template <class Menu>
void train_and_tell(const char* name, const Menu& menu, tie_break ties, std::uint64_t episodes) {
  auto see = published_bins();
  sarsa agent{see.size(),
              menu.size(),
              {.learning_rate = 0.025,
               .discount = 0.985,
               .trace_decay = 0.5,
               .traces = trace_kind::accumulating,
               .trace_threshold = 1e-5},
              42,
              epsilon_greedy{exponential_decay{0.40, 0.10, 0.995, per::episode}, ties}};
  auto policy = learn_on<farm::environment>(see, std::move(agent), farm::published_reward{}, menu);
  farm::environment world(5'000'000);
  if (episodes > 0) run_episodes(world, policy, episodes);

  // A row of zeros was never learned: its actions tie.
  const q_table& table = policy.agent().table();
  std::uint64_t blind = 0;
  std::uint64_t decisions = 0;
  frozen greedy{policy};
  auto count = on_each_step{[&](const auto& r) {
    bool tied = true;
    for (const double v : table.row(to_size(see(r.observation)))) tied = tied && v == 0;
    blind += tied ? 1U : 0U;
    ++decisions;
  }};
  const auto seeds = seed_range(1000, 100);
  const evaluation e = evaluate([](std::uint64_t seed) { return farm::environment(seed); }, greedy, seeds,
                                farm::score{farm::published_reward{}}, count);
  std::printf("%-30s %6.1f %% %9.2f %9.1f %10.2f\n", name,
              100 * static_cast<double>(blind) / static_cast<double>(decisions), e.summarized("mean_workers").mean,
              e.summarized("max_workers").mean, 100 * e.summarized("final_qos").mean);
}

}  // namespace

int main() {
  const actions published{-1, 0, +1};
  const actions hold_first{0, -1, +1};
  std::printf("                                  blind   workers   at most  in time %%\n");
  train_and_tell("untrained, largest index", published, tie_break::largest_index, 0);
  train_and_tell("untrained, hold first", hold_first, tie_break::smallest_index, 0);
  train_and_tell("100 episodes, largest index", published, tie_break::largest_index, 100);
  train_and_tell("100 episodes, hold first", hold_first, tie_break::smallest_index, 100);
  train_and_tell("1000 episodes, largest index", published, tie_break::largest_index, 1000);
  train_and_tell("1000 episodes, hold first", hold_first, tie_break::smallest_index, 1000);
}
