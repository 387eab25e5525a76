#pragma once

#include <algorithm>    // std::clamp
#include <cmath>        // std::abs, std::isfinite
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <span>         // std::span
#include <stdexcept>    // std::invalid_argument
#include <type_traits>  // std::is_const_v
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/explorations/best_of.hpp>
#include <headroom/explorations/epsilon_greedy.hpp>
#include <headroom/agents/dqn_options.hpp>
#include <headroom/agents/internal/dqn_learning.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/internal/handed_on.hpp>
#include <headroom/core/internal/wrong_arguments.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/neural/internal/aligned.hpp>
#include <headroom/neural/mlp.hpp>
#include <headroom/neural/n_step.hpp>
#include <headroom/neural/replay.hpp>

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
      : learning_(dimension, actions, options, seed),
        open_(options.n_steps, dimension, options.discount),
        random_(seed, stream::exploration),
        explore_(std::move(explore)),
        scratch_(learning_.online().scratch_size()),
        values_(actions),
        learning_rate_(options.learning_rate.at({})) {}

  /// Begins an episode, or resumes after a gap. A pending transition is dropped. Throws std::invalid_argument if this
  /// agent was moved from.
  action_index start(vector_state s, action_mask legal = {}) {
    if (actions() == 0) throw std::invalid_argument("dqn: it was moved from, must be used where it was moved to");
    open_.clear();
    learning_rate_ = options().learning_rate.at(progress_);
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
    HEADROOM_ASSERT(to_size(a) < actions(), "dqn: executed action outside the menu");
    open_.executed(a);
  }

  /// The best known action; neither learns nor explores. Ties that the engine would break go to the smallest index.
  [[nodiscard]] action_index greedy(vector_state s, action_mask legal = {}) const {
    tie_break ties = tie_break::smallest_index;
    if constexpr (requires { explore_.ties(); }) ties = explore_.ties();
    HEADROOM_ASSERT(s.size() == dimension(), "dqn: an observation of another dimension");
    const std::span<const float> out = online().forward_one(s, scratch_);  // dueling: the common value is left out
    return best_of(actions(), legal, ties, [out](std::size_t a) { return static_cast<double>(out[a]); });
  }
  /// The action values of s, valid until the next call.
  [[nodiscard]] std::span<const double> values(vector_state s) const {
    HEADROOM_ASSERT(s.size() == dimension(), "dqn: an observation of another dimension");
    const std::span<const float> out = online().forward_one(s, scratch_);
    if (options().dueling) {
      double mean = 0;
      for (std::size_t a = 0; a < actions(); ++a) mean += static_cast<double>(out[a]);
      const double base = static_cast<double>(out[actions()]) - mean / static_cast<double>(actions());
      for (std::size_t a = 0; a < actions(); ++a) values_[a] = base + static_cast<double>(out[a]);
    } else {
      for (std::size_t a = 0; a < actions(); ++a) values_[a] = static_cast<double>(out[a]);
    }
    return values_;
  }
  [[nodiscard]] double value(vector_state s, action_index a) const { return values(s)[to_size(a)]; }

  /// Puts a transition into the replay unchanged, for example from a log: no n-step return, no count.
  void remember(vector_state s, action_index a, double reward, vector_state next, bool terminated,
                action_mask legal = {}) {
    if (acceptable(reward)) learning_.remember(s, a, reward, options().discount, next, terminated, legal);
  }

  /// One gradient update on a batch from the replay. Returns false, and changes nothing, if the replay holds less than
  /// a batch or the update was refused (`health().diverged`). O(batch * parameters).
  bool update() { return learning_.update(random_, progress_, learning_rate_); }

  [[nodiscard]] std::size_t dimension() const noexcept { return learning_.dimension(); }
  [[nodiscard]] std::size_t actions() const noexcept { return learning_.actions(); }
  [[nodiscard]] const dqn_options& options() const noexcept { return learning_.options(); }
  [[nodiscard]] const progress& done() const {
    HEADROOM_ASSERT(!left_behind(), "dqn: only a copy of this agent learns: use std::move, or ask policy.agent()");
    return progress_;
  }
  [[nodiscard]] const Explore& exploration() const noexcept { return explore_; }
  [[nodiscard]] dqn_health health() const noexcept {
    dqn_health now = learning_.health();
    now.copies_instead_of_moves = left_behind() ? copies_.value() : 0;
    return now;
  }
  [[nodiscard]] const mlp<float>& online() const noexcept { return learning_.online(); }
  [[nodiscard]] const mlp<float>& target() const noexcept { return learning_.target(); }
  [[nodiscard]] const replay& remembered() const noexcept { return learning_.remembered(); }

  /// What a checkpoint stores. Within an episode the steps whose returns are not complete are left out: the last one,
  /// or the last n_steps. The online network alone decides.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "dqn");
    learning::deciding(self.learning_, a);
    a.exploration("explore", self.explore_);
    if (!a.training()) return;
    learning::training(self.learning_, a);
    a("random", self.random_);
    a("steps", self.progress_.steps);
    a("episodes", self.progress_.episodes);
    learning::counted(self.learning_, a);
    if constexpr (!std::is_const_v<Self>) {
      self.open_.clear();
      self.learning_rate_ = self.options().learning_rate.at(self.progress_);
    }
  }

 private:
  using learning = internal::dqn_learning;

  // Whether the agent was copied and has learned nothing: somebody meant to move it, and only the copy learns.
  [[nodiscard]] bool left_behind() const noexcept {
    return copies_.value() > 0 && progress_.steps == 0 && learning_.health().updates == 0 && remembered().size() == 0 &&
           actions() > 0;
  }

  void count_step() {
    ++progress_.steps;
    if (options().learning_rate.varies_by_step()) learning_rate_ = options().learning_rate.at(progress_);
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
    if (progress_.steps >= options().warm_up && progress_.steps % options().train_every == 0) update();
  }

  // A refused reward breaks every n-step return that would contain it.
  [[nodiscard]] bool acceptable(double& reward) {
    const bool finite = std::isfinite(reward);
    reward = std::clamp(reward, -options().clip_reward, options().clip_reward);
    if (finite && std::abs(reward) <= largest_reward) {
      learning_.measure(reward);
      return true;
    }
    learning_.refuse_reward();
    open_.clear();
    return false;
  }

  [[nodiscard]] auto storing(vector_state next, bool terminated, action_mask legal) {
    return [this, next, terminated, legal](vector_state s, action_index a, double sum, double discount) {
      learning_.remember(s, a, sum, discount, next, terminated, legal);
    };
  }

  learning learning_;
  internal::copy_count copies_;
  n_step open_;
  engine random_;
  Explore explore_;
  mutable internal::aligned_vector<float> scratch_;
  mutable std::vector<double> values_;
  double learning_rate_;
  progress progress_;
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
