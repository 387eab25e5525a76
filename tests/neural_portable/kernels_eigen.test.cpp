// The same questions to the portable kernels. A program of its own: HEADROOM_EIGEN_KERNELS changes what the headers
// define, and one program must not hold both.
#if !defined(HEADROOM_EIGEN_KERNELS)
#error "this program must be compiled with HEADROOM_EIGEN_KERNELS"
#endif
#include "../neural/internal/kernels.test.cpp"

TEST_CASE("Only the baseline is there") { CHECK(best_instructions() == instruction_set::baseline); }
