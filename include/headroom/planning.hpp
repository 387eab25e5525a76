#pragma once

/// Plans that know the future of the load, and so bound what a policy can reach.

#include <headroom/planning/clairvoyant.hpp>
#include <headroom/planning/cross_entropy.hpp>
#include <headroom/planning/multiplier.hpp>
#include <headroom/planning/plan.hpp>
#include <headroom/planning/price_search.hpp>
#include <headroom/planning/relaxation.hpp>
#include <headroom/planning/relaxed_search.hpp>
