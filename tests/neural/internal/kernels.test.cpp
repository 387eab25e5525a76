#include <headroom/neural/internal/kernels.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/neural/internal/aligned.hpp>

#include "catch.hpp"
#include "first_failure.hpp"

using namespace headroom;

namespace {

std::vector<instruction_set> here() {
  std::vector<instruction_set> all;
  for (const auto s : {instruction_set::baseline, instruction_set::avx2, instruction_set::avx512}) {
    if (supported(s)) all.push_back(s);
  }
  return all;
}

template <class T>
internal::aligned_vector<T> noise(std::size_t n, std::uint64_t seed) {
  engine random{seed};
  internal::aligned_vector<T> all(n);
  for (T& x : all) x = static_cast<T>(uniform(random, -1, 1));
  return all;
}

template <class T>
constexpr double rounding = 64.0 * static_cast<double>(std::numeric_limits<T>::epsilon());

}  // namespace

// Every number of rows meets every width of block, in both orders in which A may lie.
TEMPLATE_TEST_CASE("A product is the sum of products, whatever its shape", "", float, double) {
  for (const instruction_set s : here()) {
    for (std::size_t rows = 1; rows <= 27; ++rows) {
      for (const std::size_t columns : {16U, 32U, 48U, 64U, 112U}) {
        const std::size_t depth = 1 + rows % 5 * 7;
        const bool by_rows = rows % 2 == 0;
        const auto a = noise<TestType>(rows * depth, 1);
        const auto b = noise<TestType>(depth * columns, 2);
        internal::aligned_vector<TestType> c(rows * columns, TestType{7});
        internal::kernels::with(s, [&](auto copy) {
          copy.multiply(internal::kernels::product<TestType>{.c = c.data(),
                                                             .c_stride = columns,
                                                             .a = a.data(),
                                                             .a_row = by_rows ? depth : 1,
                                                             .a_step = by_rows ? 1 : rows,
                                                             .b = b.data(),
                                                             .b_stride = columns,
                                                             .rows = rows,
                                                             .depth = depth,
                                                             .columns = columns});
        });
        double worst = 0;
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t j = 0; j < columns; ++j) {
            double sum = 0;
            for (std::size_t k = 0; k < depth; ++k) {
              sum += static_cast<double>(by_rows ? a[r * depth + k] : a[k * rows + r]) *
                     static_cast<double>(b[k * columns + j]);
            }
            worst = std::max(worst, std::abs(sum - static_cast<double>(c[r * columns + j])));
          }
        }
        INFO("instructions " << static_cast<int>(s) << ", " << rows << " x " << depth << " x " << columns);
        CHECK(worst <= rounding<TestType>);
      }
    }
  }
}

TEMPLATE_TEST_CASE("A product is finished as asked for, and a NaN passes every finish", "", float, double) {
  constexpr std::size_t n = 16;
  const auto nan = std::numeric_limits<TestType>::quiet_NaN();
  internal::aligned_vector<TestType> b(n);
  internal::aligned_vector<TestType> gate(n);
  for (std::size_t j = 0; j < n; ++j) {
    b[j] = static_cast<TestType>(j) - 8;
    gate[j] = static_cast<TestType>(j % 3) / 2;  // 0, 0.5, 1
  }
  b[15] = nan;
  const TestType one = 1;
  for (const instruction_set s : here()) {
    const auto finished = [&](internal::kernels::finish how) {
      internal::aligned_vector<TestType> c(n);
      internal::kernels::with(s, [&](auto copy) {
        copy.multiply(
            internal::kernels::product<TestType>{c.data(), n, &one, 1, 1, b.data(), n, 1, 1, n, how, gate.data()});
      });
      return c;
    };
    const auto relu = finished(internal::kernels::finish::relu);
    const auto gate_relu = finished(internal::kernels::finish::gate_relu);
    const auto gate_tanh = finished(internal::kernels::finish::gate_tanh);
    for (std::size_t j = 0; j + 1 < n; ++j) {
      CHECK(relu[j] == std::max(b[j], TestType{0}));
      CHECK(gate_relu[j] == (gate[j] > 0 ? b[j] : TestType{0}));
      CHECK(gate_tanh[j] == b[j] * (1 - gate[j] * gate[j]));
    }
    CHECK(std::isnan(relu[15]));
    CHECK(gate_relu[15] == 0);  // its gate is 0: the unit was dead, and nothing flows
    CHECK(std::isnan(gate_tanh[15]));
  }
}

TEMPLATE_TEST_CASE("Rows are gathered as columns", "", float, double) {
  constexpr std::size_t stride = 48;
  const auto rows = noise<TestType>(100 * stride, 3);
  std::vector<std::uint32_t> index(32);
  for (std::uint32_t j = 0; j < 32; ++j) index[j] = j * 37 % 100;
  for (const instruction_set s : here()) {
    for (const std::size_t features : {1U, 9U, 16U, 17U, 40U, 48U}) {
      internal::aligned_vector<TestType> out(50 * 32, TestType{5});
      internal::kernels::with(s, [&](auto copy) {
        copy.gather(out.data(), std::size_t{32}, rows.data(), stride, index.data(), std::size_t{32}, features);
      });
      first_failure same;
      for (std::size_t j = 0; j < 32; ++j) {
        for (std::size_t f = 0; f < features; ++f) same.same(out[f * 32 + j], rows[index[j] * stride + f]);
        for (std::size_t f = features; f < 50; ++f) same.same(out[f * 32 + j], TestType{5});  // and nothing beyond
      }
      CHECK(same.report() == "");
    }
  }
}

