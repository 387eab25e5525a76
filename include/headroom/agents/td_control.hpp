#pragma once

#include <cmath>        // std::abs
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <span>         // std::span
#include <stdexcept>    // std::invalid_argument
#include <string>       // std::string
#include <type_traits>  // std::is_const_v
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/agents/internal/td_values.hpp>
#include <headroom/agents/td_options.hpp>
#include <headroom/explorations/best_of.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/internal/handed_on.hpp>
#include <headroom/core/internal/wrong_arguments.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/schedule.hpp>
#include <headroom/core/types.hpp>
#include <headroom/tabular/q_table.hpp>

namespace headroom {

/// The common part of SARSA, Expected SARSA and Q-learning. They differ in `Bootstrap`, the value of the next state.
/// Model of MaskedAgent and CorrectableAgent. `State` is a state_index (a table) or active_features<N> (tile coding:
/// the value of an action is the sum over the active tiles, and the learning rate is divided among them).
///
/// The update of step t happens when its consequence (r, s') arrives: delta = r + discount V(s') - Q(s, a), and for
/// every active trace Q += learning_rate delta e (Sutton and Barto, sections 6.4 to 6.6, 10.1 and 12.7).
///
/// The options choose the fastest of three methods. Without traces (trace_decay 0), only Q(s, a) changes. If a trace
/// falls below trace_threshold within eight steps, a list holds the active traces (`traces`). Otherwise `lazy_traces`
/// are used: a step costs the same for one active trace as for thousands, and no trace is dropped. O(actions) each; the
/// list also O(active traces).
///
/// No update makes a value that is not finite: a reward beyond `largest_reward` is not learned from, a step beyond
/// `largest_step` is not made, and `health()` counts both.
template <class Bootstrap, class Explore, class State>
class td_control {
  static_assert(TabularExploration<Explore, State>,
                "a tabular agent explores with an Exploration or a StateExploration: see core/concepts.hpp");

 public:
  using state_type = State;

  td_control(std::size_t states, std::size_t actions, const td_options& options, std::uint64_t seed,
             Explore explore = Explore{})
      : options_(checked(options, Bootstrap::name)),
        table_(states, actions, options),
        random_(seed, stream::exploration),
        explore_(std::move(explore)),
        scratch_(actions),
        varies_by_step_(options.learning_rate.varies_by_step()) {
    if constexpr (requires { explore_.varies_by_step(); }) varies_by_step_ |= explore_.varies_by_step();
    if constexpr (requires { explore_.states(); }) {
      require(explore_.states() == states, Bootstrap::name, "number of states of the exploration", explore_.states(),
              "be " + to_text(states));
      require(explore_.actions() == actions, Bootstrap::name, "number of actions of the exploration",
              explore_.actions(), "be " + to_text(actions));
    }
  }

  /// Begins an episode, or resumes after a gap. A pending transition is dropped. Throws std::invalid_argument if this
  /// agent was moved from.
  action_index start(const State& s, action_mask legal = {}) {
    if (states() == 0) [[unlikely]]
      refuse_moved();
    table_.clear_traces();
    table_.set_learning_rate(options_.learning_rate.at(progress_));
    if constexpr (requires { explore_.advance(progress_); }) explore_.advance(progress_);
    return remember(s, pick(s, table_.values(s), legal));
  }

  /// The last action brought `reward` and led to `s`: learns from it, returns the next action.
  action_index step(double reward, const State& s, action_mask legal = {}) {
    count_step();
    const std::span<const double> next = table_.values(s);
    const action_index a = pick(s, next, legal);
    if (!acceptable(reward)) return remember(s, a);
    // This is checked before learning: the trace goes on only with the best action of the target, and learning can
    // change which action is the best.
    bool cut = false;
    if constexpr (Bootstrap::cuts_traces) cut = table_.with_traces() && explored(next, a, legal);
    table_.update(state_, action_, reward + options_.discount * bootstrap(next, a, legal));
    if (cut) table_.clear_traces();
    return remember(s, a);
  }

