#include <headroom/systems/scheduler/two_bumps.hpp>

#include <algorithm>
#include <cmath>

#include <headroom/core/concepts.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

static_assert(Workload<scheduler::two_bumps_load>);

TEST_CASE("the bumps are where, as wide and as high as published") {
  int rising = 0;
  double least = 1;
  double most = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const auto bumps = scheduler::two_bumps_load(seed).bumps();
    const double first = bumps[0].centre_s / 3600;
    const double second = bumps[1].centre_s / 3600;
    CHECK((first >= 0.05 && first < 0.35));
    CHECK((second >= 0.55 && second < 0.75));
    for (const auto& b : bumps) {
      CHECK((b.deviation_s >= 0.4 * b.centre_s * (1 - 1e-12) && b.deviation_s < 0.6 * b.centre_s));
    }
    const double low = std::min(bumps[0].peak_per_s, bumps[1].peak_per_s) / 0.16;
    const double high = std::max(bumps[0].peak_per_s, bumps[1].peak_per_s) / 0.16;
    CHECK((low >= 0.7 && low < 0.8 && high >= 0.9 && high < 1));
    rising += bumps[0].peak_per_s < bumps[1].peak_per_s ? 1 : 0;
    least = std::min(least, first);
    most = std::max(most, first);
  }
  // A fair coin: 500 with a deviation of 15.8; the range is used to its ends.
  CHECK(std::abs(rising - 500) < 48);
  CHECK(least < 0.055);
  CHECK(most > 0.345);
}

TEST_CASE("without noise the load is the clipped sum of two Gaussians") {
  const scheduler::two_bumps_load load(3, {.noise_mean = 0, .noise_deviation = 0});
  const auto [a, b] = load.bumps();
  const auto gaussian = [](const auto& x, double t) {
    return x.peak_per_s * std::exp(-0.5 * std::pow((t - x.centre_s) / x.deviation_s, 2));
  };
  for (const double t : {0.0, 333.0, a.centre_s, 1800.0, b.centre_s, 3600.0, 9000.0}) {
    CHECK(load(t) == Approx(std::min(gaussian(a, t) + gaussian(b, t), 0.16)).epsilon(1e-13));
    CHECK(load.quiet(t) == load(t));
  }
  CHECK(load(a.centre_s) >= a.peak_per_s);
  CHECK(load(1e6) < 1e-9);
}

TEST_CASE("the noise is drawn at each observation, and asking twice gives the same") {
  const scheduler::two_bumps_load load(7);
  CHECK(load(100) == load(100));
  CHECK(load(100) == scheduler::two_bumps_load(7)(100));
  CHECK(load(100) != scheduler::two_bumps_load(8)(100));
  // Within a tick the noise stands, so that only the bumps move.
  CHECK(load(104) - load.quiet(104) == Approx(load(100) - load.quiet(100)).epsilon(1e-10));
  CHECK(std::abs((load(110) - load.quiet(110)) - (load(100) - load.quiet(100))) > 1e-6);
}

TEST_CASE("the noise has the published mean and deviation") {
  // Wide limits, so that nothing is clipped: 0.5 of the maximum in the middle, where noise of 0.1 never ends it.
  const scheduler::two_bumps_options options{.maximum_per_s = 1,
                                             .lower_peak = {0.25, 0.25},
                                             .higher_peak = {0.25, 0.25},
                                             .noise_mean = 0.2,
                                             .noise_deviation = 0.02};
  const scheduler::two_bumps_load load(11, options);
  const int n = 20'000;
  double sum = 0;
  double squares = 0;
  for (int k = 0; k < n; ++k) {
    const double noise = load(k * 10) - load.quiet(k * 10);
    sum += noise;
    squares += noise * noise;
  }
  const double mean = sum / n;
  const double variance = squares / n - mean * mean;
  CHECK(std::abs(mean - 0.2) < 4 * 0.02 / std::sqrt(n));
  CHECK(std::abs(variance / (0.02 * 0.02) - 1) < 4 * std::sqrt(2.0 / n));
}

TEST_CASE("the load stays within its limits, and touches both") {
  bool silent = false;
  bool full = false;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const scheduler::two_bumps_load load(seed);
    for (int k = 0; k < 360; ++k) {
      const double per_s = load(k * 10);
      CHECK((per_s >= 0 && per_s <= 0.16));
      silent |= per_s == 0;
      full |= per_s == 0.16;
    }
  }
  CHECK(silent);
  CHECK(full);
}

TEST_CASE("a seed is a load for ever") {
  const scheduler::two_bumps_load load(1000);
  CHECK(load.bumps()[0].centre_s == Approx(1203.2773995120501).epsilon(1e-14));
  CHECK(load(0) == Approx(0.03149077162426045).epsilon(1e-12));
  CHECK(load(1800) == Approx(0.12642219301403221).epsilon(1e-12));
}

TEST_CASE("two bumps take no memory") {
  double sum = 0;
  CHECK(allocations_in([&] { sum += scheduler::two_bumps_load(5)(900); }) == 0);
  CHECK(sum > 0);
}

TEST_CASE("two_bumps_load refuses what cannot be") {
  CHECK_THROWS_WITH(scheduler::two_bumps_load(1, {.duration_s = 0}),
                    "two_bumps_load: duration_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(scheduler::two_bumps_load(1, {.maximum_per_s = -1}),
                    "two_bumps_load: maximum_per_s is -1, must be positive and finite");
  CHECK_THROWS_WITH(scheduler::two_bumps_load(1, {.width = {0.6, 0.4}}),
                    "two_bumps_load: width.high is 0.4, must not be below low, 0.6, and below 1e9");
  CHECK_THROWS_WITH(scheduler::two_bumps_load(1, {.first_centre = {0, 1}}),
                    "two_bumps_load: first_centre.low is 0, must be positive and finite");
  CHECK_THROWS_WITH(scheduler::two_bumps_load(1, {.noise_deviation = -0.1}),
                    "two_bumps_load: noise_deviation is -0.1, must be zero or more, and finite");
  CHECK_THROWS_WITH(scheduler::two_bumps_load(1, {.noise_every_s = 0}),
                    "two_bumps_load: noise_every_s is 0, must be positive and finite");
}
