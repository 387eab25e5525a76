#pragma once

#include <cmath>        // std::abs, std::log
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t, std::uint64_t
#include <span>         // std::span
#include <stdexcept>    // std::invalid_argument
#include <string>       // std::string
#include <tuple>        // std::tuple_size_v
#include <type_traits>  // std::is_const_v, std::remove_cvref_t
#include <utility>      // std::declval, std::move
#include <vector>       // std::vector

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
#include <headroom/tabular/lazy_traces.hpp>
#include <headroom/tabular/q_table.hpp>
#include <headroom/tabular/traces.hpp>

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
        method_(method_for(options)),
        states_(q_table::checked_size(states, actions) / actions),
        actions_(actions),
        q_(method_ == method::lazy ? 1 : states, actions, options.initial_value / static_cast<double>(width)),
        traces_(method_ == method::listed ? states * actions : 1, options.traces,
                options.discount * options.trace_decay, options.trace_threshold, width),
        lazy_(method_ == method::lazy ? states * actions : 1, options.traces, options.discount * options.trace_decay,
              width, options.initial_value / static_cast<double>(width)),
        random_(seed, stream::exploration),
        explore_(std::move(explore)),
        values_(actions),
        scratch_(actions),
        learning_rate_(options.learning_rate.at({})),
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
    clear_traces();
    learning_rate_ = options_.learning_rate.at(progress_);
    if constexpr (requires { explore_.advance(progress_); }) explore_.advance(progress_);
    return remember(s, pick(s, values(s), legal));
  }

  /// The last action brought `reward` and led to `s`: learns from it, returns the next action.
  action_index step(double reward, const State& s, action_mask legal = {}) {
    count_step();
    const std::span<const double> next = values(s);
    const action_index a = pick(s, next, legal);
    if (!acceptable(reward)) return remember(s, a);
    // This is checked before learning: the trace goes on only with the best action of the target, and learning can
    // change which action is the best.
    bool cut = false;
    if constexpr (Bootstrap::cuts_traces) cut = method_ != method::one_step && explored(next, a, legal);
    update(state_, action_, reward + options_.discount * bootstrap(next, a, legal));
    if (cut) clear_traces();
    return remember(s, a);
  }

  /// Learns one transition of a log: action `a` in `s` brought `reward` and led to `next`, where `then` was executed.
  /// Nothing is chosen, drawn or counted, and a pending transition stays. Traces go on from one call to the next;
  /// `start` ends them.
  void learn(const State& s, action_index a, double reward, const State& next, action_index then,
             action_mask legal = {}) {
    if constexpr (Bootstrap::on_policy && width == 1) {
      if (method_ == method::one_step) {
        if (!(std::abs(reward) <= largest_reward)) [[unlikely]] {
          ++health_.refused_rewards;
          return;
        }
        double* const q = q_.all().data();
        double& last = q[entry(features(s)[0], a)];
        last += rate() * (reward + options_.discount * q[entry(features(next)[0], then)] - last);
        return;
      }
    }
    if (!acceptable(reward)) return;
    if constexpr (Bootstrap::on_policy) {
      update_along_traces(s, a, reward + options_.discount * value(next, then));
    } else {
      const std::span<const double> v = values(next);
      bool cut = false;
      if constexpr (Bootstrap::cuts_traces) cut = method_ != method::one_step && explored(v, then, legal);
      update(s, a, reward + options_.discount * bootstrap(v, then, legal));
      if (cut) clear_traces();
    }
  }

  /// The same for a transition that ended the task; traces end with it.
  void learn(const State& s, action_index a, double reward) {
    if (acceptable(reward)) update(s, a, reward);
    clear_traces();
  }

  /// The task ended: nothing comes after, so the agent does not bootstrap.
  void terminate(double reward) {
    count_step();
    if (acceptable(reward)) update(state_, action_, reward);
    ++progress_.episodes;
  }

  /// The episode was cut in `s`, but the task would have gone on: the agent bootstraps as in `step`.
  void truncate(double reward, const State& s, action_mask legal = {}) {
    count_step();
    const std::span<const double> next = values(s);
    const action_index a = pick(s, next, legal);
    if (acceptable(reward)) update(state_, action_, reward + options_.discount * bootstrap(next, a, legal));
    ++progress_.episodes;
  }

  /// The last action was overridden by `a`: the agent learns from `a`.
  void executed(action_index a) {
    HEADROOM_ASSERT(to_size(a) < actions(), "td_control: executed action outside the menu");
    if constexpr (Bootstrap::cuts_traces) {
      if (a != action_ && explored(values(state_), a, {})) clear_traces();
    }
    action_ = a;
  }

  /// The best known action; neither learns nor explores. Ties that the engine would break go to the smallest index.
  [[nodiscard]] action_index greedy(const State& s, action_mask legal = {}) const {
    tie_break ties = tie_break::smallest_index;
    if constexpr (requires { explore_.ties(); }) ties = explore_.ties();
    if constexpr (width == 1) {
      if (method_ != method::lazy) return best_of(q_.row(features(s)[0]), legal, ties);
    }
    return best_of(actions(), legal, ties, [&](std::size_t a) { return value(s, action_index{a}); });
  }

  /// Q(s, a).
  [[nodiscard]] double value(const State& s, action_index a) const {
    if constexpr (width == 1) {
      return entry_value(entry(features(s)[0], a));
    } else {
      double sum = 0;
      for (const std::size_t f : features(s)) sum += entry_value(entry(f, a));
      return sum;
    }
  }

  [[nodiscard]] std::size_t states() const noexcept { return states_; }
  [[nodiscard]] std::size_t actions() const noexcept { return actions_; }
  /// A copy of all action values. O(states * actions).
  [[nodiscard]] q_table table() const {
    if (method_ != method::lazy) return q_;
    q_table all(states_, actions_);
    for (std::size_t i = 0; i < lazy_.size(); ++i) all.all()[i] = lazy_[i];
    return all;
  }
  [[nodiscard]] const td_options& options() const noexcept { return options_; }
  [[nodiscard]] const progress& done() const {
    HEADROOM_ASSERT(!left_behind(),
                    "td_control: only a copy of this agent learns: use std::move, or ask policy.agent()");
    return progress_;
  }
  [[nodiscard]] const Explore& exploration() const noexcept { return explore_; }
  [[nodiscard]] td_health health() const noexcept {
    td_health now = health_;
    now.copies_instead_of_moves = left_behind() ? copies_.value() : 0;
    return now;
  }
  [[nodiscard]] std::size_t active_traces() const noexcept {
    return method_ == method::lazy ? lazy_.active() : traces_.active();
  }

  /// Replaces all action values, for example from a file. The shape must be the same, and no magnitude above
  /// `largest_action_value`.
  void adopt(q_table table) {
    require(table.states() == states(), Bootstrap::name, "number of states of the table", table.states(),
            "be " + to_text(states()));
    require(table.actions() == actions(), Bootstrap::name, "number of actions of the table", table.actions(),
            "be " + to_text(actions()));
    for (const double v : table.all()) {
      if (!(std::abs(v) <= largest_action_value)) require_action_value(v);
    }
    if (method_ == method::lazy) {
      lazy_.assign(table.all());
      return;
    }
    q_ = std::move(table);
    traces_.clear();
  }

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
    if (self.method_ == method::listed) a("traces", self.traces_);
    if (self.method_ == method::lazy) a("traces", self.lazy_);
    a("random", self.random_);
    a.exploration("explore", self.explore_);
    a("progress", self.progress_);
    a("learning_rate_now", self.learning_rate_);
    if constexpr (requires { self.state_.index; }) {
      a("state", self.state_.index);
    } else {
      a("state", self.state_);
    }
    a("action", self.action_);
    if constexpr (!std::is_const_v<Self>) {
      for (const double v : settled.all()) {
        a.check(std::abs(v) <= largest_action_value, "action_values", v, "be from -1e150 to 1e150");
      }
      if (self.method_ == method::lazy) {
        self.lazy_.assign_rest(settled.all());
      } else {
        self.q_ = std::move(settled);
      }
      if (retuned) self.learning_rate_ = self.options_.learning_rate.at(self.progress_);
      a.check(self.learning_rate_ >= 0 && self.learning_rate_ <= 1, "learning_rate_now", self.learning_rate_,
              "be in [0, 1]");
      a.check(within(self.state_, self.states()), "state", features(self.state_)[0], "lie in the table");
      a.check(to_size(self.action_) < self.actions(), "action", to_size(self.action_), "be on the menu");
    }
  }

 private:
  static constexpr std::size_t width =
      std::tuple_size_v<std::remove_cvref_t<decltype(features(std::declval<const State&>()))>>;

  enum class method : std::uint8_t { one_step, listed, lazy };

  static method method_for(const td_options& o) {
    if (o.trace_decay <= 0) return method::one_step;
    const double decay = o.discount * o.trace_decay;
    const bool short_lived = decay <= 0 || std::log(o.trace_threshold) >= 8 * std::log(decay);
    return short_lived ? method::listed : method::lazy;
  }

  static void require_action_value(double v) {
    require(false, Bootstrap::name, "an action value of the table", v, "be from -1e150 to 1e150");
  }

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
    ++health_.refused_rewards;
    clear_traces();
  }
  [[noreturn, gnu::noinline]] static void refuse_moved() {
    throw std::invalid_argument(std::string(Bootstrap::name) +
                                ": it was moved from, must be used where it was moved to");
  }
  // Whether the agent was copied and has learned nothing: somebody meant to move it, and only the copy learns.
  [[nodiscard]] bool left_behind() const noexcept {
    if (copies_.value() == 0 || progress_.steps > 0 || states() == 0) return false;
    const double initial = options_.initial_value / static_cast<double>(width);
    const std::size_t n = method_ == method::lazy ? lazy_.size() : q_.all().size();
    for (std::size_t i = 0; i < n; ++i) {
      if (entry_value(i) != initial) return false;
    }
    return true;
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
    if (options_.learning_rate.varies_by_step()) learning_rate_ = options_.learning_rate.at(progress_);
    if constexpr (requires { explore_.varies_by_step(); }) {
      if (explore_.varies_by_step()) explore_.advance(progress_);
    }
  }

  [[nodiscard]] std::size_t entry(std::size_t feature, action_index a) const noexcept {
    return feature * actions() + to_size(a);
  }
  [[nodiscard]] double entry_value(std::size_t i) const { return method_ == method::lazy ? lazy_[i] : q_.all()[i]; }

  // The action values of s: a row of the table, or, where they have to be made up, a copy that the next call changes.
  [[nodiscard]] std::span<const double> values(const State& s) {
    if constexpr (width == 1) {
      if (method_ != method::lazy) return q_.row(features(s)[0]);
    }
    for (std::size_t a = 0; a < values_.size(); ++a) values_[a] = value(s, action_index{a});
    return values_;
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

  void clear_traces() noexcept {
    if (method_ == method::listed) traces_.clear();
    if (method_ == method::lazy) lazy_.clear();
  }

  void update(const State& s, action_index a, double target) {
    if (method_ != method::one_step) {
      update_along_traces(s, a, target);
      return;
    }
    if constexpr (width == 1) {
      double& q = q_.row(features(s)[0])[to_size(a)];
      q += rate() * (target - q);
    } else {
      // A value that is a sum can grow for ever (Sutton and Barto, section 11.2), and so can one with traces.
      const double step = rate() * (target - value(s, a));
      if (!(std::abs(step) <= largest_step)) {
        ++health_.diverged;
        return;
      }
      for (const std::size_t f : features(s)) q_.row(f)[to_size(a)] += step;
    }
  }
  // Not inlined: it would take the registers that the one-step update, a handful of instructions, needs for itself.
  [[gnu::noinline]] void update_along_traces(const State& s, action_index a, double target) {
    double before = 0;
    if (method_ == method::lazy) {
      for (const std::size_t f : features(s)) before += lazy_.visit(entry(f, a), learning_rate_);
    } else {
      before = value(s, a);
      for (const std::size_t f : features(s)) traces_.visit(entry(f, a), learning_rate_);
    }
    double step = rate() * (target - before);
    if (!(std::abs(step) <= largest_step)) {
      ++health_.diverged;
      step = 0;
    }
    if (method_ == method::lazy) {
      lazy_.apply_and_decay(step);
    } else {
      traces_.apply_and_decay(q_.all(), step);
    }
  }
  [[nodiscard]] double rate() const noexcept { return learning_rate_ / static_cast<double>(width); }

  td_options options_;
  method method_;
  internal::moved_to_zero<std::size_t> states_;
  internal::moved_to_zero<std::size_t> actions_;
  internal::copy_count copies_;
  q_table q_;         // the action values, unless the traces are lazy
  traces traces_;     // if they are short
  lazy_traces lazy_;  // if they are long, with the action values
  engine random_;
  Explore explore_;
  std::vector<double> values_;   // action values that are in no row of the table
  std::vector<double> scratch_;  // action probabilities, for Expected SARSA
  double learning_rate_;
  bool varies_by_step_;
  progress progress_;
  td_health health_;
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
