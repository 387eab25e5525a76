#pragma once

#include <algorithm>  // std::fill_n, std::max
#include <cmath>      // std::abs
#include <cstddef>    // std::ptrdiff_t, std::size_t
#include <cstdint>    // std::uint64_t
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/offline/offline.hpp>
#include <headroom/planning/plan.hpp>
#include <headroom/run/statistics.hpp>

/// Estimates the value of a policy from the log of another one. `target(state, probabilities)` writes the probability
/// of each action of the policy.
namespace headroom {

/// Counts how often each action was taken in each state of a log, and writes these frequencies into the log as the
/// probability of each step. For logs without probabilities. Estimates with it are consistent, but not unbiased.
inline void estimate_behaviour(std::vector<logged<state_index>>& log, std::size_t states, std::size_t actions) {
  std::vector<double> taken(states * actions);
  std::vector<double> left(states);
  for (const logged<state_index>& t : log) {
    require(to_size(t.state) < states, "estimate_behaviour", "state", to_size(t.state), "be below " + to_text(states));
    require(to_size(t.action) < actions, "estimate_behaviour", "action", to_size(t.action),
            "be below " + to_text(actions));
    ++taken[to_size(t.state) * actions + to_size(t.action)];
    ++left[to_size(t.state)];
  }
  for (logged<state_index>& t : log) {
    t.probability = taken[to_size(t.state) * actions + to_size(t.action)] / left[to_size(t.state)];
  }
}

/// The policy that wrote a log, as far as a table of states shows it: how often each action was taken, [state * actions
/// + action]. In a state that was never left, as at a cut, nobody knows what it would have done: every action has the
/// same share there, as for a policy of one action it must.
[[nodiscard]] inline std::vector<double> author_shares(const std::vector<logged<state_index>>& log, std::size_t states,
                                                       std::size_t actions) {
  std::vector<logged<state_index>> counted = log;
  estimate_behaviour(counted, states, actions);
  std::vector<double> shares(states * actions, 1 / static_cast<double>(actions));
  std::vector<bool> left(states);
  for (const logged<state_index>& t : counted) {
    const std::size_t s = to_size(t.state);
    if (!left[s]) std::fill_n(shares.begin() + static_cast<std::ptrdiff_t>(s * actions), actions, 0.0);
    left[s] = true;
    shares[s * actions + to_size(t.action)] = t.probability;
  }
  return shares;
}

/// The value of a policy at the beginning of an episode, estimated from weighted episodes of a log (Precup, Sutton and
/// Singh 2000). There are weights of whole episodes and weights up to each step. Plain estimates are unbiased, with
/// unbounded variance. Weighted estimates are biased, with bounded variance, because the weights sum to one.
struct importance_estimates {
  std::uint64_t episodes = 0;
  double plain = 0;                  ///< mean of weight times return
  double weighted = 0;               ///< sum of weight times return / sum of weights; 0 if all weights are 0
  double per_decision = 0;           ///< each reward, weighted by the actions up to it
  double per_decision_weighted = 0;  ///< the same with weights that sum to one at each step
  double effective_episodes = 0;     ///< (sum of weights)^2 / sum of squares: the equivalent number of episodes
  summary spread;                    ///< of weight times return, over the episodes
};

namespace internal {

// What the episodes of a log weigh and return, step by step.
class weighted_episodes {
 public:
  /// One more step; `ratio` is the target's probability of its action, to the logged one.
  void step(double ratio, double reward, double discount) {
    weight_ *= ratio;
    if (step_ == paid_.size()) {
      // An episode that is over keeps its last weight, with a reward of 0.
      double ended = 0;
      for (const double w : weights_) ended += w;
      paid_.push_back(0);
      reaching_.push_back(ended);
    }
    paid_[step_] += weight_ * factor_ * reward;
    reaching_[step_] += weight_;
    sum_ += factor_ * reward;
    factor_ *= discount;
    ++step_;
  }
  void end() {
    for (std::size_t k = step_; k < paid_.size(); ++k) reaching_[k] += weight_;
    returns_.push_back(weight_ * sum_);
    weights_.push_back(weight_);
    weight_ = 1;
    sum_ = 0;
    factor_ = 1;
    step_ = 0;
  }

  [[nodiscard]] importance_estimates estimates() const {
    importance_estimates e;
    e.episodes = returns_.size();
    e.spread = summarize(returns_);
    e.plain = e.spread.mean;
    double total = 0;
    double squares = 0;
    for (const double w : weights_) {
      total += w;
      squares += w * w;
    }
    const double n = static_cast<double>(returns_.size());
    if (total > 0) {
      e.weighted = n * e.plain / total;
      e.effective_episodes = total * total / squares;
    }
    for (std::size_t k = 0; k < paid_.size(); ++k) {
      e.per_decision += paid_[k] / n;
      if (reaching_[k] > 0) e.per_decision_weighted += paid_[k] / reaching_[k];
    }
    return e;
  }

