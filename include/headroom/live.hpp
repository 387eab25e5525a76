#pragma once

/// A live host: what it reads, when it decides, and how a decision reaches the service.

#include <headroom/live/clock.hpp>
#include <headroom/live/live.hpp>
#include <headroom/live/pacing.hpp>
#include <headroom/live/pipeline.hpp>
#include <headroom/live/pipeline_health.hpp>
#include <headroom/live/pipeline_options.hpp>
#include <headroom/live/reading.hpp>
#include <headroom/live/scaler.hpp>
#include <headroom/live/sense.hpp>
#include <headroom/live/stop_signals.hpp>
