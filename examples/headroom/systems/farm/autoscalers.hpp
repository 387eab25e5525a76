#pragma once

#include <memory>       // std::shared_ptr
#include <span>         // std::span
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/actions/limits.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/forecast.hpp>

#include "systems/farm/load.hpp"

/// The autoscalers that do not learn, by name, each with the knob that its users turn. `name` is the autoscaler as it
/// is published, its times fitted to a decision every eight seconds; `name:VALUE` turns the first knob,
/// `name:VALUE/VALUE` the second as well.
namespace tool {

using farm_policy = headroom::any_policy<headroom::farm::observation, int>;

/// What a user may turn.
struct knob {
  std::string_view name;        ///< as in "target"
  std::string_view meaning;     ///< in one phrase, with its unit
  double published = 0;         ///< what it stands at by default
  std::vector<double> sweep{};  ///< the settings that a frontier tries
};

/// Where an autoscaler is to work.
struct place {
  const farm_load& load;
  headroom::replica_limits limits;
  std::string_view name;                                   ///< as it was asked for, for error messages
  std::shared_ptr<headroom::forecast_health> forecasts{};  ///< where a forecast tells how often it had one, if wanted
};

struct autoscaler {
  std::string_view name;  ///< as in lists: "hpa", "constant:N"
  std::string_view line;  ///< what it is, in a line
  std::vector<knob> knobs{};
  farm_policy (*make)(std::span<const double> settings, const place&) = nullptr;
  bool (*possible)(std::span<const double> settings) = nullptr;  ///< which settings a sweep leaves out; null: none

  /// What stands before the colon.
  [[nodiscard]] std::string_view kind() const { return name.substr(0, name.find(':')); }
  /// Whether the name alone says nothing: there is no constant without a number.
  [[nodiscard]] bool needs_settings() const { return kind() != name; }
};

[[nodiscard]] const std::vector<autoscaler>& autoscalers();
/// By name or by name with settings; null if there is none.
[[nodiscard]] const autoscaler* find_autoscaler(std::string_view name);

/// An autoscaler with its settings; `reach` is the largest move that the actions allow. `name`: of one that
/// there is, with settings where it needs some. Throws std::invalid_argument for settings that make no sense.
[[nodiscard]] farm_policy make_autoscaler(std::string_view name, const farm_load& load, int reach,
                                          std::shared_ptr<headroom::forecast_health> forecasts = {});

/// Every name that a frontier tries of an autoscaler: as published, then each setting of its knobs. With settings it is
/// only itself; but a schedule, for which nothing is published, is also tried a few workers up and down, and always
/// needs settings.
[[nodiscard]] std::vector<std::string> settings_of(std::string_view name, const farm_load& load);

}  // namespace tool
