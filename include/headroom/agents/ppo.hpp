#pragma once

#include <algorithm>    // std::clamp, std::copy_n
#include <cmath>        // std::abs, std::exp, std::isfinite, std::sqrt
#include <cstddef>      // std::ptrdiff_t, std::size_t
#include <cstdint>      // std::uint32_t, std::uint64_t
#include <numeric>      // std::iota
#include <span>         // std::span
#include <stdexcept>    // std::invalid_argument
#include <type_traits>  // std::is_const_v
#include <utility>      // std::as_const, std::swap
#include <vector>       // std::vector

#include <headroom/explorations/best_of.hpp>
#include <headroom/agents/actor_critic.hpp>
#include <headroom/agents/ppo_options.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/internal/handed_on.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/neural/internal/aligned.hpp>
#include <headroom/neural/categorical.hpp>
#include <headroom/neural/flush_denormals.hpp>
#include <headroom/neural/mlp.hpp>
#include <headroom/neural/rollout.hpp>

namespace headroom {

/// Proximal policy optimisation (Schulman et al. 2017): a policy network, whose outputs are the logits from which
/// actions are drawn, and a critic that estimates the value of a state. Every `rollout` steps it learns for some epochs
/// from these steps: it makes actions more probable that were better than the critic expected. Then it forgets the
/// steps. Model of MaskedAgent and CorrectableAgent: an illegal action has probability 0, in the draw and in the loss.
///
/// A rollout crosses episodes. It bootstraps at a cut (`truncate`), not at an end (`terminate`). Scale the inputs to
/// about one. Nothing allocates after construction. What is not finite is refused and counted in `health()`: a bad
/// reward costs its step, a state with a bad network output costs its step, a bad gradient costs its minibatch.
/// `greedy`, `value` and `probabilities` share scratch memory: use one object for each thread.
///
/// If another action than the drawn one was executed, only the critic learns from that step. The loss weighs each step
/// by the ratio of two probabilities of its action: the present one and the one at the time of the draw. For an action
/// that a guard chose, the latter is the guard's probability, which is unknown. The reward and the next state are real,
/// so the returns of the other steps include them: these are the returns of the policy under its guard. To credit the
/// drawn action with the result of the executed one, set learner_options::learn_requested_action; the policy then
/// learns to rely on the guard.
///     ppo agent{see.dimension(), menu.size(), {.discount = 0.97}, 42};
class ppo {
 public:
  using state_type = vector_state;

  /// A reward with a larger magnitude is refused: a network that begins near 0 could not represent its value.
  static constexpr double largest_reward = headroom::largest_reward;
  /// A value with a larger magnitude is refused: the critic was given an impossible input.
  static constexpr double largest_value = 1e12;

  ppo(std::size_t dimension, std::size_t actions, const ppo_options& options, std::uint64_t seed)
      : options_(checked(options)),
        networks_(dimension, actions, options_, seed),
        rollout_(options_.rollout, dimension, actions),
        random_(seed, stream::exploration),
        rows_(internal::padded(options_.minibatch)),
        order_(options_.rollout),
        kl_weight_(options_.kl_weight),
        now_(actions) {}

  /// Begins an episode, or resumes after a gap. A pending transition is dropped. Throws std::invalid_argument if this
  /// agent was moved from.
  action_index start(vector_state s, action_mask legal = {}) {
    if (actions() == 0) throw std::invalid_argument("ppo: it was moved from, must be used where it was moved to");
    if (rollout_.open()) rollout_.forget();
    return choose(s, legal);
  }

  /// The last action brought `reward` and led to `s`. Stores the transition, learns if a rollout is full, returns the
  /// next action.
  action_index step(double reward, vector_state s, action_mask legal = {}) {
    ++progress_.steps;
    if (complete(reward) && rollout_.full() && cut_in(s)) learn_if_full();
    return choose(s, legal);
  }

  /// The task ended: nothing comes after, so the agent does not bootstrap.
  void terminate(double reward) {
    ++progress_.steps;
    ++progress_.episodes;
    if (!complete(reward)) return;
    rollout_.terminate();
    learn_if_full();
  }

  /// The episode was cut in `s`, but the task would have gone on: the agent bootstraps from `s`.
  void truncate(double reward, vector_state s, action_mask /*legal*/ = {}) {
    ++progress_.steps;
    ++progress_.episodes;
    if (!complete(reward)) return;
    if (!cut_in(s)) ++health_.refused_states;
    learn_if_full();
  }

