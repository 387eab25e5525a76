#include <headroom/baselines/threshold.hpp>

#include <cmath>
#include <limits>

#include <headroom/core/concepts.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct gauge {
  double load = 0;
  double replicas = 4;
};
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("a threshold moves above and below its marks, and holds on them and between them") {
  threshold policy{&gauge::load, &gauge::replicas, {.up_above = 0.75, .down_below = 0.5}, {.maximum = 8}};
  static_assert(Policy<decltype(policy), gauge, int>);
  CHECK(policy.start(gauge{0.8}) == +1);
  CHECK(policy.step(gauge{std::nextafter(0.75, 1)}) == +1);
  CHECK(policy.step(gauge{0.75}) == 0);
  CHECK(policy.step(gauge{0.6}) == 0);
  CHECK(policy.step(gauge{0.5}) == 0);
  CHECK(policy.step(gauge{std::nextafter(0.5, 0)}) == -1);
  CHECK(policy.step(gauge{0}) == -1);
  CHECK(policy.start(gauge{0.4}) == -1);
}

TEST_CASE("a threshold respects its limits") {
  threshold policy{&gauge::load,
                   &gauge::replicas,
                   {.up_above = 0.75, .down_below = 0.5, .step = 4},
                   {.minimum = 2, .maximum = 8, .max_up = 3, .max_down = 4}};
  CHECK(policy.step(gauge{1, 3}) == +3);
  CHECK(policy.step(gauge{1, 6}) == +2);
  CHECK(policy.step(gauge{1, 8}) == 0);
  CHECK(policy.step(gauge{0, 8}) == -4);
  CHECK(policy.step(gauge{0, 5}) == -3);
  CHECK(policy.step(gauge{0, 2}) == 0);
  CHECK(policy.step(gauge{1, 20}) == -4);  // leads back into the limits whatever the load says
}

TEST_CASE("a threshold that cannot see holds") {
  threshold policy{&gauge::load, &gauge::replicas};
  for (const double bad : {unknown, infinite, -infinite}) CHECK(policy.step(gauge{bad, 4}) == 0);
  CHECK(policy.step(gauge{1, unknown}) == 0);
  CHECK(policy.step(gauge{0, unknown}) == 0);
  CHECK(policy.step(gauge{1, 4}) == +1);
}

TEST_CASE("impossible thresholds are refused") {
  const auto make = [](const threshold_options& o, const replica_limits& limits = {}) {
    return threshold{&gauge::load, &gauge::replicas, o, limits};
  };
  CHECK_THROWS_WITH(make({.up_above = infinite}), "threshold: up_above is inf, must be finite");
  CHECK_THROWS_WITH(make({.up_above = unknown}), "threshold: up_above is nan, must be finite");
  CHECK_THROWS_WITH(make({.up_above = 0.5, .down_below = 0.75}),
                    "threshold: down_below is 0.75, must not be above up_above");
  CHECK_THROWS_WITH(make({.down_below = unknown}), "threshold: down_below is nan, must not be above up_above");
  CHECK_THROWS_WITH(make({.step = 0}), "threshold: step is 0, must be at least 1");
  CHECK_THROWS_WITH(make({}, {.minimum = -1}), "replica_limits: minimum is -1, must be at least 0");
  CHECK_NOTHROW(make({.up_above = 0.5, .down_below = 0.5}));
}

TEST_CASE("a threshold that never goes down is one without a lower mark") {
  threshold policy{&gauge::load, &gauge::replicas, {.up_above = 0.7, .down_below = -infinite}};
  CHECK(policy.step(gauge{-1e9}) == 0);
  CHECK(policy.step(gauge{0.71}) == +1);
}

TEST_CASE("a threshold takes no memory") {
  threshold policy{&gauge::load, &gauge::replicas};
  CHECK(allocations_in([&] {
          policy.start(gauge{1});
          for (int k = 0; k < 100; ++k) policy.step(gauge{0.01 * k});
          policy.stop(gauge{}, episode::truncated);
        }) == 0);
}
