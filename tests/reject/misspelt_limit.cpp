// expect first: limited: takes (menu, replicas, {.minimum = 1, ...}). Is a limit misspelt, or out of order?
// A limit that does not exist.
#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>

struct sample {
  int replicas = 1;
};

#ifdef HEADROOM_ACCEPT
headroom::limited menu{headroom::actions{-1, 0, +1}, &sample::replicas, {.maximum = 8}};
#else
headroom::limited menu{headroom::actions{-1, 0, +1}, &sample::replicas, {.maximun = 8}};
#endif
