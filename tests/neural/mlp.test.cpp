#include <headroom/neural/mlp.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/ext/eigen.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

TEST_CASE("Weights begin as PyTorch's do: uniform within one over the root of the inputs") {
  engine random{42, stream::initialisation};
  engine same = random;
  const mlp<double> net{{16, 400, 3}, activation::relu, random};
  CHECK(net.weight(0)(0, 0) == uniform(same, -0.25, 0.25));  // the weights into output 0 come first
  CHECK(net.weight(0)(1, 0) == uniform(same, -0.25, 0.25));
  for (std::size_t k = 0; k < 2; ++k) {
    const double bound = 1 / std::sqrt(static_cast<double>(net.sizes()[k]));
    CHECK(eigen_view(net.weight(k)).cwiseAbs().maxCoeff() <= bound);
    CHECK(eigen_view(net.bias(k)).cwiseAbs().maxCoeff() <= bound);
    // The variance of a uniform number within b is b^2 / 3; of its mean square over n, b^4 4/45/n. Five deviations.
    const auto n = static_cast<double>(net.weight(k).size());
    const double deviation = std::pow(bound, 2) * std::sqrt(4.0 / 45 / n);
    CHECK(std::abs(eigen_view(net.weight(k)).squaredNorm() / n - bound * bound / 3) < 5 * deviation);
    CHECK(std::abs(eigen_view(net.weight(k)).mean()) < 5 * bound / std::sqrt(3 * n));
  }
}

TEST_CASE("The padding of the parameters is zero") {
  engine random{1};
  const mlp<float> net{{9, 20, 3}, activation::relu, random};
  CHECK(net.parameters().size() == 10 * 32 + 21 * 16);
  std::size_t zeros = 0;
  for (const float p : net.parameters()) zeros += p == 0 ? 1U : 0U;
  CHECK(zeros == 10 * 12 + 21 * 13);
}

// Worked by hand: hidden sums 1 + 2/2 + 0.1, -1 + 2 + 0.2, -1 - 2; the third unit is off; 2 * 2.1 - 3 * 1.2 + 0.5.
TEST_CASE("A network of two inputs and three units, worked by hand") {
  for (const activation how : {activation::relu, activation::tanh}) {
    engine random{1};
    mlp<double> net{{2, 3, 1}, how, random};
    eigen_view(net.weight(0)) << 1, -1, -1, 0.5, 1, -1;
    eigen_view(net.bias(0)) << 0.1, 0.2, 0;
    eigen_view(net.weight(1)) << 2, -3, 5;
    eigen_view(net.bias(1)) << 0.5;
    std::vector<double> scratch(net.scratch_size());
    const auto out = net.forward_one(std::vector<double>{1, 2}, scratch);
    REQUIRE(out.size() == 1);
    const double by_hand =
        how == activation::relu ? 1.1 : 2 * std::tanh(2.1) - 3 * std::tanh(1.2) + 5 * std::tanh(-3.0) + 0.5;
    CHECK(out[0] == Approx(by_hand).epsilon(1e-14));
  }
}

TEST_CASE("float and double agree, and one sample takes no memory") {
  engine random{3};
  engine again{3};
  const mlp<float> narrow{{9, 64, 40, 3}, activation::relu, random};
  const mlp<double> wide{{9, 64, 40, 3}, activation::relu, again};
  std::vector<float> x(9);
  std::vector<double> y(9);
  engine numbers{4};
  for (std::size_t i = 0; i < 9; ++i) y[i] = static_cast<double>(x[i] = static_cast<float>(uniform(numbers, -1, 1)));
  std::vector<float> scratch(narrow.scratch_size());
  std::vector<double> wide_scratch(wide.scratch_size());
  const auto exact = wide.forward_one(y, wide_scratch);
  std::span<const float> out;
  CHECK(allocations_in([&] { out = narrow.forward_one(x, scratch); }) == 0);
  for (std::size_t o = 0; o < 3; ++o) CHECK(static_cast<double>(out[o]) == Approx(exact[o]).margin(1e-6));
}

TEST_CASE("A network that cannot be is refused") {
  engine random{1};
  using net = mlp<float>;
  CHECK_THROWS_WITH((net{{9}, activation::relu, random}),
                    "mlp: number of sizes is 1, must be at least 2: inputs and outputs");
  CHECK_THROWS_WITH((net{{9, 0, 3}, activation::relu, random}), "mlp: width of layer 1 is 0, must be from 1 to 65536");
  CHECK_THROWS_WITH((net{{9, 64, std::numeric_limits<std::size_t>::max()}, activation::relu, random}),
                    "mlp: width of layer 2 is 18446744073709551615, must be from 1 to 65536");
}

TEST_CASE("Weights that no training leads to are refused when a file is read, and the network stays as it was") {
  engine random{1};
  const mlp<float> net{{2, 4, 3}, activation::relu, random};
  const auto file_with = [&](const std::string& tensor, float weight) {
    checkpoint all;
    store(net, all, "net");
    checkpoint c;
    for (const std::string& name : all.names()) {
      const auto values = all.get<float>(name, all.shape(name));
      std::vector<float> copy(values.begin(), values.end());
      if (name == tensor) copy.back() = weight;
      c.add(name, all.shape(name), copy);
    }
    return c;
  };
  mlp<float> other = net;
  for (const std::string name : {"0.weight", "0.bias", "1.weight", "1.bias"}) {
    CHECK_NOTHROW(restore(other, file_with("net." + name, -1e9F), "net"));
    const std::vector<float> before(other.parameters().begin(), other.parameters().end());
    CHECK_THROWS_WITH(restore(other, file_with("net." + name, 1.5e9F), "net"),
                      "checkpoint: net." + name + " is 1.5e+09 in the file, must be from -1e9 to 1e9, as a weight");
    CHECK_THROWS_WITH(restore(other, file_with("net." + name, -3e38F), "net"),
                      "checkpoint: net." + name + " is -3e+38 in the file, must be from -1e9 to 1e9, as a weight");
    CHECK(std::vector<float>(other.parameters().begin(), other.parameters().end()) == before);
  }
}
