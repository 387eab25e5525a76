#include <headroom/explorations/softmax.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "exploring.hpp"

using namespace headroom;
using namespace exploring;

static_assert(ExplicitExploration<softmax>);

TEST_CASE("softmax: probabilities are proportional to exp(value / temperature)") {
  const std::vector<double> values{0, std::log(2.0), std::log(5.0)};
  const auto p = probabilities(softmax{1.0}, values);
  CHECK(p[0] == Approx(1 / 8.0).epsilon(1e-14));
  CHECK(p[1] == Approx(2 / 8.0).epsilon(1e-14));
  CHECK(p[2] == Approx(5 / 8.0).epsilon(1e-14));
  const auto cold = probabilities(softmax{0.5}, values);  // squares
  CHECK(cold[0] == Approx(1 / 30.0).epsilon(1e-14));
  CHECK(cold[2] == Approx(25 / 30.0).epsilon(1e-14));
  const auto masked = probabilities(softmax{1.0}, values, mask_of{0, 1});
  CHECK(masked[0] == Approx(1 / 3.0).epsilon(1e-14));
  CHECK(masked[2] == 0);
}

TEST_CASE("softmax: what it draws is what it says") {
  const std::vector<double> values{0.3, -0.4, 1.1, 0.3, 0};
  check_frequencies(softmax{1.0}, values, {}, 200);
  check_frequencies(softmax{0.5}, values, {}, 201);
  check_frequencies(softmax{10.0}, values, {}, 202);
  check_frequencies(softmax{0.5}, values, mask_of{1, 3, 4}, 203);
  check_frequencies(softmax{1.0}, values, mask_of{1}, 204);
}

TEST_CASE("softmax: does not overflow, however far apart the values are") {
  for (const double far : {1e6, 1e300, std::numeric_limits<double>::max()}) {
    INFO("values of " << far);
    CHECK(probabilities(softmax{1.0}, {-far, far, 0}) == std::vector<double>{0, 1, 0});
    CHECK(probabilities(softmax{1.0}, {far, far, 0}) == std::vector<double>{0.5, 0.5, 0});
    CHECK(probabilities(softmax{1.0}, {-far, -far, -far, -far}) == std::vector<double>{0.25, 0.25, 0.25, 0.25});
    // The best illegal value must not be what the others are shifted by: they would all vanish.
    CHECK(probabilities(softmax{1.0}, {far, 0, 0}, mask_of{1, 2}) == std::vector<double>{0, 0.5, 0.5});
    check_frequencies(softmax{1.0}, {-far, far, 0, far}, {}, 300);
    check_frequencies(softmax{1.0}, {far, 0, 0}, mask_of{1, 2}, 301);
  }
  CHECK(probabilities(softmax{1e-300}, {1, 1 + 1e-15}) == std::vector<double>{0, 1});
}

TEST_CASE("softmax: an illegal action is never drawn, in the second word of a mask as in the first") {
  for (const mask_of& legal : masks()) CHECK(draws_only_legal(softmax{2.0}, hundred_values(), legal));
  // And each legal one is.
  check_frequencies(softmax{2.0}, hundred_values(), mask_of{3, 63, 64, 70, 99}, 19);
}

TEST_CASE("softmax: the temperature follows its schedule when advanced, and stays where it began otherwise") {
  softmax cooling{harmonic_decay{.from = 2, .to = 0.25, .half_after = 10, .unit = per::step}};
  CHECK(cooling.temperature() == 2);
  cooling.advance({.steps = 10, .episodes = 0});
  CHECK(cooling.temperature() == 1);
}

TEST_CASE("softmax: impossible temperatures are refused") {
  CHECK_THROWS_WITH(softmax{0.0}, "softmax: temperature is 0, must be positive and finite");
  CHECK_THROWS_WITH(softmax{-1.0}, "softmax: temperature is -1, must be positive and finite");
  CHECK_THROWS_WITH(softmax{inf}, "softmax: temperature is inf, must be positive and finite");
  CHECK_THROWS_WITH(softmax{nan_value}, "softmax: temperature is nan, must be positive and finite");
  CHECK_THROWS_WITH((softmax{linear{1, 0, 10}}), "softmax: temperature is 0, must be positive and finite");
}

TEST_CASE("softmax: exploring does not allocate") {
  const std::vector<double> values{1, 3, 2, 3};
  std::vector<double> p(4);
  const mask_of some{0, 2, 3};
  engine random(1);
  CHECK(allocations_in([&] {
          for (int i = 0; i < 100; ++i) {
            (void)softmax{1.0}(values, some, random);
            softmax{1.0}.probabilities(values, some, p);
          }
        }) == 0);
}

TEST_CASE("softmax: stored and restored it has the temperature that it had") {
  const schedule falling = linear{.from = 0.9, .to = 0.1, .over = 100};
  softmax soft{falling};
  soft.advance({.steps = 30, .episodes = 0});
  CHECK(round_trip(soft, softmax{falling}).temperature() == soft.temperature());
}
