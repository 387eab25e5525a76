#include <headroom/baselines/queue_target.hpp>

#include <limits>

#include <headroom/core/concepts.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct workers {
  double time_s = 0;
  double replicas = 1;
  double queue = 0;
};
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
const signals<workers> see{.time_s = &workers::time_s, .replicas = &workers::replicas, .backlog = &workers::queue};
constexpr replica_limits wide{.minimum = 0, .maximum = 100, .max_up = 100, .max_down = 100};
constexpr replica_limits never_zero{.minimum = 1, .maximum = 100, .max_up = 100, .max_down = 100};

/// What is wanted after an observation.
int at(queue_target<workers>& policy, double time_s, double replicas, double queue) {
  policy.step({time_s, replicas, queue});
  return policy.desired();
}

}  // namespace

TEST_CASE("wanted is the queue by the target, rounded up") {
  queue_target policy{see, {.target = 5, .sync_s = 0}, never_zero};
  static_assert(Policy<decltype(policy), workers, int>);
  CHECK(policy.start({0, 2, 25}) == 3);
  CHECK(at(policy, 1, 5, 25.1) == 6);
  CHECK(at(policy, 2, 5, 0) == 1);
  CHECK(at(policy, 3, 5, 1e9) == 100);
}

TEST_CASE("the target is evaluated with the period of the HPA, and the policy moves on in between") {
  queue_target policy{see, {.target = 1}, {.minimum = 1, .maximum = 100, .max_up = 2, .max_down = 2}};
  CHECK(policy.start({0, 1, 6}) == 2);
  CHECK(policy.step({8, 3, 90}) == 2);
  CHECK(policy.desired() == 6);
  CHECK(policy.step({15, 5, 4}) == -1);
  CHECK(policy.step({30, 4, 4}) == 0);
}

TEST_CASE("from zero it wakes at the next poll that sees more than the activation") {
  queue_target policy{see, {.target = 1, .activation = 2}, wide};
  CHECK(policy.start({0, 0, 0}) == 0);
  CHECK(at(policy, 29, 0, 50) == 0);  // nobody looks
  CHECK(at(policy, 30, 0, 2) == 0);   // not above 2
  CHECK(at(policy, 59, 0, 50) == 0);
  CHECK(at(policy, 60, 0, 50) == 1);   // one, whatever the queue
  CHECK(at(policy, 61, 1, 50) == 50);  // and then the HPA
}

TEST_CASE("to zero it goes after a cooldown without an active poll") {
  queue_target policy{see, {.target = 1}, wide};
  policy.start({0, 4, 4});
  CHECK(at(policy, 30, 4, 1) == 1);  // active for the last time
  CHECK(at(policy, 45, 1, 9) == 9);  // between two polls: seen by the HPA alone
  CHECK(at(policy, 60, 9, 0) == 1);  // the HPA's least
  CHECK(at(policy, 300, 1, 0) == 1);
  CHECK(at(policy, 329, 1, 0) == 1);
  CHECK(at(policy, 330, 1, 0) == 0);
  CHECK(at(policy, 345, 0, 7) == 0);
  CHECK(at(policy, 360, 0, 7) == 1);

  // Where the way to zero takes several decisions, the HPA does not stop it.
  queue_target slow{see, {.target = 1, .cooldown_s = 0}, {.minimum = 0, .maximum = 9, .max_up = 1, .max_down = 1}};
  slow.start({0, 5, 5});
  CHECK(slow.step({30, 5, 0}) == -1);
  CHECK(slow.step({45, 4, 0}) == -1);
  CHECK(slow.desired() == 0);
  CHECK(slow.step({60, 3, 6}) == 1);  // but a queue does: awake
  CHECK(slow.desired() == 6);
  slow.step({90, 3, 0});
  CHECK(slow.desired() == 0);
  slow.step({91, 4, 3});  // and so does somebody who scales up
  CHECK(slow.desired() == 3);
}

TEST_CASE("a queue that was never active has a cooldown of its own") {
  queue_target at_once{see, {}, wide};
  CHECK(at_once.start({0, 3, 0}) == -3);
  queue_target later{see, {.initial_cooldown_s = 60}, wide};
  later.start({0, 3, 0});
  CHECK(later.desired() == 1);
  CHECK(at(later, 30, 1, 0) == 1);
  CHECK(at(later, 60, 1, 0) == 0);
}

