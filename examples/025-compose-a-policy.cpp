// A policy is composed of four parts. Each is exchanged here in turn, on one environment, and the table shows what it
// changes: docs/2-compose-a-policy.md.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <utility>

#include <headroom/headroom.hpp>
#include <headroom/neural.hpp>

#include "jumping_pool.hpp"

namespace {

// [reward]
// The price of a full queue, in replicas: what the operator decides, and nobody else.
auto objective(double price) {
  return weighted{term{"queue", price, slo{&sample::queue, good_when::below, 0, 200}},
                  term{"replicas", 12, cost{&sample::replicas, 12}}};
}
// [reward]

// [score]
// What a row of the table shows of an episode. Not the reward: policies with different rewards must be comparable.
struct score {
  static constexpr std::array<std::string_view, 2> names{"queue", "replicas"};
  double queue = 0;
  double replicas = 0;
  int steps = 0;

  void on_start(const sample&) { queue = replicas = steps = 0; }
  void on_step(const auto& r) {
    queue += r.next.queue;
    replicas += r.next.replicas;
    ++steps;
  }
  [[nodiscard]] std::array<double, 2> values() const { return {queue / steps, replicas / steps}; }
};

template <class P>
void show(const char* name, P policy) {
  const auto seeds = seed_range(9000, 200);  // held out: training stays below
  const evaluation e = evaluate([](std::uint64_t seed) { return jumping_pool(seed); }, policy, seeds, score{});
  std::printf("%-32s %5.1f %8.2f\n", name, e.summarized("queue").mean, e.summarized("replicas").mean);
}
// [score]

template <class P>
P trained(P policy, std::uint64_t steps) {
  jumping_pool world(1);
  run(world, policy, steps);
  return policy;
}

}  // namespace

int main() {
  std::printf("%-32s %5s %8s\n", "policy", "queue", "replicas");

  // [parts]
  const bins see{cut{&sample::queue, {1, 20, 60}}, cut{&sample::arrivals, {35}},
                 cut{&sample::replicas, even_edges(0.5, 12.5, 12)}};
  const limited menu{actions{0, -1, +1}, &sample::replicas, {.minimum = 1, .maximum = 12}};
  const td_options options{.learning_rate = linear{0.2, 0.01, 400'000}, .discount = 0.95, .trace_decay = 0.7};
  const epsilon_greedy explore{linear{0.2, 0, 400'000}};

  const auto first = trained(
      learn_on<jumping_pool>(see, sarsa{see.size(), menu.size(), options, 1, explore}, objective(20), menu), 500'000);
  show("the policy of page 1", frozen{first});
  // [parts]

  // [another reward]
  const auto dear = trained(
      learn_on<jumping_pool>(see, sarsa{see.size(), menu.size(), options, 1, explore}, objective(100), menu), 500'000);
  show("another reward: a dearer queue", frozen{dear});
  // [another reward]

  // [another menu]
  const limited far{actions{0, -1, +1, -4, +4}, &sample::replicas, {.minimum = 1, .maximum = 12}};
  const auto leaps = trained(
      learn_on<jumping_pool>(see, sarsa{see.size(), far.size(), options, 1, explore}, objective(20), far), 500'000);
  show("another menu: moves of four", frozen{leaps});
  // [another menu]

  // [another encoder]
  const tiles coded{tilings<8>, axis{&sample::queue, 0, 100, 5}, axis{&sample::arrivals, 0, 80, 4},
                    axis{&sample::replicas, 1, 12, 6}};
  const auto tiled =
      trained(learn_on<jumping_pool>(
                  coded, sarsa<epsilon_greedy, active_features<8>>{coded.size(), menu.size(), options, 1, explore},
                  objective(20), menu),
              500'000);
  show("another encoder: tiles", frozen{tiled});
  // [another encoder]

  // [another agent]
  const auto watkins = trained(
      learn_on<jumping_pool>(see, q_learning{see.size(), menu.size(), options, 1, explore}, objective(20), menu),
      500'000);
  show("another agent: Q-learning", frozen{watkins});

  standardize numbers{between{&sample::queue, 0, 100}, between{&sample::arrivals, 0, 80},
                      between{&sample::replicas, 1, 12}};
  dqn network{numbers.dimension(),
              menu.size(),
              {.hidden = {32, 32},
               .learning_rate = linear{1e-3, 1e-4, 50'000},
               .discount = 0.9,
               .batch = 32,
               .scale_rewards = true},
              1,
              epsilon_greedy{linear{0.5, 0.02, 40'000}}};
  const auto deep =
      trained(learn_on<jumping_pool>(std::move(numbers), std::move(network), objective(20), menu), 60'000);
  show("another agent: a deep Q-network", frozen{deep});
  // [another agent]

  // [guard]
  // Whatever the learner wishes: nothing is taken away while requests wait. The learner never sees what a removal there
  // would bring, so its first belief must not be better than what it knows: a pessimistic initial value.
  const auto no_less_while_waiting = [](const sample& o, int delta) {
    return o.queue > 0 ? std::max(delta, 0) : delta;
  };
  const td_options pessimist{
      .learning_rate = options.learning_rate, .discount = 0.95, .trace_decay = 0.7, .initial_value = -600};
  const auto safe = trained(
      guarded{learn_on<jumping_pool>(see, sarsa{see.size(), menu.size(), pessimist, 1, explore}, objective(20), menu),
              no_less_while_waiting},
      500'000);
  show("the first one behind a guard", guarded{frozen{safe.inner()}, no_less_while_waiting});
  // [guard]

  // [baselines]
  const replica_limits limits{.minimum = 1, .maximum = 12, .max_up = 1, .max_down = 1};
  show("threshold", threshold{&sample::queue, &sample::replicas, {.up_above = 10, .down_below = 1}, limits});
  show("constant, 5 replicas", constant{5, &sample::replicas, limits});
  // [baselines]
  return 0;
}
