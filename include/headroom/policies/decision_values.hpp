#pragma once

#include <cstddef>   // std::size_t
#include <cstdint>   // std::uint64_t
#include <optional>  // std::optional
#include <vector>    // std::vector

namespace headroom {

/// Why a learner chose what it chose: the state that its last observation became, and what it expects of each action.
struct decision_values {
  std::optional<std::uint64_t> state{};  ///< index of the state; nothing for a learner on a network
  std::size_t action = 0;                ///< index on its menu
  std::vector<double> values{};          ///< of the actions, in the order of the menu
  std::vector<bool> legal{};             ///< which of them it could choose; empty: all
  friend bool operator==(const decision_values&, const decision_values&) = default;
};

/// Calls `sink(decision_values)` with the last decision of the learner inside of a policy. A policy that does not
/// learn, and a learner that refused its last observation, say nothing. O(actions), allocates.
///     tell_values(policy, [](const decision_values& v) { print(v.state, v.values); });
template <class P, class Sink>
void tell_values(const P& policy, Sink&& sink) {
  if constexpr (requires { policy.tell_values(sink); }) policy.tell_values(sink);
}

}  // namespace headroom
