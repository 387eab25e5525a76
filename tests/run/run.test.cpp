#include <headroom/run/run.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include <headroom/agents/sarsa.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/policies/learner.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

// Counts its steps; every second episode is cut and not over. Observations are 100 * episode + step.
struct counter {
  using observation_type = int;
  using action_type = int;
  int reset() {
    ++resets;
    steps = 0;
    return 100 * resets;
  }
  step_result<int> step(int action) {
    actions.push_back(action);
    ++steps;
    const episode end = resets % 2 == 0 ? episode::truncated : episode::terminated;
    return {100 * resets + steps, steps == length ? end : episode::ongoing};
  }
  int length = 5;
  int resets = 0;
  int steps = 0;
  std::vector<int> actions{};
};

// Writes down every call; its actions number its decisions.
struct recorder {
  int start(int o) { return note("start", o); }
  int step(int o) { return note("step", o); }
  void stop(int o, episode end) {
    ++stops;
    const char* const why = end == episode::terminated ? "over" : end == episode::truncated ? "cut" : "ongoing";
    calls.push_back(std::string(why) + " " + std::to_string(o));
  }
  int note(const std::string& what, int o) {
    starts += what == "start";
    calls.push_back(what + " " + std::to_string(o));
    return decisions++;
  }
  int decisions = 0;
  int starts = 0;
  int stops = 0;
  std::vector<std::string> calls;
};

using lines = std::vector<std::string>;

// Stops when told to, and writes down its hooks.
struct watcher {
  int stop_at_start = -1;  // of which episode
  int stop_at_step = -1;   // of the run
  int stop_at_stop = -1;   // of which episode
  int starts = 0;
  int stops = 0;
  std::vector<std::uint64_t> steps, episodes;
  std::vector<int> before, next, actions;
  std::vector<episode> status, ends;

  bool on_start(int) { return starts++ == stop_at_start; }
  bool on_step(const step_record<int, int>& r) {
    steps.push_back(r.step);
    episodes.push_back(r.episode_index);
    before.push_back(r.observation);
    next.push_back(r.next);
    actions.push_back(r.action);
    status.push_back(r.status);
    return static_cast<int>(r.step) == stop_at_step;
  }
  bool on_stop(int, episode why) {
    ends.push_back(why);
    return stops++ == stop_at_stop;
  }
};

}  // namespace

TEST_CASE("a run of whole episodes calls the policy as its concept says") {
  counter world{.length = 2};
  recorder policy;
  const run_result done = run_episodes(world, policy, 2);
  CHECK(done.steps == 4);
  CHECK(done.episodes == 2);
  CHECK_FALSE(done.stopped);
  CHECK(policy.calls == lines{"start 100", "step 101", "over 102", "start 200", "step 201", "cut 202"});
  CHECK(world.actions == std::vector<int>{0, 1, 2, 3});  // each decision is executed once and in order
  CHECK(world.resets == 2);
}

TEST_CASE("a limit of steps cuts an episode in the middle, and the cut is a truncation") {
  counter world;
  recorder policy;
  watcher eye;
  const run_result done = run(world, policy, 7, eye);
  CHECK(done.steps == 7);
  CHECK(done.episodes == 1);  // the second did not end by itself
  CHECK_FALSE(done.stopped);
  CHECK(policy.calls.back() == "cut 202");
  CHECK(policy.starts == 2);
  CHECK(policy.stops == 2);
  CHECK(eye.ends == std::vector<episode>{episode::terminated, episode::truncated});
  CHECK(eye.status.back() == episode::ongoing);  // the environment did not say so
}

TEST_CASE("a limit that falls on the end of an episode leaves the environment its own word") {
  counter world;
  recorder policy;
  const run_result done = run(world, policy, 5);
  CHECK(done.steps == 5);
  CHECK(done.episodes == 1);
  CHECK(policy.calls.back() == "over 105");
  CHECK(policy.stops == 1);
  CHECK(world.resets == 1);  // and no episode is begun that cannot be played
}

TEST_CASE("whichever limit is reached first ends the run") {
  counter world;
  recorder policy;
  CHECK(run(world, policy, run_limits{.steps = 7, .episodes = 1}).steps == 5);
  CHECK(run(world, policy, run_limits{.steps = 7, .episodes = 9}).steps == 7);
}

TEST_CASE("a run of nothing touches nothing") {
  counter world;
  recorder policy;
  watcher eye;
  for (const run_result& done : {run(world, policy, 0, eye), run_episodes(world, policy, 0, eye)}) {
    CHECK(done.steps == 0);
    CHECK(done.episodes == 0);
    CHECK_FALSE(done.stopped);
  }
  CHECK(world.resets == 0);
  CHECK(policy.calls.empty());
  CHECK(eye.starts == 0);
}

