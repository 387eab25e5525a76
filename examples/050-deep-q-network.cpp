// The same parts with a network in the place of the table: an encoder into numbers, a DQN, and its health. A table must
// cut these numbers into bins; a network takes them directly.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include <headroom/headroom.hpp>
#include <headroom/neural.hpp>

namespace {

using namespace headroom;

struct sample {
  double queue = 0;
  double arrivals = 0;
  double trend = 0;
  int replicas = 4;
};

class pool {
 public:
  using observation_type = sample;
  using action_type = int;

  sample reset() {
    t_ = 0;
    return now_ = {0, 4, 0, 4};
  }
  step_result<sample> step(int delta) {
    now_.replicas = std::clamp(now_.replicas + delta, 1, 8);
    const double arrivals = 4 + 3 * std::sin(0.1 * ++t_);
    now_.trend = arrivals - std::exchange(now_.arrivals, arrivals);
    now_.queue = std::clamp(now_.queue + now_.arrivals - now_.replicas, 0.0, 50.0);
    return {now_, t_ == 200 ? episode::truncated : episode::ongoing};
  }

 private:
  sample now_;
  int t_ = 0;
};

}  // namespace

int main() {
  // [deep]
  // Every feature to about one: the ranges are declared, and what leaves them is clamped and counted.
  standardize see{between{&sample::queue, 0, 10}, between{&sample::arrivals, 0, 8, -1, 1},
                  between{&sample::trend, -0.4, 0.4, -1, 1}, between{&sample::replicas, 1, 8, -1, 1}};
  actions menu{-1, 0, +1};
  const auto cost = [](const sample&, int delta, const sample& next) {
    return -1.0 * next.replicas - (next.queue > 2 ? 10 : 0) - 0.5 * std::abs(delta);
  };
  dqn agent{see.dimension(),
            menu.size(),
            {.hidden = {32, 32}, .learning_rate = linear{1e-3, 1e-4, 40'000}, .discount = 0.8, .batch = 32},
            42,
            epsilon_greedy{linear{0.5, 0.02, 30'000}}};
  auto policy = learn_on<pool>(see, std::move(agent), cost, menu);
  // [deep]

  pool world;
  run(world, policy, 40'000);
  const dqn_health& health = policy.agent().health();
  std::printf("updates made %llu, refused %llu\n", static_cast<unsigned long long>(health.updates),
              static_cast<unsigned long long>(health.diverged));

  // One decimal is printed: without fused multiply-add a machine rounds differently, and the second decimal differs.
  const auto score = [&](auto contender) {  // mean reward of an episode's step
    double total = 0;
    run_episodes(world, contender, 1,
                 on_each_step{[&](const auto& r) { total += cost(r.observation, r.action, r.next); }});
    return total / 200;
  };
  std::printf("dqn                   %6.1f\n", score(frozen{policy}));
  std::printf("threshold             %6.1f\n",
              score(threshold{&sample::queue, &sample::replicas, {.up_above = 1, .down_below = 0.5}}));
  std::printf("constant, 7 replicas  %6.1f\n", score(constant{7, &sample::replicas}));
}
