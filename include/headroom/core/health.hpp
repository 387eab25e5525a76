#pragma once

#include <cstdint>  // std::uint64_t

/// One shape for what an operator must know. Every agent, every learner and `frozen` have `health()`, an aggregate of
/// counters and figures; a counter of the same name means the same everywhere. `line_of` (core/health_line.hpp) turns
/// the counters that must stay zero into one line.
namespace headroom {

/// What a learner refused to learn from. Each count stays zero in a healthy system; watch them in operation.
struct refusals {
  std::uint64_t observations = 0;  ///< refused by the encoder, or encoded outside the agent's table or dimension
  std::uint64_t rewards = 0;       ///< not finite
  std::uint64_t menus = 0;         ///< no legal action
};

/// What a host did wrong in driving a learner. Each count stays zero in a correct host; docs/hosting.md says how to
/// start, step, save and stop. Where assertions are on, the first two are assertions, too.
struct misuses {
  std::uint64_t steps_without_start = 0;  ///< `step` outside of an episode: taken for its start
  std::uint64_t repeated_stops = 0;       ///< `stop` got the observation of the last `step`: nothing more was learned
  std::uint64_t starts_within = 0;        ///< `start` within an episode: its last step was not learned; not asserted
};

}  // namespace headroom