TEST_CASE("With fused multiply-add every width gives the same bits") {
  std::vector<instruction_set> fused;
  for (const instruction_set s : here()) {
#if !defined(__FMA__) && !defined(__aarch64__)
    if (s == instruction_set::baseline) continue;
#endif
    fused.push_back(s);
  }
  const auto a = noise<float>(65 * 64, 4);
  const auto b = noise<float>(65 * 64, 5);
  struct results {
    internal::aligned_vector<float> product = internal::aligned_vector<float>(65 * 64);
    internal::aligned_vector<float> one = internal::aligned_vector<float>(64);
    internal::aligned_vector<float> head = internal::aligned_vector<float>(16);
    float squares = 0;
    internal::aligned_vector<float> parameters, first, second, target;
  };
  std::vector<results> all;
  for (const instruction_set s : fused) {
    results r;
    r.parameters = a;
    r.first = b;
    r.second = internal::aligned_vector<float>(65 * 64, 0.5F);
    r.target = b;
    internal::kernels::with(s, [&](auto copy) {
      copy.multiply(internal::kernels::product<float>{r.product.data(), 64, a.data(), 64, 1, b.data(), 64, 65, 64, 64,
                                                      internal::kernels::finish::relu});
      copy.dense_one(a.data(), std::size_t{64}, std::size_t{64}, std::size_t{64}, b.data(), r.one.data(), false);
      copy.dense_one(a.data(), std::size_t{16}, std::size_t{61}, std::size_t{3}, b.data(), r.head.data(), false);
      r.squares = copy.squares(a.data(), a.size());
      copy.adam(internal::kernels::adam_step<float>{r.parameters.data(), b.data(), r.first.data(), r.second.data(),
                                                    r.target.data(), a.size(), 0.3F, 0.9F, 0.999F, 1e-3F, 1.5F, 1e-8F,
                                                    0.01F});
    });
    all.push_back(std::move(r));
  }
  CHECK(all.size() == fused.size());
  for (std::size_t k = 1; k < all.size(); ++k) {
    CHECK(all[k].product == all[0].product);
    CHECK(all[k].one == all[0].one);
    for (std::size_t o = 0; o < 3; ++o) CHECK(all[k].head[o] == all[0].head[o]);
    CHECK(all[k].squares == all[0].squares);
    CHECK(all[k].parameters == all[0].parameters);
    CHECK(all[k].first == all[0].first);
    CHECK(all[k].second == all[0].second);
    CHECK(all[k].target == all[0].target);
  }
}

TEMPLATE_TEST_CASE("One sample through a layer, and a sum of squares, of any length", "", float, double) {
  for (const instruction_set s : here()) {
    for (std::size_t inputs = 1; inputs <= 21; ++inputs) {
      for (const std::size_t outputs : {1U, 3U, 4U, 5U, 16U, 48U, 64U}) {
        const std::size_t stride = internal::padded(outputs);
        const auto w = noise<TestType>((inputs + 1) * stride, 6);
        const auto x = noise<TestType>(inputs, 7);
        internal::aligned_vector<TestType> y(stride);
        TestType squares = 0;
        internal::kernels::with(s, [&](auto copy) {
          copy.dense_one(w.data(), stride, inputs, outputs, x.data(), y.data(), true);
          squares = copy.squares(w.data(), w.size());
        });
        double worst = 0;
        double total = 0;
        for (std::size_t o = 0; o < outputs; ++o) {
          double sum = static_cast<double>(w[inputs * stride + o]);
          for (std::size_t i = 0; i < inputs; ++i) {
            sum += static_cast<double>(x[i]) * static_cast<double>(w[i * stride + o]);
          }
          worst = std::max(worst, std::abs(std::max(sum, 0.0) - static_cast<double>(y[o])));
        }
        for (const TestType v : w) total += static_cast<double>(v) * static_cast<double>(v);
        CHECK(worst <= rounding<TestType>);
        CHECK(static_cast<double>(squares) == Approx(total).epsilon(rounding<TestType>));
      }
    }
  }
}

TEMPLATE_TEST_CASE("The hyperbolic tangent is one, everywhere", "", float, double) {
  constexpr double bound = std::is_same_v<TestType, float> ? 4e-7 : 1e-15;
  for (const instruction_set s : here()) {
    internal::aligned_vector<TestType> x;
    for (int k = -4096; k < 4096; ++k) x.push_back(static_cast<TestType>(k) / 256);
    for (const TestType far :
         {TestType{1e-30F}, TestType{1e30F}, TestType{-1e30F}, std::numeric_limits<TestType>::infinity()}) {
      x.push_back(far);
    }
    x.push_back(std::numeric_limits<TestType>::quiet_NaN());
    x.resize(internal::padded(x.size()));
    auto y = x;
    internal::kernels::with(s, [&](auto copy) { copy.tanh(y.data(), y.size()); });
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (std::isnan(x[i])) {
        CHECK(std::isnan(y[i]));
        continue;
      }
      worst = std::max(worst, std::abs(static_cast<double>(y[i]) - std::tanh(static_cast<double>(x[i]))));
      REQUIRE(std::abs(y[i]) <= 1);
    }
    CHECK(worst <= bound);
  }
}
