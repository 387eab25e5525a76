// expect: 'env.step(action)' is invalid | 'env.step(action)' would be invalid
// The action belongs to the policy and is const to the environment, which therefore cannot ask for a reference to
// change.
#include <headroom/core/concepts.hpp>

struct pool {
  using observation_type = double;
  using action_type = int;
  double reset();
#ifdef HEADROOM_ACCEPT
  headroom::step_result<double> step(const int& delta);
#else
  headroom::step_result<double> step(int& delta);
#endif
};
static_assert(headroom::Environment<pool>);
