#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>
#include <headroom/systems/quota/scope.hpp>
#include <headroom/systems/quota/rising_counter.hpp>

namespace headroom::quota {

/// pending -> applied | conflicting -> disabled. A disabled agent stays so until it is declared again.
enum class state : std::uint8_t { pending, applied, conflicting, disabled };

[[nodiscard]] constexpr std::string_view to_string(state s) noexcept {
  constexpr std::string_view names[] = {"pending", "applied", "conflicting", "disabled"};
  return names[static_cast<std::size_t>(s)];
}

/// What a host must do to a target: set its limits to the factors times its usage, or restore the limits from before
/// any agent.
struct patch {
  std::string target;  ///< path of the target
  std::string agent;   ///< agent for which it is set
  quota::factors factors{};
  bool revert = false;

  friend bool operator==(const patch&, const patch&) = default;
};

/// The defaults find conflicts in the declarations and resolve them before anything is patched. Each switch reproduces
/// a behaviour of the published system.
struct arbiter_options {
  bool at_declaration = true;        ///< compare scopes; false: only notice that patches were undone
  bool rivals_overlap = true;        ///< only agents that meet on a target contend; false: any that conflict at once
  bool count_unmeasured = false;     ///< a target without metrics, hence without a patch, counts as patched
  bool lone_conflict_stays = false;  ///< an agent in conflict with no other agent stays in conflict for ever
  bool count_withdrawn = false;      ///< an agent that was withdrawn in conflict still contends
  bool applied_when_level = false;  ///< an agent with nothing left to patch is applied only after its counter was level
  bool revert_disabled = true;      ///< restore what a disabled agent set, where no other agent applies
  rising_counter_options detector{};
  double latency_threshold = 1.2;  ///< ratio of latency after to before at which a patch is reverted
  std::size_t log_capacity = 256;  ///< decisions that the log holds

  [[nodiscard]] static constexpr arbiter_options published() {
    return {false, false, true, true, true, true, false, {3, 20, true}, 1.2, 256};
  }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const arbiter_options& checked(const arbiter_options& o) {
  checked(o.detector);
  require(o.latency_threshold > 1, "quota::arbiter", "latency_threshold", o.latency_threshold, "be above 1");
  return o;
}

}  // namespace headroom::quota
