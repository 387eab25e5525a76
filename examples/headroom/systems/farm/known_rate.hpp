#pragma once

#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <string>      // std::string
#include <vector>      // std::vector

#include <headroom/planning/replica_moves.hpp>
#include <headroom/planning/step_grid.hpp>
#include <headroom/planning/step_table.hpp>

#include "reports/known_rate.hpp"
#include "systems/farm/load.hpp"

namespace tool {

/// A decision interval of the farm: the step, and what its programs take.
[[nodiscard]] double farm_interval_s(const farm_load& load);
/// Moves of these sizes, up to as many workers as such a rate can ask for.
[[nodiscard]] headroom::replica_moves farm_moves(const farm_load& load, const std::vector<int>& sizes,
                                                 double highest_per_s);
/// The rates and the numbers of requests that its table is over.
[[nodiscard]] headroom::step_grid farm_rates(double highest_per_s);
[[nodiscard]] headroom::step_grid farm_in_system(const headroom::replica_moves& moves);
/// What a step does, for rates up to this one: ten seconds of one core for the published farm.
[[nodiscard]] headroom::step_table farm_table(const farm_load& load, const headroom::replica_moves& moves,
                                              double highest_per_s);
/// Why no plan can be made for these moves on this farm, in a sentence; empty: it can.
[[nodiscard]] std::string farm_plan_refusal(const farm_load& load, const std::vector<int>& sizes);

/// The policy that is told the rate, on each seed at each price. `shown(done)` after each episode; true stops.
[[nodiscard]] known_rate_line farm_known_rate(const farm_load& load, const std::vector<std::uint64_t>& seeds,
                                              const std::vector<int>& sizes,
                                              const std::function<bool(std::uint64_t)>& shown);

}  // namespace tool
