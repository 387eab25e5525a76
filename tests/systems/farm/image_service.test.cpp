#include <headroom/systems/farm/image_service.hpp>

#include <algorithm>
#include <cmath>

#include <headroom/core/random.hpp>
#include <headroom/systems/farm/legacy_random.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("the calibrated law gives these seconds") {
  const farm::image_service service;
  CHECK(service.seconds(512) == Approx(0.04648951493106346).epsilon(1e-15));
  CHECK(service.seconds(4096) == Approx(2.870403857083484).epsilon(1e-15));
  CHECK(service.seconds(0) == service.constant_s);
}

TEST_CASE("the legacy stream gives the published service times") {
  // Seed 42: image sides 3299, 2464, 3595.
  const farm::image_service service;
  auto random = farm::mersenne_twister::from_words(42);
  for (const double side : {3299.0, 2464.0, 3595.0}) CHECK(service(random) == service.seconds(side));
}

TEST_CASE("service times have the mean and the ceiling of the clipped gamma") {
  // Summed over all sides from 512 to 4096 with the gamma's distribution function: mean, variance, share at the
  // ceiling.
  constexpr double mean = 1.4710601524740403;
  constexpr double variance = 0.4544170747961882;
  constexpr double at_ceiling = 0.05341157981355586;
  constexpr int n = 200'000;
  const farm::image_service service;
  engine random(1);
  double sum = 0;
  double ceiling = 0;
  double least = 1e9;
  double most = 0;
  for (int i = 0; i < n; ++i) {
    const double s = service(random);
    sum += s / n;
    ceiling += s == service.seconds(4096) ? 1.0 / n : 0.0;
    least = std::min(least, s);
    most = std::max(most, s);
  }
  CHECK(std::abs(sum - mean) < 5 * std::sqrt(variance / n));
  CHECK(std::abs(ceiling - at_ceiling) < 5 * std::sqrt(at_ceiling * (1 - at_ceiling) / n));
  CHECK(least >= service.seconds(512));
  CHECK(most == service.seconds(4096));
}

TEST_CASE("every service time belongs to a whole number of pixels") {
  const farm::image_service service;
  engine random(2);
  for (int i = 0; i < 100; ++i) {
    const double side = std::sqrt((service(random) - service.constant_s) / service.quadratic_s);
    CHECK(side == Approx(std::round(side)).epsilon(1e-12));
  }
}

TEST_CASE("when no draw exceeds the constant, the mean is taken") {
  // A gamma of mean 1e-9 s never reaches 1.7 ms; the mean is then clipped to the smallest image.
  const farm::image_service service{.mean_s = 1e-9};
  engine random(3);
  CHECK(service(random) == service.seconds(512));
}
