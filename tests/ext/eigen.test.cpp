#include <headroom/ext/eigen.hpp>

#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/neural/mlp.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("eigen: a view reads and writes the network's own weights") {
  engine random{1};
  mlp<double> net{{2, 3, 1}, activation::relu, random};
  auto weight = eigen_view(net.weight(0));
  REQUIRE(weight.rows() == 2);
  REQUIRE(weight.cols() == 3);
  weight << 1, 2, 3, 4, 5, 6;
  CHECK(net.weight(0)(1, 0) == 4);
  net.bias(0)(0, 2) = 7;
  const mlp<double>& read = net;
  CHECK(eigen_view(read.bias(0))(0, 2) == 7);
  CHECK(eigen_view(read.weight(0)).sum() == 21);
}
