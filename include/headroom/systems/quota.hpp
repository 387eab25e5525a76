#pragma once

/// The published quota conflict manager, whole: its world, what it sees, its rewards, its rules and its score. Not a
/// part of headroom.hpp.

#include <headroom/systems/quota/action.hpp>
#include <headroom/systems/quota/advisor.hpp>
#include <headroom/systems/quota/arbiter.hpp>
#include <headroom/systems/quota/arbiter_options.hpp>
#include <headroom/systems/quota/cluster.hpp>
#include <headroom/systems/quota/decision_log.hpp>
#include <headroom/systems/quota/deployment.hpp>
#include <headroom/systems/quota/environment.hpp>
#include <headroom/systems/quota/features.hpp>
#include <headroom/systems/quota/menu.hpp>
#include <headroom/systems/quota/published_reward.hpp>
#include <headroom/systems/quota/question.hpp>
#include <headroom/systems/quota/rising_counter.hpp>
#include <headroom/systems/quota/rules.hpp>
#include <headroom/systems/quota/scenario.hpp>
#include <headroom/systems/quota/scope.hpp>
#include <headroom/systems/quota/score.hpp>
#include <headroom/systems/quota/strategies.hpp>
