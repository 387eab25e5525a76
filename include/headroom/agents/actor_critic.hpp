#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::abs, std::isfinite
#include <cstddef>    // std::ptrdiff_t, std::size_t
#include <cstdint>    // std::uint32_t, std::uint64_t
#include <optional>   // std::optional
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/agents/ppo_options.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/internal/handed_on.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/neural/adam.hpp>
#include <headroom/neural/internal/aligned.hpp>
#include <headroom/neural/categorical.hpp>
#include <headroom/neural/mlp.hpp>
#include <headroom/neural/mlp_batch.hpp>
#include <headroom/neural/rollout.hpp>
#include <headroom/neural/surrogate.hpp>

namespace headroom {

/// The networks of PPO, and how they learn from a minibatch: a policy network, whose outputs are the logits of the
/// actions, and a critic, either a network of its own or one more output of the policy network. `ppo` decides when they
/// learn and from what. No allocation after construction. Passes of single samples share scratch memory: use one object
/// for each thread.
class actor_critic {
 public:
  actor_critic(std::size_t dimension, std::size_t actions, const ppo_options& options, std::uint64_t seed)
      : dimension_(dimension),
        actions_(checked_actions(actions)),
        minibatch_(options.minibatch),
        value_weight_(options.value_weight),
        value_clip_(options.value_clip),
        value_bound_(options.value_bound),
        clip_norm_(options.clip_norm),
        initial_(seed, stream::initialisation),
        policy_(sizes(dimension, actions + (options.shared ? 1 : 0), options), options.activate, initial_,
                options.instructions),
        policy_learning_(policy_, options) {
    if (!options.shared) {
      critic_.emplace(sizes(dimension, 1, options), options.activate, initial_, options.instructions);
      critic_learning_.emplace(*critic_, options);
    }
    const std::size_t last = policy_.layers() - 1;
    const auto begin_undecided = [&](auto outputs) {
      for (std::ptrdiff_t i = 0; i < outputs.rows(); ++i) {
        for (std::ptrdiff_t o = 0; o < static_cast<std::ptrdiff_t>(actions); ++o) {
          outputs(i, o) *= static_cast<float>(options.policy_scale);
        }
      }
    };
    begin_undecided(policy_.weight(last));
    begin_undecided(policy_.bias(last));
    scratch_.resize(std::max(policy_.scratch_size(), critic_ ? critic_->scratch_size() : 0));
  }

  [[nodiscard]] std::size_t dimension() const noexcept { return dimension_; }
  [[nodiscard]] std::size_t actions() const noexcept { return actions_; }
  [[nodiscard]] const mlp<float>& policy() const noexcept { return policy_; }
  [[nodiscard]] const mlp<float>& critic() const noexcept { return critic_ ? *critic_ : policy_; }

  /// One logit for each action, valid until the next call.
  [[nodiscard]] std::span<const float> logits(vector_state s) const {
    HEADROOM_ASSERT(s.size() == dimension(), "ppo: an observation of another dimension");
    return policy_.forward_one(s, scratch_).first(actions_);
  }
  [[nodiscard]] double value(vector_state s) const {
    HEADROOM_ASSERT(s.size() == dimension(), "ppo: an observation of another dimension");
    return static_cast<double>(critic().forward_one(s, scratch_).back());
  }
  /// Fills in the logarithms of the action probabilities, and returns the value of the state.
  double judge(vector_state s, action_mask legal, std::span<double> log_probabilities) const {
    HEADROOM_ASSERT(s.size() == dimension(), "ppo: an observation of another dimension");
    const std::span<const float> out = policy_.forward_one(s, scratch_);
    categorical::log_probabilities(out.data(), 1, legal, log_probabilities);
    return critic_ ? value(s) : static_cast<double>(out.back());
  }

  /// Sums over steps: the critic's over all steps, the policy's over the steps it learns from.
  struct sums {
    double steps = 0;
    double own = 0;
    double policy_loss = 0;
    double value_loss = 0;
    double entropy = 0;
    double divergence = 0;
    double clipped = 0;

    void add(const sums& more) {
      steps += more.steps;
      own += more.own;
      policy_loss += more.policy_loss;
      value_loss += more.value_loss;
      entropy += more.entropy;
      divergence += more.divergence;
      clipped += more.clipped;
    }
  };
  /// The settings of one gradient update.
  struct lesson {
    surrogate_weights weights;
    double learning_rate = 0;
    double mean = 0;  ///< mean of the advantages, subtracted from each
    double rate = 1;  ///< factor for the result
  };

