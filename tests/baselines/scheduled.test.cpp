#include <headroom/baselines/scheduled.hpp>

#include <limits>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct shift {
  double ahead = 3;  // phases not yet started
  double replicas = 12;
  double time_s = 0;
};
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr auto phase_of = [](const shift& o) { return 3 - o.ahead; };

}  // namespace

TEST_CASE("a schedule has a target for each phase") {
  scheduled policy{{16, 17, 13, 12}, phase_of, &shift::replicas, {.maximum = 32, .max_up = 10, .max_down = 10}};
  static_assert(Policy<decltype(policy), shift, int>);
  CHECK(policy.start(shift{3, 12}) == +4);
  CHECK(policy.step(shift{2, 12}) == +5);
  CHECK(policy.step(shift{1, 12}) == +1);
  CHECK(policy.step(shift{0, 12}) == 0);
  CHECK(policy.step(shift{0, 17}) == -5);
}

TEST_CASE("a schedule moves by one unless its limits allow more") {
  scheduled policy{{16, 17, 13, 12}, phase_of, &shift::replicas, {.maximum = 32, .max_up = 1, .max_down = 1}};
  CHECK(policy.step(shift{3, 12}) == +1);
  CHECK(policy.step(shift{2, 17}) == 0);
  CHECK(policy.step(shift{1, 17}) == -1);
}

TEST_CASE("a phase is clamped to the targets there are, and a fraction belongs to the phase it is in") {
  scheduled policy{{5, 6}, [](const shift& o) { return o.time_s; }, &shift::replicas, {.max_up = 10, .max_down = 10}};
  CHECK(policy.step(shift{0, 0, -7}) == 5);
  CHECK(policy.step(shift{0, 0, 0.99}) == 5);
  CHECK(policy.step(shift{0, 0, 1}) == 6);
  CHECK(policy.step(shift{0, 0, 1.99}) == 6);
  CHECK(policy.step(shift{0, 0, 1e300}) == 6);
}

TEST_CASE("a schedule that cannot see holds") {
  scheduled policy{{5, 6}, [](const shift& o) { return o.time_s; }, &shift::replicas};
  for (const double bad : {unknown, infinite, -infinite}) CHECK(policy.step(shift{0, 1, bad}) == 0);
  CHECK(policy.step(shift{0, unknown, 0}) == 0);
  CHECK(policy.step(shift{0, 1, 0}) == +4);
}

TEST_CASE("a clock becomes a phase: from its start on, and before the first it is the first") {
  const by_time phase{&shift::time_s, {10, 100, 1000}};
  CHECK(phase(shift{0, 0, -5}) == 0);
  CHECK(phase(shift{0, 0, 10}) == 0);
  CHECK(phase(shift{0, 0, 99.5}) == 0);
  CHECK(phase(shift{0, 0, 100}) == 1);
  CHECK(phase(shift{0, 0, 999.5}) == 1);
  CHECK(phase(shift{0, 0, 1000}) == 2);
  CHECK(phase(shift{0, 0, 1e12}) == 2);
}

TEST_CASE("a schedule by a clock that has stopped holds") {
  scheduled policy{
      {4, 12}, by_time{&shift::time_s, {0, 3600}}, &shift::replicas, {.maximum = 32, .max_up = 1, .max_down = 1}};
  CHECK(policy.step(shift{0, 8, 3599}) == -1);
  CHECK(policy.step(shift{0, 8, 3600}) == +1);
  for (const double bad : {unknown, infinite, -infinite}) CHECK(policy.step(shift{0, 8, bad}) == 0);
}

TEST_CASE("impossible schedules are refused") {
  const auto make = [](std::vector<int> targets,
                       const replica_limits& limits = {.maximum = 32, .max_up = 1, .max_down = 1}) {
    return scheduled{std::move(targets), phase_of, &shift::replicas, limits};
  };
  CHECK_THROWS_WITH(make({}), "scheduled: number of targets is 0, must be at least 1");
  CHECK_THROWS_WITH(make({12, 33}), "scheduled: target is 33, must be within the limits 1 to 32");
  CHECK_THROWS_WITH(make({0, 12}), "scheduled: target is 0, must be within the limits 1 to 32");
  CHECK_THROWS_WITH(make({1}, {.max_up = -1}), "replica_limits: max_up is -1, must be at least 0");
  const auto clock = [](std::vector<double> starts) { return by_time{&shift::time_s, std::move(starts)}; };
  CHECK_THROWS_WITH(clock({}), "by_time: number of starts is 0, must be at least 1");
  CHECK_THROWS_WITH(clock({0, unknown}), "by_time: start 1 is nan, must be finite");
  CHECK_THROWS_WITH(clock({infinite}), "by_time: start 0 is inf, must be finite");
  CHECK_THROWS_WITH(clock({0, 10, 10}), "by_time: start 2 is 10, must be after the one before it");
}

TEST_CASE("a schedule takes no memory once it is made") {
  scheduled policy{
      {4, 12}, by_time{&shift::time_s, {0, 3600}}, &shift::replicas, {.maximum = 32, .max_up = 1, .max_down = 1}};
  CHECK(allocations_in([&] {
          policy.start(shift{});
          for (int k = 0; k < 100; ++k) policy.step(shift{0, 8, 100.0 * k});
          policy.stop(shift{}, episode::truncated);
        }) == 0);
}
