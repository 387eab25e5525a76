#pragma once

/// A service of yours as an environment: replicas, queues, clients, and what metrics show of them.

#include <headroom/environments/duration.hpp>
#include <headroom/environments/service.hpp>
#include <headroom/environments/service_observation.hpp>
#include <headroom/environments/service_options.hpp>
#include <headroom/environments/service_simulator.hpp>
#include <headroom/environments/service_state.hpp>
#include <headroom/run/service_score.hpp>
