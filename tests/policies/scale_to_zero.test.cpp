#include <headroom/policies/scale_to_zero.hpp>

#include <limits>
#include <vector>

#include <headroom/baselines/target_tracking.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "wisher.hpp"

using namespace headroom;
using namespace wishes;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr replica_limits one_at_a_time{.minimum = 0, .maximum = 16, .max_up = 1, .max_down = 1};
constexpr replica_limits wide{.minimum = 0, .maximum = 16, .max_up = 16, .max_down = 16};

}  // namespace

TEST_CASE("idle for the grace period puts to sleep, activity wakes") {
  scale_to_zero policy{wisher{}, see(), &sample::activity, {.grace_s = 30}, wide};
  static_assert(CorrectablePolicy<decltype(policy), sample, int>);
  CHECK(policy.start({0, 4, 0, 5}) == 0);
  CHECK(policy.step({10, 4, 0, 0}) == 0);
  CHECK(policy.step({29.9, 4, +1, 0}) == +1);
  CHECK(policy.step({30, 5, +1, 0}) == -5);
  CHECK(policy.step({40, 0, 0, 0}) == 0);
  CHECK(policy.step({50, 0, +1, 0}) == 0);
  CHECK(policy.step({60, 0, 0, 0.1}) == +1);
  CHECK(policy.step({70, 1, 0, 0}) == 0);
  CHECK(policy.step({89.9, 1, 0, 0}) == 0);
  CHECK(policy.step({90, 1, 0, 0}) == -1);
  CHECK(policy.inner().told == std::vector<int>{-5, 0, +1, -1});
  CHECK(policy.overrides() == 4);
}

TEST_CASE("asleep and awake as fast as the environment can") {
  scale_to_zero policy{stubborn{}, see(), &sample::activity, {.grace_s = 10, .wake_to = 3}, one_at_a_time};
  CHECK(policy.start({0, 3, 0, 1}) == 0);
  CHECK(policy.step({10, 3, 0, 0}) == -1);
  CHECK(policy.step({20, 2, 0, 0}) == -1);
  CHECK(policy.step({30, 1, 0, 0}) == -1);
  CHECK(policy.step({40, 0, 0, 1}) == +1);
  scale_to_zero fast{stubborn{}, see(), &sample::activity, {.wake_to = 3}, wide};
  CHECK(fast.start({0, 0, 0, 1}) == +3);
  CHECK(fast.step({1, 0, +2, 1}) == +3);
  CHECK(fast.step({2, 0, +5, 1}) == +5);
  CHECK(fast.step({3, 0, +50, 1}) == +16);
}

TEST_CASE("activity that comes back on the way to sleep gives the word to the inner policy") {
  scale_to_zero policy{stubborn{}, see(), &sample::activity, {.grace_s = 10}, one_at_a_time};
  CHECK(policy.start({0, 3, 0, 1}) == 0);
  CHECK(policy.step({10, 3, +1, 0}) == -1);
  CHECK(policy.step({20, 2, +1, 1}) == +1);
  CHECK(policy.step({29, 3, -1, 0}) == -1);
  CHECK(policy.step({30, 2, +1, 0}) == -1);
}

TEST_CASE("the activation threshold must be exceeded") {
  scale_to_zero policy{stubborn{}, see(), &sample::activity, {.grace_s = 10, .activation = 5}, wide};
  CHECK(policy.start({0, 0, 0, 5}) == 0);
  CHECK(policy.step({1, 0, 0, 5.1}) == +1);
  CHECK(policy.step({10.9, 1, 0, 5}) == 0);
  CHECK(policy.step({11, 1, 0, 5}) == -1);
}

TEST_CASE("the inner policy never puts to sleep") {
  scale_to_zero policy{wisher{}, see(), &sample::activity, {}, wide};
  CHECK(policy.start({0, 2, -2, 1}) == -1);
  CHECK(policy.step({1, 1, -1, 1}) == 0);
  CHECK(policy.step({2, 1, -1, 0}) == 0);
  CHECK(policy.step({3, 5, -3, 0}) == -3);
  CHECK(policy.step({4, 5, -4, 0}) == -4);
  CHECK(policy.inner().told == std::vector<int>{-1, 0, 0});
}

TEST_CASE("the grace period begins with the episode, even an idle one") {
  scale_to_zero policy{wisher{}, see(), &sample::activity, {.grace_s = 30}, wide};
  CHECK(policy.start({500, 2, 0, 0}) == 0);
  CHECK(policy.step({529, 2, 0, 0}) == 0);
  CHECK(policy.step({530, 2, 0, 0}) == -2);
  policy.stop({540, 0, 0, 0}, episode::truncated);
  CHECK(policy.start({0, 2, 0, 0}) == 0);
  CHECK(policy.refused().clocks == 0);
  CHECK(policy.inner().starts == 2);
  CHECK(policy.inner().stops == 1);
  scale_to_zero at_once{stubborn{}, see(), &sample::activity, {.grace_s = 0}, wide};
  CHECK(at_once.start({0, 2, 0, 0}) == -2);
  CHECK(at_once.step({1, 2, 0, 1}) == 0);
}

