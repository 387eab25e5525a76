#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::floor, std::sin, std::trunc
#include <cstdint>    // std::int64_t, std::uint64_t
#include <numbers>    // std::numbers::pi

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>

namespace headroom {

/// The defaults are the published generator's "high" load: 1800 s, two turns.
struct sinusoid_options {
  double base_per_s = 7;
  double amplitude_per_s = 9;
  double deviation_per_s = 3;  ///< standard deviation of the noise in each row
  double floor_per_s = 1;      ///< smallest level of a row
  double duration_s = 1'800;   ///< length of `turns` periods, in seconds
  double turns = 2;
  double phase = -15;  ///< in radians
  double row_s = 1;    ///< length of a row in seconds
  bool whole = true;   ///< rows are truncated to whole numbers
  bool ramps = true;   ///< straight line from row to row; false: steps
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const sinusoid_options& checked(const sinusoid_options& o) {
  require_finite("sinusoid_load", "base_per_s", o.base_per_s);
  require_finite("sinusoid_load", "amplitude_per_s", o.amplitude_per_s);
  require_not_negative("sinusoid_load", "deviation_per_s", o.deviation_per_s);
  require_not_negative("sinusoid_load", "floor_per_s", o.floor_per_s);
  require_positive("sinusoid_load", "duration_s", o.duration_s);
  require_not_negative("sinusoid_load", "turns", o.turns);
  require_finite("sinusoid_load", "phase", o.phase);
  require_positive("sinusoid_load", "row_s", o.row_s);
  return o;
}

/// A sine with noise, in rows as in the published load files, driven as a JMeter throughput timer drives them: each row
/// is a ramp from the level of the row before to its own level. `diurnal_load` has neither rows nor noise. Model of
/// Workload with a seed: the noise of a row is a function of the seed and the row.
class sinusoid_load {
 public:
  explicit sinusoid_load(std::uint64_t seed, const sinusoid_options& options = {})
      : options_(checked(options)), noise_seed_(split(seed, stream::noise)) {}

  double operator()(double t_s) const {
    const double at = t_s / options_.row_s;
    const double k = std::floor(at);
    if (!options_.ramps) return row(k);
    // The first row has no row before it.
    const double before = row(std::max(k - 1, 0.0));
    return before + (row(k) - before) * (at - k);
  }

  /// The level of row k; k is a whole number.
  [[nodiscard]] double row(double k) const {
    const double angle = 2 * std::numbers::pi * options_.turns * k * options_.row_s / options_.duration_s;
    engine random(noise_seed_ + static_cast<std::uint64_t>(static_cast<std::int64_t>(k)));
    const double level = options_.base_per_s + options_.amplitude_per_s * std::sin(angle + options_.phase) +
                         normal(random, 0, options_.deviation_per_s);
    const double clipped = std::max(level, options_.floor_per_s);
    return options_.whole ? std::trunc(clipped) : clipped;
  }

 private:
  sinusoid_options options_;
  std::uint64_t noise_seed_;
};

}  // namespace headroom
