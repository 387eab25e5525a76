#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::isnan

#include <headroom/systems/farm/reactive_average.hpp>
#include <headroom/core/types.hpp>

namespace headroom::farm {

/// Scales on the largest latency of the last window. Published: 65.61 % QoS at 13.92 workers (current formula), 99.96 %
/// at 24.5 (earlier).
class reactive_maximum {
 public:
  /// The adjustment never falls below 1 here, as published, whatever the options say.
  explicit reactive_maximum(const reactive_options& options = {}) : options_(checked(options, "reactive_maximum")) {
    options_.adjustment = std::max(options_.adjustment, 1.0);
  }

  template <Signals O>
  int start(const O& o) {
    return step(o);
  }
  template <Signals O>
  int step(const O& o) {
    if (std::isnan(o.average_latency)) return 0;  // std::max would lose it
    return reactive_decision(o, std::max({o.maximum_latency, o.average_latency, 0.1}), options_);
  }
  template <Signals O>
  void stop(const O&, episode) {}

 private:
  reactive_options options_;
};

}  // namespace headroom::farm
