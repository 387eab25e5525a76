#pragma once

/// The published request scheduler, whole: its world, what it sees, its rewards, its rules and its score. Not a part of
/// headroom.hpp.

#include <headroom/systems/scheduler/check_history.hpp>
#include <headroom/systems/scheduler/environment.hpp>
#include <headroom/systems/scheduler/features.hpp>
#include <headroom/systems/scheduler/latency_rules.hpp>
#include <headroom/systems/scheduler/metric_window.hpp>
#include <headroom/systems/scheduler/pod_status.hpp>
#include <headroom/systems/scheduler/pod_status_reader.hpp>
#include <headroom/systems/scheduler/published_reward.hpp>
#include <headroom/systems/scheduler/queueing_model.hpp>
#include <headroom/systems/scheduler/record_source.hpp>
#include <headroom/systems/scheduler/request_records.hpp>
#include <headroom/systems/scheduler/score.hpp>
#include <headroom/systems/scheduler/service_metrics.hpp>
#include <headroom/systems/scheduler/two_bumps.hpp>
#include <headroom/systems/scheduler/very_light.hpp>
