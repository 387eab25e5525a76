#pragma once

#include <algorithm>    // std::fill
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <span>         // std::span
#include <tuple>        // std::tuple_size_v
#include <type_traits>  // std::remove_cvref_t
#include <utility>      // std::declval, std::move
#include <vector>       // std::vector

#include <headroom/actions/explore.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/schedule.hpp>
#include <headroom/core/types.hpp>
#include <headroom/tabular/q_table.hpp>
#include <headroom/tabular/traces.hpp>

namespace headroom {

/// Hyper-parameters of the tabular learners.
struct td_options {
  schedule learning_rate = 0.1;               ///< alpha, in (0, 1]
  double discount = 0.99;                     ///< gamma, in [0, 1]
  double trace_decay = 0;                     ///< lambda, in [0, 1]; 0: one-step, no traces
  trace_kind traces = trace_kind::replacing;  ///< what a visit does to a trace
  double trace_threshold = 1e-3;              ///< a trace below it is dropped, in (0, 1)
  double initial_value = 0;  ///< of every action value; above what is achievable: optimistic exploration
};

/// Everything that SARSA, Expected SARSA and Q-learning have in common; they differ in `Bootstrap`, the value of the
/// next state. Model of MaskedAgent and CorrectableAgent. `State` is a state_index (a table) or active_features<N>
/// (tile coding: the value of an action is the sum over the active tiles, and the learning rate is divided among them).
///
/// The update of step t happens when its consequence (r, s') arrives: delta = r + discount V(s') - Q(s, a), for every
/// active trace Q += learning_rate delta e (Sutton and Barto, sections 6.4 to 6.6, 10.1 and 12.7). Costs: one-step
/// O(actions), with traces O(actions + active traces).
template <class Bootstrap, class Explore, class State>
class td_control {
 public:
  using state_type = State;

  td_control(std::size_t states, std::size_t actions, const td_options& options, std::uint64_t seed,
             Explore explore = Explore{})
      : options_(checked(options)),
        q_(states, actions, options.initial_value / static_cast<double>(width)),
        traces_(options.trace_decay > 0 ? states * actions : 1, options.traces, options.discount * options.trace_decay,
                options.trace_threshold, width),
        random_(seed, stream::exploration),
        explore_(std::move(explore)),
        values_(actions),
        scratch_(actions),
        learning_rate_(options.learning_rate.at({})) {}

  /// Begins an episode, or resumes after a gap; whatever was pending is dropped.
  action_index start(const State& s, action_mask legal = {}) {
    traces_.clear();
    learning_rate_ = options_.learning_rate.at(progress_);
    if constexpr (requires { explore_.advance(progress_); }) explore_.advance(progress_);
    return remember(s, choose(s, legal));
  }

  /// The last action brought `reward` and led to `s`: learns from it, returns the next action.
  action_index step(double reward, const State& s, action_mask legal = {}) {
    count_step();
    const action_index a = choose(s, legal);
    // Asked before learning: the trace goes on with the best action of the target, and learning can make another one
    // the best.
    bool cut = false;
    if constexpr (Bootstrap::cuts_traces) cut = explored(s, a, legal);
    learn(reward + options_.discount * bootstrap(s, a, legal));
    if (cut) traces_.clear();
    return remember(s, a);
  }

  /// The task ended: nothing comes after, nothing is bootstrapped.
  void terminate(double reward) {
    count_step();
    learn(reward);
    ++progress_.episodes;
  }

  /// The episode was cut in `s`, the task would have gone on: bootstraps as `step` does.
  void truncate(double reward, const State& s, action_mask legal = {}) {
    count_step();
    learn(reward + options_.discount * bootstrap(s, choose(s, legal), legal));
    ++progress_.episodes;
  }

  /// The last action was overridden by `a`: that one is learned.
  void executed(action_index a) {
    HEADROOM_ASSERT(to_size(a) < actions(), "td_control: executed action outside the menu");
    if constexpr (Bootstrap::cuts_traces) {
      if (a != action_ && explored(state_, a, {})) traces_.clear();
    }
    action_ = a;
  }

  /// The best action as far as is known; neither learns nor explores. Ties that the engine would break go to the
  /// smallest index.
  [[nodiscard]] action_index greedy(const State& s, action_mask legal = {}) const {
    tie_break ties = tie_break::smallest_index;
    if constexpr (requires { explore_.ties(); }) ties = explore_.ties();
    if constexpr (width == 1) {
      return best_of(q_.row(features(s)[0]), legal, ties);
    } else {
      std::size_t best = actions();
      double best_value = 0;
      for (std::size_t a = 0; a < actions(); ++a) {
        if (!legal[a]) continue;
        const double v = value(s, action_index{a});
        if (best == actions() || v > best_value || (v == best_value && ties == tie_break::largest_index)) {
          best = a;
          best_value = v;
        }
      }
      HEADROOM_ASSERT(best < actions(), "td_control: no legal action");
      return action_index{best};
    }
  }

