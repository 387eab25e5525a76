#pragma once

#include <cmath>    // std::cos
#include <numbers>  // std::numbers::pi

#include <headroom/core/check.hpp>

namespace headroom {

struct diurnal_options {
  double mean_per_s = 10;  ///< mean requests per second over a period, zero or more
  double swing = 0.5;  ///< amplitude as a fraction of the mean, in [0, 1]: from mean (1 - swing) to mean (1 + swing)
  double period_s = 86'400;  ///< seconds from peak to peak
  double peak_s = 43'200;    ///< when a peak occurs, in seconds; any peak
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const diurnal_options& checked(const diurnal_options& o) {
  require_not_negative("diurnal_load", "mean_per_s", o.mean_per_s);
  require_fraction("diurnal_load", "swing", o.swing);
  require_positive("diurnal_load", "period_s", o.period_s);
  require_finite("diurnal_load", "peak_s", o.peak_s);
  return o;
}

/// Day and night as one cosine: a predictable load. The swing is relative, so the rate cannot become negative, and
/// scaling the mean keeps the shape. Model of Workload.
class diurnal_load {
 public:
  explicit diurnal_load(const diurnal_options& options = {}) : options_(checked(options)) {}

  double operator()(double t_s) const {
    const double angle = 2 * std::numbers::pi * (t_s - options_.peak_s) / options_.period_s;
    return options_.mean_per_s * (1 + options_.swing * std::cos(angle));
  }

 private:
  diurnal_options options_;
};

}  // namespace headroom
