#pragma once

#include <algorithm>  // std::clamp

#include <headroom/core/check.hpp>

namespace headroom {

struct ramp_options {
  double from_per_s = 0;  ///< requests per second until start_s, zero or more
  double to_per_s = 10;   ///< requests per second from end_s on, zero or more
  double start_s = 0;     ///< when the rate begins to change, in seconds
  double end_s = 60;      ///< when the change is complete; after start_s (for a jump use step_load)
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const ramp_options& checked(const ramp_options& o) {
  require_not_negative("ramp_load", "from_per_s", o.from_per_s);
  require_not_negative("ramp_load", "to_per_s", o.to_per_s);
  require_finite("ramp_load", "start_s", o.start_s);
  require_finite("ramp_load", "end_s", o.end_s);
  require(o.end_s > o.start_s, "ramp_load", "end_s", o.end_s, "come after start_s");
  return o;
}

/// A rate that changes from one level to another in a straight line. It shows the cost of trusting the last
/// observation: at slope m and reaction time d, a policy is always m d requests per second behind. Model of Workload.
class ramp_load {
 public:
  explicit ramp_load(const ramp_options& options = {}) : options_(checked(options)) {}

  double operator()(double t_s) const noexcept {
    const double along = std::clamp((t_s - options_.start_s) / (options_.end_s - options_.start_s), 0.0, 1.0);
    // from + (to - from) * along could miss `to`, or fall below zero, by a rounding error.
    return options_.from_per_s * (1 - along) + options_.to_per_s * along;
  }

 private:
  ramp_options options_;
};

}  // namespace headroom
