// The vectors of kernel_products.hpp, which includes it once for each instruction set. Alone it is kernels.hpp.
// No #pragma once.
#if !defined(HEADROOM_KERNEL_TARGET)
#include <headroom/neural/internal/kernels.hpp>
#else

#if HEADROOM_KERNEL_TARGET == 512 || (HEADROOM_KERNEL_TARGET == 0 && defined(__AVX512F__))
#define HEADROOM_VECTOR_BYTES 64
#define HEADROOM_BLOCK_VECTORS 4
#elif HEADROOM_KERNEL_TARGET == 2 || (HEADROOM_KERNEL_TARGET == 0 && defined(__AVX2__) && defined(__FMA__))
#define HEADROOM_VECTOR_BYTES 32
#define HEADROOM_BLOCK_VECTORS 2
#else
#define HEADROOM_VECTOR_BYTES 16
#if defined(__aarch64__)
#define HEADROOM_BLOCK_VECTORS 4
#else
#define HEADROOM_BLOCK_VECTORS 2
#endif
#endif
#if defined(__clang__)
#define HEADROOM_UNROLL _Pragma("clang loop unroll(full)")
#else
#define HEADROOM_UNROLL _Pragma("GCC unroll 16")
#endif

// A vector of the widest kind, and the same for memory of any alignment.
template <class T>
struct simd;
template <>
struct simd<float> {
  using type [[gnu::vector_size(HEADROOM_VECTOR_BYTES)]] = float;
  using loose [[gnu::vector_size(HEADROOM_VECTOR_BYTES), gnu::aligned(4), gnu::may_alias]] = float;
  using mask [[gnu::vector_size(HEADROOM_VECTOR_BYTES)]] = std::int32_t;
};
template <>
struct simd<double> {
  using type [[gnu::vector_size(HEADROOM_VECTOR_BYTES)]] = double;
  using loose [[gnu::vector_size(HEADROOM_VECTOR_BYTES), gnu::aligned(8), gnu::may_alias]] = double;
  using mask [[gnu::vector_size(HEADROOM_VECTOR_BYTES)]] = std::int64_t;
};
template <class T>
inline constexpr std::size_t lanes = HEADROOM_VECTOR_BYTES / sizeof(T);

// a b + c, rounded once where the machine can. Written out, because whether a compiler contracts the plain expression
// depends on the compiler and its flags, and one seed should give the same bits with each.
#if HEADROOM_VECTOR_BYTES == 64
[[gnu::always_inline]] inline simd<float>::type fma(simd<float>::type a, simd<float>::type b, simd<float>::type c) {
  return _mm512_fmadd_ps(a, b, c);
}
[[gnu::always_inline]] inline simd<double>::type fma(simd<double>::type a, simd<double>::type b, simd<double>::type c) {
  return _mm512_fmadd_pd(a, b, c);
}
[[gnu::always_inline]] inline simd<float>::type root(simd<float>::type a) {
  return _mm512_maskz_sqrt_ps(0xffff, a);  // g++ 12 warns of the plain one
}
[[gnu::always_inline]] inline simd<double>::type root(simd<double>::type a) { return _mm512_maskz_sqrt_pd(0xff, a); }
#elif HEADROOM_VECTOR_BYTES == 32
[[gnu::always_inline]] inline simd<float>::type fma(simd<float>::type a, simd<float>::type b, simd<float>::type c) {
  return _mm256_fmadd_ps(a, b, c);
}
[[gnu::always_inline]] inline simd<double>::type fma(simd<double>::type a, simd<double>::type b, simd<double>::type c) {
  return _mm256_fmadd_pd(a, b, c);
}
[[gnu::always_inline]] inline simd<float>::type root(simd<float>::type a) { return _mm256_sqrt_ps(a); }
[[gnu::always_inline]] inline simd<double>::type root(simd<double>::type a) { return _mm256_sqrt_pd(a); }
#elif defined(__aarch64__)
[[gnu::always_inline]] inline simd<float>::type fma(simd<float>::type a, simd<float>::type b, simd<float>::type c) {
  return vfmaq_f32(c, a, b);
}
[[gnu::always_inline]] inline simd<double>::type fma(simd<double>::type a, simd<double>::type b, simd<double>::type c) {
  return vfmaq_f64(c, a, b);
}
[[gnu::always_inline]] inline simd<float>::type root(simd<float>::type a) { return vsqrtq_f32(a); }
[[gnu::always_inline]] inline simd<double>::type root(simd<double>::type a) { return vsqrtq_f64(a); }
#else
[[gnu::always_inline]] inline simd<float>::type fma(simd<float>::type a, simd<float>::type b, simd<float>::type c) {
  return a * b + c;
}
[[gnu::always_inline]] inline simd<double>::type fma(simd<double>::type a, simd<double>::type b, simd<double>::type c) {
  return a * b + c;
}
[[gnu::always_inline]] inline simd<float>::type root(simd<float>::type a) {
  for (std::size_t i = 0; i < lanes<float>; ++i) a[i] = std::sqrt(a[i]);
  return a;
}
[[gnu::always_inline]] inline simd<double>::type root(simd<double>::type a) {
  for (std::size_t i = 0; i < lanes<double>; ++i) a[i] = std::sqrt(a[i]);
  return a;
}
#endif

// Four floats, for a head of that many outputs: a whole vector of them would be padding for the most part.
struct quad {
  using type [[gnu::vector_size(16)]] = float;
  using loose [[gnu::vector_size(16), gnu::aligned(4), gnu::may_alias]] = float;
};
[[gnu::always_inline]] inline quad::type fma(const float* a, float b, quad::type c) {
  const quad::type x = *reinterpret_cast<const quad::loose*>(a);
#if HEADROOM_VECTOR_BYTES > 16
  return _mm_fmadd_ps(x, b - quad::type{}, c);
#else
  return fma(x, b - quad::type{}, c);
#endif
}

#endif