  /// One gradient update on the rows of `from` that the first `minibatch` of `rows` name. `rows` has that many entries,
  /// rounded up to a multiple of 16. Returns the sums of the steps before the update; nothing if the loss or a gradient
  /// was not finite. In that case the policy does not change, but the critic may have made a finite step.
  [[nodiscard]] std::optional<sums> learn(const rollout& from, std::span<const std::uint32_t> rows, const lesson& how) {
    gather(from, rows, policy_learning_.batch);
    policy_learning_.batch.forward(policy_);
    if (critic_) {
      gather(from, rows, critic_learning_->batch);
      critic_learning_->batch.forward(*critic_);
    }
    const sums s = find_slopes(from, rows, how);
    if (!std::isfinite(s.policy_loss) || !std::isfinite(s.value_loss)) return std::nullopt;
    if (critic_ && !std::isfinite(descend(*critic_, *critic_learning_, how.learning_rate))) return std::nullopt;
    if (critic_ && s.own == 0) return s;
    gradient_norm_ = descend(policy_, policy_learning_, how.learning_rate);
    if (!std::isfinite(gradient_norm_)) return std::nullopt;
    return s;
  }
  /// Gradient norm of the policy network at the last update, before clipping.
  [[nodiscard]] double gradient_norm() const noexcept { return gradient_norm_; }

  /// The policy's network is all that decides.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("policy", self.policy_);
    if (!a.training()) return;
    a("adam", self.policy_learning_.optimiser);
    if (self.critic_) {
      a("critic", *self.critic_);
      a("critic_adam", self.critic_learning_->optimiser);
    }
  }

 private:
  // The state that learning a network needs.
  struct learning {
    learning(const mlp<float>& net, const ppo_options& o)
        : batch(net, o.minibatch, true),
          gradient(net.parameters().size()),
          optimiser(net.parameters().size(), o.adam, o.instructions) {}
    mlp_batch<float> batch;
    internal::aligned_vector<float> gradient;
    adam<float> optimiser;
  };

  static std::size_t checked_actions(std::size_t actions) {
    require(actions >= 1, "ppo", "number of actions", actions, "be at least 1");
    return actions;
  }
  static std::vector<std::size_t> sizes(std::size_t dimension, std::size_t outputs, const ppo_options& o) {
    std::vector<std::size_t> all{dimension};
    all.insert(all.end(), o.hidden.begin(), o.hidden.end());
    all.push_back(outputs);
    return all;
  }

  void gather(const rollout& from, std::span<const std::uint32_t> rows, mlp_batch<float>& batch) const {
    batch.gather(from.observation(0), from.stride(), rows.data(), policy_.instructions());
  }
  double descend(mlp<float>& net, learning& how, double learning_rate) {
    how.batch.backward(net, how.gradient);
    return how.optimiser.step(net.parameters(), how.gradient, learning_rate, {.largest_norm = clip_norm_});
  }

  // The slopes of the mean losses at the networks' outputs.
  sums find_slopes(const rollout& from, std::span<const std::uint32_t> rows, const lesson& how) {
    sums s;
    s.steps = static_cast<double>(minibatch_);
    for (std::size_t j = 0; j < minibatch_; ++j) s.own += from.own(rows[j]) ? 1 : 0;
    auto& critic = critic_ ? critic_learning_->batch : policy_learning_.batch;
    const std::size_t stride = critic.stride();  // of both
    const std::size_t row_of_value = critic_ ? 0 : actions();
    const float* const logits = policy_learning_.batch.output().data();
    const float* const values = critic.output().data() + row_of_value * stride;
    float* const slopes = policy_learning_.batch.output_gradient().data();
    float* const value_slopes = critic.output_gradient().data() + row_of_value * stride;
    for (std::size_t j = 0; j < minibatch_; ++j) {
      const std::size_t row = rows[j];
      const loss_slope v =
          value_loss(static_cast<double>(values[j]), from.target(row), from.value(row), value_clip_, value_bound_);
      s.value_loss += v.loss;
      value_slopes[j] = static_cast<float>(value_weight_ * v.slope / s.steps);
      if (!from.own(row)) {
        for (std::size_t a = 0; a < actions_; ++a) slopes[a * stride + j] = 0;
        continue;
      }
      categorical::log_probabilities(logits + j, stride, from.legal(row), now_);
      const surrogate_terms t = surrogate<float>(now_, from.log_probabilities(row), from.action(row),
                                                 (from.advantage(row) - how.mean) * how.rate, how.weights, slope_);
      s.policy_loss += t.loss;
      s.entropy += t.entropy;
      s.divergence += t.divergence;
      s.clipped += t.clipped ? 1 : 0;
      for (std::size_t a = 0; a < actions_; ++a) slopes[a * stride + j] = static_cast<float>(slope_[a] / s.own);
    }
    return s;
  }

  internal::moved_to_zero<std::size_t> dimension_;
  internal::moved_to_zero<std::size_t> actions_;
  std::size_t minibatch_;
  double value_weight_;
  value_clipping value_clip_;
  double value_bound_;
  double clip_norm_;
  engine initial_;  // the engine that drew the first weights
  mlp<float> policy_;
  learning policy_learning_;
  std::optional<mlp<float>> critic_;
  std::optional<learning> critic_learning_;
  std::vector<double> now_ = std::vector<double>(actions_);  // logarithms of probabilities
  std::vector<double> slope_ = std::vector<double>(actions_);
  double gradient_norm_ = 0;
  mutable internal::aligned_vector<float> scratch_;
};

}  // namespace headroom
