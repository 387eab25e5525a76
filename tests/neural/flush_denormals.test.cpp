#include <headroom/neural/flush_denormals.hpp>

#include <cfenv>
#include <limits>

#include "catch.hpp"

using namespace headroom;

namespace {

constexpr bool has_effect =
#if defined(__x86_64__) || defined(__aarch64__)
    true;
#else
    false;
#endif

float half_of_the_smallest() {
  volatile float smallest = std::numeric_limits<float>::min();
  return smallest * 0.5F;
}

}  // namespace

TEST_CASE("Denormals are zero while the guard lives, and are themselves again after it") {
  CHECK(half_of_the_smallest() > 0);
  {
    const flush_denormals guard;
    CHECK((half_of_the_smallest() == 0) == has_effect);
    {
      const flush_denormals again;
      CHECK((half_of_the_smallest() == 0) == has_effect);
    }
    CHECK((half_of_the_smallest() == 0) == has_effect);
  }
  CHECK(half_of_the_smallest() > 0);
}

TEST_CASE("The caller's rounding and sticky flags come back as they were") {
  std::feclearexcept(FE_ALL_EXCEPT);
  REQUIRE(std::fesetround(FE_UPWARD) == 0);
  {
    const flush_denormals guard;
    volatile float zero = 0;
    volatile float infinite = 1.0F / zero;
    CHECK(infinite > 0);
  }
  CHECK(std::fegetround() == FE_UPWARD);
#if defined(__x86_64__)
  CHECK(std::fetestexcept(FE_DIVBYZERO) == 0);
#endif
  std::fesetround(FE_TONEAREST);
}