TEST_CASE("idle at zero and active with a minimum") {
  queue_target policy{see, {.target = 1, .cooldown_s = 60, .minimum_active = 3}, wide};
  policy.start({0, 0, 1});
  CHECK(policy.desired() == 3);
  CHECK(at(policy, 15, 3, 1) == 3);
  CHECK(at(policy, 30, 3, 5) == 5);
  CHECK(at(policy, 60, 5, 0) == 3);
  CHECK(at(policy, 90, 3, 0) == 0);
}

TEST_CASE("a queue that cannot be read leads to the fallback after more than the threshold") {
  queue_target policy{see, {.target = 1, .failure_threshold = 2, .fallback = 6}, wide};
  CHECK(policy.start({0, 4, 4}) == 0);
  CHECK(policy.step({15, 4, unknown}) == 0);
  CHECK(policy.step({30, 4, -1}) == 0);
  CHECK(policy.step({40, 4, infinite}) == 0);  // between two evaluations: no failure more
  CHECK_FALSE(policy.fallen_back());
  CHECK(policy.step({45, 4, unknown}) == 2);
  CHECK(policy.fallen_back());
  CHECK(policy.step({50, 6, unknown}) == 0);
  CHECK(policy.refused() == refused_signals{.values = 5});
  CHECK(policy.step({60, 6, 4}) == -2);
  CHECK_FALSE(policy.fallen_back());
  CHECK(policy.step({75, 4, unknown}) == 0);  // counted from the beginning
  // No cooldown ends while nobody knows.
  CHECK(policy.step({1000, 4, unknown}) == 0);
  CHECK(policy.step({2000, 4, unknown}) == 2);

  queue_target none{see, {.target = 1, .failure_threshold = 0}, wide};
  none.start({0, 4, 4});
  for (const double t : {15.0, 30.0, 45.0}) CHECK(none.step({t, 4, unknown}) == 0);
  CHECK_FALSE(none.fallen_back());
}

TEST_CASE("at zero replicas a queue that cannot be read scales to the fallback at the next poll") {
  queue_target asleep{
      see, {.target = 1, .polling_s = 30, .cooldown_s = 60, .failure_threshold = 3, .fallback = 6}, wide};
  CHECK(asleep.start({0, 0, 0}) == 0);
  CHECK(asleep.step({15, 0, unknown}) == 0);  // between two polls
  CHECK(asleep.step({30, 0, unknown}) == 6);
  CHECK(asleep.fallen_back());
  CHECK(asleep.step({45, 6, unknown}) == 0);
  CHECK(asleep.step({60, 6, 2}) == -4);  // it can be read again: two items
  CHECK_FALSE(asleep.fallen_back());

  queue_target least{see, {.target = 1, .minimum_active = 8, .fallback = 6}, wide};
  least.start({0, 0, unknown});
  CHECK(least.desired() == 8);

  queue_target none{see, {.target = 1}, wide};
  none.start({0, 0, unknown});
  CHECK(none.step({30, 0, unknown}) == 0);
  queue_target there{see, {.target = 1, .fallback = 6, .behaviour = fallback_replicas::current}, wide};
  there.start({0, 0, unknown});
  CHECK(there.step({30, 0, unknown}) == 0);
  CHECK_FALSE(there.fallen_back());
}

TEST_CASE("queues and targets are whole thousandths: an exact multiple asks for exactly so many") {
  // In binary 21 / 0.7 is a little more than 30. Every multiple of every target of tenths, against whole numbers.
  for (int tenths = 1; tenths <= 30; ++tenths) {
    for (int n = 1; n <= 90; ++n) {
      queue_target policy{see, {.target = tenths / 10.0}, never_zero};
      policy.start({0, 1, n * tenths / 10.0});
      CAPTURE(tenths, n);
      CHECK(policy.desired() == n);
    }
  }
}

TEST_CASE("queue_target: without a metric, and before the fallback, what is there stays, whatever was wanted") {
  queue_target policy{see, {.target = 1, .sync_s = 0, .failure_threshold = 1, .fallback = 8}, wide};
  CHECK(policy.start({0, 2, 5}) == +3);
  CHECK(policy.step({1, 2, unknown}) == 0);  // the three that are wanted have not come
  CHECK(policy.desired() == 5);
  CHECK_FALSE(policy.fallen_back());
  CHECK(policy.step({2, 2, unknown}) == +6);
  CHECK(policy.fallen_back());
}

