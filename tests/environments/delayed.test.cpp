#include <headroom/environments/delayed.hpp>
#include <headroom/io/state.hpp>

#include <vector>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// Observes the action that it was given.
template <class Action>
struct mirror {
  using observation_type = Action;
  using action_type = Action;

  Action reset() { return Action{}; }
  step_result<Action> step(const Action& action) { return {action}; }
};

template <class E>
std::vector<int> seen(E& world, const std::vector<int>& actions) {
  std::vector<int> result;
  for (const int a : actions) result.push_back(world.step(a).observation);
  return result;
}

}  // namespace

static_assert(Environment<delayed<mirror<int>>>);
static_assert(Environment<delayed<mirror<bool>>>);

TEST_CASE("an action takes effect its delay later, the neutral one meanwhile") {
  delayed world{mirror<int>{}, 3, 0};
  world.reset();
  CHECK(seen(world, {1, 2, 3, 4, 5, 6, 7, 8}) == std::vector<int>{0, 0, 0, 1, 2, 3, 4, 5});
}

TEST_CASE("what was on its way is forgotten at reset, wherever the ring stood") {
  delayed world{mirror<int>{}, 2, -1};
  world.reset();
  CHECK(seen(world, {1, 2, 3}) == std::vector<int>{-1, -1, 1});
  world.reset();
  CHECK(seen(world, {4, 5, 6, 7}) == std::vector<int>{-1, -1, 4, 5});
}

TEST_CASE("without a delay nothing changes") {
  delayed world{mirror<int>{}, 0, 9};
  world.reset();
  CHECK(seen(world, {1, 2}) == std::vector<int>{1, 2});
}

TEST_CASE("delays add up") {
  delayed world{delayed{mirror<int>{}, 1, 0}, 2, 0};
  world.reset();
  CHECK(seen(world, {1, 2, 3, 4, 5}) == std::vector<int>{0, 0, 0, 1, 2});
}

TEST_CASE("an action may be a bool") {
  delayed world{mirror<bool>{}, 1, false};
  world.reset();
  CHECK_FALSE(world.step(true).observation);
  CHECK(world.step(false).observation);
  CHECK_FALSE(world.step(true).observation);
}

TEST_CASE("delayed refuses what was meant to be negative") {
  CHECK_THROWS_WITH((delayed<mirror<int>>(mirror<int>{}, static_cast<std::size_t>(-1), 0)),
                    "delayed: delay_steps is 18446744073709551615, must be at most 1000000");
}

namespace {

// Counts its episodes.
struct counter {
  using observation_type = int;
  using action_type = int;
  int episodes = 0;

  int reset() { return ++episodes; }
  step_result<int> step(int action) { return {action, episode::ongoing}; }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("episodes", self.episodes);
  }
};

}  // namespace

TEST_CASE("a delayed world is stored with what is inside, and is no world with another delay") {
  delayed world{counter{}, 2, 0};
  world.reset();
  world.step(5);
  checkpoint c;
  store(world, c);
  delayed next{counter{}, 2, 0};
  restore(next, c);
  CHECK(next.reset() == 2);
  CHECK(seen(next, {1, 2, 3}) == std::vector<int>{0, 0, 1});  // nothing of the episode before is on its way
  delayed longer{counter{}, 3, 0};
  CHECK_THROWS_WITH(restore(longer, c), "checkpoint: delay_steps is 2 in the file, must be 3");
  CHECK(longer.inner().episodes == 0);
}
