#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <headroom/agents/dqn.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/baselines/stateless.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/offline/log_csv.hpp>
#include <headroom/io/state.hpp>
#include <headroom/offline/offline.hpp>
#include <headroom/offline/pessimistic.hpp>
#include <headroom/run/run.hpp>
#include <headroom/testing/problems.hpp>

#include "catch.hpp"
#include "tool/interrupted.hpp"
#include "tool/tool.hpp"

using namespace headroom;

namespace {

constexpr double discount = 0.9;

// Both actions in both states, by a fixed list; the probabilities say that it was a coin.
struct listed {
  std::vector<int> list{0, 0, 1, 0, 0, 1, 1, 1};
  std::size_t at = 0;
  int next() { return list[at++ % list.size()]; }
  int start(const problem_observation&) { return next(); }
  int step(const problem_observation&) { return next(); }
  void stop(const problem_observation&, episode) {}
};

template <class Encoder>
auto record(const Encoder& see) {
  two_state world;
  listed policy;
  const auto coin = [](const auto&, std::span<double> p) { p[0] = p[1] = 0.5; };
  transition_log log{see, problem_reward{}, actions{0, 1}, coin};
  run(world, policy, 800, log);
  return log.steps();
}

struct on_off {
  using state_type = vector_state;
  float place[2]{};
  state_type operator()(const problem_observation& o) {
    place[0] = o.state == 0 ? 1.0F : 0.0F;
    place[1] = o.state == 1 ? 1.0F : 0.0F;
    return place;
  }
};

}  // namespace

TEST_CASE("a table that was learned from a log alone has the values of the world, and a host can load it") {
  const scratch_folder folder;
  write_log_csv(record(problem_state{2}), folder / "log.csv");
  for (const std::string policy : {"q-learning", "fitted-q"}) {
    INFO(policy);
    const tool_run run =
        run_tool(folder, "train --from-log log.csv --policy " + policy + " --discount 0.9 --out " + policy);
    INFO(run.err);
    REQUIRE(run.code == 0);
    q_learning host{2, 2, {.discount = discount}, 1};
    restore(host, load(folder / policy), "learner", keep::decisions);
    for (std::size_t s = 0; s < 2; ++s) {
      for (std::size_t a = 0; a < 2; ++a) {
        CHECK(host.value(state_index{s}, action_index{a}) ==
              Approx(two_state::action_value(s, static_cast<int>(a), discount)).epsilon(1e-6));
      }
    }
    CHECK(contains(run.out, "800 steps, 2 states, 2 actions; 4 of the 4 pairs were tried\n"));
    const double best = (two_state::action_value(0, static_cast<int>(to_size(host.greedy(state_index{0}))), discount) +
                         two_state::action_value(1, static_cast<int>(to_size(host.greedy(state_index{1}))), discount));
    CHECK(best > 0);  // so that the line below is no accident
  }
  // It says so of itself, by an estimate that knows no world.
  const std::string said = run_tool(folder, "train --from-log log.csv --policy fitted-q --discount 0.9 --out m").out;
  std::size_t in_first = 0;
  const auto log = log_csv(folder / "log.csv").steps<state_index>();
  for (const auto& t : log) in_first += to_size(t.state) == 0 ? 1 : 0;
  const auto best_of_state = [](std::size_t s) {
    return std::max(two_state::action_value(s, 0, discount), two_state::action_value(s, 1, discount));
  };
  const double expected = (static_cast<double>(in_first) * best_of_state(0) +
                           static_cast<double>(log.size() - in_first) * best_of_state(1)) /
                          static_cast<double>(log.size());
  const std::size_t at = said.find("  fitted-q");
  REQUIRE(at != std::string::npos);
  CHECK(std::stod(said.substr(at + 10)) == Approx(expected).margin(1e-3));
  CHECK(contains(said, " 100 % "));
}

