#include <headroom/environments/recorded.hpp>
#include <headroom/io/state.hpp>

#include <vector>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// Observes the sum of the actions; ends at 10.
struct adder {
  using observation_type = int;
  using action_type = int;
  int sum = 0;

  int reset() { return sum = 0; }
  step_result<int> step(int action) {
    sum += action;
    return {sum, sum >= 10 ? episode::terminated : episode::ongoing};
  }
};

}  // namespace

static_assert(Environment<recorded<double, int>>);
static_assert(Environment<recorder<adder>>);

TEST_CASE("a record is replayed whatever the actions, and stops with a truncation") {
  recorded<double, int> world({1.5, 2.5, 3.5});
  for (int round = 0; round < 2; ++round) {
    CHECK(world.reset() == 1.5);
    const auto first = world.step(round);
    CHECK(first.observation == 2.5);
    CHECK(first.status == episode::ongoing);
    const auto last = world.step(-round);
    CHECK(last.observation == 3.5);
    CHECK(last.status == episode::truncated);
  }
  const auto beyond = world.step(0);
  CHECK(beyond.observation == 3.5);
  CHECK(beyond.status == episode::truncated);
  CHECK(world.size() == 3);
}

TEST_CASE("a reset in the middle of a record goes back to its beginning") {
  recorded<int, int> world({1, 2, 3, 4});
  world.reset();
  world.step(0);
  CHECK(world.reset() == 1);
  CHECK(world.step(0).observation == 2);
}

TEST_CASE("a record is stored as its length, and no other goes on for it") {
  recorded<int, int> world({1, 2, 3, 4});
  checkpoint c;
  store(world, c);
  recorded<int, int> same({5, 6, 7, 8});
  restore(same, c);
  CHECK(same.reset() == 5);
  recorded<int, int> shorter({1, 2});
  CHECK_THROWS_WITH(restore(shorter, c), "checkpoint: size is 4 in the file, must be 2");
}

TEST_CASE("a record without a step is refused") {
  CHECK_THROWS_WITH((recorded<int, int>({})),
                    "recorded: number of observations is 0, must be at least 2, the first is reset's");
  CHECK_THROWS_WITH((recorded<int, int>(std::vector<int>{1})),
                    "recorded: number of observations is 1, must be at least 2, the first is reset's");
}

TEST_CASE("a recorder keeps what was seen, done and seen next") {
  recorder world{adder{}, 10};
  CHECK(world.reset() == 0);
  world.step(4);
  CHECK(world.step(6).status == episode::terminated);
  world.reset();
  world.step(3);
  const auto steps = world.steps();
  REQUIRE(steps.size() == 3);
  const recorded_step<int, int> expected[] = {
      {0, 4, 4, episode::ongoing}, {4, 6, 10, episode::terminated}, {0, 3, 3, episode::ongoing}};
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(steps[i].observation == expected[i].observation);
    CHECK(steps[i].action == expected[i].action);
    CHECK(steps[i].next == expected[i].next);
    CHECK(steps[i].status == expected[i].status);
  }
  CHECK(world.dropped() == 0);
}

TEST_CASE("a full recorder keeps the beginning, counts the rest and does not allocate") {
  recorder world{adder{}, 2};
  world.reset();
  const auto* memory = world.steps().data();
  for (int i = 0; i < 5; ++i) world.step(1);
  CHECK(world.steps().size() == 2);
  CHECK(world.steps().data() == memory);
  CHECK(world.steps()[1].next == 2);
  CHECK(world.dropped() == 3);
  CHECK(world.inner().sum == 5);
  world.clear();
  CHECK(world.steps().empty());
  CHECK(world.dropped() == 0);
  world.step(1);
  CHECK(world.steps()[0].observation == 5);  // the episode goes on
  CHECK(world.steps().data() == memory);
}

TEST_CASE("what was recorded can be replayed") {
  recorder world{adder{}, 10};
  std::vector<int> observations{world.reset()};
  for (const int action : {1, 2, 3}) world.step(action);
  for (const auto& s : world.steps()) observations.push_back(s.next);
  recorded<int, int> again(observations);
  CHECK(again.reset() == 0);
  CHECK(again.step(9).observation == 1);
  CHECK(again.step(9).observation == 3);
  CHECK(again.step(9).observation == 6);
}

TEST_CASE("recorder refuses to keep nothing") {
  CHECK_THROWS_WITH((recorder{adder{}, 0}), "recorder: capacity is 0, must be at least 1");
}
