#include <headroom/systems/scheduler/very_light.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

static_assert(Workload<scheduler::very_light_load>);

TEST_CASE("a very light load has its mean, and its least is nothing") {
  const scheduler::very_light_load load;
  const int n = 18'000;
  double sum = 0;
  double least = 1;
  for (int k = 0; k < n; ++k) {
    const double per_s = load(k * 0.1);
    sum += per_s;
    least = std::min(least, per_s);
    CHECK(per_s >= 0);
  }
  CHECK(sum / n == Approx(0.1).epsilon(1e-12));
  CHECK(least < 1e-7);
}

TEST_CASE("a very light load has the published shape") {
  const scheduler::very_light_load load{{.mean_per_s = 1, .duration_s = 2 * std::numbers::pi, .turns = 1}};
  const auto wave = [](double x) { return std::sin(x) + 0.5 * std::sin(2 * x + 1) + 0.3 * std::sin(3 * x + 2); };
  // Of a lifted and scaled wave the ratios of differences stay.
  CHECK((load(1) - load(2)) / (load(3) - load(4)) == Approx((wave(1) - wave(2)) / (wave(3) - wave(4))).epsilon(1e-12));
  CHECK(load(4.99270989560814) == Approx(0).margin(1e-15));  // where the derivative is 0
  CHECK(load(4.9) > 0);
  CHECK(load(5.1) > 0);
}

TEST_CASE("very_light_load refuses what cannot be") {
  CHECK_THROWS_WITH(scheduler::very_light_load({.mean_per_s = -0.1}),
                    "very_light_load: mean_per_s is -0.1, must be zero or more, and finite");
  CHECK_THROWS_WITH(scheduler::very_light_load({.duration_s = 0}),
                    "very_light_load: duration_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(scheduler::very_light_load({.turns = 0}),
                    "very_light_load: turns is 0, must be positive and finite");
}
