#pragma once

#include <algorithm>    // std::clamp, std::fill, std::max
#include <cmath>        // std::abs, std::exp, std::isfinite, std::log, std::pow, std::sqrt
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint32_t, std::uint64_t
#include <optional>     // std::optional
#include <span>         // std::span
#include <stdexcept>    // std::invalid_argument
#include <type_traits>  // std::is_const_v
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/explorations/best_of.hpp>
#include <headroom/explorations/epsilon_greedy.hpp>
#include <headroom/agents/dqn_options.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/internal/handed_on.hpp>
#include <headroom/core/internal/wrong_arguments.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/neural/adam.hpp>
#include <headroom/neural/internal/aligned.hpp>
#include <headroom/neural/flush_denormals.hpp>
#include <headroom/neural/huber.hpp>
#include <headroom/neural/mlp.hpp>
#include <headroom/neural/mlp_batch.hpp>
#include <headroom/neural/n_step.hpp>
#include <headroom/neural/replay.hpp>
#include <headroom/neural/sum_tree.hpp>

namespace headroom {

/// Deep Q-network (Mnih et al. 2015). A network estimates the action values of a vector of numbers. It learns from
/// batches of replayed transitions towards r + discount max Q'(s', .), where Q' is a second network that follows
/// slowly. Double DQN (van Hasselt et al. 2016), dueling (Wang et al. 2016), n-step returns and prioritised replay
/// (Schaul et al. 2016) are options. Model of MaskedAgent and CorrectableAgent; the mask holds in the choice and in the
/// target.
///
/// Scale the inputs to about one (`standardize`). An update of 9-64-64-3 with 64 transitions takes about 27 us, a
/// choice about 130 ns; nothing allocates after construction. An update that is not finite is refused: the weights do
/// not change, and `health()` counts it. `greedy` and `value` share scratch memory: use one object for each thread.
///     dqn agent{see.dimension(), menu.size(), {.discount = 0.97}, 42};
template <class Explore = epsilon_greedy>
class dqn {
  static_assert(Exploration<Explore>, "dqn: this exploration is none: see Exploration in core/concepts.hpp");

 public:
  using state_type = vector_state;

  /// A reward with a larger magnitude is refused: a network that begins near 0 could not represent its value.
  static constexpr double largest_reward = headroom::largest_reward;

  dqn(std::size_t dimension, std::size_t actions, const dqn_options& options, std::uint64_t seed,
      Explore explore = Explore{})
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
        open_(options_.n_steps, dimension, options_.discount),
        random_(seed, stream::exploration),
        explore_(std::move(explore)),
        rows_(batch_.stride()),
        targets_(options_.batch),
        errors_(options_.batch),
        scratch_(online_.scratch_size()),
        values_(actions),
        learning_rate_(options_.learning_rate.at({})) {
    if (options_.priority > 0) priorities_.emplace(options_.capacity);
  }

  /// Begins an episode, or resumes after a gap. A pending transition is dropped. Throws std::invalid_argument if this
  /// agent was moved from.
  action_index start(vector_state s, action_mask legal = {}) {
    if (actions_ == 0) throw std::invalid_argument("dqn: it was moved from, must be used where it was moved to");
    open_.clear();
    learning_rate_ = options_.learning_rate.at(progress_);
    if constexpr (requires { explore_.advance(progress_); }) explore_.advance(progress_);
    return choose(s, legal);
  }

  /// The last action brought `reward` and led to `s`. Stores the transition, learns, returns the next action.
  action_index step(double reward, vector_state s, action_mask legal = {}) {
    count_step();
    if (acceptable(reward)) open_.reward(reward, storing(s, false, legal));
    learn();
    return choose(s, legal);
  }

  /// The task ended: nothing comes after, so the agent does not bootstrap.
  void terminate(double reward) { end(reward, {}, true, {}); }

  /// The episode was cut in `s`, but the task would have gone on: the agent bootstraps from `s`.
  void truncate(double reward, vector_state s, action_mask legal = {}) { end(reward, s, false, legal); }

  /// The last action was overridden by `a`: the agent learns from `a`.
  void executed(action_index a) {
    HEADROOM_ASSERT(to_size(a) < actions_, "dqn: executed action outside the menu");
    open_.executed(a);
  }

