#pragma once

/// Learning and judging from logs of decisions that were taken by another policy.

#include <headroom/offline/log_csv.hpp>
#include <headroom/offline/off_policy.hpp>
#include <headroom/offline/offline.hpp>
