#pragma once

#include <headroom/systems/farm/environment.hpp>

#include "learners/environment_training.hpp"
#include "systems/farm/learners.hpp"

namespace tool {

/// How the candidates of a training on the farm are chosen. A learner without a price of its own is held to a service
/// level on the validation episodes: of the candidates that keep it, the one with the fewest workers is kept; if none
/// does, the one that comes nearest. With a price the level is an outcome: the candidate that costs least by that price
/// is kept, or every price would give the same point of the curve.
[[nodiscard]] candidate_choice<headroom::farm::environment> choose_on_validation(const farm_training& t, double level);

}  // namespace tool
