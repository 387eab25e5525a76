#pragma once

#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <vector>      // std::vector

#include "reports/bound.hpp"
#include "systems/farm/load.hpp"

namespace tool {

/// The clairvoyant bound of the farm under a load. Searches each episode on its own, on as many threads as the machine
/// has; the same result on any number of them. A fifth of a second an episode, a second for a recorded load of ten
/// minutes. `sizes`: of the moves that may be made; `shown(done)` after each episode; true stops.
[[nodiscard]] clairvoyant_bound clairvoyant_bound_of(const farm_load& load, const std::vector<std::uint64_t>& seeds,
                                                     const std::vector<int>& sizes,
                                                     const std::function<bool(std::uint64_t)>& shown);

}  // namespace tool
