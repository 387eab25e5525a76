#pragma once

#include <cmath>        // std::abs, std::log
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t, std::uint64_t
#include <span>         // std::span
#include <string_view>  // std::string_view
#include <tuple>        // std::tuple_size_v
#include <type_traits>  // std::remove_cvref_t
#include <utility>      // std::declval, std::move
#include <vector>       // std::vector

#include <headroom/agents/td_options.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/internal/handed_on.hpp>
#include <headroom/core/types.hpp>
#include <headroom/explorations/best_of.hpp>
#include <headroom/tabular/lazy_traces.hpp>
#include <headroom/tabular/q_table.hpp>
#include <headroom/tabular/traces.hpp>

namespace headroom::internal {

/// The action values of a tabular agent, and how a step towards a target changes them: one value, or all along the
/// active traces. The options choose the fastest of three methods. Without traces (trace_decay 0), only Q(s, a)
/// changes. If a trace falls below trace_threshold within eight steps, a list holds the active traces (`traces`).
/// Otherwise `lazy_traces` hold the values, too. O(actions) each; the list also O(active traces). Nothing allocates
/// after construction. It neither chooses nor counts; `td_control` does.
template <class State>
class td_values {
 public:
  /// Features of a state: 1 for the row of a table, N for N active tiles, among which the learning rate is divided.
  static constexpr std::size_t width =
      std::tuple_size_v<std::remove_cvref_t<decltype(features(std::declval<const State&>()))>>;

  td_values(std::size_t states, std::size_t actions, const td_options& o)
      : method_(method_for(o)),
        states_(q_table::checked_size(states, actions) / actions),
        actions_(actions),
        q_(method_ == method::lazy ? 1 : states, actions, o.initial_value / static_cast<double>(width)),
        traces_(method_ == method::listed ? states * actions : 1, o.traces, o.discount * o.trace_decay,
                o.trace_threshold, width),
        lazy_(method_ == method::lazy ? states * actions : 1, o.traces, o.discount * o.trace_decay, width,
              o.initial_value / static_cast<double>(width)),
        values_(actions),
        learning_rate_(o.learning_rate.at({})) {}

  [[nodiscard]] std::size_t states() const noexcept { return states_; }
  [[nodiscard]] std::size_t actions() const noexcept { return actions_; }
  [[nodiscard]] bool with_traces() const noexcept { return method_ != method::one_step; }
  [[nodiscard]] std::size_t active_traces() const noexcept {
    return method_ == method::lazy ? lazy_.active() : traces_.active();
  }

  [[nodiscard]] std::size_t entry(std::size_t feature, action_index a) const noexcept {
    return feature * actions() + to_size(a);
  }
  [[nodiscard]] double learning_rate() const noexcept { return learning_rate_; }
  void set_learning_rate(double now) noexcept { learning_rate_ = now; }
  /// All values, unless the traces are lazy.
  [[nodiscard]] double* data() { return q_.all().data(); }

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
  /// The action values of s: a row of the table, or, where they have to be made up, a copy that the next call changes.
  [[nodiscard]] std::span<const double> values(const State& s) {
    if constexpr (width == 1) {
      if (method_ != method::lazy) return q_.row(features(s)[0]);
    }
    for (std::size_t a = 0; a < values_.size(); ++a) values_[a] = value(s, action_index{a});
    return values_;
  }
  [[nodiscard]] action_index greedy(const State& s, action_mask legal, tie_break ties) const {
    if constexpr (width == 1) {
      if (method_ != method::lazy) return best_of(q_.row(features(s)[0]), legal, ties);
    }
    return best_of(actions(), legal, ties, [&](std::size_t a) { return value(s, action_index{a}); });
  }

