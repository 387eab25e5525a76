#pragma once

#include <algorithm>    // std::clamp, std::max, std::min
#include <cmath>        // std::ceil, std::exp
#include <optional>     // std::optional
#include <type_traits>  // std::type_identity_t

#include <headroom/actions/limits.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/telemetry/erlang.hpp>
#include <headroom/baselines/intake.hpp>
#include <headroom/baselines/signals.hpp>

namespace headroom {

/// What `staffing` must know about the service, and its objective. There are no published defaults: measure the service
/// time. Call centres use 0.8 within 20 s.
struct staffing_options {
  double service_s = 1;    ///< mean seconds of work per request; not used if a signal gives it
  waiting_slo slo{};       ///< a request waits at most this long with at least this probability
  int slots = 1;           ///< requests that a replica serves at once: each is a server of Erlang's formula
  double smoothing_s = 0;  ///< time constant of an exponentially weighted mean of the load; 0: the newest load counts
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const staffing_options& checked(const staffing_options& o) {
  require_positive("staffing", "service_s", o.service_s);
  checked(o.slo);
  require(o.slots >= 1 && o.slots <= 1'000'000, "staffing", "slots", o.slots, "be from 1 to 1000000");
  require_not_negative("staffing", "smoothing_s", o.smoothing_s);
  return o;
}

/// As many replicas as Erlang's formula asks for: the fewest whose requests wait longer than the bound with less than
/// the allowed probability, P(W > t) = C(c, a) exp(-(c - a) t / service), with the M/G/c correction of
/// telemetry/erlang.hpp. Needs signals time_s, replicas, load. Looks at no queue and at no latency: what it knows is
/// the load and the service, so it answers at once and is as wrong as they are. Assumes Poisson arrivals and a load
/// that stands still for a while, and requests that take the first free slot of any replica.
/// Cost: a binary search in a table made on construction (server_table); with a service time that is a signal, the
/// recursion itself, O(replicas), whenever load or service changed.
///     staffing policy{see, {.service_s = 0.2, .slo = {.bound_s = 0.1, .probability = 0.99}}, {.maximum = 64}};
template <class O>
class staffing {
 public:
  staffing(const signals<O>& see, const staffing_options& options = {}, const replica_limits& limits = {})
      : staffing(see, {}, options, limits) {
    const double servers = static_cast<double>(std::max(1, limits_.maximum)) * options_.slots;
    table_.emplace(options_.service_s, options_.slo, static_cast<int>(std::min(servers, 1e9)));
  }
  /// With a measured mean service time. A service time that is not positive and finite is refused, as is such a load.
  staffing(const signals<O>& see, const std::type_identity_t<feature<O>>& service_s,
           const staffing_options& options = {}, const replica_limits& limits = {})
      : see_(see), service_s_(service_s), options_(checked(options)), limits_(checked(limits)) {
    require_signal("staffing", "time_s", see.time_s);
    require_signal("staffing", "replicas", see.replicas);
    require_signal("staffing", "load", see.load);
  }

  int start(const O& o) {
    intake_.start();
    smoothed_ = -1;
    return step(o);
  }
  int step(const O& o) {
    const double now_s = see_.time_s(o);
    const double replicas = see_.replicas(o);
    const double load = see_.load(o);
    const double service_s = service_s_ ? service_s_(o) : options_.service_s;
    const bool clock = intake_.clock(now_s);
    if (intake_.jumped()) smoothed_ = -1;
    const bool known = intake_.count(replicas, limits_.maximum);
    const bool seen = intake_.value(load) && intake_.value(service_s > 0 ? service_s : -1.0);
    if (!known) return 0;
    if (!clock || !seen) return aim(replicas, replicas);
    smooth(now_s, load);
    const double servers = table_ ? (*table_)(smoothed_) : fewest(service_s);
    return aim(replicas, options_.slots == 1 ? servers : std::ceil(servers / options_.slots));
  }
  void stop(const O&, episode) {}

  [[nodiscard]] int desired() const noexcept { return desired_; }
  [[nodiscard]] const refused_signals& refused() const noexcept { return intake_.refused(); }

 private:
  int aim(double replicas, double wanted) {
    desired_ = static_cast<int>(
        std::clamp(wanted, static_cast<double>(limits_.minimum), static_cast<double>(limits_.maximum)));
    return limits_.towards(replicas, desired_);
  }
  void smooth(double now_s, double load) {
    const double weight =
        smoothed_ < 0 || options_.smoothing_s == 0 ? 1 : 1 - std::exp(-(now_s - smoothed_at_s_) / options_.smoothing_s);
    smoothed_ = weight == 1 ? load : smoothed_ + weight * (load - smoothed_);
    smoothed_at_s_ = now_s;
  }
  double fewest(double service_s) {
    if (smoothed_ != asked_load_ || service_s != asked_service_s_) {
      answer_ = fewest_servers(smoothed_, service_s, options_.slo);
      asked_load_ = smoothed_;
      asked_service_s_ = service_s;
    }
    return answer_;
  }

  signals<O> see_;
  feature<O> service_s_;
  staffing_options options_;
  replica_limits limits_;
  std::optional<server_table> table_;  // only without a signal of the service time
  intake intake_{};
  double smoothed_ = -1;  // requests per second; negative: nothing yet
  double smoothed_at_s_ = 0;
  double asked_load_ = -1;
  double asked_service_s_ = -1;
  double answer_ = 0;
  int desired_ = 0;
};

}  // namespace headroom