  /// Learns one transition of a log: action `a` in `s` brought `reward` and led to `next`, where `then` was executed.
  /// Nothing is chosen, drawn or counted, and a pending transition stays. Traces go on from one call to the next;
  /// `start` ends them.
  void learn(const State& s, action_index a, double reward, const State& next, action_index then,
             action_mask legal = {}) {
    if constexpr (Bootstrap::on_policy && table_type::width == 1) {
      if (!table_.with_traces()) {
        if (!(std::abs(reward) <= largest_reward)) [[unlikely]] {
          ++refused_rewards_;
          return;
        }
        double* const q = table_.data();
        double& last = q[table_.entry(features(s)[0], a)];
        last += table_.learning_rate() * (reward + options_.discount * q[table_.entry(features(next)[0], then)] - last);
        return;
      }
    }
    if (!acceptable(reward)) return;
    if constexpr (Bootstrap::on_policy && table_type::width > 1) {
      table_.update(s, a, reward + options_.discount * value(next, then));
    } else if constexpr (Bootstrap::on_policy) {
      table_.update_along_traces(s, a, reward + options_.discount * value(next, then));
    } else {
      const std::span<const double> v = table_.values(next);
      bool cut = false;
      if constexpr (Bootstrap::cuts_traces) cut = table_.with_traces() && explored(v, then, legal);
      table_.update(s, a, reward + options_.discount * bootstrap(v, then, legal));
      if (cut) table_.clear_traces();
    }
  }

  /// The same for a transition that ended the task; traces end with it.
  void learn(const State& s, action_index a, double reward) {
    if (acceptable(reward)) table_.update(s, a, reward);
    table_.clear_traces();
  }

  /// The task ended: nothing comes after, so the agent does not bootstrap.
  void terminate(double reward) {
    count_step();
    if (acceptable(reward)) table_.update(state_, action_, reward);
    ++progress_.episodes;
  }

  /// The episode was cut in `s`, but the task would have gone on: the agent bootstraps as in `step`.
  void truncate(double reward, const State& s, action_mask legal = {}) {
    count_step();
    const std::span<const double> next = table_.values(s);
    const action_index a = pick(s, next, legal);
    if (acceptable(reward)) table_.update(state_, action_, reward + options_.discount * bootstrap(next, a, legal));
    ++progress_.episodes;
  }

  /// The last action was overridden by `a`: the agent learns from `a`.
  void executed(action_index a) {
    HEADROOM_ASSERT(to_size(a) < actions(), "td_control: executed action outside the menu");
    if constexpr (Bootstrap::cuts_traces) {
      if (a != action_ && explored(table_.values(state_), a, {})) table_.clear_traces();
    }
    action_ = a;
  }

  /// The best known action; neither learns nor explores. Ties that the engine would break go to the smallest index.
  [[nodiscard]] action_index greedy(const State& s, action_mask legal = {}) const {
    tie_break ties = tie_break::smallest_index;
    if constexpr (requires { explore_.ties(); }) ties = explore_.ties();
    return table_.greedy(s, legal, ties);
  }

  /// Q(s, a).
  [[nodiscard]] double value(const State& s, action_index a) const { return table_.value(s, a); }

  [[nodiscard]] std::size_t states() const noexcept { return table_.states(); }
  [[nodiscard]] std::size_t actions() const noexcept { return table_.actions(); }
  /// A copy of all action values. O(states * actions).
  [[nodiscard]] q_table table() const { return table_.table(); }
  [[nodiscard]] const td_options& options() const noexcept { return options_; }
  [[nodiscard]] const progress& done() const {
    HEADROOM_ASSERT(!left_behind(),
                    "td_control: only a copy of this agent learns: use std::move, or ask policy.agent()");
    return progress_;
  }
  [[nodiscard]] const Explore& exploration() const noexcept { return explore_; }
  [[nodiscard]] td_health health() const noexcept {
    return {table_.diverged(), refused_rewards_, left_behind() ? copies_.value() : 0};
  }
  [[nodiscard]] std::size_t active_traces() const noexcept { return table_.active_traces(); }

  /// Replaces all action values, for example from a file. The shape must be the same, and no magnitude above
  /// `largest_action_value`.
  void adopt(q_table table) { table_.adopt(std::move(table), Bootstrap::name); }

