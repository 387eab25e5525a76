#pragma once

#include <cmath>    // std::isfinite
#include <utility>  // std::move

#include <headroom/actions/limits.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/internal/number_of.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// When a threshold policy scales.
struct threshold_options {
  double up_above = 0.8;    ///< scale up while the feature is above this
  double down_below = 0.5;  ///< scale down while it is below this; the gap between the two is the hysteresis
  int step = 1;             ///< replicas per move
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const threshold_options& checked(const threshold_options& o) {
  require_finite("threshold", "up_above", o.up_above);
  require(o.down_below <= o.up_above, "threshold", "down_below", o.down_below, "not be above up_above");
  require(o.step >= 1, "threshold", "step", o.step, "be at least 1");
  return o;
}

/// The rule in most production systems: one feature (utilisation, queue, latency), two thresholds. Holds on a
/// non-finite feature.
///     threshold rule{&sample::utilisation, &sample::replicas, {.up_above = 0.8, .down_below = 0.5}, {.maximum = 32}};
template <class Feature, class Replicas>
class threshold {
 public:
  threshold(Feature feature, Replicas replicas, const threshold_options& options = {},
            const replica_limits& limits = {})
      : feature_(std::move(feature)),
        replicas_(std::move(replicas)),
        options_(checked(options)),
        limits_(checked(limits)) {}

  template <class Observation>
  int start(const Observation& o) {
    return step(o);
  }
  template <class Observation>
  int step(const Observation& o) {
    const double value = internal::number_of(feature_, o);
    const double replicas = internal::number_of(replicas_, o);
    if (!std::isfinite(value)) return 0;
    if (value > options_.up_above) return limits_.towards(replicas, replicas + options_.step);
    if (value < options_.down_below) return limits_.towards(replicas, replicas - options_.step);
    return 0;
  }
  template <class Observation>
  void stop(const Observation&, episode) {}

 private:
  Feature feature_;
  Replicas replicas_;
  threshold_options options_;
  replica_limits limits_;
};
template <class Feature, class Replicas>
threshold(Feature, Replicas, threshold_options, replica_limits) -> threshold<Feature, Replicas>;
template <class Feature, class Replicas>
threshold(Feature, Replicas, threshold_options) -> threshold<Feature, Replicas>;
template <class Feature, class Replicas>
threshold(Feature, Replicas) -> threshold<Feature, Replicas>;

}  // namespace headroom
