#pragma once

/// Networks and the agents that learn with them: DQN, PPO, a classifier of somebody else.

#include <headroom/neural/adam.hpp>
#include <headroom/neural/categorical.hpp>
#include <headroom/neural/flush_denormals.hpp>
#include <headroom/neural/huber.hpp>
#include <headroom/neural/matrix_view.hpp>
#include <headroom/neural/mlp.hpp>
#include <headroom/neural/mlp_batch.hpp>
#include <headroom/neural/n_step.hpp>
#include <headroom/neural/replay.hpp>
#include <headroom/neural/rollout.hpp>
#include <headroom/neural/simd.hpp>
#include <headroom/neural/sum_tree.hpp>
#include <headroom/neural/surrogate.hpp>
#include <headroom/agents/actor_critic.hpp>
#include <headroom/agents/dqn.hpp>
#include <headroom/agents/dqn_options.hpp>
#include <headroom/agents/ppo.hpp>
#include <headroom/agents/ppo_options.hpp>
#include <headroom/policies/classifier.hpp>