  /// What a checkpoint stores, at any moment. The action values are always the settled ones: whoever only wants to
  /// decide, and not to learn, reads them and nothing else.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", Bootstrap::name);
    q_table settled = self.table();
    a("action_values", settled.all(), {settled.states(), settled.actions()});
    if (!a.training()) {
      if constexpr (!std::is_const_v<Self>) self.adopt(std::move(settled));
      return;
    }
    [[maybe_unused]] const bool retuned = a.tuned("learning_rate", self.options_.learning_rate);
    a.same("discount", self.options_.discount);
    a.same("trace_decay", self.options_.trace_decay);
    a.same("trace_kind", self.options_.traces);
    a.same("trace_threshold", self.options_.trace_threshold);
    table_type::traces_of(self.table_, a);
    a("random", self.random_);
    a.exploration("explore", self.explore_);
    a("progress", self.progress_);
    table_type::rate_of(self.table_, a);
    if constexpr (requires { self.state_.index; }) {
      a("state", self.state_.index);
    } else {
      a("state", self.state_);
    }
    a("action", self.action_);
    if constexpr (!std::is_const_v<Self>) {
      self.table_.settle(std::move(settled), a);
      if (retuned) self.table_.set_learning_rate(self.options_.learning_rate.at(self.progress_));
      const double rate = self.table_.learning_rate();
      a.check(rate >= 0 && rate <= 1, "learning_rate_now", rate, "be in [0, 1]");
      a.check(within(self.state_, self.states()), "state", features(self.state_)[0], "lie in the table");
      a.check(to_size(self.action_) < self.actions(), "action", to_size(self.action_), "be on the menu");
    }
  }

 private:
  using table_type = internal::td_values<State>;

  // One comparison, which is false for NaN as well. With rewards, values and rates within their bounds no update of one
  // entry of a table can overflow.
  [[nodiscard]] bool acceptable(double reward) {
    if (std::abs(reward) <= largest_reward) [[likely]]
      return true;
    refuse_reward();
    return false;
  }
  // What was done before cannot be credited through a step whose reward is not known.
  [[gnu::noinline, gnu::cold]] void refuse_reward() {
    ++refused_rewards_;
    table_.clear_traces();
  }
  [[noreturn, gnu::noinline]] static void refuse_moved() {
    throw std::invalid_argument(std::string(Bootstrap::name) +
                                ": it was moved from, must be used where it was moved to");
  }
  // Whether the agent was copied and has learned nothing: somebody meant to move it, and only the copy learns.
  [[nodiscard]] bool left_behind() const noexcept {
    return copies_.value() > 0 && progress_.steps == 0 && states() > 0 && table_.untouched(options_.initial_value);
  }

  [[nodiscard]] action_index pick(const State& s, std::span<const double> values, action_mask legal) {
    if constexpr (StateExploration<Explore, State>) {
      return explore_(s, values, legal, random_);
    } else {
      return explore_(values, legal, random_);
    }
  }

  void count_step() {
    ++progress_.steps;
    if constexpr (requires { explore_.visited(state_, action_); }) explore_.visited(state_, action_);
    if (varies_by_step_) follow_schedules();
  }
  void follow_schedules() {
    if (options_.learning_rate.varies_by_step()) table_.set_learning_rate(options_.learning_rate.at(progress_));
    if constexpr (requires { explore_.varies_by_step(); }) {
      if (explore_.varies_by_step()) explore_.advance(progress_);
    }
  }

  [[nodiscard]] double bootstrap(std::span<const double> next, action_index a, action_mask legal) {
    return Bootstrap::value(next, a, legal, explore_, std::span<double>(scratch_));
  }

  [[nodiscard]] static bool explored(std::span<const double> v, action_index a, action_mask legal) {
    return v[to_size(a)] < v[to_size(best_of(v, legal, tie_break::smallest_index))];
  }

  action_index remember(const State& s, action_index a) {
    state_ = s;
    return action_ = a;
  }

  td_options options_;
  table_type table_;
  internal::copy_count copies_;
  engine random_;
  Explore explore_;
  std::vector<double> scratch_;  // action probabilities, for Expected SARSA
  bool varies_by_step_;
  progress progress_;
  std::uint64_t refused_rewards_ = 0;
  State state_{};
  action_index action_{};
};

/// What arguments that fit no constructor lead to.
template <class Bootstrap, class Explore, class T>
class td_control<Bootstrap, Explore, internal::wrong_arguments<T>> {
  static_assert(internal::never<T>,
                "a tabular agent takes (states, actions, {.option = value, ...}, seed), and an exploration after it. "
                "Is an option misspelt, or out of order? The options and their order stand in td_options");

 public:
  using state_type = int;
  td_control(std::size_t, std::size_t, ...) {}
};

}  // namespace headroom
