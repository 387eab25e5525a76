// expect: -ffast-math and -ffinite-math-only remove the tests for NaN and infinity
// The same for -ffinite-math-only, which sets a macro that is 0 without it.
#undef __FINITE_MATH_ONLY__
#ifdef HEADROOM_ACCEPT
#define __FINITE_MATH_ONLY__ 0
#else
#define __FINITE_MATH_ONLY__ 1
#endif
#include <headroom/io/npy.hpp>
