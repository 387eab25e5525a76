// expect: compile without -fno-exceptions
// What the compiler does not define with -fno-exceptions.
#ifndef HEADROOM_ACCEPT
#undef __cpp_exceptions
#endif
#include <headroom/headroom.hpp>