TEST_CASE("every number of a log comes with what it rests on, and a cut is not an end in any row") {
  const scratch_folder folder;
  // One action: the author and the learner are the same policy, whatever was cut where.
  std::string log = "state,action,reward,next,status\n";
  for (int e = 0; e < 12; ++e) {
    for (int k = 0; k < 40; ++k)
      log += to_text(k % 4) + ",0," + to_text(-1.0 - 0.1 * e) + "," + to_text((k + 1) % 4) + ",0\n";
    log += "0,0,-0.5,4,2\n";  // state 4 is never left
  }
  write_bytes(folder / "one.csv", log);
  write_bytes(folder / "tiny.csv", "state,action,reward,next,status\n0,0,-1.0,1,0\n1,0,-0.5,2,2\n");
  const auto row = [](const tool_run& run, const std::string& name) {
    const std::size_t at = run.out.find("\n  " + name + " ");
    REQUIRE(at != std::string::npos);
    const std::string rest = run.out.substr(at + 3 + name.size());
    return rest.substr(0, rest.find('\n'));
  };
  const auto text = [](std::string s) { return s.erase(0, s.find_first_not_of(' ')); };
  for (const std::string policy : {"q-learning", "sarsa", "fitted-q", "pessimistic"}) {
    INFO(policy);
    const tool_run tiny = run_tool(folder, "train --from-log tiny.csv --out m --policy " + policy);
    REQUIRE(tiny.code == 0);
    CHECK(text(row(tiny, "its author")) == text(row(tiny, policy)));
    CHECK(
        contains(row(tiny, policy),
                 "no number: 7.3 % of its weight rests on what was tried, must be 90 %; the log amounts to 1 steps of "
                 "its own, must be 50; episodes of the log: 1, must be 10"));
    const tool_run run = run_tool(folder, "train --from-log one.csv --discount 0.5 --out m --policy " + policy);
    REQUIRE(run.code == 0);
    INFO(run.out);
    CHECK(text(row(run, "its author")) == text(row(run, policy)));
    CHECK(contains(row(run, policy), " to "));
    CHECK(contains(row(run, policy), " % "));
    CHECK(
        contains(run.out, "less its author: +0.0000, +0.0000 to +0.0000. The log does not show that it is better.\n"));
  }
}

TEST_CASE("on a log without reason for anything else the pessimistic table does what its author did") {
  const scratch_folder folder;
  // In state 0 the author did action 1 once in five, and it paid more each time, but only twice in all: no reason. In
  // state 1 action 1 was tried 120 times of 240 and pays more.
  std::string log = "state,action,reward,next,status\n";
  for (int k = 0; k < 10; ++k) log += "0," + to_text(k % 5 == 4 ? 1 : 0) + "," + (k % 5 == 4 ? "9" : "1") + ",0,1\n";
  for (int k = 0; k < 240; ++k) log += "1," + to_text(k % 2) + "," + to_text(k % 2) + ",0,1\n";
  write_bytes(folder / "log.csv", log);
  const auto learned = [&](const std::string& policy) {
    const tool_run run = run_tool(folder, "train --from-log log.csv --log-states 3 --out m --policy " + policy);
    REQUIRE(run.code == 0);
    q_learning host{3, 2, {.discount = 0.95}, 1};
    restore(host, load(folder / "m"), "learner", keep::decisions);
    std::vector<std::size_t> greedy;
    for (std::size_t s = 0; s < 3; ++s) greedy.push_back(to_size(host.greedy(state_index{s})));
    return greedy;
  };
  CHECK(learned("fitted-q")[0] == 1);
  CHECK(learned("pessimistic") == std::vector<std::size_t>{0, 1, 0});  // state 2 is never left: what it did most
  pessimistic_plan plan(3, 2);
  restore(plan, load(folder / "m"), "plan", keep::decisions);
  CHECK(plan.improved == std::vector<std::uint8_t>{0, 1, 0});
  CHECK(plan.shares[0] == Approx(0.8));
}

TEST_CASE("conservative Q-learning stays with what the log shows, and says by what it divided rewards") {
  const scratch_folder folder;
  // Everything that was tried costs 60; the third action was never tried. A plain network believes in it.
  std::string log = "state_0,action,reward,next_0,status,probability\n";
  for (int k = 0; k < 200; ++k)
    log += "1," + to_text(k / 2 % 2) + "," + (k / 2 % 2 == 0 ? "-60" : "-59") + ",1,1,0.5\n";
  write_bytes(folder / "log.csv", log);
  const auto learned = [&](const std::string& policy) {
    const tool_run run =
        run_tool(folder, "train --from-log log.csv --log-actions 3 --passes 100 --out m --policy " + policy);
    REQUIRE(run.code == 0);
    dqn host{1, 3, {}, 1};
    restore(host, load(folder / "m"), "learner", keep::decisions);
    const float here[] = {1};
    return std::pair{to_size(host.greedy(here)), run.out};
  };
  CHECK(learned("dqn").first == 2);
  const auto [action, said] = learned("cql");
  CHECK(action < 2);
  CHECK(contains(said, "Rewards were divided by their deviation, 0.5000, "));
  CHECK(contains(said, "-59.5000, 95 % interval -59."));
  CHECK(contains(said, "; 100 % of an episode's steps were tried, by at least "));
}

TEST_CASE("no number is told of a network where its weights leave too little of the log") {
  const scratch_folder folder;
  std::string log = "state_0,action,reward,next_0,status,probability\n";
  for (int e = 0; e < 12; ++e) {
    for (int k = 0; k < 20; ++k)
      log += "1," + to_text((e + k) % 2) + ",-1,1," + (k == 19 ? std::string("2") : "0") + ",0.5\n";
  }
  write_bytes(folder / "log.csv", log);
  const tool_run run = run_tool(folder, "train --from-log log.csv --passes 2 --out m --policy dqn");
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "  dqn          no number: at "));
}

