#include <headroom/policies/stabilized.hpp>

#include <limits>
#include <vector>

#include <headroom/baselines/target_tracking.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/systems/farm/signals.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "wisher.hpp"

using namespace headroom;
using namespace wishes;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("down only to the highest wish of the window, and the inner policy is told") {
  stabilized policy{wisher{}, see(), {.up_s = 0, .down_s = 60}};
  static_assert(CorrectablePolicy<decltype(policy), sample, int>);
  CHECK(policy.start({0, 8, -3}) == 0);  // the 8 that were there count
  CHECK(policy.step({30, 8, -5}) == 0);
  CHECK(policy.step({59, 8, -6}) == 0);
  CHECK(policy.step({60, 8, -6}) == -5);  // the 8 has gone, and the 5 of the first step with it: 3 is the highest
  CHECK(policy.step({89, 3, -1}) == 0);   // the 3 of 30 s
  CHECK(policy.step({90, 3, -1}) == -1);
  CHECK(policy.inner().told == std::vector<int>{0, 0, 0, -5, 0});
  CHECK(policy.overrides() == 5);
  CHECK(policy.refused() == refused_signals{});
}

TEST_CASE("up only to the lowest wish of the window") {
  stabilized policy{wisher{}, see(), {.up_s = 30, .down_s = 0}};
  CHECK(policy.start({0, 4, +4}) == 0);
  CHECK(policy.step({10, 4, +2}) == 0);
  CHECK(policy.step({29, 4, +6}) == 0);
  CHECK(policy.step({30, 4, +6}) == +2);
  CHECK(policy.step({40, 6, +4}) == +4);
  CHECK(policy.step({41, 10, -9}) == -9);
  CHECK(policy.overrides() == 4);
}

TEST_CASE("without windows a wish is executed as it is, and nobody is told") {
  stabilized policy{wisher{}, see(), {.up_s = 0, .down_s = 0}};
  engine random(1);
  CHECK(policy.start({0, 5, -2}) == -2);
  for (int k = 1; k < 200; ++k) {
    const int wish = static_cast<int>(random.below(9)) - 4;
    REQUIRE(policy.step({static_cast<double>(k), static_cast<double>(random.below(20)), wish}) == wish);
  }
  CHECK(policy.overrides() == 0);
  CHECK(policy.inner().told.empty());
}

TEST_CASE("what is executed lies between nothing and the wish, whatever the windows remember") {
  stabilized policy{stubborn{}, see(), {.up_s = 2, .down_s = 4}};
  engine random(2);
  policy.start({0, 5, 0});
  int moved = 0;
  int held = 0;
  for (int k = 1; k < 5000; ++k) {
    const int wish = static_cast<int>(random.below(9)) - 4;
    const int done = policy.step({static_cast<double>(k), 10 + static_cast<double>(random.below(3)), wish});
    REQUIRE(done * wish >= 0);
    REQUIRE(std::abs(done) <= std::abs(wish));
    moved += done != 0;
    held += done == 0 && wish != 0;
  }
  CHECK(moved > 0);
  CHECK(held > 0);
}

TEST_CASE("the windows hold in an inner policy that flaps") {
  stabilized policy{stubborn{}, see(), {.up_s = 0, .down_s = 60}};
  double replicas = 10;
  int changes = 0;
  policy.start({0, replicas, 0});
  for (int k = 1; k < 100; ++k) {
    const int done = policy.step({10.0 * k, replicas, k % 2 == 0 ? +1 : -1});
    replicas += done;
    changes += done != 0;
    if (k >= 2) REQUIRE(replicas >= 11);
  }
  CHECK(changes == 49);  // every wish up, none down
}

TEST_CASE("an episode starts without a past, and is passed on") {
  stabilized policy{wisher{}, see(), {.down_s = 60}};
  CHECK(policy.start({1000, 8, 0}) == 0);
  policy.stop({1010, 8, 0}, episode::terminated);
  CHECK(policy.start({0, 4, -1}) == 0);
  CHECK(policy.step({60, 4, -1}) == -1);
  CHECK(policy.refused().clocks == 0);
  CHECK(policy.inner().starts == 2);
  CHECK(policy.inner().steps == 1);
  CHECK(policy.inner().stops == 1);
  policy.executed(+7);
  CHECK(policy.inner().told.back() == +7);
}

