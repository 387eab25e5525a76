#pragma once

/// Many services in one process, decided for together.

#include <headroom/fleet/greedy_batch.hpp>
#include <headroom/fleet/network_fleet.hpp>
#include <headroom/fleet/policy_fleet.hpp>
#include <headroom/fleet/slots.hpp>
#include <headroom/fleet/table_fleet.hpp>
