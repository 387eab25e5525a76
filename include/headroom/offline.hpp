#pragma once

/// Learning and judging from logs of decisions that were taken by another policy.

#include <headroom/offline/conservative.hpp>
#include <headroom/offline/log_csv.hpp>
#include <headroom/offline/log_judge.hpp>
#include <headroom/offline/log_parts.hpp>
#include <headroom/offline/off_policy.hpp>
#include <headroom/offline/offline.hpp>
#include <headroom/offline/pessimistic.hpp>
#include <headroom/offline/weights_judge.hpp>
