#include <headroom/workloads/diurnal.hpp>

#include <algorithm>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

static_assert(Workload<diurnal_load>);

TEST_CASE("a day has its peak, its trough and its mean where they were put") {
  const diurnal_load load{{.mean_per_s = 10, .swing = 0.6, .period_s = 86'400, .peak_s = 50'400}};
  CHECK(load(50'400) == 16);
  CHECK(load(50'400 - 43'200) == Approx(4).epsilon(1e-14));
  CHECK(load(50'400 + 21'600) == Approx(10).epsilon(1e-14));
  CHECK(load(50'400 + 3 * 86'400) == Approx(16).epsilon(1e-14));
  // The cosine of a sixth of a turn is a half.
  CHECK(load(50'400 + 14'400) == Approx(13).epsilon(1e-14));
}

TEST_CASE("the mean over a period is the mean") {
  const diurnal_load load{{.mean_per_s = 3, .swing = 1, .period_s = 60, .peak_s = 7}};
  double sum = 0;
  double least = 1;
  for (int k = 0; k < 6000; ++k) {
    sum += load(k * 0.01) / 6000;
    least = std::min(least, load(k * 0.01));
  }
  CHECK(sum == Approx(3).epsilon(1e-12));
  CHECK(least >= 0);
}

TEST_CASE("diurnal_load refuses a swing that would go below zero") {
  CHECK_THROWS_WITH(diurnal_load({.swing = 1.5}), "diurnal_load: swing is 1.5, must be in [0, 1]");
  CHECK_THROWS_WITH(diurnal_load({.mean_per_s = -1}),
                    "diurnal_load: mean_per_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(diurnal_load({.period_s = 0}), "diurnal_load: period_s is 0, must be positive and finite");
}
