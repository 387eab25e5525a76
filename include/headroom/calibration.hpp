#pragma once

/// Fits the model of a service to what was recorded of the real one.

#include <headroom/calibration/held_back.hpp>
#include <headroom/calibration/history.hpp>
#include <headroom/calibration/history_csv.hpp>
#include <headroom/calibration/inference.hpp>
#include <headroom/calibration/ready_after.hpp>
#include <headroom/calibration/replay.hpp>
#include <headroom/calibration/service_calibration.hpp>
#include <headroom/calibration/service_fit.hpp>
#include <headroom/calibration/start_delay.hpp>
#include <headroom/calibration/summaries.hpp>
#include <headroom/calibration/told.hpp>
