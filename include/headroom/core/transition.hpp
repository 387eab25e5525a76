#pragma once

#include <type_traits>  // std::conditional_t, std::is_same_v
#include <vector>       // std::vector

#include <headroom/core/features.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// One step that somebody took, as a learner sees it: states and indices, not observations. `State` is a state_index,
/// or a std::vector<float> for a network. `offline/offline.hpp` learns from them, `offline/log_csv.hpp` keeps them in files.
template <class State>
struct logged {
  State state{};
  action_index action{};
  double reward = 0;
  State next{};  ///< of no meaning after a termination
  episode status = episode::ongoing;
  double probability = 1;  ///< with which this action was taken; only importance weights read it
};

/// What is kept of a state: a view must be copied.
template <class State>
using stored_state = std::conditional_t<std::is_same_v<State, vector_state>, std::vector<float>, State>;

}  // namespace headroom
