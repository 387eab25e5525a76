#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <headroom/core/types.hpp>
#include <headroom/io/state.hpp>
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
  std::uint64_t steps = 0;  // known to a learner only, not to what it decides

  int start(int) { return 0; }
  int step(int) {
    ++steps;
    return 0;
  }
  void stop(int, episode) { ++episodes; }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("episodes", self.episodes);
    if (a.training()) a("steps", self.steps);
  }
};

// Likes the one of 70 episodes best, then that of 40.
double liking(const counting& c) { return c.episodes == 70 ? 2.0 : c.episodes == 40 ? 1.0 : 0.0; }

checkpoint state_of(const selection<counting>& s) {
  checkpoint c;
  store(s, c);
  return c;
}

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

TEST_CASE("selection: before there is a candidate the best is the learner as it stands") {
  two_steps world;
  selection choice{counting{}, {.episodes = 100, .rounds = 10, .skip = 0.5}};
  CHECK(choice.best().episodes == 0);
  const run_result r = choice.train(world, liking, on_progress{30, [](std::uint64_t) { return true; }});
  CHECK(r.stopped);
  CHECK(r.episodes == 30);
  CHECK(r.steps == 60);
  CHECK(choice.episodes() == 30);
  CHECK(choice.best().episodes == 30);
  CHECK(choice.best_episodes() == 0);
  CHECK(choice.score() == -std::numeric_limits<double>::infinity());
  CHECK_FALSE(choice.finished());
}

TEST_CASE("selection: stopped anywhere, stored, and continued by another, it is the one that never stopped") {
  two_steps world;
  const selection_options options{.episodes = 103, .rounds = 10, .skip = 0.3};
  selection whole{counting{}, options};
  std::vector<std::uint64_t> judged_at;
  whole.train(world, [&](const counting& c) {
    judged_at.push_back(c.episodes);
    return liking(c);
  });
  REQUIRE(whole.finished());
  REQUIRE(judged_at == std::vector<std::uint64_t>{30, 41, 51, 61, 72, 82, 92, 103});
  for (const std::uint64_t piece : {1U, 7U, 10U, 41U, 102U, 103U}) {
    INFO("in pieces of " << piece);
    selection now{counting{}, options};
    std::vector<std::uint64_t> judged;
    while (!now.finished()) {
      now.train(
          world,
          [&](const counting& c) {
            judged.push_back(c.episodes);
            return liking(c);
          },
          on_progress{piece, [](std::uint64_t) { return true; }});
      selection next{counting{}, options};
      restore(next, state_of(now));
      CHECK(state_of(next) == state_of(now));
      now = next;
    }
    CHECK(judged == judged_at);
    CHECK(now.best().episodes == whole.best().episodes);
    CHECK(state_of(now) == state_of(whole));
  }
}

TEST_CASE("selection: of the best candidate only what decides is stored") {
  two_steps world;
  selection choice{counting{}, {.episodes = 100, .rounds = 10, .skip = 0}};
  choice.train(world, liking);
  const checkpoint c = state_of(choice);
  CHECK(c.text("learner.steps") == "100");
  CHECK(c.text("best.episodes") == "70");
  CHECK_FALSE(c.has("best.steps"));
  CHECK(c.text("score") == "2");
}

TEST_CASE("selection: a file that contradicts itself or the options is refused") {
  two_steps world;
  selection choice{counting{}, {.episodes = 100, .rounds = 10, .skip = 0}};
  choice.train(world, liking, on_progress{45, [](std::uint64_t) { return true; }});
  const checkpoint good = state_of(choice);
  const auto restoring = [&](const char* key, int value) {
    checkpoint c = good;
    c.set(key, value);
    try {
      restore(choice, c);
    } catch (const checkpoint_error& e) {
      CHECK(state_of(choice) == good);
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  CHECK(restoring("of_episodes", 99) == "checkpoint: of_episodes is 99 in the file, must be 100");
  CHECK(restoring("of_rounds", 11) == "checkpoint: of_rounds is 11 in the file, must be 10");
  CHECK(restoring("skip", 1) == "checkpoint: skip is 1 in the file, must be 0");
  CHECK(restoring("rounds", 11) == "checkpoint: rounds is 11 in the file, must be at most of_rounds");
  CHECK(restoring("episodes", 101) == "checkpoint: episodes is 101 in the file, must be at most of_episodes");
  CHECK(restoring("best_episodes", 46) == "checkpoint: best_episodes is 46 in the file, must be at most episodes");
  CHECK(restoring("best_episodes", 45) == "accepted");
}

TEST_CASE("train_and_select refuses impossible options") {
  two_steps world;
  counting learner;
  const auto judge = [](const counting&) { return 0.0; };
  CHECK_THROWS_WITH(train_and_select(world, learner, {.episodes = 0}, judge),
                    "selection: episodes is 0, must be at least 1");
  CHECK_THROWS_WITH(train_and_select(world, learner, {.rounds = 0}, judge),
                    "selection: rounds is 0, must be at least 1");
  CHECK_THROWS_WITH(train_and_select(world, learner, {.skip = 1.5}, judge),
                    "selection: skip is 1.5, must be in [0, 1]");
}
