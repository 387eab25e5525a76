#pragma once

/// Requests one by one: recorded traces, windows of them as episodes, Poisson arrivals.

#include <headroom/workloads/arrivals.hpp>
#include <headroom/workloads/mean_rates.hpp>
#include <headroom/workloads/poisson.hpp>
#include <headroom/workloads/trace.hpp>
#include <headroom/workloads/trace_grid.hpp>
#include <headroom/workloads/trace_windows.hpp>
#include <headroom/workloads/window_plan.hpp>
