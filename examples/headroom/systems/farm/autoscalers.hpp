#pragma once

#include <vector>  // std::vector

#include <headroom/policies/any_policy.hpp>
#include <headroom/systems/farm/observation.hpp>

#include "scaling/autoscalers.hpp"
#include "systems/farm/load.hpp"

namespace tool {

using farm_policy = headroom::any_policy<headroom::farm::observation, int>;
using farm_autoscaler = autoscaler_of<headroom::farm::observation>;

/// What a worker's request takes on average, and how much that varies (squared coefficient of variation): what an
/// operator measures before setting any target.
inline constexpr double farm_service_s = 1.4715;
inline constexpr double farm_service_scv = 0.21;

/// The farm under a load, as an autoscaler knows it.
[[nodiscard]] scaled_service service_of(const farm_load& load, int reach);

/// Every autoscaler on the farm, the published reactive ones included.
[[nodiscard]] std::vector<farm_autoscaler> farm_autoscalers(const scaled_service& s);

}  // namespace tool