TEST_CASE("signals that cannot be used hold, are counted, and the inner policy is told") {
  stabilized policy{wisher{}, see(), {.down_s = 0}};
  CHECK(policy.start({0, 4, +1}) == +1);
  for (const double bad : {unknown, infinite, -1.0}) CHECK(policy.step({1, bad, +1}) == 0);
  for (const double bad : {unknown, infinite}) CHECK(policy.step({bad, 4, +1}) == 0);
  CHECK(policy.refused().replicas == 3);
  CHECK(policy.refused().clocks == 2);
  CHECK(policy.refused().total() == 5);
  CHECK(policy.inner().told == std::vector<int>(5));
  CHECK(policy.step({1, unknown, 0}) == 0);  // nothing to tell
  CHECK(policy.inner().told.size() == 5);
  CHECK(policy.step({2, 4, +1}) == +1);
}

TEST_CASE("a clock that jumps back holds once, and the past is forgotten") {
  stabilized policy{wisher{}, see(), {.down_s = 300}};
  policy.start({1000, 20, 0});
  CHECK(policy.step({5, 8, -1}) == 0);
  CHECK(policy.refused().clocks == 1);
  CHECK(policy.step({6, 8, -4}) == 0);
  CHECK(policy.step({306, 8, -4}) == -4);  // the 20 is forgotten
}

TEST_CASE("a baseline behind windows") {
  stabilized policy{target_tracking{farm::all_signals(),
                                    &farm::observation::arrival_rate,
                                    {.kind = target_kind::average_value, .target = 2, .down_stabilisation_s = 0},
                                    {.minimum = 1, .maximum = 40, .max_up = 1, .max_down = 1}},
                    farm::all_signals(),
                    {.up_s = 8}};
  static_assert(CorrectablePolicy<decltype(policy), farm::observation, int>);
  farm::observation o;
  o.workers = 4;
  o.arrival_rate = 12;
  CHECK(policy.start(o) == 0);
  o.time_s = 8;
  CHECK(policy.step(o) == +1);
}

TEST_CASE("impossible windows around a policy are refused") {
  const auto make = [](const stabilized_options& o) { stabilized{wisher{}, see(), o}; };
  CHECK_THROWS_WITH(make({.up_s = -1}), "sliding_extreme: window_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.down_s = unknown}), "sliding_extreme: window_s is nan, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.interval_s = 0}), "stabilized: interval_s is 0, must be positive and finite");
  CHECK_THROWS_WITH((stabilized{wisher{}, signals<sample>{}}), "stabilized: signals.time_s is missing, must be named");
  CHECK_THROWS_WITH((stabilized{wisher{}, signals<sample>{.time_s = &sample::time_s}}),
                    "stabilized: signals.replicas is missing, must be named");
}

TEST_CASE("a stabilized policy is stored with what is inside and its counts") {
  stabilized policy{wisher{}, see(), {.down_s = 60}};
  policy.start({0, 8, -1});
  policy.step({1, unknown, -1});
  policy.stop({2, 8, 0}, episode::truncated);
  checkpoint file;
  store(policy, file, "stabilized");
  stabilized next{wisher{}, see(), {.down_s = 60}};
  restore(next, file, "stabilized");
  CHECK(next.overrides() == 2);
  CHECK(next.refused() == policy.refused());
  CHECK(next.refused().replicas == 1);
  CHECK(next.inner().steps == 1);
  // An inner policy that has nothing to keep is none that cannot be stored.
  stabilized plain{stubborn{}, see()};
  checkpoint other;
  store(plain, other, "plain");
  CHECK_NOTHROW(restore(plain, other, "plain"));
}

TEST_CASE("stabilisation takes no memory") {
  stabilized policy{stubborn{}, see(), {.up_s = 30, .down_s = 300}};
  CHECK(allocations_in([&] {
          policy.start({});
          for (int k = 0; k < 1000; ++k) policy.step({0.1 * k, 4.0 + k % 3, k % 5 - 2});
          policy.stop({}, episode::truncated);
        }) == 0);
}