 private:
  std::vector<double> returns_;   // weight times return of each episode
  std::vector<double> weights_;   // of each episode
  std::vector<double> paid_;      // [step]: sum over episodes of weight until here times reward
  std::vector<double> reaching_;  // [step]: sum over episodes of that weight
  double weight_ = 1;
  double sum_ = 0;
  double factor_ = 1;
  std::size_t step_ = 0;
};

}  // namespace internal

/// Episodes end where the status is not `ongoing`, the last one where the log does. O(log), and O(episodes) for each
/// step of the longest.
/// Throws std::invalid_argument for an empty log, and for a step of probability 0.
template <class State, class Target>
[[nodiscard]] importance_estimates importance_sampling(const std::vector<logged<State>>& log, std::size_t actions,
                                                       Target&& target, double discount = 1) {
  require(!log.empty(), "importance_sampling", "number of steps", log.size(), "be at least 1");
  require(actions > 0, "importance_sampling", "number of actions", actions, "be at least 1");
  require_fraction("importance_sampling", "discount", discount);
  std::vector<double> probabilities(actions);
  internal::weighted_episodes episodes;
  for (std::size_t i = 0; i < log.size(); ++i) {
    const logged<State>& t = log[i];
    require(t.probability > 0, "importance_sampling", "probability of step " + to_text(i), t.probability,
            "be positive");
    require(to_size(t.action) < actions, "importance_sampling", "action of step " + to_text(i), to_size(t.action),
            "be below " + to_text(actions));
    target(t.state, std::span<double>(probabilities));
    episodes.step(probabilities[to_size(t.action)] / t.probability, t.reward, discount);
    if (t.status != episode::ongoing || i + 1 == log.size()) episodes.end();
  }
  return episodes.estimates();
}

/// The result of fitted-Q evaluation.
struct fitted_q {
  std::size_t actions = 0;
  std::vector<double> values;  ///< [state * actions + action]
  std::vector<double> states;  ///< of the policy in each state
  double unsupported = 0;      ///< the largest probability with which the policy does, in a state that a logged
                               ///< step led to, what the log never shows there: those were taken to be worth `unknown`
  std::uint64_t sweeps = 0;

  [[nodiscard]] double operator()(state_index s, action_index a) const {
    return values[to_size(s) * actions + to_size(a)];
  }
};

/// Fitted-Q evaluation with a table (Le, Voloshin and Yue 2019): the action values that agree with all logged steps and
/// with the policy, by repeated averaging until none is further than `tolerance` from its fixed point. It uses no
/// importance weights, so it does not have their variance. An action that the log never shows gets the value `unknown`.
/// O(sweeps * outcomes).
template <class Target>
[[nodiscard]] fitted_q fitted_q_evaluation(const std::vector<logged<state_index>>& log, std::size_t states,
                                           std::size_t actions, Target&& target, double discount, double unknown = 0,
                                           double tolerance = 1e-9) {
  require(discount >= 0 && discount < 1, "fitted_q_evaluation", "discount", discount, "be in [0, 1)");
  require_finite("fitted_q_evaluation", "unknown", unknown);
  require_positive("fitted_q_evaluation", "tolerance", tolerance);
  const finite_model model = empirical_model(log, states, actions, unknown);
  std::vector<bool> shown(states * actions);
  for (const logged<state_index>& t : log) shown[to_size(t.state) * actions + to_size(t.action)] = true;
  std::vector<double> shares(states * actions);
  for (std::size_t s = 0; s < states; ++s)
    target(state_index{s}, std::span<double>(shares).subspan(s * actions, actions));
  fitted_q q{actions, std::vector<double>(states * actions, unknown), std::vector<double>(states), 0, 0};
  for (const logged<state_index>& t : log) {
    if (t.status == episode::terminated) continue;
    double guessed = 0;
    for (std::size_t a = 0; a < actions; ++a) {
      const std::size_t i = to_size(t.next) * actions + a;
      if (!shown[i]) guessed += shares[i];
    }
    q.unsupported = std::max(q.unsupported, guessed);
  }
  for (;;) {
    for (std::size_t s = 0; s < states; ++s) {
      q.states[s] = 0;
      for (std::size_t a = 0; a < actions; ++a) q.states[s] += shares[s * actions + a] * q.values[s * actions + a];
    }
    double change = 0;
    for (std::size_t i = 0; i < shown.size(); ++i) {
      if (!shown[i]) continue;
      const double v = model.backup(i / actions, i % actions, q.states, discount);
      change = std::max(change, std::abs(v - q.values[i]));
      q.values[i] = v;
    }
    ++q.sweeps;
    if (change * discount <= tolerance * (1 - discount)) return q;
  }
}

}  // namespace headroom
