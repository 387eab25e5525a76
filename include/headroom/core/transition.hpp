#pragma once

#include <type_traits>  // std::conditional_t, std::is_same_v
#include <vector>       // std::vector

#include <headroom/core/features.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// One transition as a learner sees it: states and action indices, not observations. `State` is a state_index, or a
/// std::vector<float> for a network. `offline/offline.hpp` learns from transitions; `offline/log_csv.hpp` stores them
/// in files.
template <class State>
struct logged {
  State state{};
  action_index action{};
  double reward = 0;
  State next{};  ///< has no meaning after a termination
  episode status = episode::ongoing;
  double probability = 1;  ///< that the logging policy chose this action; only importance weights read it
};

/// The stored form of a state: a view is copied.
template <class State>
using stored_state = std::conditional_t<std::is_same_v<State, vector_state>, std::vector<float>, State>;

}  // namespace headroom
