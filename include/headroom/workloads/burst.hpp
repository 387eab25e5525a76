#pragma once

#include <cmath>  // std::fmod

#include <headroom/core/check.hpp>

namespace headroom {

struct burst_options {
  double base_per_s = 5;     ///< requests per second between the bursts, zero or more
  double height_per_s = 20;  ///< requests per second that a burst adds, zero or more
  double every_s = 300;      ///< seconds from the beginning of a burst to the beginning of the next
  double length_s = 30;      ///< seconds that a burst lasts, in (0, every_s]
  double first_at_s = 60;    ///< when the first burst begins, in seconds
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const burst_options& checked(const burst_options& o) {
  require_not_negative("burst_load", "base_per_s", o.base_per_s);
  require_not_negative("burst_load", "height_per_s", o.height_per_s);
  require_positive("burst_load", "every_s", o.every_s);
  require(o.length_s > 0 && o.length_s <= o.every_s, "burst_load", "length_s", o.length_s, "be in (0, every_s]");
  require_finite("burst_load", "first_at_s", o.first_at_s);
  return o;
}

/// A base load with rectangular bursts at regular times. A burst comes without warning, so a reactive policy is always
/// late. The bursts are periodic, so a policy that sees the time can be ready. Model of Workload.
class burst_load {
 public:
  explicit burst_load(const burst_options& options = {}) : options_(checked(options)) {}

  double operator()(double t_s) const {
    const double since_first = t_s - options_.first_at_s;
    const bool burst = since_first >= 0 && std::fmod(since_first, options_.every_s) < options_.length_s;
    return options_.base_per_s + (burst ? options_.height_per_s : 0.0);
  }

 private:
  burst_options options_;
};

}  // namespace headroom
