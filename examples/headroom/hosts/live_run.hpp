#pragma once

#include "hosts/settings.hpp"

namespace tool {

/// Reads, decides and scales at each interval, until SIGTERM or Ctrl-C: then the decision that has begun is finished,
/// the state is saved, and it returns. `quiet`: no line for each decision on standard error. Returns the exit code.
/// Throws std::invalid_argument, file_error and std::runtime_error before the first decision.
int run_live(const settings& s, bool quiet);

/// What `run` would do, in a few lines; throws what it would refuse before it asks anybody.
[[nodiscard]] std::string live_summary(const settings& s);

}  // namespace tool
