#include <headroom/neural/huber.hpp>

#include <cmath>
#include <limits>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("Huber's loss is a parabola that goes on as a line") {
  CHECK(huber(0.0) == 0);
  CHECK(huber(0.5) == 0.125);
  CHECK(huber(-0.5) == 0.125);
  CHECK(huber(1.0) == 0.5);
  CHECK(huber(-3.0) == 2.5);
  CHECK(huber(3.0, 2.0) == 4);
  CHECK(huber(1e30F) == 1e30F);
}

TEST_CASE("Its slope is the error, clipped") {
  CHECK(huber_slope(0.25) == 0.25);
  CHECK(huber_slope(7.0) == 1);
  CHECK(huber_slope(-7.0) == -1);
  CHECK(huber_slope(-7.0, 2.0) == -2);
  CHECK(huber_slope(std::numeric_limits<double>::infinity()) == 1);
  CHECK(std::isnan(huber_slope(std::numeric_limits<double>::quiet_NaN())));
}

TEST_CASE("The slope is the derivative of the loss") {
  for (const double e : {-4.0, -1.5, -0.3, 0.2, 0.9, 1.1, 5.0}) {
    const double h = 1e-6;
    CHECK((huber(e + h, 1.25) - huber(e - h, 1.25)) / (2 * h) == Approx(huber_slope(e, 1.25)).epsilon(1e-8));
  }
}
