#pragma once

#include <cmath>        // std::abs
#include <cstdint>      // std::uint64_t
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>
#include <headroom/core/schedule.hpp>
#include <headroom/tabular/traces.hpp>

namespace headroom {

/// Options of the tabular learners.
struct td_options {
  schedule learning_rate = 0.1;               ///< alpha, in (0, 1]
  double discount = 0.99;                     ///< gamma, in [0, 1]
  double trace_decay = 0;                     ///< lambda, in [0, 1]; 0: one-step, no traces
  trace_kind traces = trace_kind::replacing;  ///< what a visit does to a trace
  double trace_threshold = 1e-3;              ///< a trace below it may be dropped, in (0, 1); see td_control
  double initial_value = 0;  ///< first value of every action; above what is achievable: optimistic exploration
};

/// What an operator must know of a tabular learner; counted since it was made. Zero in a healthy system.
struct td_health {
  std::uint64_t diverged = 0;                 ///< updates refused, because their step was beyond `largest_step`
  std::uint64_t refused_rewards = 0;          ///< rewards beyond `largest_reward`, or not finite
  std::uint64_t copies_instead_of_moves = 0;  ///< copies made of an agent that has learned nothing itself
};

/// An action value with a larger magnitude is refused in options, tables and files: sums and differences of smaller
/// ones are finite.
inline constexpr double largest_action_value = 1e150;
/// A step with a larger magnitude is not made. No count of smaller ones leads to a value that is not finite.
inline constexpr double largest_step = 1e100;

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const td_options& checked(const td_options& o, std::string_view who) {
  require_step_size(who, "learning_rate", o.learning_rate.highest());
  require(o.learning_rate.lowest() >= 0, who, "learning_rate", o.learning_rate.lowest(), "never fall below 0");
  require_fraction(who, "discount", o.discount);
  require_fraction(who, "trace_decay", o.trace_decay);
  require(o.trace_threshold > 0 && o.trace_threshold < 1, who, "trace_threshold", o.trace_threshold, "be in (0, 1)");
  require(std::abs(o.initial_value) <= largest_action_value, who, "initial_value", o.initial_value,
          "be finite, from -1e150 to 1e150");
  return o;
}

}  // namespace headroom
