// The hot paths, each some number of times between two requests to callgrind: it counts what lies between, and names
// the count. Outside valgrind the requests do nothing and this program only shows that it runs. check.cmake compares
// the counts with expected.txt.

#include <array>    // std::array
#include <cstddef>  // std::size_t
#include <cstdio>   // std::printf
#include <span>     // std::span
#include <utility>  // std::forward
#include <vector>   // std::vector

#include <valgrind/callgrind.h>

#include <headroom/explorations/epsilon_greedy.hpp>
#include <headroom/explorations/greedy.hpp>
#include <headroom/agents/dqn.hpp>
#include <headroom/agents/sarsa.hpp>

#include "../dqn_problem.hpp"
#include "../farm_agent.hpp"

namespace {

using namespace headroom;

constexpr std::size_t states = 10'000;
constexpr std::size_t actions = 3;
constexpr std::size_t steps = 10'000;

// What is computed and never looked at must still be computed.
template <class T>
void keep(const T& x) {
  asm volatile("" : : "g"(&x) : "memory");
}

/// Counts the instructions of `run()`, which does something `n` times, and tells by what to divide.
#define COUNT(name, n, run)           \
  do {                                \
    CALLGRIND_ZERO_STATS;             \
    run();                            \
    CALLGRIND_DUMP_STATS_AT(name);    \
    std::printf("%s %zu\n", name, n); \
  } while (false)

struct recording {
  std::vector<state_index> state;
  std::vector<action_index> action;
  std::vector<double> reward;
  recording() {
    engine random(1, stream::workload);
    for (std::size_t t = 0; t < steps; ++t) {
      state.push_back(state_index{random.below(states)});
      action.push_back(action_index{random.below(actions)});
      reward.push_back(random.uniform() - 0.5);
    }
  }
};

// Does what was recorded, so that a step of the agent is its update and nothing else.
struct scripted {
  const action_index* next;
  std::size_t at = 0;
  action_index operator()(std::span<const double>, action_mask, engine&) { return next[at++ % steps]; }
};

sarsa<scripted> untaught(const recording& r, double lambda) {
  return {
      states, actions, {.learning_rate = 0.1, .discount = 0.99, .trace_decay = lambda}, 1, scripted{r.action.data()}};
}

void tabular() {
  const recording r;
  // The update alone, and with what an agent in use does beside it.
  for (const auto& [name, lambda] : {std::pair{"sarsa-0", 0.0}, {"sarsa-0.9", 0.9}}) {
    sarsa<scripted> agent = untaught(r, lambda);
    const auto all = [&] {
      for (std::size_t t = 0; t + 1 < steps; ++t) {
        agent.learn(r.state[t], r.action[t], r.reward[t], r.state[t + 1], r.action[t + 1]);
      }
    };
    all();
    COUNT(name, steps - 1, all);
    keep(agent);
  }
  sarsa<scripted> agent = untaught(r, 0);
  agent.start(r.state[0]);
  COUNT("sarsa-0-step", steps, [&] {
    for (std::size_t t = 0; t < steps; ++t) agent.step(r.reward[t], r.state[t]);
  });
  keep(agent);
  engine random(2, stream::exploration);
  q_table q(states, actions);
  for (double& v : q.all()) v = random.uniform();
  std::size_t sum = 0;
  greedy best;
  COUNT("greedy", steps, [&] {
    for (std::size_t t = 0; t < steps; ++t) sum += to_size(best(q.row(to_size(r.state[t])), {}, random));
  });
  epsilon_greedy explore{0.1};
  COUNT("epsilon-greedy", steps, [&] {
    for (std::size_t t = 0; t < steps; ++t) sum += to_size(explore(q.row(to_size(r.state[t])), {}, random));
  });
  keep(sum);
}

void whole_step() {
  auto see = farm_agent::farm_encoder();
  const auto observations = farm_agent::farm_observations(steps);
  sarsa agent{see.size(),
              actions,
              {.learning_rate = 0.025, .discount = 0.985, .trace_decay = 0.5, .traces = trace_kind::accumulating},
              1,
              epsilon_greedy{0.1, tie_break::largest_index}};
  agent.start(see(observations[0]));
  std::size_t sum = 0;
  const auto all = [&] {
    for (const farm_agent::observation& o : observations) sum += to_size(agent.step(o.qos_rate, see(o)));
  };
  all();
  COUNT("farm-step", steps, all);
  keep(sum);
}

void deep() {
  constexpr std::size_t updates = 50, choices = 1'000;
  dqn_options o;
  o.capacity = 2'000;
  o.discount = static_cast<double>(dqn_problem::discount);
  o.clip_norm = static_cast<double>(dqn_problem::clip_norm);
  dqn agent(dqn_problem::features, dqn_problem::actions, o, 42);
  const auto experience = dqn_problem::transitions(o.capacity);
  for (const auto& t : experience) {
    agent.remember(t.s, action_index{t.action}, static_cast<double>(t.reward), t.next, t.terminated);
  }
  const auto some = [&] {
    for (std::size_t i = 0; i < updates; ++i) agent.update();
  };
  some();
  COUNT("dqn-update-64", updates, some);
  std::size_t sum = 0;
  COUNT("dqn-choose", choices, [&] {
    for (std::size_t i = 0; i < choices; ++i) sum += to_size(agent.greedy(experience[i].s));
  });
  keep(sum);
}

}  // namespace

int main() {
  // Valgrind 3.19 knows no AVX-512, and tells programs so; where a later one does, the counts would be of other code.
  std::printf("avx512 %d\n", best_instructions() == instruction_set::avx512 ? 1 : 0);
  tabular();
  whole_step();
  deep();
}
