#pragma once

#include <cstddef>  // std::size_t

#if defined(__x86_64__)
#include <immintrin.h>  // fused multiply-add on registers of each width
#endif

/// What one core can do at most, measured here and now: independent fused multiply-adds on registers, nothing loaded or
/// stored.
namespace fma_peak {

/// Chains enough to hide the latency (4 cycles) of two units, and few enough for the registers (16 of AVX2).
inline constexpr std::size_t chains = 12;
inline constexpr std::size_t rounds = 1000;

#if defined(__x86_64__)

// A copy for each width: this file is compiled for a machine that may not have them. The volatile asm keeps the
// compiler from computing the answer, and costs nothing; the pragma keeps the chains in registers, with -O2 too.
#define HEADROOM_BENCH_CHAINS(vector, broadcast, fused)               \
  vector x[chains];                                                   \
  for (vector & v : x) v = broadcast(1.0F);                           \
  vector a = broadcast(0.999F), b = broadcast(0.001F);                \
  asm volatile("" : "+v"(a), "+v"(b));                                \
  for (std::size_t i = 0; i < rounds; ++i) {                          \
    _Pragma("GCC unroll 12") for (vector & v : x) v = fused(v, a, b); \
  }                                                                   \
  for (vector & v : x) asm volatile("" : : "v"(v));

__attribute__((target("avx512f"))) inline void avx512() {
  HEADROOM_BENCH_CHAINS(__m512, _mm512_set1_ps, _mm512_fmadd_ps)
}
__attribute__((target("avx2,fma"))) inline void avx2() {
  HEADROOM_BENCH_CHAINS(__m256, _mm256_set1_ps, _mm256_fmadd_ps)
}

inline __m128 multiply_then_add(__m128 v, __m128 a, __m128 b) { return _mm_add_ps(_mm_mul_ps(v, a), b); }
inline void sse2() { HEADROOM_BENCH_CHAINS(__m128, _mm_set1_ps, multiply_then_add) }

#undef HEADROOM_BENCH_CHAINS

/// The widest that this machine has: floats in a register, and a function that makes `chains * rounds` operations on
/// such.
struct widest {
  std::size_t lanes;
  void (*run)();
};
inline widest find() {
  if (__builtin_cpu_supports("avx512f")) return {16, avx512};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {8, avx2};
  return {4, sse2};
}

#else

struct widest {
  std::size_t lanes;
  void (*run)();
};
inline void portable() {
  typedef float vector __attribute__((vector_size(16)));
  vector x[chains];
  for (vector& v : x) v = vector{1, 1, 1, 1};
  vector a{0.999F, 0.999F, 0.999F, 0.999F}, b{0.001F, 0.001F, 0.001F, 0.001F};
  asm volatile("" : "+w"(a), "+w"(b));
  for (std::size_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (vector& v : x) v = v * a + b;
  }
  for (vector& v : x) asm volatile("" : : "w"(v));
}
inline widest find() { return {4, portable}; }

#endif

/// Floating-point operations of one `run`.
inline double operations(const widest& w) { return 2.0 * static_cast<double>(chains * rounds * w.lanes); }

}  // namespace fma_peak
