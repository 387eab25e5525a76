// expect first: actions: an empty menu leaves nothing to choose
// A menu without an action.
#include <headroom/actions/menu.hpp>

#ifdef HEADROOM_ACCEPT
headroom::actions<int, 1> menu{};
#else
headroom::actions<int, 0> menu{};
#endif
