// Included by kernels.hpp once per instruction set, inside a namespace; alone it is kernels.hpp. No #pragma once.
#if !defined(HEADROOM_KERNEL_TARGET)
#include <headroom/neural/internal/kernels.hpp>
#elif defined(HEADROOM_EIGEN_KERNELS)
#include <headroom/neural/internal/kernels_eigen.hpp>
#else

#include <headroom/neural/internal/kernel_products.hpp>

template <class T, std::size_t... I>
[[gnu::always_inline]] inline void interleave(typename simd<T>::type a, typename simd<T>::type b,
                                              typename simd<T>::type& low, typename simd<T>::type& high,
                                              std::index_sequence<I...>) {
  constexpr std::size_t n = sizeof...(I);
  low = __builtin_shufflevector(a, b, (I % 2 == 0 ? I / 2 : n + I / 2)...);
  high = __builtin_shufflevector(a, b, (I % 2 == 0 ? n / 2 + I / 2 : n + n / 2 + I / 2)...);
}

// A square of rows and columns turned over: log2(n) perfect shuffles of the rows.
template <class T>
[[gnu::always_inline]] inline void turn(typename simd<T>::type (&x)[lanes<T>]) {
  constexpr std::size_t n = lanes<T>;
  HEADROOM_UNROLL for (std::size_t stage = 1; stage < n; stage *= 2) {
    typename simd<T>::type y[n];
    HEADROOM_UNROLL for (std::size_t r = 0; r < n / 2; ++r) {
      interleave<T>(x[r], x[r + n / 2], y[2 * r], y[2 * r + 1], std::make_index_sequence<n>{});
    }
    HEADROOM_UNROLL for (std::size_t r = 0; r < n; ++r) x[r] = y[r];
  }
}

/// What kernels.hpp hands out.
struct copy {
  /// C = finish(A B).
  template <class T>
  static void multiply(const product<T>& p) {
    constexpr std::size_t n = lanes<T>;
    constexpr std::size_t wide = HEADROOM_BLOCK_VECTORS;
    std::size_t column = 0;
    for (; column + wide * n <= p.columns; column += wide * n) panel<T, wide>(p, column);
    // The columns are a multiple of 16, so most machines never get here, and their compilers need not.
    if constexpr (wide * n > 32) {
      for (; column + wide / 2 * n <= p.columns; column += wide / 2 * n) panel<T, wide / 2>(p, column);
    }
    if constexpr (wide * n > 16) {
      constexpr std::size_t last = 16 / n;
      for (; column < p.columns; column += last * n) panel<T, last>(p, column);
    }
  }

  /// C = finish(A B + bias) with every column as dense_one computes it, bit for bit. The bias is the row of A behind
  /// the depth. About a sixth slower than `multiply` with the bias as one more step.
  template <class T>
  static void multiply_as_one(const product<T>& p) {
    constexpr std::size_t n = lanes<T>;
    constexpr std::size_t wide = 32 / n < HEADROOM_BLOCK_VECTORS ? 32 / n : HEADROOM_BLOCK_VECTORS;
    const auto each = [&](auto vectors, std::size_t& column) {
      constexpr std::size_t V = decltype(vectors)::value;
      for (; column + V * n <= p.columns; column += V * n) {
        if (p.rows > 16)
          panel_as_one<T, V, 4>(p, column);
        else
          panel_as_one<T, V, 8>(p, column);
      }
    };
    std::size_t column = 0;
    each(std::integral_constant<std::size_t, wide>{}, column);
    if constexpr (wide * n > 16) each(std::integral_constant<std::size_t, 16 / n>{}, column);
  }

  /// out(f, j) = rows[index[j] * stride + f] for f < features: the columns of `out` are the rows that `index` names, or
  /// the first ones if it is null. `rows` must be readable, and `out` has `columns` columns, in multiples of 16.
  template <class T>
  static void gather(T* out, std::size_t out_stride, const T* rows, std::size_t stride, const std::uint32_t* index,
                     std::size_t columns, std::size_t features) {
    constexpr std::size_t n = lanes<T>;
    for (std::size_t j = 0; j < columns; j += n) {
      for (std::size_t f = 0; f < features; f += n) {
        typename simd<T>::type x[n];
        HEADROOM_UNROLL for (std::size_t i = 0; i < n; ++i) {
          x[i] = read(rows + (index != nullptr ? index[j + i] : j + i) * stride + f);
        }
        turn<T>(x);
        if (f + n <= features) {
          HEADROOM_UNROLL for (std::size_t i = 0; i < n; ++i) write(out + (f + i) * out_stride + j, x[i]);
        } else {
          HEADROOM_UNROLL for (std::size_t i = 0; i < n; ++i) {
            if (f + i < features) write(out + (f + i) * out_stride + j, x[i]);
          }
        }
      }
    }
  }

