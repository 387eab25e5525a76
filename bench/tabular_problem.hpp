#pragma once

#include <cstddef>  // std::size_t
#include <span>     // std::span
#include <vector>   // std::vector

#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>

/// What the tabular agents are timed with: trajectories that were drawn beforehand, so that a step of the agent is its
/// update and nothing else, and the least that an update can be.
namespace tabular_problem {

using namespace headroom;

inline constexpr std::size_t recorded = 65'536;

/// A walk goes to a neighbour, so that traces recur; a jump to any state, so that nothing is in the cache that the
/// cache cannot hold.
struct recording {
  std::vector<state_index> state;
  std::vector<action_index> action;
  std::vector<double> reward;

  recording(std::size_t states, std::size_t actions, bool jump) {
    engine random(1, stream::workload);
    std::size_t s = states / 2;
    for (std::size_t t = 0; t < recorded; ++t) {
      s = jump ? random.below(states) : (s + random.below(5) + states - 2) % states;
      state.push_back(state_index{s});
      action.push_back(action_index{random.below(actions)});
      reward.push_back(random.uniform() - 0.5);
    }
  }
};

/// Does what was recorded.
struct scripted {
  const action_index* next;
  std::size_t at = 0;

  action_index operator()(std::span<const double>, action_mask, engine&) { return next[at++ % recorded]; }
  void probabilities(std::span<const double>, action_mask, std::span<double> out) const {
    for (double& p : out) p = 1.0 / static_cast<double>(out.size());
  }
};

/// The update alone, from a log: state, action, reward, next state, next action. `recorded - 1` of them.
template <class Agent>
void replay(Agent& agent, const recording& r) {
  for (std::size_t t = 0; t + 1 < recorded; ++t) {
    agent.learn(r.state[t], r.action[t], r.reward[t], r.state[t + 1], r.action[t + 1]);
  }
}

/// The least that a SARSA(0) can do with the same log, on a table of states * actions numbers. None of the width, the
/// rate and the discount may be known when this is compiled, as in the agent: their caller reads them from volatiles.
inline void bare_loop(std::vector<double>& q, const recording& r, std::size_t width, double rate, double discount) {
  for (std::size_t t = 0; t + 1 < recorded; ++t) {
    double& last = q[to_size(r.state[t]) * width + to_size(r.action[t])];
    const double next = q[to_size(r.state[t + 1]) * width + to_size(r.action[t + 1])];
    last += rate * (r.reward[t] + discount * next - last);
  }
}

}  // namespace tabular_problem
