#pragma once

#include <cstdint>      // std::uint64_t
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>

/// One shape for what an operator must know. Every agent, every learner and `frozen` have `health()`, an aggregate of
/// counters and figures; a counter of the same name means the same everywhere. `line_of` turns the counters that must
/// stay zero into one line, empty in a healthy system:
///
///     std::string line = line_of(policy.health());
///     learner: 3 steps without start, call start first; 1 reward refused, it was not finite
namespace headroom {

/// What a learner refused to learn from. Each count stays zero in a healthy system; watch them in operation.
struct refusals {
  std::uint64_t observations = 0;  ///< refused by the encoder, or encoded outside the agent's table or dimension
  std::uint64_t rewards = 0;       ///< not finite
  std::uint64_t menus = 0;         ///< no legal action
};

/// What a host did wrong in driving a learner. Each count stays zero in a correct host; docs/hosting.md says how to
/// start, step, save and stop. Where assertions are on, the first of these mistakes is one.
struct misuses {
  std::uint64_t steps_without_start = 0;  ///< `step` outside of an episode: taken for its start
  std::uint64_t repeated_stops = 0;       ///< `stop` got the observation of the last `step`: that step was not learned
  std::uint64_t starts_within = 0;        ///< `start` within an episode: its last step was not learned; not asserted
};

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