TEST_CASE("queue_target: a new episode has not fallen back") {
  queue_target policy{see, {.target = 1, .sync_s = 0, .failure_threshold = 1, .fallback = 8}, wide};
  policy.start({0, 2, 5});
  policy.step({1, 2, unknown});
  policy.step({2, 2, unknown});
  REQUIRE(policy.fallen_back());
  CHECK(policy.start({0, 2, unknown}) == 0);
  CHECK_FALSE(policy.fallen_back());
}

TEST_CASE("the fallback is a number, what is there, or the larger or smaller of the two") {
  const auto falls_to = [](fallback_replicas behaviour, double replicas) {
    queue_target policy{see, {.failure_threshold = 0, .fallback = 6, .behaviour = behaviour}, wide};
    policy.start({0, replicas, unknown});
    return policy.desired();
  };
  CHECK(falls_to(fallback_replicas::fixed, 4) == 6);
  CHECK(falls_to(fallback_replicas::fixed, 9) == 6);
  CHECK(falls_to(fallback_replicas::current, 4) == 4);
  CHECK(falls_to(fallback_replicas::current, 9) == 9);
  CHECK(falls_to(fallback_replicas::current_if_higher, 4) == 6);
  CHECK(falls_to(fallback_replicas::current_if_higher, 9) == 9);
  CHECK(falls_to(fallback_replicas::current_if_lower, 4) == 4);
  CHECK(falls_to(fallback_replicas::current_if_lower, 9) == 6);
}

TEST_CASE("other bad input is counted and keeps the scale") {
  queue_target policy{see, {.target = 1, .sync_s = 0}, {.minimum = 1, .maximum = 8, .max_up = 9, .max_down = 9}};
  CHECK(policy.start({unknown, 4, 6}) == 0);
  CHECK(policy.desired() == 4);
  CHECK(policy.step({0, unknown, 6}) == 0);
  CHECK(policy.step({1, -2, 6}) == 0);
  CHECK(policy.step({2, 4, 6}) == 2);
  CHECK(policy.step({3, 20, unknown}) == -9);
  CHECK(policy.refused() == refused_signals{.values = 1, .clocks = 1, .replicas = 2, .above_maximum = 1});

  queue_target cooling{see, {.target = 1, .cooldown_s = 60}, wide};
  cooling.start({1000, 4, 4});
  CHECK(cooling.step({10, 4, 0}) == 0);   // the clock jumped back
  CHECK(cooling.step({11, 4, 0}) == -4);  // the ScaledObject is new: the initial cooldown
  CHECK(cooling.refused() == refused_signals{.clocks = 1});
  cooling.start({0, 4, 4});
  CHECK(cooling.desired() == 4);
}

TEST_CASE("impossible queue targets are refused") {
  const auto make = [](const queue_target_options& o) { return queue_target{see, o, never_zero}; };
  CHECK_THROWS_WITH(make({.target = 0}), "queue_target: target is 0, must be positive and finite");
  CHECK_THROWS_WITH(make({.activation = unknown}), "queue_target: activation is nan, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.polling_s = -1}), "queue_target: polling_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.cooldown_s = infinite}),
                    "queue_target: cooldown_s is inf, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.minimum_active = 3}),
                    "queue_target: minimum_active is 3, must be 0 where the action set's minimum is not, 1");
  CHECK_THROWS_WITH(make({.failure_threshold = -1}), "queue_target: failure_threshold is -1, must be at least 0");
  CHECK_THROWS_WITH(make({.fallback = -1}), "queue_target: fallback is -1, must be at least 0");
  CHECK_THROWS_WITH((queue_target{signals<workers>{.time_s = &workers::time_s, .replicas = &workers::replicas}}),
                    "queue_target: signals.backlog is missing, must be named");
}

TEST_CASE("a queue target takes no memory") {
  queue_target policy{see, {.fallback = 2}, wide};
  CHECK(allocations_in([&] {
          policy.start({0, 3, 3});
          for (int t = 1; t < 500; ++t) policy.step({8.0 * t, 4, t % 9 == 0 ? unknown : t % 50 * 1.0});
          policy.stop({}, episode::terminated);
        }) == 0);
}
