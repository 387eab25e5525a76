#pragma once

#include <string_view>  // std::string_view

namespace headroom {

/// What one guard did to the last decision, and why. The texts live as long as the guard.
struct guard_note {
  std::string_view guard{};  ///< the name of the guard, such as "flap_budget"
  std::string_view why{};    ///< the law that changed the wish; empty if the wish passed unchanged
  int wished = 0;            ///< replicas more or less, as it came from inside
  int allowed = 0;           ///< what went on outwards

  [[nodiscard]] constexpr bool changed() const noexcept { return wished != allowed; }
  friend bool operator==(const guard_note&, const guard_note&) = default;
};

/// Calls `sink(guard_note)` for each guard around a policy of deltas, the innermost first, with what it did to the last
/// decision. A policy without guards says nothing.
///     explain(policy, [](const guard_note& n) { if (n.changed()) print(n.guard, n.why); });
template <class P, class Sink>
void explain(const P& policy, Sink&& sink) {
  if constexpr (requires { policy.explain(sink); }) policy.explain(sink);
}

}  // namespace headroom
