// expect first: actions: an empty menu leaves nothing to choose
// A menu of no items, whose type is to be deduced.
#include <headroom/actions/menu.hpp>

#ifdef HEADROOM_ACCEPT
headroom::actions menu{0};
#else
headroom::actions menu{};
#endif
