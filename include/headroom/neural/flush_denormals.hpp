#pragma once

#include <cstdint>  // std::uint64_t

#if defined(__SSE__) || defined(__x86_64__)
#include <xmmintrin.h>  // _mm_getcsr, _mm_setcsr
#endif

namespace headroom {

/// While one lives, this thread's floating point takes numbers too small for a full mantissa for zero; then the caller
/// has its own state back, sticky flags included.
///
/// Why: a ReLU unit that no sample excites has a gradient of exactly zero, so Adam's moments of its weights decay
/// geometrically until they are denormal, and stay there (0.9 of the smallest number rounds to itself). Arithmetic on
/// them is a microcode assist of a hundred cycles, and an update takes twice as long after twenty thousand of them.
/// x86 (FTZ and DAZ of MXCSR) and AArch64 (FZ of FPCR); elsewhere it does nothing. A few nanoseconds.
class flush_denormals {
 public:
#if defined(__SSE__) || defined(__x86_64__)
  flush_denormals() noexcept : state_(_mm_getcsr()) {
    _mm_setcsr(static_cast<unsigned>(state_) | 0x8040U);
    barrier();
  }
  ~flush_denormals() {
    barrier();
    _mm_setcsr(static_cast<unsigned>(state_));
  }
#elif defined(__aarch64__) && defined(__GNUC__)
  flush_denormals() noexcept {
    asm volatile("mrs %0, fpcr" : "=r"(state_));
    asm volatile("msr fpcr, %0" : : "r"(state_ | (std::uint64_t{1} << 24U)) : "memory");
  }
  ~flush_denormals() { asm volatile("msr fpcr, %0" : : "r"(state_) : "memory"); }
#else
  flush_denormals() noexcept {}
  ~flush_denormals() { static_cast<void>(state_); }
#endif
  flush_denormals(const flush_denormals&) = delete;
  flush_denormals& operator=(const flush_denormals&) = delete;

 private:
  // The compiler must not move arithmetic on memory across the switch.
  static void barrier() noexcept {
#if defined(__GNUC__)
    asm volatile("" : : : "memory");
#endif
  }

  std::uint64_t state_ = 0;
};

}  // namespace headroom
