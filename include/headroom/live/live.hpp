#pragma once

#include <cstdint>    // std::uint64_t
#include <optional>   // std::optional
#include <stdexcept>  // std::runtime_error
#include <string>     // std::string
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/types.hpp>
#include <headroom/live/clock.hpp>
#include <headroom/live/pacing.hpp>

namespace headroom {

/// How a live environment passes its time.
struct live_options {
  double interval_s = 15;   ///< s between decisions
  double patience_s = 120;  ///< s without an observation after which the episode is cut
  bool shadow = false;      ///< apply nothing
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const live_options& checked(const live_options& o) {
  require_positive("live", "interval_s", o.interval_s);
  require_not_negative("live", "patience_s", o.patience_s);
  return o;
}

namespace internal {

template <class X>
struct action_of {
  using type = int;
};
template <class X>
requires requires { typename X::action_type; }
struct action_of<X> {
  using type = typename X::action_type;
};

}  // namespace internal

/// A live service as an environment, so that `run` drives it as it drives a simulator: the same policy is trained
/// there and runs here. Model of Environment. Actions are of the actuator's `action_type`, int if it has none.
///
/// A step applies the action, waits for the next moment (pacing.hpp) and reads. Without an observation it leaves
/// everything as it is and reads again at the next moment; after `patience_s` the episode is truncated, with the last
/// observation that was known. A guarded, journalled host is `pipeline`.
///     live world{source, actuator, system_clock{}, {.interval_s = 15}};
///     run(world, policy, run_limits{}, stop_after_a_signal);
template <MetricSource Source, class X, Clock C>
requires Actuator<X, typename internal::action_of<X>::type>
class live {
 public:
  using observation_type = observation_t<Source>;
  using action_type = typename internal::action_of<X>::type;

  live(Source source, X actuator, C clock, const live_options& options = {})
      : source_(std::move(source)),
        actuator_(std::move(actuator)),
        clock_(clock),
        options_(checked(options)),
        pace_(std::move(clock), options.interval_s) {}

  /// Waits for an observation. Throws std::runtime_error after `patience_s` without one: nothing can begin.
  observation_type reset() {
    const auto began = clock_.now();
    for (;;) {
      (void)pace_.next();
      if (std::optional<observation_type> o = read()) return *o;
      const double waited_s = to_seconds(clock_.now() - began);
      if (waited_s >= options_.patience_s)
        throw std::runtime_error("live: there was no observation for " + to_text(waited_s) + " s");
    }
  }
  step_result<observation_type> step(const action_type& action) {
    if (!options_.shadow) actuator_.apply(action);
    const auto began = clock_.now();
    for (;;) {
      (void)pace_.next();
      if (std::optional<observation_type> o = read()) return {*o, episode::ongoing};
      if (to_seconds(clock_.now() - began) >= options_.patience_s) return {last_, episode::truncated};
    }
  }

  /// Moments without an observation: nothing was done in them.
  [[nodiscard]] std::uint64_t held() const noexcept { return held_; }
  /// Moments that passed because something took long or the machine slept.
  [[nodiscard]] std::uint64_t missed() const noexcept { return pace_.missed(); }
  [[nodiscard]] const Source& source() const noexcept { return source_; }
  [[nodiscard]] const X& actuator() const noexcept { return actuator_; }

 private:
  std::optional<observation_type> read() {
    std::optional<observation_type> o = source_.read();
    if (o)
      last_ = *o;
    else
      ++held_;
    return o;
  }

  Source source_;
  X actuator_;
  C clock_;
  live_options options_;
  pacing<C> pace_;
  observation_type last_{};
  std::uint64_t held_ = 0;
};

}  // namespace headroom
