#pragma once

#include <cstdint>      // std::uint64_t
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/core/check.hpp>

namespace headroom {

namespace internal {

/// Joins clauses to one line, and gives each its subject where the subject changes.
class health_line {
 public:
  void add(std::string_view who, std::uint64_t count, std::string_view one, std::string_view many,
           std::string_view what) {
    if (count == 0) return;
    if (!text_.empty()) text_ += "; ";
    if (who != who_) {
      text_.append(who).append(": ");
      who_ = who;
    }
    text_.append(to_text(count)).append(" ").append(count == 1 ? one : many).append(what);
  }
  [[nodiscard]] std::string& text() noexcept { return text_; }

 private:
  std::string text_;
  std::string_view who_;
};

// An agent's health, whatever it counts. An agent may count more figures than these; those that are no trouble, such as
// its updates, have no clause.
template <class Health>
void add_agent(health_line& line, const Health& h) {
  constexpr std::string_view who = "agent";
  if constexpr (requires { h.copies_instead_of_moves; })
    line.add(
        who, h.copies_instead_of_moves, "copy", "copies",
        " made of it before it learned anything, only the copy learns: use std::move, or ask the policy's agent()");
  if constexpr (requires { h.diverged; })
    line.add(who, h.diverged, "update", "updates", " not made, the result would not have been finite");
  if constexpr (requires { h.refused_rewards; })
    line.add(who, h.refused_rewards, "reward", "rewards", " refused, not finite or too large");
  if constexpr (requires { h.refused_states; })
    line.add(who, h.refused_states, "state", "states", " refused, the network's output was not finite");
}

template <class Health>
void add_learner(health_line& line, const Health& h) {
  constexpr std::string_view who = "learner";
  if constexpr (requires { h.misused; }) {
    line.add(who, h.misused.steps_without_start, "step", "steps", " without start, call start first");
    line.add(who, h.misused.repeated_stops, "stop", "stops",
             " with the observation that step had already, stop wants the one after it");
    line.add(who, h.misused.starts_within, "start", "starts",
             " within an episode, whose last step was not learned: call stop first");
  }
  if constexpr (requires { h.without_choice; })
    line.add(who, h.without_choice, "moment", "moments",
             " with one legal action, and none with a choice: the menu's moves do not fit into the limits");
  if constexpr (requires { h.refused; }) {
    line.add(who, h.refused.observations, "observation", "observations",
             " refused, not finite or outside the agent's states");
    line.add(who, h.refused.rewards, "reward", "rewards", " refused, not finite");
    line.add(who, h.refused.menus, "moment", "moments", " without a legal action");
  }
}

}  // namespace internal

/// What is wrong, in one line; empty if nothing is. Takes what `health()` of an agent, a learner or `frozen` returned.
///     std::string line = line_of(policy.health());
///     learner: 3 steps without start, call start first; 1 reward refused, not finite
template <class Health>
[[nodiscard]] std::string line_of(const Health& health) {
  internal::health_line line;
  if constexpr (requires { health.learned_nothing; })
    line.add("frozen", health.learned_nothing, "decision", "decisions",
             ", nothing was learned: to learn, run the learner itself");
  internal::add_learner(line, health);
  if constexpr (requires { health.agent; })
    internal::add_agent(line, health.agent);
  else
    internal::add_agent(line, health);
  return std::move(line.text());
}

}  // namespace headroom
