// expect: 'env.step(action)' does not satisfy return-type-requirement | type constraint 'std::same_as<double,
// A step that returns the bare observation cannot say whether the episode is over.
#include <headroom/core/concepts.hpp>

struct pool {
  using observation_type = double;
  using action_type = int;
  double reset();
#ifdef HEADROOM_ACCEPT
  headroom::step_result<double> step(int delta);
#else
  double step(int delta);
#endif
};
static_assert(headroom::Environment<pool>);
