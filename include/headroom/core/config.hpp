#pragma once

/// A broken precondition on a hot path. Define HEADROOM_ASSERT before the first include (or on the command line) to
/// route it elsewhere: into your own logger, an exception, or nothing. Bad configuration never comes here, it throws.
#ifndef HEADROOM_ASSERT
#include <cassert>  // assert
#define HEADROOM_ASSERT(condition, message) assert(((condition) && (message)))
#endif
