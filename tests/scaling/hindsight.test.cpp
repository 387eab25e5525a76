#include "scaling/hindsight.hpp"

#include <cmath>

#include "catch.hpp"

using tool::hindsight_cost;

TEST_CASE("hindsight: what lacks costs its price, what is there costs one, both by the usual need") {
  // 4 are busy, so 6 are safe. In shares of 2 * 5 * 4.
  CHECK(hindsight_cost({6, 4, 4}, 5) == Approx(6 / 40.0));
  CHECK(hindsight_cost({8, 4, 4}, 5) == Approx(8 / 40.0));
  CHECK(hindsight_cost({5, 4, 4}, 5) == Approx((5 + 5) / 40.0));
  CHECK(hindsight_cost({3, 4, 4}, 5) == Approx((3 + 15) / 40.0));
  CHECK(hindsight_cost({6, 4, 8}, 5) == Approx(6 / 80.0));
}

TEST_CASE("hindsight: the least cost is that of exactly what is safe") {
  for (const double needed : {0.0, 1.0, 9.0}) {
    const double safe = needed + std::sqrt(needed);
    CHECK(hindsight_cost({safe, needed, 10}, 3) < hindsight_cost({safe + 1, needed, 10}, 3));
    if (safe >= 1) CHECK(hindsight_cost({safe, needed, 10}, 3) < hindsight_cost({safe - 1, needed, 10}, 3));
  }
}

TEST_CASE("hindsight: it is from 0 to 1 whatever the load is, and NaN where the load is not known") {
  CHECK(hindsight_cost({0, 1e6, 1}, 5) == 1);
  CHECK(hindsight_cost({1e6, 0, 1}, 5) == 1);
  CHECK(hindsight_cost({0, 0, 1}, 5) == 0);
  CHECK(std::isnan(hindsight_cost({1, std::nan(""), 1}, 5)));
}

TEST_CASE("hindsight: a higher level makes a missing replica dearer") {
  CHECK(tool::hindsight_price(0.99) == Approx(5));
  CHECK(tool::hindsight_price(0.9) == Approx(0.5 / std::sqrt(0.1)));
  CHECK(tool::hindsight_price(0.9999999) == Approx(50));
}

TEST_CASE("hindsight: an epoch is a day of intervals, and never shorter than a hundred") {
  CHECK(tool::hindsight_hedge(15).horizon == 5'760);
  CHECK(tool::hindsight_hedge(86'400).horizon == 100);
}
