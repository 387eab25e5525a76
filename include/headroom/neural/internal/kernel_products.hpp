// The products of kernel_body.hpp, of a batch and of one sample. kernel_body.hpp includes it once for each instruction
// set. Alone it is kernels.hpp. No #pragma once.
#if !defined(HEADROOM_KERNEL_TARGET)
#include <headroom/neural/internal/kernels.hpp>
#else

#include <headroom/neural/internal/kernel_vectors.hpp>

template <class T>
[[gnu::always_inline]] inline typename simd<T>::type read(const T* p) {
  return *reinterpret_cast<const typename simd<T>::loose*>(p);
}
template <class T>
[[gnu::always_inline]] inline void write(T* p, typename simd<T>::type v) {
  *reinterpret_cast<typename simd<T>::loose*>(p) = v;
}
// The scalar in every lane; x - 0 is x for every x, which x + 0 is not.
template <class T>
[[gnu::always_inline]] inline typename simd<T>::type spread(T x) {
  return x - typename simd<T>::type{};
}
// x where `gate` is positive or not a number, else 0: a NaN must not hide behind a unit that looks dead.
template <class T>
[[gnu::always_inline]] inline typename simd<T>::type where_positive(typename simd<T>::type x,
                                                                    typename simd<T>::type gate) {
  return (typename simd<T>::type)((typename simd<T>::mask)x & ~(gate <= 0));
}

// R rows by V vectors of a product, all of its sums in registers.
template <class T, std::size_t R, std::size_t V>
[[gnu::always_inline]] inline void block(const product<T>& p, std::size_t row, std::size_t column) {
  using vector = typename simd<T>::type;
  constexpr std::size_t n = lanes<T>;
  vector sum[R][V]{};
  const T* a = p.a + row * p.a_row;
  const T* b = p.b + column;
  for (std::size_t k = 0; k < p.depth; ++k, a += p.a_step, b += p.b_stride) {
    vector x[V];
    HEADROOM_UNROLL for (std::size_t j = 0; j < V; ++j) x[j] = read(b + j * n);
    HEADROOM_UNROLL for (std::size_t r = 0; r < R; ++r) {
      const vector w = spread(a[r * p.a_row]);
      HEADROOM_UNROLL for (std::size_t j = 0; j < V; ++j) sum[r][j] = fma(w, x[j], sum[r][j]);
    }
  }
  T* const c = p.c + row * p.c_stride + column;
  if (p.how == finish::relu) {
    HEADROOM_UNROLL for (std::size_t r = 0; r < R; ++r) {
      HEADROOM_UNROLL for (std::size_t j = 0; j < V; ++j) sum[r][j] = where_positive<T>(sum[r][j], sum[r][j]);
    }
  } else if (p.how != finish::none) {
    const T* const gate = p.gate + row * p.c_stride + column;
    if (p.how == finish::gate_relu) {
      HEADROOM_UNROLL for (std::size_t r = 0; r < R; ++r) {
        HEADROOM_UNROLL for (std::size_t j = 0; j < V; ++j) {
          sum[r][j] = where_positive<T>(sum[r][j], read(gate + r * p.c_stride + j * n));
        }
      }
    } else {
      HEADROOM_UNROLL for (std::size_t r = 0; r < R; ++r) {
        HEADROOM_UNROLL for (std::size_t j = 0; j < V; ++j) {
          const vector y = read(gate + r * p.c_stride + j * n);
          sum[r][j] *= fma(-y, y, spread(T{1}));
        }
      }
    }
  }
  HEADROOM_UNROLL for (std::size_t r = 0; r < R; ++r) {
    HEADROOM_UNROLL for (std::size_t j = 0; j < V; ++j) write(c + r * p.c_stride + j * n, sum[r][j]);
  }
}

// V vectors of every row: five at a time, or ten where one vector is too few sums to hide the latency of five rows.
template <class T, std::size_t V>
void panel(const product<T>& p, std::size_t column) {
  std::size_t row = 0;
  if constexpr (V == 1) {
    for (; row + 10 <= p.rows; row += 10) block<T, 10, V>(p, row, column);
  }
  for (; row + 5 <= p.rows; row += 5) block<T, 5, V>(p, row, column);
  switch (p.rows - row) {
    case 4:
      block<T, 4, V>(p, row, column);
      break;
    case 3:
      block<T, 3, V>(p, row, column);
      break;
    case 2:
      block<T, 2, V>(p, row, column);
      break;
    case 1:
      block<T, 1, V>(p, row, column);
      break;
    default:
      break;
  }
}

