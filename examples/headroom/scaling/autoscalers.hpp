#pragma once

#include <cstddef>      // std::size_t
#include <functional>   // std::function
#include <memory>       // std::shared_ptr
#include <span>         // std::span
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/actions/limits.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/forecast.hpp>

#include "scaling/scaled_observation.hpp"

/// The autoscalers that do not learn, by name, each with the knob that its users turn. `name` is the autoscaler as it
/// is published, its times fitted to the system's decisions; `name:VALUE` turns the first knob, `name:VALUE/VALUE` the
/// second as well.
namespace tool {

/// What a user may turn.
struct knob {
  std::string name;             ///< as in "target"
  std::string meaning;          ///< in one phrase, with its unit
  double published = 0;         ///< what it stands at by default
  std::vector<double> sweep{};  ///< the settings that a frontier tries
};

/// What is scaled, as far as an autoscaler must know it.
struct scaled_service {
  std::string_view noun = "replica";  ///< one of what is scaled
  int minimum = 1;
  int maximum = 1;
  int reach = 1;            ///< the largest move that the actions allow
  double interval_s = 15;   ///< from decision to decision
  double service_s = 1;     ///< what a request takes on average
  double service_scv = 1;   ///< how much that varies: squared coefficient of variation
  int slots = 1;            ///< requests that a replica serves at once
  double serves_per_s = 1;  ///< requests that a busy replica serves in a second, as an operator would round it
  std::size_t phases = 1;   ///< of the load's schedule
  double mean_per_s = 0;    ///< of the load, on the part that settings are chosen on
};

/// Where an autoscaler is to work.
struct place {
  const scaled_service& service;
  headroom::replica_limits limits;
  std::string_view name;                                   ///< as it was asked for, for error messages
  std::shared_ptr<headroom::forecast_health> forecasts{};  ///< where a forecast tells how often it had one, if wanted
};

/// An autoscaler without what makes it.
struct autoscaler_entry {
  std::string name;  ///< as in lists: "hpa", "constant:N"
  std::string line;  ///< what it is, in a line
  std::vector<knob> knobs{};

  /// What stands before the colon.
  [[nodiscard]] std::string_view kind() const { return std::string_view(name).substr(0, name.find(':')); }
  /// Whether the name alone says nothing: there is no constant without a number.
  [[nodiscard]] bool needs_settings() const { return kind() != name; }
};

/// An autoscaler that sees observations of type O.
template <class O>
struct autoscaler_of : autoscaler_entry {
  std::function<headroom::any_policy<O, int>(std::span<const double> settings, const place&)> make{};
  bool (*possible)(std::span<const double> settings) = nullptr;  ///< which settings a sweep leaves out; null: none
};
using autoscaler = autoscaler_of<scaled_observation>;

/// The autoscalers that the world runs, with targets that fit the service.
[[nodiscard]] std::vector<autoscaler> autoscalers_for(const scaled_service& s);

/// By name or by name with settings; null if there is none.
template <class O>
[[nodiscard]] const autoscaler_of<O>* find_autoscaler(const std::vector<autoscaler_of<O>>& all, std::string_view name) {
  const std::string_view kind = name.substr(0, name.find(':'));
  for (const autoscaler_of<O>& a : all) {
    if (a.kind() == kind) return &a;
  }
  return nullptr;
}

/// The values of an autoscaler's knobs for a name with or without settings. Throws std::invalid_argument.
[[nodiscard]] std::vector<double> knob_values(const autoscaler_entry& a, const place& p);
/// "target/least/window", or nothing where the name needs a setting.
[[nodiscard]] std::string knob_names(const autoscaler_entry& a);

/// An autoscaler with the settings of its name. Throws std::invalid_argument for settings that make no sense.
template <class O>
[[nodiscard]] headroom::any_policy<O, int> make_autoscaler(const autoscaler_of<O>& a, std::string_view name,
                                                           const scaled_service& s,
                                                           std::shared_ptr<headroom::forecast_health> forecasts = {}) {
  const place p{s, {s.minimum, s.maximum, s.reach, s.reach}, name, std::move(forecasts)};
  return a.make(knob_values(a, p), p);
}

/// Every name that a frontier tries of an autoscaler: as published, then each setting of its knobs. With settings it is
/// only itself; but a schedule, for which nothing is published, is also tried a few replicas up and down, and always
/// needs settings.
[[nodiscard]] std::vector<std::string> settings_to_try(const autoscaler_entry& a,
                                                       bool (*possible)(std::span<const double> settings),
                                                       std::string_view name, const scaled_service& s);

}  // namespace tool