  /// The best known action; neither learns nor explores. Ties that the engine would break go to the smallest index.
  [[nodiscard]] action_index greedy(vector_state s, action_mask legal = {}) const {
    tie_break ties = tie_break::smallest_index;
    if constexpr (requires { explore_.ties(); }) ties = explore_.ties();
    HEADROOM_ASSERT(s.size() == dimension(), "dqn: an observation of another dimension");
    const std::span<const float> out = online_.forward_one(s, scratch_);  // dueling: the common value is left out
    return best_of(actions_, legal, ties, [out](std::size_t a) { return static_cast<double>(out[a]); });
  }
  /// The action values of s, valid until the next call.
  [[nodiscard]] std::span<const double> values(vector_state s) const {
    HEADROOM_ASSERT(s.size() == dimension(), "dqn: an observation of another dimension");
    const std::span<const float> out = online_.forward_one(s, scratch_);
    if (options_.dueling) {
      double mean = 0;
      for (std::size_t a = 0; a < actions_; ++a) mean += static_cast<double>(out[a]);
      const double base = static_cast<double>(out[actions_]) - mean / static_cast<double>(actions_);
      for (std::size_t a = 0; a < actions_; ++a) values_[a] = base + static_cast<double>(out[a]);
    } else {
      for (std::size_t a = 0; a < actions_; ++a) values_[a] = static_cast<double>(out[a]);
    }
    return values_;
  }
  [[nodiscard]] double value(vector_state s, action_index a) const { return values(s)[to_size(a)]; }

  /// Puts a transition into the replay unchanged, for example from a log: no n-step return, no count.
  void remember(vector_state s, action_index a, double reward, vector_state next, bool terminated,
                action_mask legal = {}) {
    if (acceptable(reward)) store(s, a, reward, options_.discount, next, terminated, legal);
  }

