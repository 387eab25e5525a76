#pragma once

/// The published TeaStore, whole: its world, what it sees, its rewards, its rules and its score. Not a part of
/// headroom.hpp.

#include <headroom/systems/teastore/measured_log.hpp>
#include <headroom/systems/teastore/published_rewards.hpp>
#include <headroom/systems/teastore/score.hpp>
