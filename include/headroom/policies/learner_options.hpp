#pragma once

#include <cstdint>  // std::uint64_t

#include <headroom/core/health.hpp>

namespace headroom {

/// How a learner treats ends and overridden actions. The defaults are correct; each switch reproduces a defect of a
/// published system.
struct learner_options {
  bool bootstrap_at_termination = false;  ///< bootstrap after the end of the task, as if the episode had been cut
  bool truncation_is_terminal = false;    ///< do not bootstrap at a cut, as if the task had ended
  bool learn_requested_action = false;    ///< ignore `executed`: credit the action that was asked for
};

/// What an operator must know of a learner: what it refused, what its host did wrong, and the health of its agent.
/// `line_of` makes one line of it.
template <class AgentHealth>
struct learner_health {
  refusals refused{};
  misuses misused{};
  std::uint64_t without_choice = 0;  ///< moments, if there were at least 100 and the mask left no choice in any
  AgentHealth agent{};
};

/// The four parts of a learner.
template <class EncoderT, class AgentT, class RewardT, class MenuT>
struct organs {
  EncoderT encode;
  AgentT agent;
  RewardT reward;
  MenuT menu;
};

}  // namespace headroom