TEST_CASE("SARSA learns from a log what its author was worth, and does better") {
  const scratch_folder folder;
  write_log_csv(record(problem_state{2}), folder / "log.csv");
  const tool_run run = run_tool(folder, "train --from-log log.csv --policy sarsa --discount 0.9 --out m");
  REQUIRE(run.code == 0);
  const auto value = [&](const std::string& name) {
    const std::size_t at = run.out.find("\n  " + name + " ");
    REQUIRE(at != std::string::npos);
    return std::stod(run.out.substr(at + 3 + name.size()));
  };
  CHECK(value("sarsa") > value("its author"));
}

TEST_CASE("a network learns from a log, and a host can load it") {
  const scratch_folder folder;
  write_log_csv(record(on_off{}), folder / "log.csv");
  const tool_run run = run_tool(folder, "train --from-log log.csv --policy dqn --discount 0.9 --passes 1500 --out m");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "800 steps, 2 numbers a state, 2 actions; 19500 updates"));
  CHECK(contains(run.out, " pieces.\n  its author "));
  dqn host{2, 2, {.discount = discount, .batch = 64, .capacity = 64}, 7};
  restore(host, load(folder / "m"), "learner", keep::decisions);
  on_off see;
  for (std::size_t s = 0; s < 2; ++s) {
    problem_observation o;
    o.state = s;
    const int best = two_state::action_value(s, 0, discount) > two_state::action_value(s, 1, discount) ? 0 : 1;
    CHECK(to_size(host.greedy(see(o))) == static_cast<std::size_t>(best));
    CHECK(host.value(see(o), host.greedy(see(o))) == Approx(two_state::action_value(s, best, discount)).epsilon(0.05));
  }
}

TEST_CASE("what the log never shows is not done because nobody was there to be disappointed") {
  const scratch_folder folder;
  // Action 1 was never tried in state 0, and everything that was tried costs something.
  write_bytes(folder / "log.csv", "state,action,reward,next,status\n0,0,-1,1,0\n1,0,-3,0,0\n0,0,-1,1,0\n1,1,-2,0,0\n");
  const tool_run run = run_tool(folder, "train --from-log log.csv --policy fitted-q --discount 0.5 --out m");
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "4 steps, 2 states, 2 actions; 3 of the 4 pairs were tried\n"));
  CHECK_FALSE(contains(run.out, "never shows"));
  q_learning host{2, 2, {.discount = 0.5}, 1};
  restore(host, load(folder / "m"), "learner", keep::decisions);
  // V(0) = -1 + V(1) / 2, V(1) = -2 + V(0) / 2; never tried: -3 for ever.
  CHECK(host.value(state_index{0}, action_index{0}) == Approx(-8.0 / 3));
  CHECK(host.value(state_index{1}, action_index{1}) == Approx(-10.0 / 3));
  CHECK(host.value(state_index{0}, action_index{1}) == Approx(-6));
}

TEST_CASE("a training from a log that is interrupted goes on as if it had not been") {
  const struct {
    std::string policy;
    std::string passes;
  } cases[] = {{"q-learning", "5000"}, {"dqn", "200"}};
  for (const auto& [policy, passes] : cases) {
    INFO(policy);
    const scratch_folder folder;
    if (policy == "dqn") {
      write_log_csv(record(on_off{}), folder / "log.csv");
    } else {
      write_log_csv(record(problem_state{2}), folder / "log.csv");
    }
    const std::string how = "train --from-log log.csv --policy " + policy + " --passes " + passes;
    REQUIRE(run_tool(folder, how + " --out whole").code == 0);
    const auto [run, seconds, ready] =
        interrupt(folder,
                  {"train", "--from-log", "log.csv", "--policy", policy, "--passes", passes, "--out", "cut",
                   "--checkpoint-every", "0.001"},
                  SIGINT, [&](pid_t, const std::string&) { return std::filesystem::exists(folder / "cut.partial"); });
    REQUIRE(ready);
    REQUIRE(run.code == 130);
    CHECK(contains(run.err, "continue with: headroom train --resume cut.partial --from-log log.csv\n"));
    CHECK_FALSE(std::filesystem::exists(folder / "cut"));
    // The file names a log, which may be any file of whoever goes on with it: it is not opened for that.
    std::filesystem::rename(folder / "log.csv", folder / "moved.csv");
    write_bytes(folder / "log.csv", "a secret\n");
    const tool_run unasked = run_tool(folder, "train --resume cut.partial");
    CHECK(unasked.code == 2);
    CHECK(unasked.err ==
          "headroom: cut.partial: was begun with the log \"log.csv\"; name it with --from-log, no file is opened "
          "unasked\n");
    write_bytes(folder / "other.csv", policy == "dqn" ? "state_0,action,reward,next_0,status\n0,0,1,1,0\n1,1,2,0,0\n"
                                                      : "state,action,reward,next,status\n0,0,1,1,0\n1,1,2,0,0\n");
    CHECK(run_tool(folder, "train --resume cut.partial --from-log other.csv").code == 2);
    std::filesystem::rename(folder / "moved.csv", folder / "log.csv");
    const tool_run rest = run_tool(folder, "train --resume cut.partial --from-log log.csv");
    INFO(rest.err);
    REQUIRE(rest.code == 0);
    CHECK(read_bytes(folder / "cut") == read_bytes(folder / "whole"));
    CHECK_FALSE(std::filesystem::exists(folder / "cut.partial"));
  }
}