TEST_CASE("what cannot be seen is not idle") {
  scale_to_zero policy{wisher{}, see(), &sample::activity, {.grace_s = 30}, wide};
  CHECK(policy.start({0, 4, 0, 1}) == 0);
  CHECK(policy.step({20, 4, +1, unknown}) == 0);
  CHECK(policy.step({30, 4, 0, 0}) == 0);  // anew since 20 s
  CHECK(policy.step({49, 4, 0, -1}) == 0);
  CHECK(policy.step({78, 4, 0, 0}) == 0);
  CHECK(policy.step({79, 4, 0, 0}) == -4);
  CHECK(policy.step({80, 0, +1, infinite}) == 0);
  CHECK(policy.refused().values == 3);
  for (const double bad : {unknown, infinite, -1.0}) CHECK(policy.step({200, bad, +1, 1}) == 0);
  CHECK(policy.refused().replicas == 3);
  CHECK(policy.step({unknown, 4, +1, 0}) == 0);
  CHECK(policy.refused().clocks == 1);
  CHECK(policy.refused().total() == 7);
}

TEST_CASE("a clock that jumps back holds once, and the grace period starts anew") {
  scale_to_zero policy{wisher{}, see(), &sample::activity, {.grace_s = 30}, wide};
  policy.start({1000, 4, 0, 1});
  CHECK(policy.step({5, 4, +1, 0}) == 0);
  CHECK(policy.refused().clocks == 1);
  CHECK(policy.step({6, 4, 0, 0}) == 0);
  CHECK(policy.step({35, 4, 0, 0}) == 0);
  CHECK(policy.step({36, 4, 0, 0}) == -4);
}

TEST_CASE("more replicas than the maximum are counted, and the inner policy leads back") {
  scale_to_zero policy{stubborn{}, see(), &sample::activity, {}, wide};
  CHECK(policy.start({0, 20, -4, 1}) == -4);
  CHECK(policy.refused().above_maximum == 1);
}

TEST_CASE("a horizontal pod autoscaler that sleeps: two layers, as KEDA does it") {
  const target_tracking_options options{
      .kind = target_kind::average_value, .target = 10, .sync_period_s = 0, .down_stabilisation_s = 0};
  scale_to_zero policy{
      target_tracking{see(), &sample::activity, options, {.maximum = 16, .max_up = 16, .max_down = 16}},
      see(),
      &sample::activity,
      {.grace_s = 60},
      wide};
  CHECK(policy.start({0, 3, 0, 60}) == +3);
  CHECK(policy.step({15, 6, 0, 0}) == -5);
  CHECK(policy.step({30, 1, 0, 0}) == 0);
  CHECK(policy.step({60, 1, 0, 0}) == -1);
  CHECK(policy.step({75, 0, 0, 0}) == 0);
  CHECK(policy.step({90, 0, 0, 45}) == +1);
  CHECK(policy.step({105, 1, 0, 45}) == +3);
}

TEST_CASE("impossible sleep is refused") {
  const auto make = [](const scale_to_zero_options& o, const replica_limits& limits = wide) {
    scale_to_zero{wisher{}, see(), &sample::activity, o, limits};
  };
  CHECK_THROWS_WITH(make({.grace_s = -1}), "scale_to_zero: grace_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.grace_s = unknown}), "scale_to_zero: grace_s is nan, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.activation = -1}), "scale_to_zero: activation is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.wake_to = 0}), "scale_to_zero: wake_to is 0, must be at least 1");
  CHECK_THROWS_WITH(make({}, {.minimum = 1}), "scale_to_zero: minimum is 1, must be 0");
  CHECK_THROWS_WITH((scale_to_zero{wisher{}, signals<sample>{}, &sample::activity}),
                    "scale_to_zero: signals.time_s is missing, must be named");
  CHECK_THROWS_WITH((scale_to_zero{wisher{}, signals<sample>{.time_s = &sample::time_s}, &sample::activity}),
                    "scale_to_zero: signals.replicas is missing, must be named");
  CHECK_THROWS_WITH((scale_to_zero{wisher{}, see(), {}}), "scale_to_zero: activity is missing, must be named");
}

TEST_CASE("a policy that sleeps is stored with what is inside and its counts") {
  scale_to_zero policy{wisher{}, see(), &sample::activity, {}, wide};
  policy.start({0, 1, -1, 1});
  policy.step({1, 4, 0, unknown});
  policy.stop({2, 4, 0, 1}, episode::truncated);
  checkpoint file;
  store(policy, file, "sleeper");
  scale_to_zero next{wisher{}, see(), &sample::activity, {}, wide};
  restore(next, file, "sleeper");
  CHECK(next.overrides() == 1);
  CHECK(next.refused() == policy.refused());
  CHECK(next.refused().values == 1);
  CHECK(next.inner().steps == 1);
}

TEST_CASE("sleep takes no memory") {
  scale_to_zero policy{stubborn{}, see(), &sample::activity, {.grace_s = 5}, wide};
  CHECK(allocations_in([&] {
          policy.start({});
          for (int k = 0; k < 1000; ++k) policy.step({1.0 * k, 1.0 * (k % 3), k % 3 - 1, k % 50 < 10 ? 1.0 : 0.0});
          policy.stop({}, episode::truncated);
        }) == 0);
}