  /// Q(s, a).
  [[nodiscard]] double value(const State& s, action_index a) const {
    double sum = 0;
    for (const std::size_t f : features(s)) sum += q_.row(f)[to_size(a)];
    return sum;
  }

  [[nodiscard]] std::size_t states() const noexcept { return q_.states(); }
  [[nodiscard]] std::size_t actions() const noexcept { return q_.actions(); }
  [[nodiscard]] const q_table& table() const noexcept { return q_; }
  [[nodiscard]] const td_options& options() const noexcept { return options_; }
  [[nodiscard]] const progress& done() const noexcept { return progress_; }
  [[nodiscard]] const Explore& exploration() const noexcept { return explore_; }
  [[nodiscard]] std::size_t active_traces() const noexcept { return traces_.active(); }

  /// Replaces what was learned, as from a file. The shape must be the same.
  void adopt(q_table table) {
    require(table.states() == states(), Bootstrap::name, "number of states of the table", table.states(),
            "be " + to_text(states()));
    require(table.actions() == actions(), Bootstrap::name, "number of actions of the table", table.actions(),
            "be " + to_text(actions()));
    q_ = std::move(table);
    traces_.clear();
  }

 private:
  static constexpr std::size_t width =
      std::tuple_size_v<std::remove_cvref_t<decltype(features(std::declval<const State&>()))>>;

  static const td_options& checked(const td_options& o) {
    require_step_size(Bootstrap::name, "learning_rate", o.learning_rate.highest());
    require(o.learning_rate.lowest() >= 0, Bootstrap::name, "learning_rate", o.learning_rate.lowest(),
            "never fall below 0");
    require_fraction(Bootstrap::name, "discount", o.discount);
    require_fraction(Bootstrap::name, "trace_decay", o.trace_decay);
    require(o.trace_threshold > 0 && o.trace_threshold < 1, Bootstrap::name, "trace_threshold", o.trace_threshold,
            "be in (0, 1)");
    require_finite(Bootstrap::name, "initial_value", o.initial_value);
    return o;
  }

  void count_step() {
    ++progress_.steps;
    if (options_.learning_rate.varies_by_step()) learning_rate_ = options_.learning_rate.at(progress_);
    if constexpr (requires { explore_.varies_by_step(); }) {
      if (explore_.varies_by_step()) explore_.advance(progress_);
    }
  }

  // The action values of s: a row of the table, or the sums over the active tiles.
  [[nodiscard]] std::span<const double> values(const State& s) {
    if constexpr (width == 1) {
      return q_.row(features(s)[0]);
    } else {
      std::fill(values_.begin(), values_.end(), 0.0);
      for (const std::size_t f : features(s)) {
        const auto row = q_.row(f);
        for (std::size_t a = 0; a < row.size(); ++a) values_[a] += row[a];
      }
      return values_;
    }
  }

  action_index choose(const State& s, action_mask legal) { return explore_(values(s), legal, random_); }

  [[nodiscard]] double bootstrap(const State& s, action_index a, action_mask legal) {
    return Bootstrap::value(values(s), a, legal, explore_, std::span<double>(scratch_));
  }

  [[nodiscard]] bool explored(const State& s, action_index a, action_mask legal) {
    const auto v = values(s);
    return v[to_size(a)] < v[to_size(best_of(v, legal, tie_break::smallest_index))];
  }

  action_index remember(const State& s, action_index a) {
    state_ = s;
    return action_ = a;
  }

  void learn(double target) {
    const double step = learning_rate_ / static_cast<double>(width) * (target - value(state_, action_));
    if (options_.trace_decay <= 0) {
      for (const std::size_t f : features(state_)) q_.row(f)[to_size(action_)] += step;
      return;
    }
    for (const std::size_t f : features(state_)) traces_.visit(f * actions() + to_size(action_), learning_rate_);
    traces_.apply_and_decay(q_.all(), step);
  }

  td_options options_;
  q_table q_;
  traces traces_;
  engine random_;
  Explore explore_;
  std::vector<double> values_;   // action values of a tile-coded state
  std::vector<double> scratch_;  // action probabilities, for Expected SARSA
  double learning_rate_;
  progress progress_;
  State state_{};
  action_index action_{};
};

}  // namespace headroom
