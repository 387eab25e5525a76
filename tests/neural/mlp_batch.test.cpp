#include <headroom/neural/mlp_batch.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/ext/eigen.hpp>
#include <headroom/neural/mlp.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

template <class T>
void fill(mlp_batch<T>& batch, std::uint64_t seed) {
  engine random{seed};
  auto in = batch.input();
  for (std::ptrdiff_t i = 0; i < in.rows(); ++i) {
    for (std::ptrdiff_t j = 0; j < in.cols(); ++j) in(i, j) = static_cast<T>(uniform(random, -1, 1));
  }
}

// The sum over outputs and samples of weight * output^2, with as many weights; its gradient goes where it belongs.
template <class T>
double loss_of(mlp_batch<T>& batch, const mlp<T>& net, bool gradient) {
  batch.forward(net);
  double loss = 0;
  auto out = batch.output();
  for (std::ptrdiff_t i = 0; i < out.rows(); ++i) {
    for (std::ptrdiff_t j = 0; j < out.cols(); ++j) {
      const double weight = std::sin(static_cast<double>(3 * i + j + 1));
      const auto y = static_cast<double>(out(i, j));
      loss += weight * y * y;
      if (gradient) batch.output_gradient()(i, j) = static_cast<T>(2 * weight * y);
    }
  }
  return loss;
}

}  // namespace

// Central differences in double: exact to about 1e-9 here, so that a wrong sign, factor or index cannot hide.
TEST_CASE("The gradient is that of finite differences") {
  struct shape {
    std::vector<std::size_t> sizes;
    std::size_t samples;
  };
  for (const activation how : {activation::relu, activation::tanh}) {
    for (const shape& s : {shape{{9, 20, 33, 3}, 20}, shape{{5, 17, 4}, 7}, shape{{3, 2}, 1}, shape{{16, 16, 1}, 64}}) {
      engine random{11};
      mlp<double> net{s.sizes, how, random};
      mlp_batch<double> batch{net, s.samples, true};
      fill(batch, 12);
      internal::aligned_vector<double> gradient(net.parameters().size());
      loss_of(batch, net, true);
      batch.backward(net, gradient);
      double worst = 0;
      double largest = 0;
      for (std::size_t i = 0; i < gradient.size(); ++i) {
        double& p = net.parameters()[i];
        if (p == 0) {
          REQUIRE(gradient[i] == 0);  // the padding
          continue;
        }
        const double kept = p;
        const double h = 1e-6;
        p = kept + h;
        const double above = loss_of(batch, net, false);
        p = kept - h;
        const double below = loss_of(batch, net, false);
        p = kept;
        worst = std::max(worst, std::abs((above - below) / (2 * h) - gradient[i]));
        largest = std::max(largest, std::abs(gradient[i]));
      }
      CHECK(largest > 0.1);
      CHECK(worst < 1e-8);
    }
  }
}

// The network of mlp.test.cpp: d loss / d output is 1, the units' sums are 2.1, 1.2 and -3.
TEST_CASE("The gradient of a network worked by hand") {
  engine random{1};
  mlp<double> net{{2, 3, 1}, activation::relu, random};
  eigen_view(net.weight(0)) << 1, -1, -1, 0.5, 1, -1;
  eigen_view(net.bias(0)) << 0.1, 0.2, 0;
  eigen_view(net.weight(1)) << 2, -3, 5;
  eigen_view(net.bias(1)) << 0.5;
  mlp_batch<double> batch{net, 1, true};
  eigen_view(batch.input()) << 1, 2;
  batch.forward(net);
  CHECK(batch.output()(0, 0) == Approx(1.1).epsilon(1e-14));
  eigen_view(batch.output_gradient()) << 1;
  mlp<double> slope = net;  // for its views
  batch.backward(net, slope.parameters());
  const auto check = [](const auto& block, const std::vector<double>& expected) {
    REQUIRE(static_cast<std::size_t>(block.size()) == expected.size());
    for (std::ptrdiff_t r = 0; r < block.rows(); ++r) {
      for (std::ptrdiff_t c = 0; c < block.cols(); ++c) {
        CHECK(block(r, c) == Approx(expected[static_cast<std::size_t>(r * block.cols() + c)]).margin(1e-15));
      }
    }
  };
  check(slope.weight(0), {2, -3, 0, 4, -6, 0});
  check(slope.bias(0), {2, -3, 0});
  check(slope.weight(1), {2.1, 1.2, 0});
  check(slope.bias(1), {1});
}

