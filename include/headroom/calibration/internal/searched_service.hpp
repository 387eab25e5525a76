#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::exp, std::log, std::log1p, std::lround, std::round
#include <cstddef>    // std::size_t
#include <span>       // std::span
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/calibration/inference.hpp>
#include <headroom/calibration/service_fit.hpp>
#include <headroom/calibration/told.hpp>
#include <headroom/environments/service_options.hpp>

namespace headroom::internal {

inline constexpr double most_slots = 5000;

/// A parameter that replays have to find, and how it is searched.
struct searched_parameter {
  service_parameter which;
  inferred_parameter how;
};

/// A service between its options and the numbers that a search moves: which parameters are searched, on which scale,
/// within which limits. The scale is logarithmic, but for the start delay, which may be 0.
class searched_service {
 public:
  /// `start`: what is not fitted is taken from here. `interval_s`: between two rows of the history. `starts_recorded`:
  /// ready replicas were recorded, so that the start delay is not searched.
  searched_service(service_options start, double interval_s, bool starts_recorded)
      : start_(std::move(start)), interval_s_(interval_s), starts_recorded_(starts_recorded) {}

  [[nodiscard]] const service_options& start() const noexcept { return start_; }
  [[nodiscard]] bool shared_processors() const noexcept { return start_.order == discipline::processor_sharing; }
  /// A parameter of the start.
  [[nodiscard]] double value_of(service_parameter p) const {
    switch (p) {
      case service_parameter::start_delay:
        return start_.start_delay.mean_s();
      case service_parameter::service_time:
        return start_.service_time.mean_s();
      case service_parameter::variation:
        return start_.service_time.variation();
      case service_parameter::slots:
        break;
    }
    return shared_processors() ? start_.cores : start_.slots;
  }
  /// The start with the parameters of a fit. `delay_variation`: of the start delay; 0: it is always the same.
  [[nodiscard]] service_options options_of(const service_fit& f, double delay_variation) const {
    service_options o = start_;
    const auto& delay = f[service_parameter::start_delay];
    if (delay.fitted()) {
      o.start_delay =
          delay_variation > 0 ? duration::lognormal(delay.value, delay_variation) : duration::constant(delay.value);
    }
    const auto& time = f[service_parameter::service_time];
    const auto& variation = f[service_parameter::variation];
    if (time.fitted() || variation.fitted()) {
      o.service_time =
          variation.value > 0 ? duration_of(f.law, time.value, variation.value) : duration::constant(time.value);
    }
    const double slots = f[service_parameter::slots].value;
    if (shared_processors())
      o.cores = slots;
    else
      o.slots = static_cast<int>(std::lround(slots));
    return o;
  }

  /// On the scale of the search, and back.
  [[nodiscard]] double searched_as(service_parameter p, double value) const {
    return p == service_parameter::start_delay ? value / (10 * interval_s_) : std::log(std::max(value, 1e-6));
  }
  [[nodiscard]] double found_as(service_parameter p, double x) const {
    return p == service_parameter::start_delay ? std::max(0.0, x * 10 * interval_s_) : std::exp(x);
  }

  /// What replays have to find of a fit. `whole_slots`: slots are tried one number after the other, so not among these.
  [[nodiscard]] std::vector<searched_parameter> parameters(const service_fit& f, bool whole_slots) const {
    std::vector<searched_parameter> all;
    for (const fitted_parameter& p : f.parameters) {
      if (!p.fitted() || (p.which == service_parameter::start_delay && starts_recorded_) ||
          (p.which == service_parameter::slots && whole_slots)) {
        continue;
      }
      all.push_back({p.which, how(p)});
    }
    return all;
  }
  /// Puts what a search tries into a model. Slots become whole, in `at` as well.
  void put(const std::vector<searched_parameter>& which, std::span<double> at, service_fit& model) const {
    for (std::size_t j = 0; j < which.size(); ++j) {
      if (which[j].which == service_parameter::slots && !shared_processors())
        at[j] = std::log(std::max(1.0, std::round(std::exp(at[j]))));
      model.parameters[static_cast<std::size_t>(which[j].which)].value = found_as(which[j].which, at[j]);
    }
  }

 private:
  [[nodiscard]] inferred_parameter how(const fitted_parameter& p) const {
    inferred_parameter how;
    how.first = searched_as(p.which, p.value);
    switch (p.which) {
      case service_parameter::start_delay:  // tens of rows: its error does not grow with it
        how.spread = 0.15;
        how.low = 0;
        how.high = 12;
        break;
      case service_parameter::service_time:
        how.spread = 0.08;
        how.least_spread = 0.01;
        break;
      case service_parameter::variation:
        how.spread = 0.25;
        how.low = std::log(0.03);
        how.high = std::log(8.0);
        break;
      case service_parameter::slots:
        how.spread = shared_processors() ? 0.1 : std::max(0.1, std::log1p(1 / p.value));
        if (!shared_processors()) how.least_spread = 0.7 * how.spread;
        how.low = std::log(0.05);
        how.high = std::log(most_slots);
        break;
    }
    return how;
  }

  service_options start_;
  double interval_s_;
  bool starts_recorded_;
};

}  // namespace headroom::internal
