#include <headroom/planning/multiplier.hpp>

#include <cmath>
#include <limits>

#include <headroom/core/random.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

double level_at(double price) { return 1 - 1 / (1 + 5 * price); }  // 99 % at 19.8

}  // namespace

TEST_CASE("a multiplier moves by the step times the lack, and stays within its bounds") {
  multiplier price{{.level = 0.9, .first = 2, .step = 10, .most = 3}};
  price.tell(0.85);
  CHECK(price.price() == Approx(2.5));
  price.tell(0.95);
  CHECK(price.price() == Approx(2));
  price.tell(0.5);
  CHECK(price.price() == 3);
  CHECK(price.at_most());
  multiplier down{{.level = 0.9, .first = 0.5, .step = 10}};
  down.tell(1);
  CHECK(down.price() == 0);
  CHECK_FALSE(down.at_most());
}

TEST_CASE("by factors a multiplier moves by e at most, and not at all at the level") {
  multiplier price{{.level = 0.99, .first = 2, .step = 0.5, .least = 0.01, .by_factors = true}};
  price.tell(0.99);
  CHECK(price.price() == Approx(2));
  price.tell(0.98);
  CHECK(price.price() == Approx(2 * std::exp(0.5)));
  price.tell(0);
  CHECK(price.price() == Approx(2 * std::exp(1.5)));
}

TEST_CASE("a multiplier finds the price of a level, exact or noisy, from below and from above") {
  for (const bool by_factors : {false, true}) {
    for (const double first : {1.0, 300.0}) {
      multiplier price{
          {.level = 0.99, .first = first, .step = by_factors ? 0.5 : 300, .least = 0.1, .by_factors = by_factors}};
      for (int k = 0; k < 2000; ++k) price.tell(level_at(price.price()));
      CAPTURE(by_factors, first);
      CHECK(price.price() == Approx(19.8).epsilon(0.01));
    }
  }
  engine noise(1, stream::noise);
  multiplier price{{.level = 0.99, .first = 20, .step = 20}};
  for (int k = 0; k < 20'000; ++k) price.tell(level_at(price.price()) + normal(noise, 0, 0.01));
  CHECK(level_at(price.mean()) == Approx(0.99).margin(0.0005));
}

TEST_CASE("the mean of a multiplier is that of the prices after each level") {
  multiplier price{{.level = 0.5, .first = 4, .step = 2}};
  CHECK(price.mean() == 4);
  price.tell(0);  // 5
  price.tell(1);  // 4
  price.tell(0);  // 5
  CHECK(price.mean() == Approx(14 / 3.0));
  CHECK(price.told() == 3);
}

TEST_CASE("a multiplier ignores a level that is not finite, counts it, and is stored") {
  multiplier price;
  price.tell(std::numeric_limits<double>::quiet_NaN());
  CHECK(price.price() == 4);
  CHECK(price.refused() == 1);
  CHECK(price.told() == 0);
  price.tell(0.5);
  checkpoint c;
  store(price, c, "price");
  multiplier other;
  restore(other, c, "price");
  CHECK(other.price() == price.price());
  CHECK(other.mean() == price.mean());
  price.tell(0.7);
  other.tell(0.7);
  CHECK(other.mean() == price.mean());
  multiplier low{{.first = 1, .most = 2}};
  CHECK_THROWS(restore(low, c, "price"));
}

TEST_CASE("a multiplier refuses impossible options") {
  CHECK_THROWS_WITH((multiplier{{.level = 0}}), "multiplier: level is 0, must be in (0, 1)");
  CHECK_THROWS_WITH((multiplier{{.by_factors = true}}),
                    "multiplier: least is 0, must be positive where the price moves by factors");
  CHECK_THROWS_WITH((multiplier{{.first = 5, .most = 4}}), "multiplier: first is 5, must be from 0 to 4");
  CHECK_THROWS((multiplier{{.step = 0}}));
}
