#include <headroom/run/observers.hpp>

#include <atomic>
#include <cstdint>
#include <sstream>
#include <vector>

#include <headroom/run/run.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct tank {
  double level = 0;
  int pumps = 1;
};

// Three steps an episode.
struct plant {
  using observation_type = tank;
  using action_type = int;
  tank reset() {
    steps = 0;
    return {9, 9};  // is no step, must not be logged
  }
  step_result<tank> step(int delta) {
    ++steps;
    return {{steps / 10.0, 1 + delta}, steps == 3 ? episode::terminated : episode::ongoing};
  }
  int steps = 0;
};

struct up_and_down {
  int start(const tank&) { return 1; }
  int step(const tank&) { return -1; }
  void stop(const tank&, episode) {}
};

}  // namespace

TEST_CASE("a csv log has a header and a line a step, with numbers that read back exactly") {
  std::ostringstream out;
  plant world;
  up_and_down policy;
  run(world, policy, 4,
      csv_log{out, column{"level", &tank::level}, column{"double pumps", [](const tank& o) { return 2 * o.pumps; }}});
  CHECK(out.str() ==
        "episode,step,level,double pumps,action\n"
        "0,0,0.1,4,1\n"
        "0,1,0.2,0,-1\n"
        "0,2,0.3,0,-1\n"
        "1,3,0.1,4,1\n");
}

TEST_CASE("a csv log without columns still tells the actions") {
  std::ostringstream out;
  plant world;
  up_and_down policy;
  run(world, policy, 1, csv_log{out});
  CHECK(out.str() == "episode,step,action\n0,0,1\n");
}

TEST_CASE("the same run logs the same bytes") {
  std::ostringstream one;
  std::ostringstream two;
  for (std::ostringstream* out : {&one, &two}) {
    plant world;
    up_and_down policy;
    run(world, policy, 100, csv_log{*out, column{"level", &tank::level}});
  }
  CHECK(one.str() == two.str());
}

TEST_CASE("progress is told every so many episodes") {
  plant world;
  up_and_down policy;
  std::vector<std::uint64_t> told;
  run_episodes(world, policy, 10, on_progress{3, [&](std::uint64_t done) { told.push_back(done); }});
  CHECK(told == std::vector<std::uint64_t>{3, 6, 9});
  told.clear();
  run_episodes(world, policy, 3, on_progress{1, [&](std::uint64_t done) { told.push_back(done); }});
  CHECK(told == std::vector<std::uint64_t>{1, 2, 3});
  CHECK_THROWS_WITH((on_progress{0, [](std::uint64_t) {}}), "on_progress: every is 0, must be at least 1");
}

TEST_CASE("progress may stop the run between two episodes, and a run that goes on is the one that never stopped") {
  plant world;
  up_and_down policy;
  std::vector<std::uint64_t> told;
  const run_result done = run_episodes(world, policy, 10, on_progress{2, [&](std::uint64_t n) {
                                                                        told.push_back(n);
                                                                        return n == 4;
                                                                      }});
  CHECK(told == std::vector<std::uint64_t>{2, 4});
  CHECK(done.episodes == 4);
  CHECK(done.stopped);
  CHECK(run_episodes(world, policy, 6).steps + done.steps == run_episodes(world, policy, 10).steps);
}

TEST_CASE("a flag stops the run at the next step") {
  plant world;
  up_and_down policy;
  std::atomic<bool> flag{true};
  CHECK(run(world, policy, 100, stop_when{flag}).steps == 1);
  flag = false;
  CHECK(run(world, policy, 100, stop_when{flag}).steps == 100);
  // Set while the run goes on, by another observer.
  struct setter {
    std::atomic<bool>& flag;
    void on_step(const step_record<tank, int>& r) { flag = r.step == 41; }
  } set{flag};
  const run_result done = run(world, policy, 100, set, stop_when{flag});
  CHECK(done.steps == 42);
  CHECK(done.stopped);
}

TEST_CASE("a lambda is an observer, and may stop the run") {
  plant world;
  up_and_down policy;
  std::vector<std::uint64_t> steps;
  run(world, policy, 3, on_each_step{[&](const auto& r) { steps.push_back(r.step); }});
  CHECK(steps == std::vector<std::uint64_t>{0, 1, 2});
  const run_result done = run(world, policy, 100, on_each_step{[](const auto& r) { return r.next.level > 0.25; }});
  CHECK(done.steps == 3);
  CHECK(done.stopped);
}