  /// A step from Q(s, a) towards `target`, as large as the learning rate says. A step beyond `largest_step` is counted,
  /// and not made.
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
        ++diverged_;
        return;
      }
      for (const std::size_t f : features(s)) q_.row(f)[to_size(a)] += step;
    }
  }
  /// The same where `with_traces()`. Not inlined: it would take the registers that the one-step update, a handful of
  /// instructions, needs for itself.
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
      ++diverged_;
      step = 0;
    }
    if (method_ == method::lazy) {
      lazy_.apply_and_decay(step);
    } else {
      traces_.apply_and_decay(q_.all(), step);
    }
  }
  void clear_traces() noexcept {
    if (method_ == method::listed) traces_.clear();
    if (method_ == method::lazy) lazy_.clear();
  }

  /// Steps that were not made.
  [[nodiscard]] std::uint64_t diverged() const noexcept { return diverged_; }
  /// Whether every value is `initial`, that of an option. O(states * actions).
  [[nodiscard]] bool untouched(double initial) const {
    const std::size_t n = method_ == method::lazy ? lazy_.size() : q_.all().size();
    for (std::size_t i = 0; i < n; ++i) {
      if (entry_value(i) != initial / static_cast<double>(width)) return false;
    }
    return true;
  }

  /// A copy of all action values. O(states * actions).
  [[nodiscard]] q_table table() const {
    if (method_ != method::lazy) return q_;
    q_table all(states_, actions_);
    for (std::size_t i = 0; i < lazy_.size(); ++i) all.all()[i] = lazy_[i];
    return all;
  }
  /// Replaces all action values; traces end. The shape must be the same, and no magnitude above `largest_action_value`.
  void adopt(q_table table, std::string_view who) {
    require(table.states() == states(), who, "number of states of the table", table.states(),
            "be " + to_text(states()));
    require(table.actions() == actions(), who, "number of actions of the table", table.actions(),
            "be " + to_text(actions()));
    for (const double v : table.all()) {
      if (!(std::abs(v) <= largest_action_value)) {
        require(false, who, "an action value of the table", v, "be from -1e150 to 1e150");
      }
    }
    if (method_ == method::lazy) {
      lazy_.assign(table.all());
      return;
    }
    q_ = std::move(table);
    traces_.clear();
  }

  /// What a checkpoint stores of the traces, among the fields of the agent; the values stand beside them, settled.
  template <class Self, class Archive>
  static void traces_of(Self& self, Archive& a) {
    if (self.method_ == method::listed) a("traces", self.traces_);
    if (self.method_ == method::lazy) a("traces", self.lazy_);
  }
  /// The rate that a schedule has reached.
  template <class Self, class Archive>
  static void rate_of(Self& self, Archive& a) {
    a("learning_rate_now", self.learning_rate_);
  }
  /// After `traces_of` has read: the values that belong to them.
  template <class Archive>
  void settle(q_table settled, Archive& a) {
    for (const double v : settled.all()) {
      a.check(std::abs(v) <= largest_action_value, "action_values", v, "be from -1e150 to 1e150");
    }
    if (method_ == method::lazy) {
      lazy_.assign_rest(settled.all());
    } else {
      q_ = std::move(settled);
    }
  }

 private:
  enum class method : std::uint8_t { one_step, listed, lazy };

  static method method_for(const td_options& o) {
    if (o.trace_decay <= 0) return method::one_step;
    const double decay = o.discount * o.trace_decay;
    const bool short_lived = decay <= 0 || std::log(o.trace_threshold) >= 8 * std::log(decay);
    return short_lived ? method::listed : method::lazy;
  }
  // Of one feature.
  [[nodiscard]] double rate() const noexcept { return learning_rate_ / static_cast<double>(width); }
  [[nodiscard]] double entry_value(std::size_t i) const { return method_ == method::lazy ? lazy_[i] : q_.all()[i]; }

  method method_;
  moved_to_zero<std::size_t> states_;
  moved_to_zero<std::size_t> actions_;
  q_table q_;                   // the action values, unless the traces are lazy
  traces traces_;               // if they are short
  lazy_traces lazy_;            // if they are long, with the action values
  std::vector<double> values_;  // action values that are in no row of the table
  double learning_rate_;
  std::uint64_t diverged_ = 0;
};

}  // namespace headroom::internal