TEST_CASE("what cannot be learned from a log is refused in one line") {
  const scratch_folder folder;
  const std::string head = "state,action,reward,next,status\n";
  write_bytes(folder / "log.csv", head + "0,0,1,1,0\n1,1,2,0,0\n");
  write_bytes(folder / "bad.csv", head + "0,0,1,1,0\n0,1,2,0,0\n");
  write_bytes(folder / "far.csv", head + "0,0,1,900000000,2\n");
  write_bytes(folder / "big.csv", head + "99999999,0,1,0,0\n0,0,2,0,1\n");
  write_bytes(folder / "huge.csv", head + "0,0,1.5e308,0,1\n");
  const struct {
    std::string arguments;
    std::string sentence;
  } cases[] = {
      {"--from-log log.csv", "train: --out is missing, must name the file to write"},
      {"--from-log none.csv --out m", "none.csv:1:1: cannot be opened"},
      {"--from-log bad.csv --out m",
       "bad.csv:3:1: state is not the next one of line 2, must be, or the status there be 1 (ended) or 2 (cut)"},
      {"--from-log log.csv --out m --policy ppo",
       "--policy: 'ppo' does not learn from a log, must be q-learning, sarsa, fitted-q, pessimistic, dqn or cql"},
      {"--from-log log.csv --out m --policy dqn",
       "log.csv:1:1: states are whole numbers, must be numbers state_0, state_1, ..."},
      {"--from-log log.csv --out m --log-states 1",
       "--log-states: the number is 1, must be at least 2, as the log shows"},
      {"--from-log log.csv --out m --discount 1", "--discount: the discount is 1, must be in [0, 1)"},
      {"--from-log log.csv --out m --passes 0", "--passes: the number is 0, must be from 1 to 1000000"},
      {"--from-log log.csv --out m --workload executed", "--workload: --from-log has no use for it"},
      {"--from-log far.csv --out m",
       "--from-log: number of states is 900000001, must leave at most 100000000 pairs of state and action; number the "
       "states without gaps"},
      {"--from-log big.csv --out m",
       "--from-log: the table would have 100000000 states, 1 actions and 800000000 bytes for 2 steps; number the "
       "states "
       "without gaps, or allow it with --log-states 100000000"},
      {"--from-log huge.csv --out m", "huge.csv:2:1: reward is 1.5e+308, must be from -1e9 to 1e9: scale the rewards"},
      {"--out m --passes 3", "--passes: only a training --from-log has a use for it"},
  };
  for (const auto& [arguments, sentence] : cases) {
    INFO(arguments);
    const tool_run run = run_tool(folder, "train " + arguments);
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    CHECK(run.err == "headroom: " + sentence + "\n");
    CHECK(folder.files() == 5);
  }
  // A table of 16 MiB needs no permission, a larger one does.
  write_bytes(folder / "most.csv", head + "2097151,0,1,0,2\n");
  CHECK(run_tool(folder, "train --from-log most.csv --out t --passes 1").code == 0);
  write_bytes(folder / "more.csv", head + "2097152,0,1,0,2\n");
  CHECK(run_tool(folder, "train --from-log more.csv --out u --passes 1").code == 2);
  CHECK(run_tool(folder, "train --from-log more.csv --out u --passes 1 --log-states 2097153").code == 0);
  REQUIRE(run_tool(folder, "train --from-log log.csv --out m").code == 0);
  CHECK(run_tool(folder, "evaluate --model m").err ==
        "headroom: m: was learned from a log, there is no environment to evaluate it in; a host loads it with restore "
        "(headroom/io/state.hpp)\n");
  CHECK(run_tool(folder, "train --resume m --out n").err ==
        "headroom: m: holds a finished training, must be an interrupted one\n");
}
