#pragma once

#include <algorithm>  // std::fill, std::max
#include <cmath>      // std::abs
#include <cstddef>    // std::size_t
#include <span>       // std::span
#include <vector>     // std::vector

namespace headroom::internal {

/// In place of the share of an action: as often as the author of the log did it.
inline constexpr double log_author = -1;
/// In place of a next state: the task ended.
inline constexpr std::size_t log_end = static_cast<std::size_t>(-1);

/// V = fixed + discount * sum of weights * V(next), one row a state. V of a state is what a policy is worth there.
struct log_values {
  std::vector<double> fixed;
  std::vector<std::size_t> first;
  std::vector<std::size_t> next;
  std::vector<double> weight;
  std::vector<double> unsure;  // share of a state's decisions that were never tried
  std::vector<double> start;   // steps that begin in each state
  double steps = 0;

  [[nodiscard]] double mean(std::span<const double> values) const {
    double sum = 0;
    for (std::size_t s = 0; s < values.size(); ++s) sum += start[s] * values[s];
    return sum / steps;
  }

  /// Finds V by repeated averaging in place, until no value is further than this share of the largest from its fixed
  /// point. `v` is where it begins. O(sweeps * weights).
  void solve(std::span<double> v, double discount, double accuracy) const {
    for (;;) {
      double change = 0;
      double largest = 0;
      for (std::size_t s = 0; s < v.size(); ++s) {
        double sum = 0;
        for (std::size_t o = first[s]; o < first[s + 1]; ++o) sum += weight[o] * v[next[o]];
        const double now = fixed[s] + discount * sum;
        change = std::max(change, std::abs(now - v[s]));
        largest = std::max(largest, std::abs(now));
        v[s] = now;
      }
      if (change * discount <= accuracy * largest * (1 - discount) || change == 0) return;
    }
  }
};

/// How the weight of a policy's decisions is spread over a log, summed over its halves.
struct log_weights {
  double mass = 0;     // of all decisions
  double tried = 0;    // of those that the log shows
  double squares = 0;  // sum of the squares, over the steps of the log
};

/// Half of a log as numbers: which state, which pair of state and action, which next state.
struct log_half {
  struct step {
    std::size_t part, state, pair, next;  // part: the episode, or a piece of one
    double reward;
  };
  std::vector<step> steps{};  // sorted by pair, so that the steps of a state stand together

  /// The values of the policy with these shares, of `states` states, if part k was drawn `drawn[k]` times. What was
  /// never tried is worth `unknown`. O(steps + states).
  [[nodiscard]] log_values values_of(std::size_t states, std::span<const double> shares, std::span<const double> drawn,
                                     double unknown) const {
    const std::size_t n = states;
    log_values m;
    m.fixed.assign(n, 0.0);
    m.unsure.assign(n, 1.0);
    m.start.assign(n, 0.0);
    m.first.reserve(n + 1);
    std::size_t i = 0;
    for (std::size_t s = 0; s < n; ++s) {
      m.first.push_back(m.next.size());
      for (std::size_t k = i; k < steps.size() && steps[k].state == s; ++k) m.start[s] += drawn[steps[k].part];
      while (i < steps.size() && steps[i].state == s) {
        const std::size_t pair = steps[i].pair;
        const std::size_t from = i;
        double visits = 0;
        double rewards = 0;
        for (; i < steps.size() && steps[i].pair == pair; ++i) {
          visits += drawn[steps[i].part];
          rewards += drawn[steps[i].part] * steps[i].reward;
        }
        if (visits == 0) continue;
        const double share = shares[pair] == log_author ? visits / m.start[s] : shares[pair];
        if (share == 0) continue;
        m.unsure[s] -= share;
        m.fixed[s] += share * rewards / visits;
        for (std::size_t o = from; o < i; ++o) {
          const double w = drawn[steps[o].part] * share / visits;
          if (w == 0 || steps[o].next == log_end) continue;
          if (m.next.size() > m.first.back() && m.next.back() == steps[o].next)
            m.weight.back() += w;
          else {
            m.next.push_back(steps[o].next);
            m.weight.push_back(w);
          }
        }
      }
      m.unsure[s] = std::max(0.0, m.unsure[s]);
      if (m.unsure[s] < 1e-12) m.unsure[s] = 0;
      m.fixed[s] += m.unsure[s] * unknown;
      m.steps += m.start[s];
    }
    m.first.push_back(m.next.size());
    return m;
  }

  /// Follows the weight of the policy's decisions through the half, from its logged states on, and adds it to `w`. A
  /// decision that was never tried weighs as much as everything that would follow it.
  void weigh(const log_values& m, std::span<const double> shares, double discount, log_weights& w) const {
    const std::size_t n = m.start.size();
    std::vector<double> total(n);
    std::vector<double> now = m.start;
    std::vector<double> then(n);
    for (double left = m.steps; left > 1e-9 * m.steps;) {
      std::fill(then.begin(), then.end(), 0.0);
      for (std::size_t s = 0; s < n; ++s) {
        total[s] += now[s];
        for (std::size_t o = m.first[s]; o < m.first[s + 1]; ++o) then[m.next[o]] += discount * m.weight[o] * now[s];
      }
      now.swap(then);
      left = 0;
      for (const double one : now) left += one;
    }
    for (std::size_t s = 0; s < n; ++s) {
      w.mass += total[s] * (1 - m.unsure[s]) + total[s] * m.unsure[s] / (1 - discount);
      w.tried += total[s] * (1 - m.unsure[s]);
    }
    for (std::size_t i = 0; i < steps.size();) {
      const std::size_t pair = steps[i].pair;
      const std::size_t from = i;
      while (i < steps.size() && steps[i].pair == pair) ++i;
      const auto visits = static_cast<double>(i - from);
      const std::size_t state = steps[from].state;
      const double weight = total[state] * (shares[pair] == log_author ? visits / m.start[state] : shares[pair]);
      w.squares += weight * weight / visits;
    }
  }
};

}  // namespace headroom::internal
