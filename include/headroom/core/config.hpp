#pragma once

// What is not finite is found by looking at it: in rewards, observations, files, gradients. With -ffast-math or
// -ffinite-math-only a compiler may assume that there is no such number, and remove the looking.
#if (defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)) && \
    !defined(HEADROOM_ALLOW_FAST_MATH)
#error -ffast-math and -ffinite-math-only remove the tests for NaN and infinity that Headroom needs: compile without \
them, or define HEADROOM_ALLOW_FAST_MATH if no reward, no observation and no file can ever hold such a number
#endif

// Options, files and checkpoints that break a law are refused by an exception; without exceptions they would be
// accepted or end the program. Types at run time (RTTI) are not needed.
#ifndef __cpp_exceptions
#error Headroom refuses wrong options and damaged files by exceptions: compile without -fno-exceptions
#endif

/// Called where a precondition is broken on a hot path. Define HEADROOM_ASSERT before the first include (or on the
/// command line) to replace it: by a call of your logger, an exception, or nothing. A wrong option is not reported
/// here: constructors throw.
#ifndef HEADROOM_ASSERT
#include <cassert>  // assert
#define HEADROOM_ASSERT(condition, message) assert(((condition) && (message)))
#endif