// The same block with the sums of columns_one and head_one, in their order: Q partial sums, of every Qth step each,
// added in pairs, and the bias last. So a sample has the same bits in a batch as alone. Two partial sums are made at a
// time, because all of them would take more registers than there are. The bias is the row of A behind the depth; `how`
// is none or relu.
template <class T, std::size_t R, std::size_t V, std::size_t Q>
[[gnu::always_inline]] inline void block_as_one(const product<T>& p, std::size_t row, std::size_t column) {
  using vector = typename simd<T>::type;
  constexpr std::size_t n = lanes<T>;
  constexpr std::size_t apart = Q / 2;  // of the two partial sums that are added first
  const std::size_t a_row = p.a_row;    // once: for all that the compiler knows, writing could change them
  const std::size_t a_step = p.a_step;
  const std::size_t b_stride = p.b_stride;
  const std::size_t depth = p.depth;
  const T* const first = p.a + row * a_row;
  vector pair[apart][R][V];
  HEADROOM_UNROLL for (std::size_t q = 0; q < apart; ++q) {
    vector low[R][V]{};
    vector high[R][V]{};
    const T* a = first + q * a_step;
    const T* b = p.b + column + q * b_stride;
    const auto take = [&](vector(&sum)[R][V]) {
      vector x[V];
      HEADROOM_UNROLL for (std::size_t j = 0; j < V; ++j) x[j] = read(b + j * n);
      HEADROOM_UNROLL for (std::size_t r = 0; r < R; ++r) {
        const vector w = spread(a[r * a_row]);
        HEADROOM_UNROLL for (std::size_t j = 0; j < V; ++j) sum[r][j] = fma(w, x[j], sum[r][j]);
      }
      a += apart * a_step;
      b += apart * b_stride;
    };
    std::size_t k = q;
    for (; k + apart < depth; k += Q) {
      take(low);
      take(high);
    }
    if (k < depth) take(low);
    HEADROOM_UNROLL for (std::size_t r = 0; r < R; ++r) {
      HEADROOM_UNROLL for (std::size_t j = 0; j < V; ++j) pair[q][r][j] = low[r][j] + high[r][j];
    }
  }
  const T* const bias = first + depth * a_step;
  const std::size_t c_stride = p.c_stride;
  const bool relu = p.how == finish::relu;
  T* const c = p.c + row * c_stride + column;
  HEADROOM_UNROLL for (std::size_t r = 0; r < R; ++r) {
    const vector w = spread(bias[r * a_row]);
    HEADROOM_UNROLL for (std::size_t j = 0; j < V; ++j) {
      vector total = pair[0][r][j] + pair[1][r][j];
      if constexpr (Q == 8) total = (pair[0][r][j] + pair[2][r][j]) + (pair[1][r][j] + pair[3][r][j]);
      total += w;
      write(c + r * c_stride + j * n, relu ? where_positive<T>(total, total) : total);
    }
  }
}

// V vectors of every row, in the order of one sample.
template <class T, std::size_t V, std::size_t Q>
void panel_as_one(const product<T>& p, std::size_t column) {
  std::size_t row = 0;
  for (; row + 3 <= p.rows; row += 3) block_as_one<T, 3, V, Q>(p, row, column);
  for (; row < p.rows; ++row) block_as_one<T, 1, V, Q>(p, row, column);
}

// V vectors of the outputs for one sample, in Q partial sums, because one would wait for itself at every step.
template <class T, std::size_t V, std::size_t Q>
[[gnu::always_inline]] inline void columns_one(const T* w, std::size_t stride, std::size_t inputs, const T* x, T* y,
                                               bool relu) {
  using vector = typename simd<T>::type;
  constexpr std::size_t n = lanes<T>;
  vector sum[Q][V]{};
  std::size_t k = 0;
  for (; k + Q <= inputs; k += Q) {
    HEADROOM_UNROLL for (std::size_t q = 0; q < Q; ++q, w += stride) {
#if defined(__GNUC__) && !defined(__clang__)
      asm("" : "+r"(w));  // else g++ keeps an address for every load, in more registers than there are
#endif
      const vector s = spread(x[k + q]);
      HEADROOM_UNROLL for (std::size_t j = 0; j < V; ++j) sum[q][j] = fma(read(w + j * n), s, sum[q][j]);
    }
  }
  HEADROOM_UNROLL for (std::size_t q = 0; q + 1 < Q; ++q) {
    if (k + q < inputs) {
      const vector s = spread(x[k + q]);
      HEADROOM_UNROLL for (std::size_t j = 0; j < V; ++j) sum[q][j] = fma(read(w + j * n), s, sum[q][j]);
      w += stride;
    }
  }
  HEADROOM_UNROLL for (std::size_t j = 0; j < V; ++j) {
    if constexpr (Q == 8) {
      HEADROOM_UNROLL for (std::size_t q = 0; q < 4; ++q) sum[q][j] += sum[q + 4][j];
    }
    vector total = (sum[0][j] + sum[2][j]) + (sum[1][j] + sum[3][j]) + read(w + j * n);
    if (relu) total = where_positive<T>(total, total);
    write(y + j * n, total);
  }
}

// The same for up to four outputs, in the same order of sums as columns_one<float, 1, 8>.
[[gnu::always_inline]] inline void head_one(const float* w, std::size_t stride, std::size_t inputs, const float* x,
                                            float* y, bool relu) {
  quad::type sum[8]{};
  std::size_t k = 0;
  for (; k + 8 <= inputs; k += 8) {
    HEADROOM_UNROLL for (std::size_t q = 0; q < 8; ++q, w += stride) sum[q] = fma(w, x[k + q], sum[q]);
  }
  HEADROOM_UNROLL for (std::size_t q = 0; q < 7; ++q) {
    if (k + q < inputs) {
      sum[q] = fma(w, x[k + q], sum[q]);
      w += stride;
    }
  }
  HEADROOM_UNROLL for (std::size_t q = 0; q < 4; ++q) sum[q] += sum[q + 4];
  quad::type total = (sum[0] + sum[2]) + (sum[1] + sum[3]) + *reinterpret_cast<const quad::loose*>(w);
  for (std::size_t i = 0; i < 4; ++i) y[i] = relu && total[i] <= 0 ? 0 : total[i];
}

#endif
