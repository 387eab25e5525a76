#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::sin
#include <numbers>    // std::numbers::pi

#include <headroom/core/check.hpp>

namespace headroom::scheduler {

/// The defaults are the published load, in two turns of 15 minutes.
struct very_light_options {
  double mean_per_s = 0.1;
  double duration_s = 1'800;  ///< of `turns` periods
  double turns = 2;
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const very_light_options& checked(const very_light_options& o) {
  require_not_negative("very_light_load", "mean_per_s", o.mean_per_s);
  require_positive("very_light_load", "duration_s", o.duration_s);
  require_positive("very_light_load", "turns", o.turns);
  return o;
}

/// sin x + 0.5 sin(2x + 1) + 0.3 sin(3x + 2), raised so that its minimum is 0 and scaled to a mean: the published "very
/// light" load. The load is so low that any over-provisioning shows in the cost. Model of Workload.
class very_light_load {
 public:
  explicit very_light_load(const very_light_options& options = {}) : options_(checked(options)) {}

  double operator()(double t_s) const {
    const double x = 2 * std::numbers::pi * options_.turns * t_s / options_.duration_s;
    const double wave = std::sin(x) + 0.5 * std::sin(2 * x + 1) + 0.3 * std::sin(3 * x + 2);
    // The mean of the sines over a period is 0, so the mean of the raised ones is `lift`. Rounding at the minimum must
    // not give a negative rate.
    return std::max(0.0, options_.mean_per_s * (1 + wave / lift));
  }

 private:
  static constexpr double lift = 1.747485968588649;  // minus the minimum of the wave, at x = 4.9927

  very_light_options options_;
};

}  // namespace headroom::scheduler
