#pragma once

#include <algorithm>    // std::fill, std::max
#include <cmath>        // std::abs, std::isfinite, std::pow
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint32_t, std::uint64_t
#include <optional>     // std::optional
#include <span>         // std::span
#include <type_traits>  // std::is_const_v
#include <vector>       // std::vector

#include <headroom/agents/dqn_options.hpp>
#include <headroom/agents/internal/q_columns.hpp>
#include <headroom/agents/internal/reward_scale.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/internal/handed_on.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/neural/adam.hpp>
#include <headroom/neural/flush_denormals.hpp>
#include <headroom/neural/huber.hpp>
#include <headroom/neural/internal/aligned.hpp>
#include <headroom/neural/mlp.hpp>
#include <headroom/neural/mlp_batch.hpp>
#include <headroom/neural/replay.hpp>
#include <headroom/neural/sum_tree.hpp>

namespace headroom::internal {

/// The part of a DQN that learns: the two networks, the replay, the update, and what is counted of them. It neither
/// chooses nor counts steps; `dqn` does.
class dqn_learning {
 public:
  dqn_learning(std::size_t dimension, std::size_t actions, const dqn_options& options, std::uint64_t seed)
      : options_(checked(options)),
        dimension_(dimension),
        actions_(checked_actions(actions)),
        initial_(seed, stream::initialisation),
        online_(sizes(dimension, actions, options_), options_.activate, initial_, options_.instructions),
        target_(online_),
        adam_(online_.parameters().size(), options_.adam, options_.instructions),
        batch_(online_, options_.batch, true),
        next_batch_(online_, options_.batch, false),
        gradient_(online_.parameters().size()),
        replay_(options_.capacity, dimension, actions),
        rows_(batch_.stride()),
        targets_(options_.batch),
        errors_(options_.batch),
        likely_(actions) {
    if (options_.priority > 0) priorities_.emplace(options_.capacity);
  }

  /// One gradient update on a batch from the replay. Returns false, and changes nothing, if the replay holds less than
  /// a batch or the update was refused. O(batch * parameters).
  bool update(engine& random, const progress& done, double learning_rate) {
    if (replay_.size() < options_.batch || (priorities_ && !(priorities_->total() > 0))) return false;
    const flush_denormals guard;
    sample(random);
    find_targets();
    batch_.gather(replay_.observation(0), replay_.stride(), rows_.data(), options_.instructions);
    batch_.forward(online_);
    health_.loss = find_errors(done);
    if (!std::isfinite(health_.loss)) return refuse();
    batch_.backward(online_, gradient_);
    const bool follow = (health_.updates + 1) % options_.target_every == 0;
    health_.gradient_norm = adam_.step(online_.parameters(), gradient_, learning_rate,
                                       {.largest_norm = options_.clip_norm,
                                        .target = follow ? target_.parameters() : std::span<float>{},
                                        .target_rate = options_.target_rate});
    if (!std::isfinite(health_.gradient_norm)) return refuse();
    if (health_.gradient_norm > 10 * options_.clip_norm) ++health_.far_above_clip;
    if (priorities_) {
      for (std::size_t j = 0; j < options_.batch; ++j) priorities_->set(rows_[j], priority_of(errors_[j]));
    }
    ++health_.updates;
    return true;
  }

  /// Puts a transition into the replay. `discount`: of the value of `next`.
  void remember(vector_state s, action_index a, double reward, double discount, vector_state next, bool terminated,
                action_mask legal) {
    const std::uint32_t row =
        replay_.push(s, a, static_cast<float>(reward), next, terminated, static_cast<float>(discount), legal);
    if (priorities_) priorities_->set(row, priorities_->highest());
  }

  /// Takes a reward that is learned from into their scale.
  void measure(double reward) {
    if (!options_.scale_rewards) return;
    scale_.measure(reward);
    health_.reward_scale = scale_.deviation();
  }
  void refuse_reward() noexcept { ++health_.refused_rewards; }

  [[nodiscard]] std::size_t dimension() const noexcept { return dimension_; }
  [[nodiscard]] std::size_t actions() const noexcept { return actions_; }
  [[nodiscard]] const dqn_options& options() const noexcept { return options_; }
  [[nodiscard]] const dqn_health& health() const noexcept { return health_; }
  [[nodiscard]] const mlp<float>& online() const noexcept { return online_; }
  [[nodiscard]] const mlp<float>& target() const noexcept { return target_; }
  [[nodiscard]] const replay& remembered() const noexcept { return replay_; }

  /// What a checkpoint stores of it, among the fields of the agent: first what decides,
  template <class Self, class Archive>
  static void deciding(Self& self, Archive& a) {
    a.same("activate", self.options_.activate);
    a.same("dueling", self.options_.dueling);
    a("online", self.online_);
  }
  /// then what learning goes on with,
  template <class Self, class Archive>
  static void training(Self& self, Archive& a) {
    self.options_.same_training(a);
    a("target", self.target_);
    a("adam", self.adam_);
    a("replay", self.replay_);
    if (self.priorities_) a("priorities", *self.priorities_);
  }
  /// and at the end what was counted.
  template <class Self, class Archive>
  static void counted(Self& self, Archive& a) {
    a("updates", self.health_.updates);
    a("diverged", self.health_.diverged);
    a("refused_rewards", self.health_.refused_rewards);
    if (!self.options_.scale_rewards) return;
    reward_scale::fields(self.scale_, a);
    if constexpr (!std::is_const_v<Self>) self.health_.reward_scale = self.scale_.deviation();
  }

