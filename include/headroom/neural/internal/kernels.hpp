#pragma once

#include <cmath>        // std::sqrt
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint32_t
#include <iterator>     // std::size
#include <type_traits>  // std::integral_constant
#include <utility>      // std::index_sequence

#include <headroom/neural/simd.hpp>

#if defined(HEADROOM_EIGEN_KERNELS)
#include <vector>  // std::vector

#include <Eigen/Core>
#elif defined(__x86_64__)
#include <immintrin.h>  // fused multiply-add and square root of vectors
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/// The few loops in which a network spends its time. A network of this size fits in the first-level cache, so each load
/// must feed as many multiplications as the registers allow: the kernels use blocks of five rows by four vectors. Only
/// the block size is known at compile time; all other sizes are known at run time, so a second network needs no second
/// compilation. Matrices are row-major with a multiple of 16 columns. Activations have a row per feature and a column
/// per sample, so a head of three rows is as dense as the layers below it.
namespace headroom::internal::kernels {

/// What happens to a block of a product before it is stored.
enum class finish : std::uint8_t {
  none,
  relu,       ///< max(x, 0)
  gate_relu,  ///< x where `gate` > 0, else 0: the derivative of relu, whose output `gate` is
  gate_tanh   ///< x (1 - gate^2): the derivative of tanh, whose output `gate` is
};

/// C = finish(A B), C of shape (rows, columns). A is read element by element, so it may lie either way round; B and C
/// in vectors.
template <class T>
struct product {
  T* c;
  std::size_t c_stride;  ///< between rows of C; of `gate` too
  const T* a;
  std::size_t a_row, a_step;  ///< from A(r, k) to A(r + 1, k), and to A(r, k + 1)
  const T* b;
  std::size_t b_stride;  ///< between rows of B
  std::size_t rows, depth;
  std::size_t columns;  ///< a multiple of 16
  finish how = finish::none;
  const T* gate = nullptr;
};

/// One step of Adam with the gradient scaled, and of the target network that follows.
template <class T>
struct adam_step {
  T* parameters;
  const T* gradient;
  T* first;  ///< moments
  T* second;
  T* target;      ///< follows the parameters; null: there is none
  std::size_t n;  ///< a multiple of 16
  T scale;        ///< of the gradient
  T decay1, decay2;
  T rate;        ///< learning rate / (1 - decay1^t)
  T correction;  ///< 1 / sqrt(1 - decay2^t)
  T epsilon;
  T target_rate;
};

// One copy of kernel_body.hpp for each instruction set. Each has its own namespace, so that the copies are different
// functions. Each stands between pragmas, so that the compiler uses the instructions in these functions only.
namespace baseline {
#define HEADROOM_KERNEL_TARGET 0
#include <headroom/neural/internal/kernel_body.hpp>
#undef HEADROOM_KERNEL_TARGET
}  // namespace baseline

#if defined(HEADROOM_DISPATCH_AVX2)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
namespace avx2 {
#define HEADROOM_KERNEL_TARGET 2
#include <headroom/neural/internal/kernel_body.hpp>
#undef HEADROOM_KERNEL_TARGET
}  // namespace avx2
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#if defined(HEADROOM_DISPATCH_AVX512)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
#endif
namespace avx512 {
#define HEADROOM_KERNEL_TARGET 512
#include <headroom/neural/internal/kernel_body.hpp>
#undef HEADROOM_KERNEL_TARGET
}  // namespace avx512
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

/// Calls `f` with the copy for `s`, which must be supported: f(k) with k.multiply, k.transpose, ... A switch predicts
/// as well as a table of pointers, and the compiler can inline through it.
template <class F>
decltype(auto) with(instruction_set s, F&& f) {
  switch (s) {
#if defined(HEADROOM_DISPATCH_AVX512)
    case instruction_set::avx512:
      return f(avx512::copy{});
#endif
#if defined(HEADROOM_DISPATCH_AVX2)
    case instruction_set::avx2:
      return f(avx2::copy{});
#endif
    default:
      return f(baseline::copy{});
  }
}

}  // namespace headroom::internal::kernels
