#include <headroom/neural/simd.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("The best instruction set is one that can run, and the baseline always can") {
  CHECK(supported(instruction_set::baseline));
  CHECK(supported(best_instructions()));
  CHECK(best_instructions() == best_instructions());
}

TEST_CASE("Nothing richer than the best is supported") {
  for (const auto s : {instruction_set::avx2, instruction_set::avx512}) {
    if (s > best_instructions()) CHECK_FALSE(supported(s));
  }
#if defined(HEADROOM_DISPATCH_AVX512)
  CHECK((best_instructions() == instruction_set::avx512) == supported(instruction_set::avx512));
#else
  CHECK_FALSE(supported(instruction_set::avx512));
#endif
}
