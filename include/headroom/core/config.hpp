#pragma once

/// Called where a precondition is broken on a hot path. Define HEADROOM_ASSERT before the first include (or on the
/// command line) to replace it: by a call of your logger, an exception, or nothing. A wrong option is not reported
/// here: constructors throw.
#ifndef HEADROOM_ASSERT
#include <cassert>  // assert
#define HEADROOM_ASSERT(condition, message) assert(((condition) && (message)))
#endif
