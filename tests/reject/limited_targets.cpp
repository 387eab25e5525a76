// expect first: limited: takes a menu whose entries are deltas, such as actions{-1, 0, +1}
// Targets have limits of their own; what a target does depends on the observation, so `limited` cannot mask it.
#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/actions/targets.hpp>

struct sample {
  int replicas = 1;
};

#ifdef HEADROOM_ACCEPT
const headroom::targets menu{{2, 4, 8}, &sample::replicas, {.maximum = 32}};
#else
const headroom::limited menu{headroom::targets{{2, 4, 8}, &sample::replicas}, &sample::replicas, {.maximum = 32}};
#endif
