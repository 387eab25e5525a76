#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <headroom/core/types.hpp>
#include <headroom/run/observers.hpp>
#include <headroom/run/select.hpp>

#include "catch.hpp"

namespace {

using namespace headroom;

// Two steps an episode, nothing to see.
struct two_steps {
  using observation_type = int;
  using action_type = int;
  int steps = 0;

  int reset() {
    steps = 0;
    return 0;
  }
  step_result<int> step(int) { return {0, ++steps == 2 ? episode::truncated : episode::ongoing}; }
};

// Counts the episodes that it has seen: what a candidate is can then be read off it.
struct counting {
  std::uint64_t episodes = 0;

  int start(int) { return 0; }
  int step(int) { return 0; }
  void stop(int, episode) { ++episodes; }
};

}  // namespace

TEST_CASE("train_and_select keeps the candidate that the judge likes best") {
  two_steps world;
  counting learner;
  std::vector<std::uint64_t> judged;
  const auto best =
      train_and_select(world, learner, {.episodes = 100, .rounds = 10, .skip = 0.5}, [&](const counting& c) {
        judged.push_back(c.episodes);
        return c.episodes == 70 ? 1.0 : 0.0;
      });
  CHECK(judged == std::vector<std::uint64_t>{50, 60, 70, 80, 90, 100});
  CHECK(best.learner.episodes == 70);
  CHECK(best.episodes == 70);
  CHECK(best.score == 1.0);
  CHECK_FALSE(best.stopped);
  CHECK(learner.episodes == 100);  // the learner itself went on
}

TEST_CASE("train_and_select: the first of equals wins, and every episode is played however they divide") {
  for (const std::uint64_t episodes : {std::uint64_t{1}, std::uint64_t{7}, std::uint64_t{103}}) {
    two_steps world;
    counting learner;
    std::size_t judged = 0;
    const auto best =
        train_and_select(world, learner, {.episodes = episodes, .rounds = 10, .skip = 0}, [&](const counting&) {
          ++judged;
          return 0.0;
        });
    CHECK(learner.episodes == episodes);
    CHECK(judged == 10);
    CHECK(best.episodes == episodes / 10 + episodes % 10 / 10);
  }
}

TEST_CASE("train_and_select: with everything skipped the last candidate is judged, so there is always one") {
  two_steps world;
  counting learner;
  const auto best =
      train_and_select(world, learner, {.episodes = 20, .rounds = 4, .skip = 1}, [](const counting&) { return -5.0; });
  CHECK(best.episodes == 20);
  CHECK(best.score == -5.0);
}

TEST_CASE("train_and_select: an observer that stops ends it between candidates") {
  two_steps world;
  counting learner;
  std::atomic<bool> flag{false};
  const auto best = train_and_select(
      world, learner, {.episodes = 100, .rounds = 10, .skip = 0},
      [&](const counting& c) {
        if (c.episodes == 30) flag = true;
        return static_cast<double>(c.episodes);
      },
      stop_when{flag});
  CHECK(best.stopped);
  CHECK(best.learner.episodes == 30);
}

TEST_CASE("train_and_select refuses impossible options") {
  two_steps world;
  counting learner;
  const auto judge = [](const counting&) { return 0.0; };
  CHECK_THROWS_WITH(train_and_select(world, learner, {.episodes = 0}, judge),
                    "train_and_select: episodes is 0, must be at least 1");
  CHECK_THROWS_WITH(train_and_select(world, learner, {.rounds = 0}, judge),
                    "train_and_select: rounds is 0, must be at least 1");
  CHECK_THROWS_WITH(train_and_select(world, learner, {.skip = 1.5}, judge),
                    "train_and_select: skip is 1.5, must be in [0, 1]");
}
