#include <headroom/telemetry/seasonal_naive.hpp>

#include <cmath>
#include <limits>

#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// A number that tells its season and its slot: 302 is slot 2 of season 3.
double label(int slot) { return 100 * (slot / 4) + slot % 4; }

}  // namespace

TEST_CASE("the forecast is what was seen one season before") {
  seasonal_naive model({.slot_s = 10, .season_slots = 4});
  for (int k = 0; k < 40; ++k) {
    model.observe(10 * k, label(k));
    CAPTURE(k);
    if (k < 3) CHECK(std::isnan(model.forecast(10 * k, 10)));
    if (k < 4) {
      CHECK(std::isnan(model.forecast(10 * k, 0)));
      continue;
    }
    CHECK(model.forecast(10 * k, 0) == label(k - 4));
    CHECK(model.forecast(10 * k, 10) == label(k - 3));
    CHECK(model.forecast(10 * k, 30) == label(k - 1));
    CHECK(model.forecast(10 * k, 40) == label(k));      // a whole season ahead: the slot under way
    CHECK(model.forecast(10 * k, 50) == label(k - 3));  // two seasons before
  }
}

TEST_CASE("a slot is the mean of what was seen in it") {
  seasonal_naive model({.slot_s = 10, .season_slots = 2});
  for (const double t : {0, 4, 8}) model.observe(t, t);
  model.observe(11, 7);
  model.observe(20, 100);
  CHECK(model.forecast(20, 0) == 4);
  CHECK(model.forecast(20, 10) == 7);
}

TEST_CASE("a slot that was missed is that of the season before, and not an older one") {
  seasonal_naive model({.slot_s = 1, .season_slots = 4});
  for (int k = 0; k < 9; ++k) {
    if (k != 6) model.observe(k, label(k));
  }
  CHECK(model.forecast(8, 2) == label(2));  // slot 10 has slot 6, which was missed, so slot 2
  for (int k = 9; k < 14; ++k) model.observe(k, label(k));
  CHECK(model.forecast(13, 1) == label(10));
  for (int k = 16; k < 30; ++k) {
    if (k % 4 != 2) model.observe(k, label(k));
  }
  CHECK(std::isnan(model.forecast(29, 1)));
  CHECK(model.forecast(29, 2) == label(27));
}

TEST_CASE("what is not finite is not kept, and a clock that runs backwards makes it forget") {
  seasonal_naive model({.slot_s = 1, .season_slots = 2});
  for (const double bad : {unknown, infinite, -infinite}) {
    model.observe(0, bad);
    model.observe(bad, 3);
  }
  CHECK(std::isnan(model.forecast(0, 2)));
  for (int k = 0; k < 6; ++k) model.observe(k, label(k));
  REQUIRE(model.forecast(5, 1) == label(4));
  CHECK(std::isnan(model.forecast(unknown, 1)));
  CHECK(std::isnan(model.forecast(5, infinite)));
  model.observe(2, 9);
  CHECK(std::isnan(model.forecast(2, 1)));
  CHECK(model.forecast(2, 2) == 9);
  model.forget();
  CHECK(std::isnan(model.forecast(2, 2)));
}

TEST_CASE("a season that was stored is known again") {
  const seasonal_naive_options options{.slot_s = 1, .season_slots = 4};
  seasonal_naive model(options);
  for (int k = 0; k < 10; ++k) model.observe(k, label(k));
  checkpoint c;
  store(model, c, "model");
  seasonal_naive other(options);
  restore(other, c, "model");
  for (int h = 0; h < 9; ++h) CHECK(other.forecast(9, h) == model.forecast(9, h));
}

TEST_CASE("a seasonal model takes no memory after construction") {
  seasonal_naive model({.slot_s = 5, .season_slots = 24});
  double sum = 0;
  CHECK(allocations_in([&] {
          for (int k = 0; k < 1000; ++k) {
            model.observe(k, k);
            const double y = model.forecast(k, 60);
            if (std::isfinite(y)) sum += y;
          }
          model.forget();
        }) == 0);
  CHECK(sum > 0);
}

TEST_CASE("impossible seasons are refused") {
  CHECK_THROWS_WITH(seasonal_naive({.slot_s = -1}), "seasonal_naive: slot_s is -1, must be positive and finite");
  CHECK_THROWS_WITH(seasonal_naive({.season_slots = 0}),
                    "seasonal_naive: season_slots is 0, must be from 1 to 10000000");
}
