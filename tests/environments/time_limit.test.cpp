#include <headroom/environments/time_limit.hpp>

#include <memory>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// Ends by itself after `length` steps; observes how many steps there were.
struct countdown {
  using observation_type = int;
  using action_type = int;
  int length = 0;
  int steps = 0;

  int reset() { return steps = 0; }
  step_result<int> step(int /*action*/) { return {++steps, steps >= length ? episode::terminated : episode::ongoing}; }
};

struct move_only {
  using observation_type = int;
  using action_type = int;
  std::unique_ptr<int> value = std::make_unique<int>(3);

  int reset() { return *value; }
  step_result<int> step(int action) { return {*value += action}; }
};

}  // namespace

static_assert(Environment<time_limit<countdown>>);
static_assert(Environment<time_limit<time_limit<countdown>>>);
static_assert(Environment<time_limit<move_only>>);

TEST_CASE("a time limit truncates the step that reaches it, not one before") {
  time_limit world{countdown{100}, 3};
  for (int round = 0; round < 2; ++round) {  // the second episode gets its full length again
    CHECK(world.reset() == 0);
    CHECK(world.step(0).status == episode::ongoing);
    CHECK(world.step(0).status == episode::ongoing);
    const auto last = world.step(0);
    CHECK(last.status == episode::truncated);
    CHECK(last.observation == 3);
  }
}

TEST_CASE("an end of the environment's own stays an end, also in the last step") {
  time_limit before{countdown{2}, 3};
  before.reset();
  before.step(0);
  CHECK(before.step(0).status == episode::terminated);
  time_limit same{countdown{3}, 3};
  same.reset();
  same.step(0);
  same.step(0);
  CHECK(same.step(0).status == episode::terminated);
}

TEST_CASE("the shorter of two limits counts") {
  time_limit world{time_limit{countdown{100}, 5}, 2};
  world.reset();
  CHECK(world.step(0).status == episode::ongoing);
  CHECK(world.step(0).status == episode::truncated);
}

TEST_CASE("a reset in the middle begins to count anew") {
  time_limit world{countdown{100}, 2};
  world.reset();
  world.step(0);
  world.reset();
  CHECK(world.step(0).status == episode::ongoing);
  CHECK(world.step(0).status == episode::truncated);
  CHECK(world.inner().steps == 2);
}

TEST_CASE("a world that can only be moved can be limited") {
  time_limit world{move_only{}, 1};
  CHECK(world.reset() == 3);
  const auto r = world.step(4);
  CHECK(r.observation == 7);
  CHECK(r.status == episode::truncated);
}

TEST_CASE("time_limit refuses no steps at all") {
  CHECK_THROWS_WITH((time_limit{countdown{1}, 0}), "time_limit: max_steps is 0, must be at least 1");
}