  /// The last action was overridden by `a`: the critic learns from its result, the policy does not.
  void executed(action_index a) {
    HEADROOM_ASSERT(to_size(a) < actions(), "ppo: executed action outside the menu");
    rollout_.disown(a);
  }

  /// The most probable legal action; neither learns nor draws. Among equals the smallest index.
  [[nodiscard]] action_index greedy(vector_state s, action_mask legal = {}) const {
    const std::span<const float> out = networks_.logits(s);
    return best_of(out.size(), legal, tie_break::smallest_index,
                   [out](std::size_t a) { return static_cast<double>(out[a]); });
  }
  /// The probabilities with which actions are drawn in s, valid until the next call.
  [[nodiscard]] std::span<const double> probabilities(vector_state s, action_mask legal = {}) const {
    categorical::log_probabilities(networks_.logits(s).data(), 1, legal, now_);
    for (double& p : now_) p = std::exp(p);
    return now_;
  }
  /// The critic's estimate of the value of s.
  [[nodiscard]] double value(vector_state s) const { return networks_.value(s); }

  [[nodiscard]] std::size_t dimension() const noexcept { return networks_.dimension(); }
  [[nodiscard]] std::size_t actions() const noexcept { return networks_.actions(); }
  [[nodiscard]] const ppo_options& options() const noexcept { return options_; }
  [[nodiscard]] const progress& done() const {
    HEADROOM_ASSERT(!left_behind(), "ppo: only a copy of this agent learns: use std::move, or ask policy.agent()");
    return progress_;
  }
  [[nodiscard]] ppo_health health() const noexcept {
    ppo_health now = health_;
    now.copies_instead_of_moves = left_behind() ? copies_.value() : 0;
    return now;
  }
  /// The present weight of the Kullback-Leibler penalty.
  [[nodiscard]] double kl_weight() const noexcept { return kl_weight_; }
  [[nodiscard]] const mlp<float>& policy() const noexcept { return networks_.policy(); }
  /// The critic's network. If it is shared, this is the policy network, and the value is its last output.
  [[nodiscard]] const mlp<float>& critic() const noexcept { return networks_.critic(); }
  [[nodiscard]] const rollout& remembered() const noexcept { return rollout_; }

  /// What a checkpoint stores. Within an episode the step whose consequence is not known is left out, and the one
  /// before it was cut there. The policy's network alone decides.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    const ppo_options& o = self.options_;
    a.means("kind", "ppo");
    a.same("activate", o.activate);
    a.same("shared", o.shared);
    actor_critic::fields(self.networks_, a);
    if (!a.training()) return;
    o.same_training(a);
    if constexpr (std::is_const_v<Self>) {
      rollout known = self.rollout_;
      if (known.open()) known.forget();
      a("rollout", std::as_const(known));
    } else {
      a("rollout", self.rollout_);
    }
    a("random", self.random_);
    a("kl_weight", self.kl_weight_);
    a("steps", self.progress_.steps);
    a("episodes", self.progress_.episodes);
    a("rollouts", self.health_.rollouts);
    a("updates", self.health_.updates);
    a("diverged", self.health_.diverged);
    a("refused_rewards", self.health_.refused_rewards);
    a("refused_states", self.health_.refused_states);
    a("overridden", self.health_.overridden);
    if constexpr (!std::is_const_v<Self>) require_not_negative("ppo", "kl_weight", self.kl_weight_);
  }

 private:
  // Whether the agent was copied and has learned nothing: somebody meant to move it, and only the copy learns.
  [[nodiscard]] bool left_behind() const noexcept {
    return copies_.value() > 0 && progress_.steps == 0 && actions() > 0;
  }

  action_index choose(vector_state s, action_mask legal) {
    const double v = networks_.judge(s, legal, now_);
    const action_index a = categorical::draw(now_, random_);
    if (std::abs(v) <= largest_value && std::isfinite(now_[to_size(a)])) {
      rollout_.add(s, a, v, now_, legal);
    } else {
      ++health_.refused_states;
      if (rollout_.goes_on()) rollout_.forget();
    }
    return a;
  }