TEST_CASE("float follows double, and the passes take no memory") {
  engine random{5};
  engine again{5};
  const mlp<float> narrow{{9, 64, 64, 3}, activation::relu, random};
  const mlp<double> wide{{9, 64, 64, 3}, activation::relu, again};
  mlp_batch<float> few{narrow, 50, true};
  mlp_batch<double> exact{wide, 50, true};
  fill(few, 6);
  fill(exact, 6);
  internal::aligned_vector<float> gradient(narrow.parameters().size());
  internal::aligned_vector<double> right(wide.parameters().size());
  loss_of(few, narrow, true);
  loss_of(exact, wide, true);
  CHECK(allocations_in([&] {
          few.forward(narrow);
          few.backward(narrow, gradient);
        }) == 0);
  exact.backward(wide, right);
  double worst = 0;
  for (std::size_t i = 0; i < right.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(gradient[i]) - right[i]));
  }
  CHECK(worst < 1e-5);
}

TEST_CASE("A batch and single samples have the same outputs") {
  for (const activation how : {activation::relu, activation::tanh}) {
    engine random{7};
    const mlp<double> net{{4, 30, 30, 5}, how, random};
    mlp_batch<double> batch{net, 19, false};
    fill(batch, 8);
    batch.forward(net);
    std::vector<double> scratch(net.scratch_size());
    for (std::ptrdiff_t j = 0; j < 19; ++j) {
      std::vector<double> x;
      for (std::ptrdiff_t i = 0; i < 4; ++i) x.push_back(batch.input()(i, j));
      const auto one = net.forward_one(x, scratch);
      for (std::ptrdiff_t o = 0; o < 5; ++o) {
        CHECK(batch.output()(o, j) == Approx(one[static_cast<std::size_t>(o)]).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("Samples beyond the last do not push the weights") {
  engine random{9};
  const mlp<double> net{{4, 20, 2}, activation::relu, random};
  mlp_batch<double> three{net, 3, true};
  mlp_batch<double> one{net, 1, true};
  fill(three, 10);
  internal::aligned_vector<double> sum(net.parameters().size());
  internal::aligned_vector<double> whole(net.parameters().size());
  internal::aligned_vector<double> part(net.parameters().size());
  three.forward(net);
  eigen_view(three.output_gradient()).setConstant(1);
  three.backward(net, whole);
  for (std::ptrdiff_t j = 0; j < 3; ++j) {
    eigen_view(one.input()) = eigen_view(three.input()).col(j);
    one.forward(net);
    eigen_view(one.output_gradient()).setConstant(1);
    one.backward(net, part);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += part[i];
  }
  for (std::size_t i = 0; i < sum.size(); ++i) REQUIRE(whole[i] == Approx(sum[i]).margin(1e-12));
}

TEST_CASE("A batch of nothing is refused") {
  engine random{1};
  const mlp<float> net{{2, 2}, activation::relu, random};
  CHECK_THROWS_WITH((mlp_batch<float>{net, 0, false}), "mlp_batch: number of samples is 0, must be at least 1");
}

// The order of sums depends on the width of a layer: up to 4, up to 16, above. Depths that are no multiple of the
// number of partial sums, and rows that are no multiple of a block.
TEST_CASE("A sample has the same bits in a batch as alone, where the batch is asked for them") {
  using sizes = std::vector<std::size_t>;
  for (const auto& shape : {sizes{9, 64, 64, 3}, {1, 17, 4}, {3, 2}, {16, 16, 1}, {7, 12, 33, 70, 6}, {2, 5, 19, 8}}) {
    for (const activation how : {activation::relu, activation::tanh}) {
      for (const auto with : {instruction_set::baseline, instruction_set::avx2, instruction_set::avx512}) {
        if (!supported(with)) continue;
        engine random{5};
        const mlp<float> net{shape, how, random, with};
        mlp_batch<float> batch{net, 37, false};
        fill(batch, 6);
        [[maybe_unused]] const std::uint64_t taken = allocations_in([&] { batch.forward_as_one(net); });
#if !defined(HEADROOM_EIGEN_KERNELS)
        CHECK(taken == 0);
#endif
        internal::aligned_vector<float> scratch(net.scratch_size());
        std::vector<float> x(net.inputs());
        std::size_t other = 0;
        for (std::ptrdiff_t j = 0; j < 37; ++j) {
          for (std::size_t i = 0; i < x.size(); ++i) x[i] = batch.input()(static_cast<std::ptrdiff_t>(i), j);
          const auto alone = net.forward_one(x, scratch);
          for (std::size_t o = 0; o < alone.size(); ++o) {
            const float together = batch.output()(static_cast<std::ptrdiff_t>(o), j);
            other += std::memcmp(&together, &alone[o], sizeof together) != 0 ? 1U : 0U;
          }
        }
        CHECK(other == 0);
      }
    }
  }
}
