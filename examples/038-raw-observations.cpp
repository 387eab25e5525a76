// A pitfall: a network that was trained on numbers from 0 to 1 gets raw numbers, as in the deployment of the published
// request scheduler. Shows what it costs, and how it is noticed.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <utility>
#include <vector>

#include <headroom/headroom.hpp>
#include <headroom/neural.hpp>
#include <headroom/systems/scheduler.hpp>

namespace {

using namespace headroom;
using sample = scheduler::observation;

// [raw]
// The five metrics as they are. The published loop sent these to a network that had only ever seen them scaled.
class raw {
 public:
  using state_type = vector_state;

  [[nodiscard]] static constexpr std::size_t dimension() { return 5; }
  vector_state operator()(const scheduler::service_metrics& m) {
    const double all[] = {m.n_instances, m.pressure, m.queue_length_dominant, m.utilization, m.workload};
    std::transform(std::begin(all), std::end(all), buffer_.begin(), [](double x) { return static_cast<float>(x); });
    return buffer_;
  }

 private:
  std::array<float, 5> buffer_{};
};
// [raw]

// The results of one way to feed the networks, over all of them.
struct row {
  const char* name;
  std::vector<double> reward{};
  double violations = 0;
  double saturated = 0;  // fraction of all numbers; below 0: not counted
};

}  // namespace

int main() {
  constexpr std::uint64_t networks = 5;
  constexpr std::size_t held_out = 20;
  constexpr std::uint64_t episodes = 60;
  const scheduler::published_reward reward;
  const actions menu{1, 2, 3, 4, 5, 6};
  const auto seeds = seed_range(1000, held_out);

  const auto play = [&](row& r, auto policy) {
    const evaluation e = evaluate([](std::uint64_t seed) { return scheduler::environment(seed); }, policy, seeds,
                                  scheduler::score{reward});
    r.reward.push_back(e.summarized("total_reward").mean);
    r.violations += e.summarized("violations").mean / networks;
    const auto& encoder = policy.learner().parts().encode;
    if constexpr (requires { encoder.saturated(); })
      r.saturated += static_cast<double>(encoder.saturated()) / static_cast<double>(5 * 360 * held_out * networks);
    else
      r.saturated = -1;
  };

  row rows[] = {{"scaled, as they were trained"}, {"raw"}, {"raw, ranges declared [0, 1]"}};
  for (std::uint64_t seed = 1; seed <= networks; ++seed) {
    constexpr std::uint64_t steps = 360 * episodes;
    dqn agent{
        5,
        menu.size(),
        {.hidden = {32, 32}, .learning_rate = linear{5e-3, 1e-5, steps}, .discount = 0, .batch = 32, .train_every = 2},
        seed,
        epsilon_greedy{linear{1, 0.1, steps / 2}}};
    const auto scaled = scheduler::features<sample>();
    auto trained = learn_on<scheduler::environment>(scaled, std::move(agent), reward, menu);
    scheduler::environment world(10'000'000 * seed);
    run_episodes(world, trained, episodes);

    // [behind]
    // The same network behind three encoders, on episodes that it has not seen.
    const auto behind = [&](auto encode) {
      return frozen{learn_on<scheduler::environment>(encode, trained.agent(), reward, menu)};
    };
    const standardize unit{between{&sample::n_instances, 0, 1}, between{&sample::pressure, 0, 1},
                           between{&sample::queue_length_dominant, 0, 1}, between{&sample::utilization, 0, 1},
                           between{&sample::workload, 0, 1}};
    play(rows[0], behind(scaled));
    play(rows[1], behind(raw{}));
    play(rows[2], behind(unit));
    // [behind]
  }

  std::printf("%-29s %21s %5s  %s\n", "", "return of 5 networks", "late", "saturated");
  for (row& r : rows) {
    std::sort(r.reward.begin(), r.reward.end());
    std::printf("%-29s %7.0f (%3.0f to %3.0f) %4.0f %%  ", r.name, r.reward[networks / 2], r.reward.front(),
                r.reward.back(), 100 * r.violations);
    if (r.saturated < 0)
      std::puts("nobody counts");
    else
      std::printf("%.0f %%\n", 100 * r.saturated);
  }
  std::printf("%-29s %7.0f\n", "always 5 replicas", 360 * (1 - 0.65 * 5 / 6));
}