  // Gives the open row its reward; a refused reward drops the row. Returns false if there was no row to complete.
  bool complete(double reward) {
    if (!rollout_.open()) return false;
    const bool finite = std::isfinite(reward);
    reward = std::clamp(reward, -options_.clip_reward, options_.clip_reward);
    if (!finite || std::abs(reward) > largest_reward) {
      ++health_.refused_rewards;
      rollout_.forget();
      return false;
    }
    rollout_.reward(reward);
    return true;
  }

  // A state without a value cannot be bootstrapped from: returns false, and the step that led to it is dropped.
  bool cut_in(vector_state s) {
    const double v = value(s);
    const bool usable = std::abs(v) <= largest_value;
    if (usable)
      rollout_.cut(v);
    else
      rollout_.forget();
    return usable;
  }

  void learn_if_full() {
    if (!rollout_.full()) return;
    const flush_denormals guard;
    rollout_.estimate(options_.discount, options_.trace_decay);
    find_scale();
    std::iota(order_.begin(), order_.end(), std::uint32_t{0});
    lesson_.weights = {options_.clip.at(progress_), options_.entropy.at(progress_), kl_weight_};
    lesson_.learning_rate = options_.learning_rate.at(progress_);
    actor_critic::sums all;
    health_.epochs = 0;
    while (health_.epochs < options_.epochs) {
      actor_critic::sums epoch;
      for (std::size_t i = order_.size(); i-- > 1;) std::swap(order_[i], order_[random_.below(i + 1)]);
      for (std::size_t first = 0; first + options_.minibatch <= order_.size(); first += options_.minibatch) {
        std::copy_n(order_.begin() + static_cast<std::ptrdiff_t>(first), options_.minibatch, rows_.begin());
        const auto learned = networks_.learn(rollout_, rows_, lesson_);
        ++(learned ? health_.updates : health_.diverged);
        if (learned) epoch.add(*learned);
      }
      ++health_.epochs;
      all.add(epoch);
      if (epoch.divergence / epoch.own > options_.stop_above_kl) break;
    }
    report(all);
    steer_kl_weight();
    ++health_.rollouts;
    rollout_.clear();
  }

  // Mean and deviation of the advantages that the policy learns from.
  void find_scale() {
    double n = 0;
    double sum = 0;
    for (std::size_t i = 0; i < rollout_.size(); ++i) {
      if (!rollout_.own(i)) continue;
      ++n;
      sum += rollout_.advantage(i);
    }
    health_.overridden += rollout_.size() - static_cast<std::uint64_t>(n);
    lesson_.mean = 0;
    lesson_.rate = 1;
    if (!options_.normalise || n == 0) return;
    lesson_.mean = sum / n;
    double squares = 0;
    for (std::size_t i = 0; i < rollout_.size(); ++i) {
      const double away = rollout_.advantage(i) - lesson_.mean;
      if (rollout_.own(i)) squares += away * away;
    }
    lesson_.rate = 1 / (std::sqrt(squares / n) + 1e-8);
  }

  void report(const actor_critic::sums& all) {
    const auto mean = [](double sum, double n) { return n > 0 ? sum / n : 0.0; };
    health_.policy_loss = mean(all.policy_loss, all.own);
    health_.value_loss = mean(all.value_loss, all.steps);
    health_.entropy = mean(all.entropy, all.own);
    health_.kl = mean(all.divergence, all.own);
    health_.clipped = mean(all.clipped, all.own);
    health_.gradient_norm = networks_.gradient_norm();
    if (health_.gradient_norm > 10 * options_.clip_norm) ++health_.far_above_clip;
  }
  // The weight stays within bounds. Otherwise a policy that has settled would halve it until it is zero and cannot
  // grow.
  void steer_kl_weight() {
    if (health_.kl > 2 * options_.kl_target) kl_weight_ *= 1.5;
    if (health_.kl < options_.kl_target / 2) kl_weight_ /= 2;
    kl_weight_ = std::clamp(kl_weight_, options_.kl_weight * 1e-6, options_.kl_weight * 1e6);
  }

  ppo_options options_;
  actor_critic networks_;
  rollout rollout_;
  engine random_;
  std::vector<std::uint32_t> rows_;   // rows of the rollout that make the minibatch, padded
  std::vector<std::uint32_t> order_;  // the rows of the rollout in the order of an epoch
  actor_critic::lesson lesson_;
  double kl_weight_;
  mutable std::vector<double> now_;  // probabilities, or their logarithms
  progress progress_;
  internal::copy_count copies_;
  ppo_health health_;
};

}  // namespace headroom
