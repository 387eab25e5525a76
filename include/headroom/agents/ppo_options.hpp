#pragma once

#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint64_t
#include <limits>   // std::numeric_limits
#include <vector>   // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/schedule.hpp>
#include <headroom/neural/adam.hpp>
#include <headroom/neural/mlp.hpp>
#include <headroom/neural/surrogate.hpp>

namespace headroom {

/// Options of PPO. The defaults are the usual ones for observations and rewards scaled to about one.
struct ppo_options {
  std::vector<std::size_t> hidden{64, 64};  ///< widths of the hidden layers
  activation activate = activation::tanh;
  bool shared = false;         ///< the critic is one more output of the policy's network, not a network of its own
  double policy_scale = 0.01;  ///< first scale of the policy's last layer, in [0, 1]; 0: all actions equally probable
  schedule learning_rate = 3e-4;  ///< learning rate of Adam, in (0, 1]
  double discount = 0.99;         ///< gamma, in [0, 1]
  double trace_decay = 0.95;      ///< lambda of the advantages, in [0, 1]
  std::size_t rollout = 2'048;    ///< steps between two updates
  std::size_t minibatch = 64;     ///< steps in one gradient; an incomplete minibatch is left out in that epoch
  std::size_t epochs = 10;        ///< passes over a rollout
  bool normalise = true;      ///< subtract the mean of the advantages and divide by their deviation, in each rollout
  schedule clip = 0.2;        ///< how far the ratio of probabilities may be from 1, above 0
  schedule entropy = 0;       ///< weight of the entropy bonus, zero or more
  double value_weight = 0.5;  ///< weight of the critic's squared error, above 0
  value_clipping value_clip = value_clipping::none;
  double value_bound = 10;  ///< of that clipping
  double kl_weight = 0;     ///< first weight of the divergence penalty; 0: no penalty
  double kl_target = 0.01;  ///< divergence to reach, nats: the weight is halved below half of it, times 1.5 above twice
  double stop_above_kl = std::numeric_limits<double>::infinity();  ///< mean of an epoch that ends the update, nats
  double clip_norm = 0.5;  ///< a gradient with a larger norm is scaled down to it; infinity: never
  double clip_reward = std::numeric_limits<double>::infinity();  ///< rewards are clamped to +- this
  adam_options adam{.epsilon = 1e-5};
  instruction_set instructions = best_instructions();  ///< set it explicitly to get the same bits on other machines

  /// The defaults of RLlib 2.4, with which TeaStore's agent was published: lr 5e-5, lambda 1, thirty epochs over
  /// 4000 steps, a penalty, and a critic that learns nothing from an error above sqrt(10). Its first weights and the
  /// way it forms minibatches are ours.
  [[nodiscard]] static ppo_options rllib_2_4() {
    return {.hidden = {256, 256},
            .learning_rate = 5e-5,
            .discount = 0.99,
            .trace_decay = 1,
            .rollout = 4'000,
            .minibatch = 128,
            .epochs = 30,
            .clip = 0.3,
            .entropy = 0,
            .value_weight = 1,
            .value_clip = value_clipping::squared_error,
            .value_bound = 10,
            .kl_weight = 0.2,
            .kl_target = 0.01,
            .clip_norm = std::numeric_limits<double>::infinity(),
            .adam = {.epsilon = 1e-8}};
  }

  /// What a training that goes on must have been begun with, beside the shape of its networks.
  template <class Archive>
  void same_training(Archive& a) const {
    a.tuned("learning_rate", learning_rate);
    a.same("discount", discount);
    a.same("trace_decay", trace_decay);
    a.same("minibatch", minibatch);
    a.same("epochs", epochs);
    a.same("normalise", normalise);
    a.same("clip", clip);
    a.tuned("entropy", entropy);  // a PPO explores by it
    a.same("value_weight", value_weight);
    a.same("value_clip", value_clip);
    a.same("value_bound", value_bound);
    a.same("first_kl_weight", kl_weight);
    a.same("kl_target", kl_target);
    a.same("stop_above_kl", stop_above_kl);
    a.same("clip_norm", clip_norm);
    a.same("clip_reward", clip_reward);
  }
};

/// Counters and figures that show whether a PPO learns; watch them in operation. The figures after the counts are means
/// over all minibatches of the last update.
struct ppo_health {
  std::uint64_t rollouts = 0;         ///< updates done
  std::uint64_t updates = 0;          ///< gradient updates done in them
  std::uint64_t diverged = 0;         ///< gradient updates refused, because loss or gradient was not finite
  std::uint64_t refused_rewards = 0;  ///< rewards that were not finite, or too large for a network to represent
  std::uint64_t refused_states = 0;   ///< states with a network output that was not finite, or too large for a value
  std::uint64_t overridden = 0;       ///< steps from which only the critic learned, because the action was overridden
  std::uint64_t epochs = 0;           ///< epochs of the last update, which may have stopped early
  double policy_loss = 0;
  double value_loss = 0;                      ///< mean squared error, as clipped
  double entropy = 0;                         ///< nats
  double kl = 0;                              ///< divergence of the policy that acted from the learned policy, nats
  double clipped = 0;                         ///< fraction of the steps whose ratio was clipped
  double gradient_norm = 0;                   ///< norm of the policy's gradient in the last minibatch, before clipping
  std::uint64_t copies_instead_of_moves = 0;  ///< copies made of an agent that has learned nothing itself
  std::uint64_t far_above_clip = 0;           ///< updates of this object whose norm was more than ten times clip_norm
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const ppo_options& checked(const ppo_options& o) {
  require_fraction("ppo", "policy_scale", o.policy_scale);
  require_step_size("ppo", "learning_rate", o.learning_rate.highest());
  require(o.learning_rate.lowest() >= 0, "ppo", "learning_rate", o.learning_rate.lowest(), "never fall below 0");
  require_fraction("ppo", "discount", o.discount);
  require_fraction("ppo", "trace_decay", o.trace_decay);
  require(o.rollout >= 1, "ppo", "rollout", o.rollout, "be at least 1");
  require(o.minibatch >= 1, "ppo", "minibatch", o.minibatch, "be at least 1");
  require(o.minibatch <= o.rollout, "ppo", "minibatch", o.minibatch, "be at most the rollout, " + to_text(o.rollout));
  require(o.epochs >= 1, "ppo", "epochs", o.epochs, "be at least 1");
  require(o.clip.lowest() >= 0 && o.clip.highest() > 0, "ppo", "clip", o.clip.lowest(), "be positive");
  require_not_negative("ppo", "entropy", o.entropy.lowest());
  require_not_negative("ppo", "entropy", o.entropy.highest());
  require_positive("ppo", "value_weight", o.value_weight);
  require(o.value_bound > 0, "ppo", "value_bound", o.value_bound, "be positive");
  require_not_negative("ppo", "kl_weight", o.kl_weight);
  require_positive("ppo", "kl_target", o.kl_target);
  require(o.stop_above_kl > 0, "ppo", "stop_above_kl", o.stop_above_kl, "be positive");
  require(o.clip_norm > 0, "ppo", "clip_norm", o.clip_norm, "be positive");
  require(o.clip_reward > 0, "ppo", "clip_reward", o.clip_reward, "be positive");
  return o;
}

}  // namespace headroom
