#pragma once

#include <filesystem>  // std::filesystem::path
#include <string>      // std::string

#include "systems/farm/autoscalers.hpp"

namespace tool {

/// An autoscaler of the farm by its name: the object that the simulator plays as well. Throws std::invalid_argument,
/// also for the name of a learner.
[[nodiscard]] farm_policy played_farm_policy(const std::string& name);
/// What `headroom train --environment farm` wrote. A note says so if it was trained under another workload. Throws
/// file_error and checkpoint_error.
[[nodiscard]] farm_policy played_farm_model(const std::filesystem::path& model);

}  // namespace tool
