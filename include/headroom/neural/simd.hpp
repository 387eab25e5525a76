#pragma once

#include <cstdint>  // std::uint8_t

namespace headroom {

/// Which copy of the kernels runs. The library has one copy for the compiler's flags and, on x86-64, one for each
/// richer instruction set. It chooses at run time, so no special flags are needed for speed.
///
/// All copies compute every sum in the same order. Copies with fused multiply-add therefore give the same bits,
/// whatever the width of their vectors. A baseline without it rounds twice where the others round once.
enum class instruction_set : std::uint8_t {
  baseline,  ///< what the compiler's flags allow: SSE2 on x86-64 by default, NEON on AArch64
  avx2,      ///< AVX2 and FMA
  avx512     ///< AVX-512 F, BW, DQ and VL
};

}  // namespace headroom

// The kernels are written with vector types, which g++ and clang have on every machine. With other compilers, and with
// HEADROOM_EIGEN_KERNELS, Eigen expressions do the same work at about half the speed.
#if !defined(HEADROOM_EIGEN_KERNELS) && !defined(__GNUC__)
#define HEADROOM_EIGEN_KERNELS
#endif

// Copies for richer instruction sets than the compiler's flags assume. HEADROOM_NO_DISPATCH leaves them out.
#if defined(__x86_64__) && !defined(HEADROOM_EIGEN_KERNELS) && !defined(HEADROOM_NO_DISPATCH)
#if !(defined(__AVX2__) && defined(__FMA__))
#define HEADROOM_DISPATCH_AVX2
#endif
#if !(defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__))
#define HEADROOM_DISPATCH_AVX512
#endif
#endif

namespace headroom {

/// The richest copy that was compiled and that this machine can run. Always the same answer; about a nanosecond.
[[nodiscard]] inline instruction_set best_instructions() noexcept {
#if defined(HEADROOM_DISPATCH_AVX512)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return instruction_set::avx512;
  }
#endif
#if defined(HEADROOM_DISPATCH_AVX2)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return instruction_set::avx2;
#endif
  return instruction_set::baseline;
}

/// Whether this copy was compiled and can run here.
[[nodiscard]] inline bool supported(instruction_set s) noexcept {
  switch (s) {
    case instruction_set::baseline:
      return true;
    case instruction_set::avx2:
#if defined(HEADROOM_DISPATCH_AVX2)
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
      return false;
#endif
    case instruction_set::avx512:
      return best_instructions() == instruction_set::avx512;
  }
  return false;
}

}  // namespace headroom