  /// One gradient update on a batch from the replay. Returns false, and changes nothing, if the replay holds less than
  /// a batch or the update was refused (`health().diverged`). O(batch * parameters).
  bool update() {
    if (replay_.size() < options_.batch || (priorities_ && !(priorities_->total() > 0))) return false;
    const flush_denormals guard;
    sample();
    find_targets();
    batch_.gather(replay_.observation(0), replay_.stride(), rows_.data(), options_.instructions);
    batch_.forward(online_);
    health_.loss = find_errors();
    if (!std::isfinite(health_.loss)) return refuse();
    batch_.backward(online_, gradient_);
    const bool follow = (health_.updates + 1) % options_.target_every == 0;
    health_.gradient_norm = adam_.step(online_.parameters(), gradient_, learning_rate_,
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

  [[nodiscard]] std::size_t dimension() const noexcept { return dimension_; }
  [[nodiscard]] std::size_t actions() const noexcept { return actions_; }
  [[nodiscard]] const dqn_options& options() const noexcept { return options_; }
  [[nodiscard]] const progress& done() const {
    HEADROOM_ASSERT(!left_behind(), "dqn: only a copy of this agent learns: use std::move, or ask policy.agent()");
    return progress_;
  }
  [[nodiscard]] const Explore& exploration() const noexcept { return explore_; }
  [[nodiscard]] dqn_health health() const noexcept {
    dqn_health now = health_;
    now.copies_instead_of_moves = left_behind() ? copies_.value() : 0;
    return now;
  }
  [[nodiscard]] const mlp<float>& online() const noexcept { return online_; }
  [[nodiscard]] const mlp<float>& target() const noexcept { return target_; }
  [[nodiscard]] const replay& remembered() const noexcept { return replay_; }

  /// What a checkpoint stores. Within an episode the steps whose returns are not complete are left out: the last one,
  /// or the last n_steps. The online network alone decides.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    const dqn_options& o = self.options_;
    a.means("kind", "dqn");
    a.same("activate", o.activate);
    a.same("dueling", o.dueling);
    a("online", self.online_);
    a.exploration("explore", self.explore_);
    if (!a.training()) return;
    o.same_training(a);
    a("target", self.target_);
    a("adam", self.adam_);
    a("replay", self.replay_);
    if (self.priorities_) a("priorities", *self.priorities_);
    a("random", self.random_);
    a("steps", self.progress_.steps);
    a("episodes", self.progress_.episodes);
    a("updates", self.health_.updates);
    a("diverged", self.health_.diverged);
    a("refused_rewards", self.health_.refused_rewards);
    if (o.scale_rewards) {
      a("rewards_seen", self.rewards_seen_);
      a("rewards_mean", self.rewards_mean_);
      a("rewards_squares", self.rewards_squares_);
      a.check(self.rewards_squares_ >= 0, "rewards_squares", self.rewards_squares_, "not be negative");
      if constexpr (!std::is_const_v<Self>) self.health_.reward_scale = self.deviation();
    }
    if constexpr (!std::is_const_v<Self>) {
      self.open_.clear();
      self.learning_rate_ = o.learning_rate.at(self.progress_);
    }
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

  // Whether the agent was copied and has learned nothing: somebody meant to move it, and only the copy learns.
  [[nodiscard]] bool left_behind() const noexcept {
    return copies_.value() > 0 && progress_.steps == 0 && health_.updates == 0 && replay_.size() == 0 && actions_ > 0;
  }

  void count_step() {
    ++progress_.steps;
    if (options_.learning_rate.varies_by_step()) learning_rate_ = options_.learning_rate.at(progress_);
    if constexpr (requires { explore_.varies_by_step(); }) {
      if (explore_.varies_by_step()) explore_.advance(progress_);
    }
  }

  action_index choose(vector_state s, action_mask legal) {
    const action_index a = explore_(values(s), legal, random_);
    open_.add(s, a);
    return a;
  }

  void end(double reward, vector_state s, bool terminated, action_mask legal) {
    count_step();
    if (acceptable(reward)) {
      open_.reward(reward, storing(s, terminated, legal));
      open_.finish(storing(s, terminated, legal));
    }
    ++progress_.episodes;
    learn();
  }

  void learn() {
    if (progress_.steps >= options_.warm_up && progress_.steps % options_.train_every == 0) update();
  }

  // A refused reward breaks every n-step return that would contain it.
  [[nodiscard]] bool acceptable(double& reward) {
    const bool finite = std::isfinite(reward);
    reward = std::clamp(reward, -options_.clip_reward, options_.clip_reward);
    if (finite && std::abs(reward) <= largest_reward) {
      if (options_.scale_rewards) measure(reward);
      return true;
    }
    ++health_.refused_rewards;
    open_.clear();
    return false;
  }

  // Welford's moments of all rewards. The replay holds them as they came, so that a scale that settles late is right
  // for the early ones, too.
  void measure(double reward) {
    ++rewards_seen_;
    const double away = reward - rewards_mean_;
    rewards_mean_ += away / static_cast<double>(rewards_seen_);
    rewards_squares_ += away * (reward - rewards_mean_);
    health_.reward_scale = deviation();
  }
  [[nodiscard]] double deviation() const {
    if (rewards_seen_ < 2) return 1;
    const double spread = std::sqrt(rewards_squares_ / static_cast<double>(rewards_seen_));
    return spread > 1e-9 * (std::abs(rewards_mean_) + 1e-9) ? spread : 1;  // rewards that never differ stay as they are
  }

  [[nodiscard]] auto storing(vector_state next, bool terminated, action_mask legal) {
    return [this, next, terminated, legal](vector_state s, action_index a, double sum, double discount) {
      store(s, a, sum, discount, next, terminated, legal);
    };
  }
  void store(vector_state s, action_index a, double sum, double discount, vector_state next, bool terminated,
             action_mask legal) {
    const std::uint32_t row =
        replay_.push(s, a, static_cast<float>(sum), next, terminated, static_cast<float>(discount), legal);
    if (priorities_) priorities_->set(row, priorities_->highest());
  }

  void sample() {
    const std::span<std::uint32_t> rows(rows_.data(), options_.batch);
    if (priorities_) {
      priorities_->draw(random_, rows);
      for (const std::uint32_t row : rows) replay_.prefetch(row);
    } else {
      replay_.draw(random_, rows);
    }
  }

  // targets_[j] = r + discount Q'(s', a*)
  void find_targets() {
    next_batch_.gather(replay_.next(0), replay_.stride(), rows_.data(), options_.instructions);
    next_batch_.forward(options_.double_dqn ? online_ : target_);
    const float* const q = next_batch_.output().data();
    const std::size_t stride = next_batch_.stride();
    for (std::size_t j = 0; j < options_.batch; ++j) {  // dueling: the common value is left out
      next_action_[j] =
          replay_.masked() ? best_legal(q + j, stride, replay_.legal(rows_[j])) : best_next(q + j, stride);
    }
    if (options_.double_dqn) next_batch_.forward(target_);
    const float unit = options_.scale_rewards ? static_cast<float>(1 / health_.reward_scale) : 1.0F;
    for (std::size_t j = 0; j < options_.batch; ++j) {
      const std::size_t row = rows_[j];
      const bool any = next_action_[j] < actions_;  // where no action is legal, the expected return is 0
      targets_[j] = unit * replay_.reward(row);
      if (any) targets_[j] += replay_.discount(row) * action_value(q, stride, next_action_[j], j);
    }
  }

  // The first best action, found without a branch on the values, because such a branch cannot be predicted.
  [[nodiscard]] std::size_t best_next(const float* q, std::size_t stride) const {
    std::size_t best = 0;
    float top = q[0];
    for (std::size_t a = 1; a < actions_; ++a) {
      const float value = q[a * stride];
      best = value > top ? a : best;
      top = value > top ? value : top;
    }
    return best;
  }
  // The same among the legal actions; actions() if no action is legal.
  [[nodiscard]] std::size_t best_legal(const float* q, std::size_t stride, action_mask legal) const {
    std::size_t best = actions_;
    for (std::size_t a = 0; a < actions_; ++a) {
      if (legal[a] && (best == actions_ || q[a * stride] > q[best * stride])) best = a;
    }
    return best;
  }

  // The errors of the actions taken, and the gradient of their mean Huber loss; returns the loss.
  [[nodiscard]] double find_errors() {
    auto gradient = batch_.output_gradient();
    const std::size_t stride = batch_.stride();
    float* const g = gradient.data();
    std::fill(g, g + online_.outputs() * stride, 0.0F);
    const float* const q = batch_.output().data();
    const float share = 1 / static_cast<float>(options_.batch);
    double loss = 0;
    const double heaviest = priorities_ ? find_weights() : 1;
    for (std::size_t j = 0; j < options_.batch; ++j) {
      const std::size_t a = replay_.action(rows_[j]);
      const float error = action_value(q, stride, a, j) - targets_[j];
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
        loss += static_cast<double>(weight) *
                press_down(q, g, stride, a, j, weight * share * static_cast<float>(options_.conservative));
      }
    }
    return loss / static_cast<double>(options_.batch);
  }

  // Conservative Q-learning (Kumar et al. 2020): adds alpha times log sum exp Q(s, .) - Q(s, a) to the loss of a
  // transition. Its slope is the softmax of the values, less 1 for the action taken. It sums to 0, so the common value
  // of a dueling head has no part in it. Returns the term.
  [[nodiscard]] double press_down(const float* q, float* g, std::size_t stride, std::size_t a, std::size_t j,
                                  float slope) {
    float top = q[j];
    for (std::size_t k = 1; k < actions_; ++k) top = std::max(top, q[k * stride + j]);
    double sum = 0;
    for (std::size_t k = 0; k < actions_; ++k) {
      values_[k] = std::exp(static_cast<double>(q[k * stride + j] - top));
      sum += values_[k];
    }
    for (std::size_t k = 0; k < actions_; ++k) {
      const double likely = values_[k] / sum;
      g[k * stride + j] += slope * static_cast<float>(likely - (k == a ? 1 : 0));
    }
    return options_.conservative * (std::log(sum) + static_cast<double>(top - q[a * stride + j]));
  }

  // (N P)^-beta of each transition, and the largest of them. All are divided by the largest, so that they only shorten
  // steps.
  [[nodiscard]] double find_weights() {
    const double beta = options_.importance.at(progress_);
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

  [[nodiscard]] float action_value(const float* q, std::size_t stride, std::size_t a, std::size_t j) const {
    if (!options_.dueling) return q[a * stride + j];
    float mean = 0;
    for (std::size_t k = 0; k < actions_; ++k) mean += q[k * stride + j];
    return q[actions_ * stride + j] + q[a * stride + j] - mean / static_cast<float>(actions_);
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
  internal::moved_to_zero<std::size_t> dimension_;
  internal::moved_to_zero<std::size_t> actions_;
  internal::copy_count copies_;
  engine initial_;  // the engine that drew the first weights
  mlp<float> online_;
  mlp<float> target_;
  adam<float> adam_;
  mlp_batch<float> batch_;
  mlp_batch<float> next_batch_;
  internal::aligned_vector<float> gradient_;
  replay replay_;
  std::optional<sum_tree> priorities_;
  n_step open_;
  engine random_;
  Explore explore_;
  std::vector<std::uint32_t> rows_;  // rows of the replay that make the batch, padded
  std::vector<std::size_t> next_action_ = std::vector<std::size_t>(rows_.size());
  std::vector<double> weights_ = std::vector<double>(rows_.size());
  std::vector<float> targets_;
  std::vector<float> errors_;
  mutable internal::aligned_vector<float> scratch_;
  mutable std::vector<double> values_;
  double learning_rate_;
  progress progress_;
  dqn_health health_;
  std::uint64_t rewards_seen_ = 0;  // of scale_rewards
  double rewards_mean_ = 0;
  double rewards_squares_ = 0;
};
dqn(std::size_t, std::size_t, const dqn_options&, std::uint64_t)->dqn<>;
template <Exploration Explore>
dqn(std::size_t, std::size_t, const dqn_options&, std::uint64_t, Explore) -> dqn<Explore>;
// Where nothing above fits: the compiler's first line says what must be given.
template <class T = void>
dqn(std::size_t, std::size_t, ...) -> dqn<internal::wrong_arguments<T>>;

/// What arguments that fit no constructor lead to.
template <class T>
class dqn<internal::wrong_arguments<T>> {
  static_assert(
      internal::never<T>,
      "dqn: takes (dimension, actions, {.option = value, ...}, seed), and an exploration after it. Is an option "
      "misspelt, or out of order? The options and their order stand in dqn_options");

 public:
  using state_type = int;
  dqn(std::size_t, std::size_t, ...) {}
};

}  // namespace headroom
