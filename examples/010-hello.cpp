// The quick start: an environment, an objective, and a policy that learns to scale. Prints a baseline beside the
// learner.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include <headroom/headroom.hpp>

struct sample {
  double queue = 0, arrivals = 0, trend = 0;
  int replicas = 1;
};  // what you can see

class pool {  // your world
 public:
  using observation_type = sample;
  using action_type = int;  // replicas to add or remove

  sample reset() {
    t_ = 0;
    return now_ = {0, 4, 0, 4};
  }
  headroom::step_result<sample> step(int delta) {
    now_.replicas = std::clamp(now_.replicas + delta, 1, 8);
    const double arrivals = 4 + 3 * std::sin(0.1 * ++t_);
    now_.trend = arrivals - std::exchange(now_.arrivals, arrivals);
    now_.queue = std::clamp(now_.queue + now_.arrivals - now_.replicas, 0.0, 50.0);
    return {now_, t_ == 200 ? headroom::episode::truncated : headroom::episode::ongoing};
  }

 private:
  sample now_;
  int t_ = 0;
};
static_assert(headroom::Environment<pool>);

int main() {
  using namespace headroom;
  // [ten lines]
  bins see{cut{&sample::queue, {0.5, 2, 8}}, cut{&sample::arrivals, {1, 2, 3, 4, 5, 6}}, cut{&sample::trend, {0}},
           cut{&sample::replicas, {2, 3, 4, 5, 6, 7, 8}}};
  actions menu{-1, 0, +1};
  auto cost = [](const sample&, int delta, const sample& next) {  // what you want, per step
    return -1.0 * next.replicas - (next.queue > 2 ? 10 : 0) - 0.5 * std::abs(delta);
  };
  sarsa agent{
      see.size(), menu.size(), {.discount = 0.8, .trace_decay = 0.9}, 42, epsilon_greedy{linear{0.3, 0, 150'000}}};
  auto policy = learn_on<pool>(see, std::move(agent), cost, menu);
  pool world;
  run(world, policy, 200'000);  // learns while it runs
  // [ten lines]

  auto score = [&](auto contender) {  // mean reward of an episode's step
    double total = 0;
    run_episodes(world, contender, 1,
                 on_each_step{[&](const auto& r) { total += cost(r.observation, r.action, r.next); }});
    return total / 200;
  };
  std::printf("sarsa                 %6.2f\n", score(frozen{policy}));
  std::printf("threshold             %6.2f\n",
              score(threshold{&sample::queue, &sample::replicas, {.up_above = 1, .down_below = 0.5}}));
  std::printf("constant, 7 replicas  %6.2f\n", score(constant{7, &sample::replicas, {.max_up = 1, .max_down = 1}}));
}
