#pragma once

#include <algorithm>  // std::max, std::min
#include <cmath>      // std::isfinite
#include <concepts>   // std::convertible_to
#include <cstdint>    // std::uint8_t

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>

namespace headroom::farm {

/// What the reactive baselines look at: the farm's observation, or anything with these members.
template <class O>
concept Signals = requires(const O& o) {
  { o.worker_queue } -> std::convertible_to<double>;
  { o.result_queue } -> std::convertible_to<double>;
  { o.output_queue } -> std::convertible_to<double>;
  { o.workers } -> std::convertible_to<double>;
  { o.average_latency } -> std::convertible_to<double>;
  { o.maximum_latency } -> std::convertible_to<double>;
  { o.arrival_rate } -> std::convertible_to<double>;
  { o.enqueued_total } -> std::convertible_to<double>;
};

/// The published baselines were rewritten on 2025-11-11; both laws are here because both have published results. The
/// earlier one compares the demand with the busy workers, the current one scales the busy workers by the horizon first,
/// which made it shed workers in the calm before the load (97 % QoS fell to 51 %).
enum class reactive_formula : std::uint8_t { current, earlier };

struct reactive_options {
  double horizon_s = 8;  ///< backlog is to be worked off within it; the earlier formula was published with 10
  double safety = 1;     ///< multiplies the demand, at least 1
  double adjustment =
      0.5;  ///< weight of the busy workers in the current formula; the maximum variant was published with 1
  reactive_formula formula = reactive_formula::current;
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const reactive_options& checked(const reactive_options& o, std::string_view who) {
  require_positive(who, "horizon_s", o.horizon_s);
  require(o.safety >= 1 && o.safety < 1e9, who, "safety", o.safety, "be at least 1, and finite");
  require_not_negative(who, "adjustment", o.adjustment);
  return o;
}

/// The rule of both reactive baselines. They take `service_s` for the service time of a request; it is the latency, so
/// a backlog makes the computed demand too large. Returns -1, 0 or +1. Returns 0 if an input is NaN, because std::max
/// would hide the NaN.
template <Signals O>
[[nodiscard]] int reactive_decision(const O& o, double service_s, const reactive_options& p) {
  const double queued = o.worker_queue + o.result_queue + o.output_queue;
  if (!std::isfinite(queued + o.workers + o.arrival_rate + o.enqueued_total + service_s)) return 0;
  const double active = std::max(0.0, o.enqueued_total - queued);
  const double busy = std::min(o.workers, std::max(0.0, active - (active > 0 ? 1.0 : 0.0)));
  const double horizon = std::max({p.horizon_s, service_s, 1.0});
  const double demand =
      std::max(1.0, (o.worker_queue / horizon * service_s + std::max(0.0, o.arrival_rate) * service_s) * p.safety);
  const double delta = p.formula == reactive_formula::earlier
                           ? demand - busy
                           : demand - (o.workers - busy / horizon * service_s * p.adjustment);
  return delta >= 0.5 ? 1 : delta <= -0.5 ? -1 : 0;
}

/// Scales on the mean latency of the last window. Published: 50.87 % QoS at 10.79 workers (current formula), 97.0 %
/// at 17.4 (earlier).
class reactive_average {
 public:
  explicit reactive_average(const reactive_options& options = {}) : options_(checked(options, "reactive_average")) {}

  template <Signals O>
  int start(const O& o) {
    return step(o);
  }
  template <Signals O>
  int step(const O& o) {
    return reactive_decision(o, std::max(o.average_latency, 0.1), options_);
  }
  template <Signals O>
  void stop(const O&, episode) {}

 private:
  reactive_options options_;
};

}  // namespace headroom::farm
