// The portable copy of kernel_body.hpp, included by it inside a namespace where there are no vector types; alone it is
// kernels.hpp. About half as fast, and products of more than some ten thousand numbers take memory from the heap.
#if !defined(HEADROOM_KERNEL_TARGET)
#include <headroom/neural/internal/kernels.hpp>
#else

struct copy {
  template <class T, int Order = Eigen::RowMajor, class Scalar = T>
  using map = Eigen::Map<
      std::conditional_t<std::is_const_v<T>,
                         const Eigen::Matrix<std::remove_const_t<Scalar>, Eigen::Dynamic, Eigen::Dynamic, Order>,
                         Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Order>>,
      Eigen::Unaligned, Eigen::OuterStride<>>;
  template <class T>
  using flat =
      Eigen::Map<std::conditional_t<std::is_const_v<T>, const Eigen::Array<std::remove_const_t<T>, Eigen::Dynamic, 1>,
                                    Eigen::Array<T, Eigen::Dynamic, 1>>>;

  static Eigen::Index index(std::size_t n) { return static_cast<Eigen::Index>(n); }
  template <int Order = Eigen::RowMajor, class T>
  static map<T, Order> matrix(T* data, std::size_t rows, std::size_t columns, std::size_t stride) {
    return map<T, Order>(data, index(rows), index(columns), Eigen::OuterStride<>(index(stride)));
  }

  template <class T>
  static void multiply(const kernels::product<T>& p) {
    auto c = matrix(p.c, p.rows, p.columns, p.c_stride);
    const auto b = matrix(p.b, p.depth, p.columns, p.b_stride);
    if (p.a_row == 1)  // one of the two steps is, so that Eigen need not copy A
      c.noalias() = matrix<Eigen::ColMajor>(p.a, p.rows, p.depth, p.a_step) * b;
    else
      c.noalias() = matrix<Eigen::RowMajor>(p.a, p.rows, p.depth, p.a_row) * b;
    if (p.how == finish::none) return;
    if (p.how == finish::relu) {
      c = c.unaryExpr([](T x) { return x <= 0 ? T{0} : x; });
      return;
    }
    const auto gate = matrix(p.gate, p.rows, p.columns, p.c_stride);
    if (p.how == finish::gate_relu)
      c = c.binaryExpr(gate, [](T x, T y) { return y <= 0 ? T{0} : x; });
    else
      c = c.binaryExpr(gate, [](T x, T y) { return x * (1 - y * y); });
  }

  /// As dense_one, column by column. Takes memory from the heap.
  template <class T>
  static void multiply_as_one(const kernels::product<T>& p) {
    std::vector<T> x(p.depth);
    std::vector<T> y(p.rows);
    for (std::size_t j = 0; j < p.columns; ++j) {
      for (std::size_t k = 0; k < p.depth; ++k) x[k] = p.b[k * p.b_stride + j];
      dense_one(p.a, p.a_step, p.depth, p.rows, x.data(), y.data(), p.how == finish::relu);
      for (std::size_t r = 0; r < p.rows; ++r) p.c[r * p.c_stride + j] = y[r];
    }
  }

  template <class T>
  static void gather(T* out, std::size_t out_stride, const T* rows, std::size_t stride, const std::uint32_t* names,
                     std::size_t columns, std::size_t features) {
    for (std::size_t j = 0; j < columns; ++j) {
      const T* const row = rows + (names != nullptr ? names[j] : j) * stride;
      for (std::size_t f = 0; f < features; ++f) out[f * out_stride + j] = row[f];
    }
  }

  template <class T>
  static void dense_one(const T* weights, std::size_t stride, std::size_t inputs, std::size_t outputs, const T* x, T* y,
                        bool relu) {
    auto to = matrix(y, 1, outputs, outputs);
    to = matrix(weights + inputs * stride, 1, outputs, stride);
    to.noalias() += matrix(x, 1, inputs, inputs) * matrix(weights, inputs, outputs, stride);
    if (relu) to = to.unaryExpr([](T v) { return v <= 0 ? T{0} : v; });
  }

  template <class T>
  static void tanh(T* x, std::size_t size) {
    flat<T> all(x, index(size));
    all = all.tanh();
  }

  template <class T>
  static T squares(const T* x, std::size_t size) {
    return flat<const T>(x, index(size)).square().sum();
  }

  template <class T>
  static void adam(const kernels::adam_step<T>& a) {
    const flat<const T> g(a.gradient, index(a.n));
    flat<T> m(a.first, index(a.n));
    flat<T> v(a.second, index(a.n));
    flat<T> w(a.parameters, index(a.n));
    m = a.decay1 * m + (1 - a.decay1) * a.scale * g;
    v = a.decay2 * v + (1 - a.decay2) * a.scale * a.scale * g.square();
    w -= a.rate * m / (v.sqrt() * a.correction + a.epsilon);
    if (a.target != nullptr) {
      flat<T> t(a.target, index(a.n));
      t = w + (1 - a.target_rate) * (t - w);  // exactly w at a rate of 1
    }
  }
};

#endif
