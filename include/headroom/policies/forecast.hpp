#pragma once

#include <algorithm>    // std::max
#include <cmath>        // std::isfinite
#include <concepts>     // std::convertible_to, std::floating_point
#include <cstdint>      // std::uint64_t
#include <type_traits>  // std::remove_cvref_t
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/internal/number_of.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// A model that forecasts one number. Semantics: `observe(now_s, value)` is called in the order of time;
/// `forecast(now_s, horizon_s)` returns the expected value at now_s + horizon_s, or NaN before there is enough history;
/// `forget()` goes back to the state after construction. Cost: nanoseconds, no allocation.
///     struct same { double last = 0; void observe(double, double y) { last = y; } void forget() { last = 0; }
///                   double forecast(double, double) { return last; } };
// clang-format cannot lay out concepts (version 14).
// clang-format off
template <class M>
concept Forecaster = requires(M& model, double s) {
  model.observe(s, s);
  { model.forecast(s, s) } -> std::convertible_to<double>;
  model.forget();
};
// clang-format on

/// How a forecast is given to the inner policy.
struct forecast_options {
  double horizon_s = 60;             ///< how far ahead, in seconds; at least the provisioning delay of a replica
  double margin = 0;                 ///< added to the forecast, as a fraction of it
  bool never_below_observed = true;  ///< a forecast alone never scales down (as in AWS' predictive scaling)
  bool across_episodes = false;  ///< false: a new episode forgets; true: only a clock that runs backwards does, for a
                                 ///< host whose policy is started again while the world goes on
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const forecast_options& checked(const forecast_options& o) {
  require_not_negative("forecast", "horizon_s", o.horizon_s);
  require_not_negative("forecast", "margin", o.margin);
  return o;
}

/// How often a forecast was there to be given. Where it never is, the model's season or its history is longer than an
/// episode, and the policy is the inner one alone.
struct forecast_health {
  std::uint64_t observations = 0;  ///< shown to this object
  std::uint64_t forecasts = 0;     ///< of these, those at which the model had a forecast
};

/// Any policy with a forecast in its observation. At each observation the model learns the value of one member, and the
/// inner policy gets a copy of the observation in which that member is the forecast. So a predictive HPA is a
/// composition, and so is any other predictive policy, also a learner. With a decaying_histogram as the model it is
/// Autopilot's moving window.
///
/// A forecast below 0 becomes 0. The observed value is passed on unchanged before the model has enough history, and
/// when the value or the time cannot be used; the model then does not see it, and the inner policy counts it. A clock
/// that runs backwards makes the model forget. Only this member is forecast; everything else, above all the replicas,
/// is the present value. If the inner policy reads a utilisation, use one that is computed from the load. Cost: the
/// model's, and a copy of the observation. Model of Policy, and of CorrectablePolicy.
///     forecast policy{target_tracking{...}, &sample::time_s, &sample::arrivals,
///                     holt_winters{{.slot_s = 60, .season_slots = 1440}}, {.horizon_s = 120}};
template <class Inner, class Time, class Member, Forecaster Model>
class forecast {
 public:
  forecast(Inner inner, Time time_s, Member member, Model model, const forecast_options& options = {})
      : inner_(std::move(inner)),
        time_s_(std::move(time_s)),
        member_(std::move(member)),
        model_(std::move(model)),
        options_(checked(options)) {}

  template <class Observation>
  auto start(const Observation& o) {
    if (!options_.across_episodes) forget();
    return inner_.start(foreseen(o));
  }
  template <class Observation>
  auto step(const Observation& o) {
    return inner_.step(foreseen(o));
  }
  /// A learner sees the last observation in the same form as all others.
  template <class Observation>
  void stop(const Observation& o, episode end) {
    inner_.stop(foreseen(o), end);
  }
  template <class Action>
  void executed(const Action& a) {
    if constexpr (requires { inner_.executed(a); }) inner_.executed(a);
  }

  /// What a checkpoint stores, between episodes: what the policy and the model store. The model
  /// matters with across_episodes only.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    const auto keep_of = [&a](const char* name, auto& part) {
      if constexpr (requires { std::remove_cvref_t<decltype(part)>::fields(part, a); }) a(name, part);
    };
    keep_of("inner", self.inner_);
    keep_of("model", self.model_);
    a("last_s", self.last_s_);
    a("seen", self.seen_);
  }

  [[nodiscard]] const Inner& inner() const noexcept { return inner_; }
  [[nodiscard]] Inner& inner() noexcept { return inner_; }
  [[nodiscard]] const Model& model() const noexcept { return model_; }
  /// The last value that the inner policy got, to explain or to plot a decision.
  [[nodiscard]] double handed() const noexcept { return handed_; }
  [[nodiscard]] const forecast_health& health() const noexcept { return health_; }
  [[nodiscard]] auto desired() const requires requires(const Inner& p) { p.desired(); }
  { return inner_.desired(); }
  [[nodiscard]] const auto& refused() const requires requires(const Inner& p) { p.refused(); }
  { return inner_.refused(); }

 private:
  void forget() {
    model_.forget();
    seen_ = false;
  }
  template <class Observation>
  Observation foreseen(const Observation& o) {
    Observation copy = o;
    auto& value = internal::part_of(member_, copy);
    static_assert(std::floating_point<std::remove_cvref_t<decltype(value)>>,
                  "forecast: the member must be a floating point number, a forecast is no whole one");
    const auto observed = static_cast<double>(value);
    const auto now_s = internal::number_of(time_s_, o);
    handed_ = observed;
    ++health_.observations;
    if (!std::isfinite(now_s)) return copy;
    if (seen_ && now_s < last_s_) model_.forget();
    seen_ = true;
    last_s_ = now_s;
    if (!std::isfinite(observed) || observed < 0) return copy;
    model_.observe(now_s, observed);
    const double next = static_cast<double>(model_.forecast(now_s, options_.horizon_s)) * (1 + options_.margin);
    if (!std::isfinite(next)) return copy;
    ++health_.forecasts;
    handed_ = std::max(next, options_.never_below_observed ? observed : 0.0);
    value = static_cast<std::remove_cvref_t<decltype(value)>>(handed_);
    return copy;
  }

  Inner inner_;
  Time time_s_;
  Member member_;
  Model model_;
  forecast_options options_;
  double last_s_ = 0;
  double handed_ = 0;
  bool seen_ = false;
  forecast_health health_;
};
template <class Inner, class Time, class Member, class Model>
forecast(Inner, Time, Member, Model, forecast_options) -> forecast<Inner, Time, Member, Model>;
template <class Inner, class Time, class Member, class Model>
forecast(Inner, Time, Member, Model) -> forecast<Inner, Time, Member, Model>;

}  // namespace headroom
