// expect: -ffast-math and -ffinite-math-only remove the tests for NaN and infinity
// What the compiler defines for -ffast-math; without the macro that allows it, the first header says what is lost.
#define __FAST_MATH__ 1
#ifdef HEADROOM_ACCEPT
#define HEADROOM_ALLOW_FAST_MATH
#endif
#include <headroom/headroom.hpp>
