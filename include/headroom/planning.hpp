#pragma once

/// Plans: over a table of what one decision interval does, over a rate that is known or believed, and over a future
/// that is known, which bounds what a policy can reach.

#include <headroom/planning/belief_table.hpp>
#include <headroom/planning/clairvoyant.hpp>
#include <headroom/planning/cross_entropy.hpp>
#include <headroom/planning/fifo_steps.hpp>
#include <headroom/planning/fit_rate_chain.hpp>
#include <headroom/planning/multiplier.hpp>
#include <headroom/planning/plan.hpp>
#include <headroom/planning/price_search.hpp>
#include <headroom/planning/rate_belief.hpp>
#include <headroom/planning/rate_known.hpp>
#include <headroom/planning/relaxation.hpp>
#include <headroom/planning/relaxed_search.hpp>
#include <headroom/planning/replica_moves.hpp>
#include <headroom/planning/rollout_policy.hpp>
#include <headroom/planning/step_grid.hpp>
#include <headroom/planning/step_table.hpp>
#include <headroom/planning/step_values.hpp>
