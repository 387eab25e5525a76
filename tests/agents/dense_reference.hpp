#pragma once

#include <algorithm>  // std::fill, std::max
#include <cmath>      // std::abs
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/tabular/q_table.hpp>
#include <headroom/tabular/traces.hpp>

/// Sutton and Barto's boxes, word for word: a trace for every pair, all of them updated and decayed at every step. The
/// caller says which actions were taken and what the next state is worth.
struct dense_td {
  std::size_t actions;
  double learning_rate;
  double discount;
  double trace_decay;
  headroom::trace_kind kind;
  std::vector<double> q;
  std::vector<double> e;

  dense_td(std::size_t states, std::size_t n, double alpha, double gamma, double lambda, headroom::trace_kind k)
      : actions(n), learning_rate(alpha), discount(gamma), trace_decay(lambda), kind(k), q(states * n), e(states * n) {}

  [[nodiscard]] double value(std::size_t s, std::size_t a) const { return q[s * actions + a]; }
  [[nodiscard]] double best(std::size_t s, headroom::action_mask legal = {}) const {
    double top = -1e300;
    for (std::size_t a = 0; a < actions; ++a) top = legal[a] ? std::max(top, value(s, a)) : top;
    return top;
  }
  void begin() { std::fill(e.begin(), e.end(), 0.0); }
  /// `after` is the value of what comes after, 0 if nothing does.
  void update(std::size_t s, std::size_t a, double reward, double after) {
    const double delta = reward + discount * after - value(s, a);
    double& visited = e[s * actions + a];
    if (kind == headroom::trace_kind::accumulating) visited = visited + 1;
    if (kind == headroom::trace_kind::replacing) visited = 1;
    if (kind == headroom::trace_kind::dutch) visited = (1 - learning_rate) * visited + 1;
    for (std::size_t i = 0; i < q.size(); ++i) {
      q[i] += learning_rate * delta * e[i];
      e[i] *= discount * trace_decay;
    }
  }

  /// The largest difference to a table, relative where values exceed 1.
  [[nodiscard]] double difference(const headroom::q_table& table) const {
    double worst = 0;
    for (std::size_t i = 0; i < q.size(); ++i)
      worst = std::max(worst, std::abs(q[i] - table.all()[i]) / (1 + std::abs(q[i])));
    return worst;
  }
};

/// A Markov decision process out of a seed: from each pair one of three random states, a random reward, and random
/// ends.
class random_mdp {
 public:
  static constexpr std::size_t states = 12;
  static constexpr std::size_t actions = 4;

  explicit random_mdp(std::uint64_t seed) : random_(seed, headroom::stream::workload) {
    for (auto& s : next_) s = random_.below(states);
    for (auto& r : reward_) r = headroom::normal(random_, 0, 2);
  }

  struct outcome {
    double reward;
    std::size_t state;
    headroom::episode status;
  };
  std::size_t reset() { return state_ = random_.below(states); }
  outcome step(headroom::action_index a) {
    const std::size_t k = (state_ * actions + headroom::to_size(a)) * 3 + random_.below(3);
    state_ = next_[k];
    const double u = random_.uniform();
    return {reward_[k], state_,
            u < 0.04   ? headroom::episode::terminated
            : u < 0.08 ? headroom::episode::truncated
                       : headroom::episode::ongoing};
  }
  /// A mask that leaves at least one action, a new one each time; lives until the next call.
  headroom::action_mask mask() {
    word_ = (random_() & 0xfU) | (std::uint64_t{1} << random_.below(actions));
    return headroom::action_mask{&word_};
  }

 private:
  headroom::engine random_;
  std::size_t next_[states * actions * 3]{};
  double reward_[states * actions * 3]{};
  std::size_t state_ = 0;
  std::uint64_t word_ = 0;
};

/// Runs an agent on a random_mdp beside the reference, `follow` being called with (reference, s', a', mask) for the
/// value of what comes after and telling whether the trace is cut. Returns the largest difference that there ever was.
template <class Agent, class Follow>
double run_beside(Agent& agent, dense_td& reference, std::uint64_t seed, int steps, bool masked, Follow follow) {
  using namespace headroom;
  random_mdp world(seed);
  double worst = 0;
  std::size_t s = world.reset();
  action_mask legal = masked ? world.mask() : action_mask{};
  reference.begin();
  action_index a = agent.start(state_index{s}, legal);
  for (int t = 0; t < steps; ++t) {
    const auto o = world.step(a);
    legal = masked ? world.mask() : action_mask{};
    const state_index next{o.state};
    if (o.status == episode::terminated) {
      agent.terminate(o.reward);
      reference.update(s, to_size(a), o.reward, 0);
    } else {
      // The action that truncate draws is not shown; a copy of the agent, told to go on, draws the same one.
      Agent twin = agent;
      const action_index after = twin.step(o.reward, next, legal);
      const auto [value, cut] = follow(reference, o.state, after, legal);
      if (o.status == episode::truncated)
        agent.truncate(o.reward, next, legal);
      else if (agent.step(o.reward, next, legal) != after)
        return 1e300;
      reference.update(s, to_size(a), o.reward, value);
      if (cut) reference.begin();
      s = o.state;
      a = after;
    }
    worst = std::max(worst, reference.difference(agent.table()));
    if (o.status != episode::ongoing) {
      s = world.reset();
      legal = masked ? world.mask() : action_mask{};
      reference.begin();
      a = agent.start(state_index{s}, legal);
    }
  }
  return worst;
}

struct follow_up {
  double value;  ///< of what comes after
  bool cut;      ///< whether the trace ends
};
