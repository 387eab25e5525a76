#pragma once

#include <algorithm>  // std::clamp
#include <cmath>      // std::isfinite, std::lround
#include <limits>     // std::numeric_limits
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/internal/number_of.hpp>
#include <headroom/core/types.hpp>

/// The two rules that the published request scheduler used before its network. Both return a number of replicas, as its
/// later agent does. 0 means: leave the number unchanged.
namespace headroom::scheduler {

/// The defaults are the rule as written. The unit of the marks is that of the feature; the published text says
/// milliseconds, the published code compares seconds.
struct latency_levels_options {
  double high = 200;  ///< above it: at_high
  double low = 100;   ///< below it: at_low
  int at_high = 5;    ///< replicas
  int between = 1;    ///< replicas; as written fewer than at_low, so more latency first gives fewer replicas
  int at_low = 2;     ///< replicas
  double offset = 0;  ///< added to the measured latency

  [[nodiscard]] static constexpr latency_levels_options published() { return {}; }
  /// The rule as it ran. Clients sent their start time in milliseconds since 1970, and the server subtracted it from
  /// its time in seconds. So the compared latency was -1.74e12, and the answer always at_low.
  [[nodiscard]] static constexpr latency_levels_options published_as_run(double epoch_s = 1.74e9) {
    return {200, 100, 5, 1, 2, epoch_s - 1000 * epoch_s};
  }
  /// The two lower levels exchanged: never fewer replicas for more latency.
  [[nodiscard]] static constexpr latency_levels_options corrected() { return {200, 100, 5, 2, 1, 0}; }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const latency_levels_options& checked(const latency_levels_options& o) {
  require_finite("latency_levels", "high", o.high);
  require(o.low <= o.high, "latency_levels", "low", o.low, "not be above high");
  require(o.at_high >= 1, "latency_levels", "at_high", o.at_high, "be at least 1");
  require(o.between >= 1, "latency_levels", "between", o.between, "be at least 1");
  require(o.at_low >= 1, "latency_levels", "at_low", o.at_low, "be at least 1");
  require_finite("latency_levels", "offset", o.offset);
  return o;
}

/// Three levels of latency, three numbers of replicas. Without a measurement (not finite) it answers 0: leave it.
///     latency_levels rule{&observation::response_time_s, latency_levels_options::corrected()};
template <class Latency>
class latency_levels {
 public:
  explicit latency_levels(Latency latency, const latency_levels_options& options = {})
      : latency_(std::move(latency)), options_(checked(options)) {}

  template <class Observation>
  int start(const Observation& o) {
    return step(o);
  }
  template <class Observation>
  int step(const Observation& o) {
    const double latency = headroom::internal::number_of(latency_, o) + options_.offset;
    if (!std::isfinite(latency)) return 0;
    if (latency > options_.high) return options_.at_high;
    return latency < options_.low ? options_.at_low : options_.between;
  }
  template <class Observation>
  void stop(const Observation&, episode) {}

 private:
  Latency latency_;
  latency_levels_options options_;
};
template <class Latency>
latency_levels(Latency, latency_levels_options) -> latency_levels<Latency>;
template <class Latency>
latency_levels(Latency) -> latency_levels<Latency>;

/// The defaults are the rule as written and run: no tolerance, no maximum, and a missing latency counts as a good one.
struct latency_steps_options {
  double up_above = 0.6;                          ///< one more above it
  double down_below = 0.6;                        ///< one less at or below it; the gap between the two is a tolerance
  int minimum = 1;                                ///< replicas
  int maximum = std::numeric_limits<int>::max();  ///< replicas
  bool shrink_without_data = true;                ///< one less where nothing was measured; false: hold

  [[nodiscard]] static constexpr latency_steps_options published(double up_above = 0.6) {
    return {up_above, up_above, 1, std::numeric_limits<int>::max(), true};
  }
  /// With a tolerance from half the mark up to the mark, a maximum, and no change where the latency is unknown.
  [[nodiscard]] static constexpr latency_steps_options corrected(double up_above, int maximum) {
    return {up_above, up_above / 2, 1, maximum, false};
  }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const latency_steps_options& checked(const latency_steps_options& o) {
  require_finite("latency_steps", "up_above", o.up_above);
  require(o.down_below <= o.up_above, "latency_steps", "down_below", o.down_below, "not be above up_above");
  require(o.minimum >= 1, "latency_steps", "minimum", o.minimum, "be at least 1");
  require(o.maximum >= o.minimum, "latency_steps", "maximum", o.maximum, "not be below minimum");
  return o;
}

/// Adds or removes one replica at each decision. The published rule can never hold, so it oscillates around the right
/// number, one step above and one below.
template <class Latency, class Replicas>
class latency_steps {
 public:
  latency_steps(Latency latency, Replicas replicas, const latency_steps_options& options = {})
      : latency_(std::move(latency)), replicas_(std::move(replicas)), options_(checked(options)) {}

  template <class Observation>
  int start(const Observation& o) {
    return step(o);
  }
  template <class Observation>
  int step(const Observation& o) {
    const double latency = headroom::internal::number_of(latency_, o);
    const double replicas = headroom::internal::number_of(replicas_, o);
    if (!std::isfinite(replicas) || (!std::isfinite(latency) && !options_.shrink_without_data)) return 0;
    const double move = latency > options_.up_above ? 1 : latency > options_.down_below ? 0 : -1;  // NaN: -1
    return static_cast<int>(std::lround(
        std::clamp(replicas + move, static_cast<double>(options_.minimum), static_cast<double>(options_.maximum))));
  }
  template <class Observation>
  void stop(const Observation&, episode) {}

 private:
  Latency latency_;
  Replicas replicas_;
  latency_steps_options options_;
};
template <class Latency, class Replicas>
latency_steps(Latency, Replicas, latency_steps_options) -> latency_steps<Latency, Replicas>;
template <class Latency, class Replicas>
latency_steps(Latency, Replicas) -> latency_steps<Latency, Replicas>;

}  // namespace headroom::scheduler