  /// y = W^T x + bias for one sample; W of shape (inputs, stride), the bias its last row; relu if asked. `y` has room
  /// for `stride` numbers, of which the first `outputs` are meant.
  template <class T>
  static void dense_one(const T* weights, std::size_t stride, std::size_t inputs, std::size_t outputs, const T* x, T* y,
                        bool relu) {
    std::size_t column = 0;
    if constexpr (sizeof(T) == sizeof(float)) {
      if (outputs <= 4) {
        head_one(weights, stride, inputs, x, y, relu);
        return;
      }
    }
    if (outputs > 16) {
      constexpr std::size_t wide = HEADROOM_BLOCK_VECTORS * lanes<T>;
      for (; column + wide <= outputs; column += wide) {
        columns_one<T, HEADROOM_BLOCK_VECTORS, 4>(weights + column, stride, inputs, x, y + column, relu);
      }
      for (; column < outputs; column += lanes<T>) {
        columns_one<T, 1, 4>(weights + column, stride, inputs, x, y + column, relu);
      }
    } else {
      for (; column < outputs; column += lanes<T>) {
        columns_one<T, 1, 8>(weights + column, stride, inputs, x, y + column, relu);
      }
    }
  }

  /// x = tanh(x), within 4e-7 in float (a quotient of polynomials, as Eigen's and TensorFlow's) and as the C library
  /// has it in double. `size` is a multiple of 16; a NaN stays one.
  template <class T>
  static void tanh(T* x, std::size_t size) {
    if constexpr (sizeof(T) == sizeof(double)) {
      for (std::size_t i = 0; i < size; ++i) x[i] = std::tanh(x[i]);
    } else {
      using vector = typename simd<T>::type;
      constexpr T top[] = {-2.76076847742355e-16F, 2.00018790482477e-13F, -8.60467152213735e-11F, 5.12229709037114e-08F,
                           1.48572235717979e-05F,  6.37261928875436e-04F, 4.89352455891786e-03F};
      constexpr T bottom[] = {1.19825839466702e-06F, 1.18534705686654e-04F, 2.26843463243900e-03F,
                              4.89352518554385e-03F};
      const vector largest = spread(T{7.9F});  // beyond it tanh is one
      for (std::size_t i = 0; i < size; i += lanes<T>) {
        vector v = read(x + i);
        v = v > largest ? largest : v;
        v = v < -largest ? -largest : v;
        const vector square = v * v;
        vector p = spread(top[0]);
        vector q = spread(bottom[0]);
        for (std::size_t k = 1; k < std::size(top); ++k) p = fma(p, square, spread(top[k]));
        for (std::size_t k = 1; k < std::size(bottom); ++k) q = fma(q, square, spread(bottom[k]));
        write(x + i, v * p / q);
      }
    }
  }

  /// The sum of squares, in 32 partial sums added in a fixed order: the same bits for every width.
  template <class T>
  static T squares(const T* x, std::size_t size) {
    using vector = typename simd<T>::type;
    constexpr std::size_t n = lanes<T>;
    constexpr std::size_t parts = 32;
    T partial[parts]{};
    if constexpr (parts % n == 0) {
      vector sum[parts / n]{};
      std::size_t i = 0;
      for (; i + parts <= size; i += parts) {
        HEADROOM_UNROLL for (std::size_t q = 0; q < parts / n; ++q) {
          const vector v = read(x + i + q * n);
          sum[q] = fma(v, v, sum[q]);
        }
      }
      for (std::size_t q = 0; i < size; i += n, ++q) {
        const vector v = read(x + i);
        sum[q] = fma(v, v, sum[q]);
      }
      HEADROOM_UNROLL for (std::size_t q = 0; q < parts / n; ++q) write(partial + q * n, sum[q]);
    }
    for (std::size_t half = parts / 2; half > 0; half /= 2) {
      for (std::size_t i = 0; i < half; ++i) partial[i] += partial[i + half];
    }
    return partial[0];
  }

  /// Clipped gradient, both moments, parameters and target in one pass over them.
  template <class T>
  static void adam(const adam_step<T>& a) {
    using vector = typename simd<T>::type;
    constexpr std::size_t n = lanes<T>;
    const vector keep1 = spread(a.decay1);
    const vector keep2 = spread(a.decay2);
    const T new1 = (T{1} - a.decay1) * a.scale;
    const T new2 = (T{1} - a.decay2) * a.scale * a.scale;
    for (std::size_t i = 0; i < a.n; i += n) {
      const vector g = read(a.gradient + i);
      const vector m = fma(keep1, read(a.first + i), g * new1);
      const vector v = fma(keep2, read(a.second + i), (g * new2) * g);
      write(a.first + i, m);
      write(a.second + i, v);
      const vector w = read(a.parameters + i) - (m * a.rate) / fma(root(v), spread(a.correction), spread(a.epsilon));
      write(a.parameters + i, w);
      if (a.target != nullptr) {
        const vector t = read(a.target + i);
        write(a.target + i, fma(t - w, spread(1 - a.target_rate), w));  // exactly w at a rate of 1
      }
    }
  }
};

#undef HEADROOM_VECTOR_BYTES
#undef HEADROOM_BLOCK_VECTORS
#undef HEADROOM_UNROLL
#endif
