#pragma once

// HEADROOM_TEST_SLOW: this build computes many times slower than users do, so that a long learning is cut short.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HEADROOM_TEST_SLOW
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
#define HEADROOM_TEST_SLOW
#endif