TEST_CASE("records count steps and episodes of the run from 0, and link one observation to the next") {
  counter world{.length = 3};
  recorder policy;
  watcher eye;
  run(world, policy, 8, eye);
  CHECK(eye.steps == std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(eye.episodes == std::vector<std::uint64_t>{0, 0, 0, 1, 1, 1, 2, 2});
  CHECK(eye.before == std::vector<int>{100, 101, 102, 200, 201, 202, 300, 301});
  CHECK(eye.next == std::vector<int>{101, 102, 103, 201, 202, 203, 301, 302});
  CHECK(eye.actions == world.actions);
  const std::vector<episode> status{episode::ongoing, episode::ongoing,   episode::terminated, episode::ongoing,
                                    episode::ongoing, episode::truncated, episode::ongoing,    episode::ongoing};
  CHECK(eye.status == status);
  CHECK(eye.starts == 3);
  CHECK(eye.ends == std::vector<episode>{episode::terminated, episode::truncated, episode::truncated});
}

TEST_CASE("an observer stops the run") {
  counter world;
  recorder policy;
  watcher eye;
  SECTION("before an episode begins: the policy never hears of it") {
    eye.stop_at_start = 1;
    const run_result done = run_episodes(world, policy, 9, eye);
    CHECK(done.stopped);
    CHECK(done.steps == 5);
    CHECK(done.episodes == 1);
    CHECK(policy.starts == 1);
    CHECK(policy.stops == 1);
    CHECK(eye.starts == 2);
    CHECK(eye.stops == 1);
  }
  SECTION("in the middle: the episode is cut") {
    eye.stop_at_step = 6;
    const run_result done = run_episodes(world, policy, 9, eye);
    CHECK(done.stopped);
    CHECK(done.steps == 7);
    CHECK(done.episodes == 1);
    CHECK(policy.calls.back() == "cut 202");
    CHECK(policy.starts == 2);
    CHECK(policy.stops == 2);
    CHECK(eye.stops == 2);
  }
  SECTION("at the step that ends an episode: it is whole") {
    eye.stop_at_step = 4;
    const run_result done = run_episodes(world, policy, 9, eye);
    CHECK(done.stopped);
    CHECK(done.steps == 5);
    CHECK(done.episodes == 1);
    CHECK(policy.calls.back() == "over 105");
    CHECK(eye.stops == 1);
  }
  SECTION("after an episode") {
    eye.stop_at_stop = 1;
    const run_result done = run_episodes(world, policy, 9, eye);
    CHECK(done.stopped);
    CHECK(done.steps == 10);
    CHECK(done.episodes == 2);
    CHECK(policy.stops == 2);
    CHECK(eye.starts == 2);
    CHECK(eye.stops == 2);
  }
}

TEST_CASE("every observer sees every hook, even when one before it stops the run") {
  counter world;
  recorder policy;
  watcher first;
  watcher second;
  first.stop_at_step = 2;
  const run_result done = run(world, policy, 100, first, second);
  CHECK(done.stopped);
  CHECK(second.steps == std::vector<std::uint64_t>{0, 1, 2});
  CHECK(second.starts == 1);
  CHECK(second.stops == 1);
}

TEST_CASE("observers are asked in the order in which they are given, with every compiler") {
  struct speaker {
    char name;
    std::string* said;
    void on_start(int) { *said += name; }
    void on_step(const step_record<int, int>&) { *said += name; }
    void on_stop(int, episode) { *said += name; }
  };
  counter world{.length = 1};
  recorder policy;
  std::string said;
  run(world, policy, 1, speaker{'a', &said}, speaker{'b', &said}, speaker{'c', &said});
  CHECK(said == "abcabcabc");
}

TEST_CASE("hooks are optional, and one that returns nothing stops nothing") {
  struct only_steps {
    void on_step(const step_record<int, int>&) { ++n; }
    int n = 0;
  } only;
  struct nothing_at_all {
  } nothing;
  struct only_stops {
    int on_stop(int, episode) { return ++n; }  // not a bool: an answer to nobody
    int n = 0;
  } stops;
  counter world;
  recorder policy;
  const run_result done = run_episodes(world, policy, 3, only, nothing, stops);
  CHECK(done.episodes == 3);
  CHECK(only.n == 15);
  CHECK(stops.n == 3);
}

TEST_CASE("what a limit cuts is learned by bootstrapping") {
  struct one_state {
    using observation_type = int;
    using action_type = int;
    static int reset() { return 0; }
    static step_result<int> step(int) { return {0, episode::ongoing}; }
  } world;
  static_assert(Environment<one_state>);
  const bins see{cut{[](int) { return 0.0; }, {}}};
  const sarsa<> agent{1, 1, {.learning_rate = 1, .discount = 0.5, .initial_value = 8}, 1, epsilon_greedy{0}};
  auto policy = learn_on<one_state>(
      see, agent, [](int, int, int) { return 1.0; }, actions{0});
  run(world, policy, 1);
  CHECK(policy.agent().table().at(state_index{0}, action_index{0}) == 5.0);  // 1 + 0.5 * 8; an end would leave 1
  run(world, policy, 1);
  CHECK(policy.agent().table().at(state_index{0}, action_index{0}) == 3.5);
}

TEST_CASE("the loop itself takes no memory") {
  struct quiet {
    using observation_type = int;
    using action_type = int;
    int reset() { return steps = 0; }
    step_result<int> step(int) { return {++steps, steps == 5 ? episode::terminated : episode::ongoing}; }
    int steps = 0;
  } world;
  struct hold {
    static int start(int) { return 0; }
    static int step(int) { return 0; }
    static void stop(int, episode) {}
  } policy;
  CHECK(allocations_in([&] { run(world, policy, 1000); }) == 0);
}
