#include <headroom/telemetry/holt_winters.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <vector>

#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

double wave(double t) { return 10 + 4 * std::sin(2 * std::numbers::pi * t / 12); }

}  // namespace

TEST_CASE("Holt's line on the textbook's air passengers") {
  // Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 1st ed., example 7.2: millions of passengers on
  // Australian airlines 1990 to 2004, alpha 0.8, beta* 0.2, initial level y1, initial slope y2 - y1.
  const std::vector<double> y{17.5534, 21.86,   23.8866, 26.9293, 26.8885, 28.8314, 30.0751, 30.9535,
                              30.1857, 31.5797, 32.5776, 33.4774, 39.0216, 41.3864, 41.5966};
  holt_winters model({.slot_s = 1, .level = 0.8, .trend = 0.2, .damping = 1});
  model.assume(1990, y[0], y[1] - y[0]);
  for (std::size_t k = 0; k < y.size(); ++k) model.observe(1990 + static_cast<double>(k), y[k]);
  const std::array printed{43.76, 45.59, 47.43, 49.27, 51.10};
  for (std::size_t h = 0; h < 5; ++h)
    CHECK(model.forecast(2004, static_cast<double>(h + 1)) == Approx(printed[h]).margin(0.005));
}

TEST_CASE("a line is foreseen as far as one likes") {
  holt_winters known({.slot_s = 10, .level = 0.5, .trend = 0.5, .damping = 1});
  known.assume(0, 0, 3);  // before slot 0 it was 0
  CHECK(known.forecast(0, 0) == Approx(3));
  CHECK(known.forecast(0, 40) == Approx(15));
  for (int k = 0; k < 20; ++k) {
    known.observe(10 * k, 3 * (k + 1));
    CHECK(known.forecast(10 * k, 0) == Approx(3 * (k + 1)));
    CHECK(known.forecast(10 * k, 100) == Approx(3 * (k + 11)));
  }
  // The same without knowing it: the slope begins at 0 and is found.
  holt_winters found({.slot_s = 10, .level = 0.5, .trend = 0.5, .damping = 1});
  for (int k = 0; k < 200; ++k) found.observe(10 * k, 3 * (k + 1));
  CHECK(found.trend() == Approx(3).epsilon(1e-9));
  CHECK(found.forecast(1990, 1000) == Approx(900).epsilon(1e-9));
}

TEST_CASE("a damped slope goes on by a geometric sum and no further") {
  for (const double phi : {0.8, 0.98}) {
    holt_winters model({.slot_s = 1, .level = 0.5, .trend = 0.1, .damping = phi});
    model.assume(0, 100, 5);
    model.observe(0, 100 + phi * 5);  // as foreseen: nothing is learned
    double sum = phi;
    for (int h = 0; h <= 200; ++h) {
      CAPTURE(phi, h);
      CHECK(model.forecast(0, h) == Approx(100 + 5 * sum));
      sum += std::pow(phi, h + 2);
    }
    CHECK(model.forecast(0, 1e6) == Approx(100 + 5 * phi / (1 - phi)));
  }
}

TEST_CASE("a season repeats itself, and is known once it was seen whole") {
  holt_winters model({.slot_s = 60, .season_slots = 12});
  for (int k = 0; k < 12; ++k) {
    model.observe(60 * k, wave(k));
    CHECK(std::isnan(model.forecast(60 * k, 60)));
  }
  for (int k = 12; k < 100; ++k) {
    model.observe(60 * k, wave(k));
    for (const int h : {0, 1, 5, 12, 31}) {
      CAPTURE(k, h);
      CHECK(model.forecast(60 * k, 60 * h) == Approx(wave(k + h)).epsilon(1e-9));
    }
  }
  CHECK(model.level() == Approx(10));
  CHECK(model.trend() == Approx(0).margin(1e-12));
}

TEST_CASE("a season upon a line is learned") {
  holt_winters model({.slot_s = 1, .level = 0.2, .trend = 0.1, .damping = 1, .seasonal = 0.2, .season_slots = 12});
  const auto y = [](double t) { return 50 + 0.25 * t + wave(t); };
  for (int k = 0; k < 2000; ++k) model.observe(k, y(k));
  for (const int h : {1, 7, 12, 60}) CHECK(model.forecast(1999, h) == Approx(y(1999 + h)).epsilon(1e-6));
}