 private:
  static std::size_t checked_actions(std::size_t actions) {
    require(actions >= 1, "dqn", "number of actions", actions, "be at least 1");
    return actions;
  }
  static std::vector<std::size_t> sizes(std::size_t dimension, std::size_t actions, const dqn_options& o) {
    std::vector<std::size_t> all{dimension};
    all.insert(all.end(), o.hidden.begin(), o.hidden.end());
    all.push_back(actions + (o.dueling ? 1 : 0));  // the value stands in the last row
    return all;
  }

  void sample(engine& random) {
    const std::span<std::uint32_t> rows(rows_.data(), options_.batch);
    if (priorities_) {
      priorities_->draw(random, rows);
      for (const std::uint32_t row : rows) replay_.prefetch(row);
    } else {
      replay_.draw(random, rows);
    }
  }

  // targets_[j] = r + discount Q'(s', a*)
  void find_targets() {
    next_batch_.gather(replay_.next(0), replay_.stride(), rows_.data(), options_.instructions);
    next_batch_.forward(options_.double_dqn ? online_ : target_);
    const q_columns next = values_in(next_batch_);
    for (std::size_t j = 0; j < options_.batch; ++j) {
      next_action_[j] = replay_.masked() ? next.best_legal(j, replay_.legal(rows_[j])) : next.best(j);
    }
    if (options_.double_dqn) next_batch_.forward(target_);
    const float unit = options_.scale_rewards ? static_cast<float>(1 / health_.reward_scale) : 1.0F;
    for (std::size_t j = 0; j < options_.batch; ++j) {
      const std::size_t row = rows_[j];
      const bool any = next_action_[j] < actions_;  // where no action is legal, the expected return is 0
      targets_[j] = unit * replay_.reward(row);
      if (any) targets_[j] += replay_.discount(row) * next.value(next_action_[j], j);
    }
  }

  // The errors of the actions taken, and the gradient of their mean Huber loss; returns the loss.
  [[nodiscard]] double find_errors(const progress& done) {
    auto gradient = batch_.output_gradient();
    const q_columns now = values_in(batch_);
    const std::size_t stride = now.stride;
    float* const g = gradient.data();
    std::fill(g, g + online_.outputs() * stride, 0.0F);
    const float share = 1 / static_cast<float>(options_.batch);
    double loss = 0;
    const double heaviest = priorities_ ? find_weights(done) : 1;
    for (std::size_t j = 0; j < options_.batch; ++j) {
      const std::size_t a = replay_.action(rows_[j]);
      const float error = now.value(a, j) - targets_[j];
      const float weight = priorities_ ? static_cast<float>(weights_[j] / heaviest) : 1.0F;
      errors_[j] = error;
      loss += static_cast<double>(weight * huber(error));
      const float slope = weight * share * huber_slope(error);
      g[a * stride + j] = slope;
      if (options_.dueling) {
        const float mean = slope / static_cast<float>(actions_);
        for (std::size_t k = 0; k < actions_; ++k) g[k * stride + j] -= mean;
        g[actions_ * stride + j] = slope;
      }
      if (options_.conservative > 0) {
        const double term =
            now.press_down(g, a, j, weight * share * static_cast<float>(options_.conservative), likely_);
        loss += static_cast<double>(weight) * (options_.conservative * term);
      }
    }
    return loss / static_cast<double>(options_.batch);
  }

  // (N P)^-beta of each transition, and the largest of them. All are divided by the largest, so that they only shorten
  // steps.
  [[nodiscard]] double find_weights(const progress& done) {
    const double beta = options_.importance.at(done);
    double heaviest = 0;
    for (std::size_t j = 0; j < options_.batch; ++j) {
      const double p = (*priorities_)[rows_[j]] / priorities_->total();
      weights_[j] = std::pow(static_cast<double>(replay_.size()) * p, -beta);
      heaviest = std::max(heaviest, weights_[j]);
    }
    return heaviest;
  }
  [[nodiscard]] double priority_of(float error) const {
    return std::pow(std::abs(static_cast<double>(error)) + 1e-6, options_.priority);
  }

  [[nodiscard]] q_columns values_in(mlp_batch<float>& batch) const {
    return {batch.output().data(), batch.stride(), actions_, options_.dueling};
  }

  bool refuse() {
    ++health_.diverged;
    if (priorities_) {  // a transition that cannot be learned from must not be drawn again and again
      for (std::size_t j = 0; j < options_.batch; ++j) {
        if (!std::isfinite(errors_[j])) priorities_->set(rows_[j], 0);
      }
    }
    return false;
  }

  dqn_options options_;
  moved_to_zero<std::size_t> dimension_;
  moved_to_zero<std::size_t> actions_;
  engine initial_;  // the engine that drew the first weights
  mlp<float> online_;
  mlp<float> target_;
  adam<float> adam_;
  mlp_batch<float> batch_;
  mlp_batch<float> next_batch_;
  aligned_vector<float> gradient_;
  replay replay_;
  std::optional<sum_tree> priorities_;
  std::vector<std::uint32_t> rows_;  // rows of the replay that make the batch, padded
  std::vector<std::size_t> next_action_ = std::vector<std::size_t>(rows_.size());
  std::vector<double> weights_ = std::vector<double>(rows_.size());
  std::vector<float> targets_;
  std::vector<float> errors_;
  std::vector<double> likely_;  // scratch of the conservative term
  reward_scale scale_;
  dqn_health health_;
};

}  // namespace headroom::internal
