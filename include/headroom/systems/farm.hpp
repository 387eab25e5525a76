#pragma once

/// The published OpenFaaS farm, whole: its world, what it sees, its rewards, its rules and its score. Not a part of
/// headroom.hpp.

#include <headroom/systems/farm/as_service.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/image_service.hpp>
#include <headroom/systems/farm/legacy_random.hpp>
#include <headroom/systems/farm/observation.hpp>
#include <headroom/systems/farm/options.hpp>
#include <headroom/systems/farm/phases.hpp>
#include <headroom/systems/farm/polling_farm.hpp>
#include <headroom/systems/farm/published_reward.hpp>
#include <headroom/systems/farm/reactive_average.hpp>
#include <headroom/systems/farm/reactive_maximum.hpp>
#include <headroom/systems/farm/relaxation.hpp>
#include <headroom/systems/farm/scaling_calls.hpp>
#include <headroom/systems/farm/score.hpp>
#include <headroom/systems/farm/signals.hpp>
#include <headroom/systems/farm/steps.hpp>