TEST_CASE("one step of level, slope and season by hand") {
  const std::array season{3.0, -1.0, -2.0};
  holt_winters model({.slot_s = 1, .level = 0.5, .trend = 0.25, .damping = 0.8, .seasonal = 0.5, .season_slots = 3});
  model.assume(6, 10, 5, season);  // slot 6 has the deviation +3
  CHECK(model.forecast(6, 0) == Approx(10 + 4 + 3));
  CHECK(model.forecast(6, 1) == Approx(10 + 4 + 3.2 - 1));
  model.observe(6, 21);
  // level 0.5 (21 - 3) + 0.5 (10 + 4) = 16; slope 0.25 (16 - 10) + 0.75 * 4 = 4.5; season 0.5 (21 - 14) + 0.5 * 3 = 5
  CHECK(model.forecast(6, 1) == Approx(16 + 3.6 - 1));
  CHECK(model.forecast(6, 2) == Approx(16 + 3.6 + 2.88 - 2));
  CHECK(model.forecast(6, 3) == Approx(16 + 3.6 + 2.88 + 2.304 + 5));
  CHECK(model.level() == 10);  // slot 6 is still under way
  model.observe(7, 0);
  CHECK(model.level() == 16);
  CHECK(model.trend() == 4.5);
}

TEST_CASE("a slot counts with the mean of what was seen of it") {
  holt_winters model({.slot_s = 10, .level = 0.5, .trend = 0});
  model.observe(1, 10);
  CHECK(model.forecast(1, 0) == 10);
  model.observe(5, 20);
  CHECK(model.forecast(5, 60) == 15);
  model.observe(12, 25);
  CHECK(model.level() == 15);
  CHECK(model.forecast(12, 60) == 20);
  model.observe(19, 35);
  CHECK(model.forecast(19, 60) == 22.5);
  CHECK(model.level() == 15);
}

TEST_CASE("slots without values move the state along its own forecast") {
  holt_winters model({.slot_s = 1, .level = 0.5, .trend = 0.1, .damping = 0.9});
  model.assume(0, 100, 5);
  model.observe(0, 104.5);
  const double foreseen = model.forecast(0, 8);
  const double further = model.forecast(0, 20);
  model.observe(8, foreseen);  // seven slots were missed and the eighth is as foreseen
  CHECK(model.forecast(8, 0) == Approx(foreseen));
  CHECK(model.forecast(8, 12) == Approx(further));
  // Over a long gap a slope is not believed.
  holt_winters line({.slot_s = 1, .level = 0.5, .trend = 0.1, .damping = 1});
  line.assume(0, 100, 5);
  line.observe(0, 105);
  line.observe(1000, 105);
  CHECK(line.level() == 105);
  CHECK(line.trend() == 0);
  CHECK(line.forecast(1000, 50) == 105);
  CHECK_NOTHROW(line.observe(1e15, 7));
}

TEST_CASE("gaps in the first season repeat the last value") {
  holt_winters model({.slot_s = 1, .season_slots = 4});
  model.observe(0, 8);
  model.observe(1, 2);
  model.observe(4, 8);  // slots 2 and 3 count as 2
  CHECK(model.level() == Approx(3.5));
  CHECK(model.forecast(4, 1) == Approx(2));
  CHECK(model.forecast(4, 4) == Approx(8));
  // A gap of a whole season begins anew.
  holt_winters late({.slot_s = 1, .season_slots = 4});
  late.observe(0, 1000);
  late.observe(5, 2);
  for (int k = 6; k < 9; ++k) late.observe(k, 2);
  CHECK(std::isnan(late.forecast(8, 1)));
  late.observe(9, 2);
  CHECK(late.forecast(9, 1) == Approx(2));
  // A season that ends within a gap.
  holt_winters across({.slot_s = 1, .season_slots = 4});
  across.observe(0, 8);
  across.observe(1, 8);
  across.observe(2, 2);
  across.observe(5, 8);
  CHECK(across.forecast(5, 1) == Approx(2));
  CHECK(across.forecast(5, 2) == Approx(2));
  CHECK(across.forecast(5, 3) == Approx(8));
}

TEST_CASE("the season is tied to the clock, also before time 0") {
  holt_winters model({.slot_s = 1, .season_slots = 12});
  for (int k = -29; k < 3; ++k) model.observe(k, wave(k));
  CHECK(model.forecast(2, 5) == Approx(wave(7)));
}

