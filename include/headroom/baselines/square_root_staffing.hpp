#pragma once

#include <algorithm>  // std::clamp, std::max
#include <array>      // std::array
#include <cmath>      // std::exp, std::log, std::round, std::sqrt
#include <cstddef>    // std::size_t
#include <span>       // std::span
#include <string>     // std::string

#include <headroom/actions/limits.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/baselines/intake.hpp>
#include <headroom/baselines/signals.hpp>

namespace headroom {

/// The options of `square_root_staffing`. Good values depend on the load, on the provisioning delay and on the cost of
/// a late request, so there are no published ones. `planning/cross_entropy.hpp` finds them in a simulator.
struct square_root_staffing_options {
  double service_s = 1;       ///< mean seconds of work per request
  double level_s = 40;        ///< time constant of the mean of the load
  double trend_s = 10;        ///< time constant of a faster mean
  double trend = 0.3;         ///< weight of (faster mean - mean)
  double margin = 1;          ///< replicas per square root of the offered load; a larger value means less waiting
  double spare = 0;           ///< more replicas, at any load
  double backlog = 0.2;       ///< replicas per waiting request
  double hold = 1;            ///< replicas above the target that are kept, to save scaling actions
  double least = 1;           ///< fewest replicas, at any load
  double expected_per_s = 0;  ///< the load assumed before the first observation

  /// All options but the service time as unbounded coordinates for a search: times and `hold` by their logarithm.
  static constexpr std::size_t dimension = 9;
  [[nodiscard]] std::array<double, dimension> coordinates() const {
    return {std::log(level_s), std::log(trend_s), trend, margin, spare, backlog, std::log(std::max(hold, 1e-6)), least,
            expected_per_s};
  }
  /// The inverse. Extreme coordinates are clamped. Throws std::invalid_argument for another number of coordinates, and
  /// for one that is not finite.
  [[nodiscard]] static square_root_staffing_options at(std::span<const double> x, double service_s) {
    require(x.size() == dimension, "square_root_staffing", "number of coordinates", x.size(),
            "be " + to_text(dimension));
    for (const double v : x) require_finite("square_root_staffing", "a coordinate", v);
    const auto time = [](double log_s) { return std::exp(std::clamp(log_s, -5.0, 15.0)); };
    return {.service_s = service_s,
            .level_s = time(x[0]),
            .trend_s = time(x[1]),
            .trend = x[2],
            .margin = x[3],
            .spare = x[4],
            .backlog = x[5],
            .hold = time(x[6]),
            .least = x[7],
            .expected_per_s = std::max(0.0, x[8])};
  }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const square_root_staffing_options& checked(const square_root_staffing_options& o) {
  const char* const who = "square_root_staffing";
  require_positive(who, "service_s", o.service_s);
  require_positive(who, "level_s", o.level_s);
  require_positive(who, "trend_s", o.trend_s);
  require_finite(who, "trend", o.trend);
  require_finite(who, "margin", o.margin);
  require_finite(who, "spare", o.spare);
  require_finite(who, "backlog", o.backlog);
  require_not_negative(who, "hold", o.hold);
  require_finite(who, "least", o.least);
  require_not_negative(who, "expected_per_s", o.expected_per_s);
  return o;
}

/// As many replicas as the offered load a = load * service keeps busy, plus a margin of its square root: c = a + beta
/// sqrt(a). With Poisson arrivals the probability of waiting is then the same at every load (Halfin and Whitt 1981), so
/// a beta learned at one load holds at another. The load is an exponential mean; its trend and the backlog are added.
/// Needs signals time_s, replicas, load; uses backlog if it is named. Cost: O(1), two exponentials.
///     square_root_staffing policy{see, {.service_s = 0.2, .margin = 1.5}, {.maximum = 64}};
template <class O>
class square_root_staffing {
 public:
  square_root_staffing(const signals<O>& see, const square_root_staffing_options& options,
                       const replica_limits& limits = {})
      : see_(see), options_(checked(options)), limits_(checked(limits)) {
    require_signal("square_root_staffing", "time_s", see.time_s);
    require_signal("square_root_staffing", "replicas", see.replicas);
    require_signal("square_root_staffing", "load", see.load);
  }

  /// The load of the first observation is ignored: no request has had time to arrive.
  int start(const O& o) {
    intake_.start();
    level_ = fast_ = options_.expected_per_s;
    const double now_s = see_.time_s(o);
    if (intake_.clock(now_s)) last_s_ = now_s;
    return decide(o);
  }
  int step(const O& o) {
    const double now_s = see_.time_s(o);
    const double load = see_.load(o);
    const bool clock = intake_.clock(now_s);
    const bool seen = intake_.value(load);
    if (intake_.jumped()) last_s_ = now_s;
    if (!clock || !seen) {
      static_cast<void>(intake_.count(see_.replicas(o), limits_.maximum));
      return 0;
    }
    const double passed_s = now_s - last_s_;
    level_ += (1 - std::exp(-passed_s / options_.level_s)) * (load - level_);
    fast_ += (1 - std::exp(-passed_s / options_.trend_s)) * (load - fast_);
    last_s_ = now_s;
    return decide(o);
  }
  void stop(const O&, episode) {}

  /// Replicas, not rounded, before limits.
  [[nodiscard]] double target() const noexcept { return target_; }
  [[nodiscard]] const square_root_staffing_options& options() const noexcept { return options_; }
  [[nodiscard]] const refused_signals& refused() const noexcept { return intake_.refused(); }

 private:
  int decide(const O& o) {
    const double replicas = see_.replicas(o);
    const double waiting = see_.backlog ? see_.backlog(o) : 0;
    const bool known = intake_.count(replicas, limits_.maximum);
    if (!intake_.value(waiting) || !known) return 0;
    // This is finite for every load, however large.
    const double ahead = level_ + options_.trend * (fast_ - level_);
    const double offered = std::clamp(ahead * options_.service_s, 0.0, 1e12);
    target_ = std::max(options_.least,
                       offered + options_.margin * std::sqrt(offered) + options_.spare + options_.backlog * waiting);
    const bool kept = target_ <= replicas + 0.5 && target_ >= replicas - 0.5 - options_.hold;
    return limits_.towards(replicas, kept ? replicas : std::round(target_));
  }

  signals<O> see_;
  square_root_staffing_options options_;
  replica_limits limits_;
  intake intake_{};
  double level_ = 0;  // requests per second
  double fast_ = 0;
  double last_s_ = 0;
  double target_ = 0;
};

}  // namespace headroom
