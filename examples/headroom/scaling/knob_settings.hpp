#pragma once

#include <cstddef>   // std::size_t
#include <optional>  // std::optional
#include <string>    // std::string
#include <utility>   // std::move
#include <vector>    // std::vector

#include <headroom/core/check.hpp>

#include "scaling/autoscalers.hpp"
#include "systems/policy_names.hpp"

/// Settings of autoscalers to begin a search with, and to go on from. All settings of all knobs are thousands.
namespace tool {

/// "hpa:0.7/12", or nothing where it is not possible on this service.
template <class O>
[[nodiscard]] std::optional<std::string> setting_of(const autoscaler_of<O>& one, const std::vector<double>& values,
                                                    const scaled_service& about) {
  if (one.kind() == "constant" && (values[0] < about.minimum || values[0] > about.maximum)) return std::nullopt;
  if (one.possible != nullptr && !one.possible(values)) return std::nullopt;
  std::string name(one.kind());
  for (std::size_t k = 0; k < values.size(); ++k) name.append(k == 0 ? ":" : "/").append(headroom::to_text(values[k]));
  return name;
}

/// Every autoscaler at each setting of its first knob, the others as published. A schedule is left out: its times are
/// those of one load.
template <class O>
[[nodiscard]] std::vector<std::string> first_knob_settings(const std::vector<autoscaler_of<O>>& all,
                                                           const scaled_service& about) {
  std::vector<std::string> names;
  for (const autoscaler_of<O>& one : all) {
    if (one.kind() == "scheduled") continue;
    std::vector<double> values;
    for (const knob& k : one.knobs) values.push_back(k.published);
    for (const double value : one.knobs.front().sweep) {
      values.front() = value;
      if (auto name = setting_of(one, values, about)) names.push_back(std::move(*name));
    }
  }
  return names;
}
/// Those that differ in one knob from a setting with all of its values, as first_knob_settings names it.
template <class O>
[[nodiscard]] std::vector<std::string> settings_beside(const autoscaler_of<O>& one, const std::string& name,
                                                       const scaled_service& about) {
  std::vector<std::string> names;
  const std::vector<double> values = settings_in(name);
  for (std::size_t k = 0; k < one.knobs.size(); ++k) {
    for (const double value : one.knobs[k].sweep) {
      std::vector<double> turned = values;
      turned[k] = value;
      if (auto other = setting_of(one, turned, about); other && value != values[k]) names.push_back(std::move(*other));
    }
  }
  return names;
}

}  // namespace tool