TEST_CASE("what is not finite is not learned") {
  holt_winters model({.slot_s = 1});
  CHECK(std::isnan(model.forecast(0, 1)));
  for (const double bad : {unknown, infinite, -infinite}) {
    model.observe(0, bad);
    model.observe(bad, 3);
  }
  CHECK(std::isnan(model.forecast(0, 1)));
  model.observe(0, 3);
  model.observe(1e300, 4);  // no slot has such a number
  CHECK(model.forecast(0, 1) == 3);
  CHECK(std::isnan(model.forecast(unknown, 1)));
  CHECK(std::isnan(model.forecast(0, infinite)));
}

TEST_CASE("a clock that runs backwards makes the model forget, within a slot it does not") {
  holt_winters model({.slot_s = 10});
  model.observe(105, 50);
  model.observe(101, 70);
  CHECK(model.forecast(105, 0) == 60);
  model.observe(7, 2);
  CHECK(model.forecast(7, 0) == 2);
  model.forget();
  CHECK(std::isnan(model.forecast(7, 0)));
  holt_winters seasonal({.slot_s = 1, .season_slots = 2});
  for (int k = 0; k < 9; ++k) seasonal.observe(k, k % 2);
  REQUIRE(seasonal.forecast(8, 1) == Approx(1));
  seasonal.observe(0, 5);
  CHECK(std::isnan(seasonal.forecast(0, 1)));
}

TEST_CASE("a model that was stored goes on as if nothing had happened") {
  for (const std::size_t season : {0U, 12U}) {
    const holt_winters_options options{.slot_s = 5, .season_slots = season};
    holt_winters model(options);
    for (int k = 0; k < 101; ++k) model.observe(2 * k, wave(k) + 0.1 * k);
    checkpoint c;
    store(model, c, "model");
    holt_winters other(options);
    restore(other, c, "model");
    for (int k = 101; k < 150; ++k) {
      model.observe(2 * k, wave(k));
      other.observe(2 * k, wave(k));
      CHECK(model.forecast(2 * k, 60) == other.forecast(2 * k, 60));
    }
    holt_winters different({.slot_s = 6, .season_slots = season});
    CHECK_THROWS_AS(restore(different, c, "model"), checkpoint_error);
  }
}

TEST_CASE("a model takes no memory after construction") {
  holt_winters model({.slot_s = 5, .season_slots = 24});
  double sum = 0;
  CHECK(allocations_in([&] {
          for (int k = 0; k < 1000; ++k) {
            model.observe(k, wave(k));
            const double y = model.forecast(k, 60);
            if (std::isfinite(y)) sum += y;
          }
          model.forget();
        }) == 0);
  CHECK(sum > 0);
}

TEST_CASE("impossible models are refused") {
  const auto make = [](const holt_winters_options& o) { return holt_winters(o); };
  CHECK_THROWS_WITH(make({.slot_s = 0}), "holt_winters: slot_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(make({.level = 0}), "holt_winters: level is 0, must be in (0, 1]");
  CHECK_THROWS_WITH(make({.trend = -0.1}), "holt_winters: trend is -0.1, must be in [0, 1]");
  CHECK_THROWS_WITH(make({.damping = 1.01}), "holt_winters: damping is 1.01, must be in (0, 1]");
  CHECK_THROWS_WITH(make({.seasonal = unknown}), "holt_winters: seasonal is nan, must be in [0, 1]");
  CHECK_THROWS_WITH(make({.season_slots = 1}),
                    "holt_winters: season_slots is 1, must be 0 (no season), or from 2 to 10000000");
  holt_winters model({.season_slots = 2});
  CHECK_THROWS_WITH(model.assume(0, unknown, 0), "holt_winters: level is nan, must be finite");
  CHECK_THROWS_WITH(model.assume(0, 1, 0), "holt_winters: size of season is 0, must be season_slots");
}

TEST_CASE("a gap that is shorter than a season leaves the slope") {
  const auto after = [](double gap) {
    holt_winters model({.slot_s = 1, .damping = 1, .season_slots = 24});
    model.assume(0, 100, 2, std::vector<double>(24, 0.0));
    for (int t = 0; t < 24; ++t) model.observe(t, 102 + 2 * t);
    model.observe(23 + gap, 102 + 2 * (23 + gap));
    return model.trend();
  };
  CHECK(after(1) == Approx(2));
  CHECK(after(13) == Approx(2));  // twelve slots without a value
  CHECK(after(30) == 0);          // more than a season without a value: the slope is not known any more
}
