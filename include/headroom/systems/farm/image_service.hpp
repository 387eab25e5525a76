#pragma once

#include <algorithm>  // std::clamp, std::max
#include <cmath>      // std::sqrt
#include <cstdint>    // std::int64_t

#include <headroom/core/random.hpp>

namespace headroom::farm {

/// Service times of the farm's image pipeline: a gamma draw, turned into an image side in whole pixels and back into
/// seconds by the calibrated law p = a side^2 + b. Effective mean 1.471 s, deviation 0.674 s, ceiling 2.870404 s (5.3 %
/// of the draws).
struct image_service {
  double quadratic_s = 1.7099013205346125e-07;  ///< a, seconds per square pixel
  double constant_s = 0.0016654777540409116;    ///< b, seconds
  double mean_s = 1.5;                          ///< of the gamma, before clipping
  double shape = 4;                             ///< of the gamma, > 1
  double side_min = 512;                        ///< pixels
  double side_max = 4096;                       ///< pixels

  [[nodiscard]] double seconds(double side) const { return quadratic_s * side * side + constant_s; }

  /// One service time in seconds. At most five gamma draws until one exceeds b, the mean if none does.
  template <UniformSource G>
  double operator()(G& random) const {
    double p = mean_s;
    for (int attempt = 0; attempt < 5; ++attempt) {
      const double draw = gamma(random, shape, mean_s / shape);
      if (draw > constant_s) {
        p = draw;
        break;
      }
    }
    p = std::clamp(p, seconds(side_min), seconds(side_max));
    const auto whole =
        static_cast<std::int64_t>(std::sqrt((p - constant_s) / quadratic_s));  // towards zero, as published
    const double side = std::clamp(static_cast<double>(whole), side_min, side_max);
    return std::max(0.001, seconds(side));
  }
};

}  // namespace headroom::farm
