#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::abs
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint32_t, std::uint64_t
#include <limits>     // std::numeric_limits
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/types.hpp>

/// Exact answers for a known, finite environment: the optimal policy, and the value of any policy. So the loss of a
/// learner can be computed without sampling error.
namespace headroom {

/// A finite environment: the mean reward of each action in each state, and the probabilities of the next states.
/// Sparse; 16 bytes for each outcome and 16 for each pair of state and action.
class finite_model {
 public:
  static constexpr std::size_t end =
      std::numeric_limits<std::uint32_t>::max();  ///< as the next state: the episode ends

  struct outcome {
    std::uint32_t next = 0;
    double probability = 0;
  };

  /// `fill(state, action, leads_to)` calls `leads_to(next, probability, reward)` for each outcome of an action, `end`
  /// among them if it may end the episode. An action without an outcome cannot be taken there. Throws
  /// std::invalid_argument unless probabilities are not negative and sum to 1, rewards are finite, next states are
  /// states, and each state has an action.
  template <class Fill>
  finite_model(std::size_t states, std::size_t actions, Fill&& fill) : states_(states), actions_(actions) {
    require(states > 0 && states < end, "finite_model", "number of states", states, "be from 1 to 2^32 - 2");
    require(actions > 0, "finite_model", "number of actions", actions, "be at least 1");
    first_.reserve(states * actions + 1);
    rewards_.reserve(states * actions);
    for (std::size_t s = 0; s < states; ++s) {
      const std::size_t before = outcomes_.size();
      for (std::size_t a = 0; a < actions; ++a) add(s, a, fill);
      require(outcomes_.size() > before, "finite_model", "number of actions in state " + to_text(s), 0,
              "be at least 1");
    }
    first_.push_back(outcomes_.size());
  }

  [[nodiscard]] std::size_t states() const noexcept { return states_; }
  [[nodiscard]] std::size_t actions() const noexcept { return actions_; }
  /// The outcomes of an action; empty if the action cannot be taken in this state.
  [[nodiscard]] std::span<const outcome> outcomes(std::size_t state, std::size_t action) const noexcept {
    const std::size_t i = state * actions_ + action;
    return {outcomes_.data() + first_[i], first_[i + 1] - first_[i]};
  }
  /// The mean reward over the outcomes.
  [[nodiscard]] double reward(std::size_t state, std::size_t action) const noexcept {
    return rewards_[state * actions_ + action];
  }
  /// The reward plus the discounted mean value of the next states.
  [[nodiscard]] double backup(std::size_t state, std::size_t action, std::span<const double> next_values,
                              double discount) const noexcept {
    double expected = 0;
    for (const outcome& o : outcomes(state, action)) {
      if (o.next != end) expected += o.probability * next_values[o.next];
    }
    return reward(state, action) + discount * expected;
  }

 private:
  template <class Fill>
  void add(std::size_t s, std::size_t a, Fill&& fill) {
    first_.push_back(outcomes_.size());
    double mass = 0;
    double mean = 0;
    fill(s, a, [&](std::size_t next, double probability, double reward) {
      require(next < states_ || next == end, "finite_model", "next state", next, "be below " + to_text(states_));
      require_fraction("finite_model", "probability", probability);
      require_finite("finite_model", "reward", reward);
      outcomes_.push_back({static_cast<std::uint32_t>(next), probability});
      mass += probability;
      mean += probability * reward;
    });
    if (first_.back() == outcomes_.size()) mass = 1;
    require(std::abs(mass - 1) < 1e-9, "finite_model", "sum of probabilities", mass, "be 1");
    rewards_.push_back(mean);
  }

  std::size_t states_;
  std::size_t actions_;
  std::vector<std::size_t> first_;
  std::vector<outcome> outcomes_;
  std::vector<double> rewards_;
};

/// An optimal policy and its values. With a horizon the policy depends on the steps left; with a discount it does not,
/// and `horizon` is 0.
struct exact_plan {
  std::size_t states = 0;
  std::size_t horizon = 0;
  std::vector<double> values;         ///< of the states with `horizon` steps left
  std::vector<action_index> choices;  ///< [steps left - 1][state]; one row without a horizon
  std::uint64_t sweeps = 0;

