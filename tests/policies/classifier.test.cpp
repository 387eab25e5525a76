#include <headroom/policies/classifier.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include <headroom/actions/menu.hpp>
#include <headroom/core/concepts.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// Scaled inputs (x - 1) / 2 and (y + 1) / 4; hidden relu(u - v), relu(v - u - 1); scores h0, h1, 0.25.
classifier_numbers small() {
  return {.mean = {1, -1},
          .scale = {2, 4},
          .layers = {{{{1, -1}, {-1, 1}}, {0, -1}}, {{{1, 0, 0}, {0, 1, 0}}, {0, 0, 0.25}}}};
}

struct sight {
  double x = 0;
  int y = 0;
};

}  // namespace

TEST_CASE("classifier: scales, multiplies, rectifies and takes the best, by hand") {
  const classifier net{small()};
  CHECK(net.inputs() == 2);
  CHECK(net.classes() == 3);
  // u = 3, v = 1: h = 2, 0.
  const auto scores = net.scores(std::array{7.0, 3.0});
  CHECK(scores[0] == 2);
  CHECK(scores[1] == 0);
  CHECK(scores[2] == 0.25);
  CHECK(net(std::array{7.0, 3.0}) == 0);
  CHECK(net(std::array{1.0, 11.0}) == 1);  // u = 0, v = 3: h = 0, 2
  CHECK(net(std::array{1.0, -1.0}) == 2);  // u = v = 0
  CHECK(net(std::array{1.5, -1.0}) == 0);  // u = 0.25, as much as the third: the first among equals
  CHECK(net(std::array{1.49, -1.0}) == 2);
  CHECK(allocations_in([&] { static_cast<void>(net(std::array{7.0, 3.0})); }) == 0);
  const classifier copy = net;
  CHECK(copy(std::array{1.0, 11.0}) == 1);
}

TEST_CASE("classifier: of what is not finite no class is named") {
  const classifier net{small()};
  for (const double bad : {not_a_number, std::numeric_limits<double>::infinity()}) {
    CHECK_FALSE(net(std::array{bad, 0.0}));
    CHECK_FALSE(net(std::array{0.0, -bad}));
  }
  auto huge = small();
  huge.layers[1].weights[0][0] = 1e300;
  CHECK_FALSE(classifier{huge}(std::array{1e300, 0.0}));  // finite features, an infinite score
}

TEST_CASE("classifier: numbers that do not fit together are refused") {
  const auto with = [](auto change) {
    auto n = small();
    change(n);
    return classifier{n};
  };
  CHECK_THROWS_WITH(with([](auto& n) { n.layers.clear(); }), "classifier: number of layers is 0, must be at least 1");
  CHECK_THROWS_WITH(with([](auto& n) { n.mean.clear(); }), "classifier: number of means is 0, must be at least 1");
  CHECK_THROWS_WITH(with([](auto& n) { n.scale.pop_back(); }),
                    "classifier: number of scales is 1, must be that of the means, 2");
  CHECK_THROWS_WITH(with([](auto& n) { n.mean[1] = not_a_number; }), "classifier: mean 1 is nan, must be finite");
  CHECK_THROWS_WITH(with([](auto& n) { n.scale[0] = 0; }), "classifier: scale 0 is 0, must be positive and finite");
  CHECK_THROWS_WITH(
      with([](auto& n) { n.layers[1].weights.pop_back(); }),
      "classifier: number of rows of the weights of layer 1 is 1, must be the layer's number of inputs, 2");
  CHECK_THROWS_WITH(with([](auto& n) { n.layers[0].weights[1].push_back(1); }),
                    "classifier: length of row 1 of layer 0 is 3, must be the number of biases, 2");
  CHECK_THROWS_WITH(with([](auto& n) { n.layers[0].weights[1][0] = not_a_number; }),
                    "classifier: a weight of layer 0 is nan, must be finite");
  CHECK_THROWS_WITH(with([](auto& n) { n.layers[1].bias[2] = -std::numeric_limits<double>::infinity(); }),
                    "classifier: a bias of layer 1 is -inf, must be finite");
  CHECK_THROWS_WITH(with([](auto& n) {
                      n.layers = {{{{}, {}}, {}}};
                    }),
                    "mlp: width of layer 1 is 0, must be from 1 to 65536");
}

TEST_CASE("classified: a class is an entry of the menu, and where there is none it does the neutral action") {
  classified policy{classifier{small()}, actions{-1, 0, +1}, &sight::x, [](const sight& o) { return 2.0 * o.y; }};
  STATIC_REQUIRE(Policy<decltype(policy), sight, int>);
  CHECK(policy.start(sight{7, 1}) == -1);
  CHECK(policy.step(sight{1, 6}) == 0);
  CHECK(policy.step(sight{1, 0}) == +1);
  CHECK(policy.refused() == 0);
  CHECK(policy.step(sight{not_a_number, 6}) == 0);
  CHECK(policy.refused() == 1);
  policy.stop(sight{}, episode::terminated);
  // Any decider will do; one that names what is not on the menu is refused, too.
  classified wild{[](std::span<const double> x) { return static_cast<std::size_t>(x[0]); }, actions{5, 6}, &sight::x};
  CHECK(wild.step(sight{1, 0}) == 6);
  CHECK(wild.step(sight{2, 0}) == 5);
  CHECK(wild.refused() == 1);
  CHECK(allocations_in([&] { static_cast<void>(policy.step(sight{7, 1})); }) == 0);

  CHECK_THROWS_WITH((classified{classifier{small()}, actions{-1, 0, +1}, &sight::x}),
                    "classified: number of features is 1, must be that of the inputs, 2");
  CHECK_THROWS_WITH((classified{classifier{small()}, actions{0, +1}, &sight::x, &sight::y}),
                    "classified: number of actions is 2, must be that of the classes, 3");
}
