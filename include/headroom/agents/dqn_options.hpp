#pragma once

#include <cmath>    // std::isnan
#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint64_t
#include <limits>   // std::numeric_limits
#include <vector>   // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/schedule.hpp>
#include <headroom/neural/adam.hpp>
#include <headroom/neural/mlp.hpp>

namespace headroom {

/// Options of DQN. The defaults are stable for observations and rewards scaled to about one. Some values reproduce a
/// published defect; the comment of the option says so.
struct dqn_options {
  std::vector<std::size_t> hidden{64, 64};  ///< widths of the hidden layers
  activation activate = activation::relu;
  schedule learning_rate = 3e-4;   ///< learning rate of Adam, in (0, 1]
  double discount = 0.99;          ///< gamma, in [0, 1]
  std::size_t batch = 64;          ///< transitions in one update
  std::size_t capacity = 50'000;   ///< transitions that the replay holds
  std::uint64_t warm_up = 1'000;   ///< steps before the first update; the first update also needs a full batch
  std::uint64_t train_every = 1;   ///< steps per update
  std::size_t n_steps = 1;         ///< rewards in a return before the bootstrap
  bool double_dqn = true;          ///< the online network chooses the next action, the target network values it
  bool dueling = false;            ///< the head estimates a value and advantages; their mean is subtracted
  double target_rate = 0.005;      ///< tau: target += tau (online - target), in (0, 1]; 1: a hard copy
  std::uint64_t target_every = 1;  ///< updates between two target updates; many, at a small rate, freeze the target
  double clip_norm = 10;           ///< a gradient with a larger norm is scaled down to it; infinity: never
  double clip_reward = std::numeric_limits<double>::infinity();  ///< rewards are clamped to +- this
  bool scale_rewards = false;  ///< rewards are divided by their deviation so far, kept in the checkpoint; `value` too
  double priority = 0;         ///< exponent of prioritised replay, in [0, 1]; 0: uniform, without replacement
  schedule importance = 1;     ///< exponent that corrects the bias of prioritised replay, in [0, 1]
  double conservative = 0;  ///< alpha of conservative Q-learning, for logs: the values of actions that were not taken
                            ///< are pressed down, those that were taken up; 0: not at all
  adam_options adam{};
  instruction_set instructions = best_instructions();  ///< set it explicitly to get the same bits on other machines

  /// What a training that goes on must have been begun with, beside the shape of its networks.
  template <class Archive>
  void same_training(Archive& a) const {
    a.tuned("learning_rate", learning_rate);
    a.same("discount", discount);
    a.same("batch", batch);
    a.same("warm_up", warm_up);
    a.same("train_every", train_every);
    a.same("n_steps", n_steps);
    a.same("double_dqn", double_dqn);
    a.same("target_rate", target_rate);
    a.same("target_every", target_every);
    a.same("clip_norm", clip_norm);
    a.same("clip_reward", clip_reward);
    a.same("priority", priority);
    a.same("importance", importance);
    if (scale_rewards) a.same("scale_rewards", scale_rewards);
    if (conservative > 0) a.same("conservative", conservative);  // files from before them have neither
  }
};

/// Counters and figures that show whether a DQN learns; watch them in operation.
struct dqn_health {
  std::uint64_t updates = 0;                  ///< gradient updates done
  std::uint64_t diverged = 0;                 ///< updates refused, because the loss or its gradient was not finite
  std::uint64_t refused_rewards = 0;          ///< rewards that were not finite, or too large for a network to represent
  double loss = 0;                            ///< of the last update, refused or not
  double gradient_norm = 0;                   ///< of the last update, before clipping
  std::uint64_t copies_instead_of_moves = 0;  ///< copies made of an agent that has learned nothing itself
  std::uint64_t far_above_clip = 0;  ///< updates of this object whose norm was more than ten times clip_norm: rewards
                                     ///< are too large for a network; `scale_rewards` divides them
  double reward_scale = 1;           ///< by which rewards are divided now
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const dqn_options& checked(const dqn_options& o) {
  require_step_size("dqn", "learning_rate", o.learning_rate.highest());
  require(o.learning_rate.lowest() >= 0, "dqn", "learning_rate", o.learning_rate.lowest(), "never fall below 0");
  require_fraction("dqn", "discount", o.discount);
  require(o.batch >= 1, "dqn", "batch", o.batch, "be at least 1");
  require(o.capacity >= 1, "dqn", "capacity", o.capacity, "be at least 1");
  require(o.batch <= o.capacity, "dqn", "batch", o.batch, "be at most the capacity, " + to_text(o.capacity));
  require(o.train_every >= 1, "dqn", "train_every", o.train_every, "be at least 1");
  require_step_size("dqn", "target_rate", o.target_rate);
  require(o.target_every >= 1, "dqn", "target_every", o.target_every, "be at least 1");
  require(o.clip_norm > 0, "dqn", "clip_norm", o.clip_norm, "be positive");
  require(o.clip_reward > 0, "dqn", "clip_reward", o.clip_reward, "be positive");
  require_fraction("dqn", "priority", o.priority);
  require_not_negative("dqn", "conservative", o.conservative);
  require_fraction("dqn", "importance", o.importance.lowest());
  require_fraction("dqn", "importance", o.importance.highest());
  return o;
}

}  // namespace headroom