  /// Equally good actions go to the smallest index.
  [[nodiscard]] action_index operator()(state_index s, std::size_t steps_left = 1) const {
    HEADROOM_ASSERT(to_size(s) < states && steps_left > 0, "exact_plan: no such state, or no step left");
    return choices[(horizon == 0 ? 0 : steps_left - 1) * states + to_size(s)];
  }
};

namespace internal {

// One sweep: the best value of each state, given the values of the next states.
inline double sweep(const finite_model& m, double discount, std::span<const double> next, std::span<double> values,
                    action_index* choices) {
  double change = 0;
  for (std::size_t s = 0; s < m.states(); ++s) {
    double best = -std::numeric_limits<double>::infinity();
    for (std::size_t a = 0; a < m.actions(); ++a) {
      if (m.outcomes(s, a).empty()) continue;
      const double v = m.backup(s, a, next, discount);
      if (!(v > best)) continue;
      best = v;
      choices[s] = action_index{a};
    }
    change = std::max(change, std::abs(best - next[s]));
    values[s] = best;
  }
  return change;
}

}  // namespace internal

/// The optimal policy over `steps` steps without a discount, by backward induction. O(steps * outcomes), 8 bytes a step
/// and state.
[[nodiscard]] inline exact_plan plan_steps(const finite_model& m, std::size_t steps) {
  require(steps > 0, "plan_steps", "steps", steps, "be at least 1");
  exact_plan plan{m.states(), steps, std::vector<double>(m.states()), {}, steps};
  plan.choices.resize(steps * m.states());
  std::vector<double> next(m.states());
  for (std::size_t left = 1; left <= steps; ++left) {
    next.swap(plan.values);
    internal::sweep(m, 1, next, plan.values, plan.choices.data() + (left - 1) * m.states());
  }
  return plan;
}

/// The optimal policy for ever with a discount, by value iteration until no value is further than `tolerance` from the
/// exact one.
[[nodiscard]] inline exact_plan plan_discounted(const finite_model& m, double discount, double tolerance = 1e-9) {
  require(discount >= 0 && discount < 1, "plan_discounted", "discount", discount, "be in [0, 1)");
  require_positive("plan_discounted", "tolerance", tolerance);
  exact_plan plan{m.states(), 0, std::vector<double>(m.states()), std::vector<action_index>(m.states()), 0};
  std::vector<double> next(m.states());
  for (;;) {
    next.swap(plan.values);
    const double change = internal::sweep(m, discount, next, plan.values, plan.choices.data());
    ++plan.sweeps;
    if (change * discount <= tolerance * (1 - discount)) return plan;
  }
}

/// The value of a policy from each state over `steps` steps. `policy(state, steps_left)` returns its action; for a
/// policy that draws, `policy(state, steps_left, probabilities)` writes the probability of each action. Throws
/// std::invalid_argument if the policy takes an action that the state does not have.
template <class PolicyT>
[[nodiscard]] std::vector<double> value_of(const finite_model& m, std::size_t steps, PolicyT&& policy) {
  std::vector<double> values(m.states());
  std::vector<double> next(m.states());
  std::vector<double> probabilities(m.actions());
  const auto taken = [&](std::size_t s, std::size_t a) {
    if (a >= m.actions() || m.outcomes(s, a).empty()) {
      require(false, "value_of", "action in state " + to_text(s), a, "be one that can be taken there");
    }
    return m.backup(s, a, next, 1);
  };
  for (std::size_t left = 1; left <= steps; ++left) {
    next.swap(values);
    for (std::size_t s = 0; s < m.states(); ++s) {
      if constexpr (requires { policy(state_index{s}, left, std::span<double>(probabilities)); }) {
        policy(state_index{s}, left, std::span<double>(probabilities));
        values[s] = 0;
        for (std::size_t a = 0; a < m.actions(); ++a) {
          if (probabilities[a] != 0) values[s] += probabilities[a] * taken(s, a);
        }
      } else {
        values[s] = taken(s, to_size(policy(state_index{s}, left)));
      }
    }
  }
  return values;
}

/// The value of a policy from each state for ever with a discount, until no value is further than `tolerance` from the
/// exact one. `policy(state)` returns its action, or `policy(state, probabilities)` writes the probability of each
/// action.
template <class PolicyT>
[[nodiscard]] std::vector<double> discounted_value_of(const finite_model& m, double discount, PolicyT&& policy,
                                                      double tolerance = 1e-9) {
  require(discount >= 0 && discount < 1, "discounted_value_of", "discount", discount, "be in [0, 1)");
  require_positive("discounted_value_of", "tolerance", tolerance);
  // The policy is asked once, because its probabilities are the same at every step.
  std::vector<double> shares(m.states() * m.actions());
  for (std::size_t s = 0; s < m.states(); ++s) {
    const std::span<double> row(shares.data() + s * m.actions(), m.actions());
    if constexpr (requires { policy(state_index{s}, row); }) {
      policy(state_index{s}, row);
    } else {
      row[to_size(policy(state_index{s}))] = 1;
    }
    for (std::size_t a = 0; a < m.actions(); ++a) {
      require(row[a] == 0 || !m.outcomes(s, a).empty(), "discounted_value_of", "action in state " + to_text(s), a,
              "be one that can be taken there");
    }
  }
  std::vector<double> values(m.states());
  std::vector<double> next(m.states());
  for (;;) {
    next.swap(values);
    double change = 0;
    for (std::size_t s = 0; s < m.states(); ++s) {
      values[s] = 0;
      for (std::size_t a = 0; a < m.actions(); ++a) {
        const double share = shares[s * m.actions() + a];
        if (share != 0) values[s] += share * m.backup(s, a, next, discount);
      }
      change = std::max(change, std::abs(values[s] - next[s]));
    }
    if (change * discount <= tolerance * (1 - discount)) return values;
  }
}

/// The mean of values over the states in which an episode begins.
[[nodiscard]] inline double mean_value(std::span<const double> values, std::span<const double> start) {
  require(values.size() == start.size(), "mean_value", "number of start probabilities", start.size(),
          "be " + to_text(values.size()));
  double mean = 0;
  for (std::size_t s = 0; s < values.size(); ++s) mean += start[s] * values[s];
  return mean;
}

/// Each action with the same probability: a policy that only explores.
struct uniform_policy {
  template <class State>
  void operator()(const State&, std::span<double> probabilities) const {
    for (double& p : probabilities) p = 1.0 / static_cast<double>(probabilities.size());
  }
  template <class State>
  void operator()(const State& s, std::size_t, std::span<double> probabilities) const {
    (*this)(s, probabilities);
  }
};

}  // namespace headroom
