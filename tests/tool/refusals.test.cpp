#include <sys/stat.h>  // chmod
#include <unistd.h>    // geteuid

#include <cstddef>
#include <cstdlib>
#include <string>
#include <vector>

#include <headroom/core/check.hpp>
#include <headroom/version.hpp>

#include "catch.hpp"
#include "tool/tool.hpp"

namespace {

const std::string policies_there_are =
    "there are constant:N, scheduled:A/B/C/D, threshold, reactive-average, reactive-maximum, "
    "reactive-average-2025-11-08, reactive-maximum-2025-11-08, hpa, hpa-concurrency, kpa, keda, aws-target-tracking, "
    "aws-step, openfaas-ce, openfaas-pro, openfaas-pro-capacity, staffing, predictive-hpa, autopilot, sarsa, "
    "sarsa-clockless, cem, belief, select, hedged, linucb, q-learning, expected-sarsa, sarsa-published, dqn, "
    "dqn-clockless, "
    "dqn-published";

// What every refusal has: exit code 2, one line on standard error and nothing on standard output.
void check_refused(const tool_run& run) {
  CHECK(run.code == 2);
  CHECK(run.out.empty());
  CHECK(lines_in(run.err) == 1);
  CHECK(run.err.starts_with("headroom: "));
  CHECK(run.err.back() == '\n');
}

}  // namespace

TEST_CASE("bad arguments are refused with one sentence, at once, and nothing is written") {
  const scratch_folder folder;
  const struct {
    std::string arguments;
    std::string sentence;
  } cases[] = {
      {"compare --policies foo", "there is no policy 'foo'; " + policies_there_are},
      {"compare --policies constant", "there is no policy 'constant'; " + policies_there_are},
      {"compare --policies sarsa:x", "--policies: 'sarsa:x' needs numbers after the colon, separated by '/'"},
      {"compare --policies sarsa:0",
       "--policies: sarsa:0: the price of a request out of time is 0, must be positive, and at most a million "
       "worker-steps"},
      {"compare --policies sarsa:1/2", "--policies: sarsa:1/2: number of prices is 2, must be 1"},
      {"compare --policies sarsa-published:3",
       "--policies: sarsa-published:3: the price is 3, must be left out: the reward of this learner is as published"},
      {"compare --policies hpa:0", "target_tracking: target is 0, must be positive and finite"},
      {"compare --policies hpa:0.7/1/2/3/4",
       "--policies: hpa:0.7/1/2/3/4: number of settings is 5, must be at most 4: target/least/window/period"},
      {"compare --policies hpa:0.7/1.5", "--policies: hpa:0.7/1.5: least is 1.5, must be whole, from 1 to 32"},
      {"compare --policies kpa:0.7/33", "--policies: kpa:0.7/33: least is 33, must be whole, from 1 to 32"},
      {"compare --policies constant:14,,sarsa",
       "--policies: 'constant:14,,sarsa' must be names separated by single commas"},
      {"compare --policies sarsa,sarsa", "--policies: 'sarsa' is named twice"},
      {"compare --policies constant:x", "--policies: 'constant:x' needs numbers after the colon, separated by '/'"},
      {"compare --policies constant:12x", "--policies: 'constant:12x' needs numbers after the colon, separated by '/'"},
      {"compare --policies constant:", "--policies: 'constant:' needs numbers after the colon, separated by '/'"},
      {"compare --policies constant:12.5", "--policies: constant:12.5: a number of workers is 12.5, must be whole"},
      {"compare --policies constant:nan", "--policies: constant:nan: a number of workers is nan, must be whole"},
      {"compare --policies constant:12/13", "--policies: constant:12/13: number of targets is 2, must be 1"},
      {"compare --policies constant:33", "constant: target is 33, must be within the limits 1 to 32"},
      {"compare --policies scheduled:16/17",
       "--policies: scheduled:16/17: number of targets is 2, must equal the number of phases of this workload, 4"},
      {"compare --policies scheduled:16/17/13/0", "scheduled: target is 0, must be within the limits 1 to 32"},
      {"compare --policies threshold:0.8", "--policies: threshold:0.8: number of marks is 1, must be 2: UP/DOWN"},
      {"compare --policies threshold:0.3/0.8", "threshold: down_below is 0.8, must not be above up_above"},
      {"compare --workload busy", "--workload: the name is busy, must be executed, documented or shuffled"},
      {"compare --environment cluster",
       "--environment: the name is cluster, must be farm, service, scheduler, teastore or quota"},
      {"compare --actions 0", "--actions: '0' must be moves from 1 to 31, ascending, as in 1,2,4"},
      {"compare --actions x", "--actions: 'x' must be moves from 1 to 31, ascending, as in 1,2,4"},
      {"compare --actions 1,", "--actions: '1,' must be moves from 1 to 31, ascending, as in 1,2,4"},
      {"compare --actions 2,1", "--actions: '2,1' must be moves from 1 to 31, ascending, as in 1,2,4"},
      {"compare --actions 1,1", "--actions: '1,1' must be moves from 1 to 31, ascending, as in 1,2,4"},
      {"compare --actions 32", "--actions: '32' must be moves from 1 to 31, ascending, as in 1,2,4"},
      {"compare --actions=-1", "--actions: '-1' must be moves from 1 to 31, ascending, as in 1,2,4"},
      {"compare --policies sarsa-published --actions 1,2",
       "--policies: sarsa-published: the largest move of --actions is 2, must be 1, as published"},
      {"compare --policies dqn-published --actions 1,2",
       "--policies: dqn-published: the largest move of --actions is 2, must be 1, as published"},
      {"compare --episodes 0", "--episodes: the number is 0, must be from 1 to 1000000"},
      {"compare --episodes 1000001", "--episodes: the number is 1000001, must be from 1 to 1000000"},
      {"compare --seed 4294967296",
       "--seed: the first seed is 4294967296, must leave all seeds below 2^32, which is what the published generator "
       "takes"},
      {"compare --train-seeds 0", "--train-seeds: the number is 0, must be from 1 to 300"},
      {"compare --policies sarsa --train-episodes 0", "--train-episodes: the number is 0, must be from 1 to 100000000"},
      {"compare --json missing/r.json", "missing/r.json: cannot be written: there is no folder missing"},
      {"compare --csv missing/r.csv", "missing/r.csv: cannot be written: there is no folder missing"},
      {"compare --json .", ".: is a directory, must be a regular file"},
      {"compare --json r --csv r", "--csv: the file is r, must not be that of --json"},
      {"compare --trace missing.csv", "missing.csv:1:1: cannot be opened"},
      {"compare --trace .", ".:1:1: is a directory"},
      {"train --policy foo --out m", "there is no policy 'foo'; " + policies_there_are},
      {"train --policy constant:14 --out m", "--policy: 'constant:14' does not learn, there is nothing to train"},
      {"train --policy threshold --out m", "--policy: 'threshold' does not learn, there is nothing to train"},
      {"train --train-episodes 0 --out m", "--train-episodes: the number is 0, must be from 1 to 100000000"},
      {"train --seed 0 --out m", "--seed: the training seed is 0, must be from 1 to 400"},
      {"train", "train: --out is missing, must name the file to write"},
      {"train --policy sarsa", "train: --out is missing, must name the file to write"},
      {"train --out m --checkpoint-every nan",
       "--checkpoint-every: the time in seconds is nan, must be zero or more, and finite"},
      {"compare --checkpoints 1001", "--checkpoints: the number is 1001, must be at most 1000"},
      {"train --out missing/m", "missing/m: cannot be written: there is no folder missing"},
      {"train --out .", ".: is a directory, must be a regular file"},
      {"evaluate --model missing", "missing: cannot be opened: No such file or directory"},
      {"evaluate --model .", ".: is a directory, must be a regular file"},
  };
  for (const auto& [arguments, sentence] : cases) {
    INFO(arguments);
    const tool_run run = run_tool(folder, arguments);
    check_refused(run);
    CHECK(run.err == "headroom: " + sentence + "\n");
    CHECK(folder.files() == 0);
  }
}

TEST_CASE("the version is that of the library") {
  const scratch_folder folder;
  const tool_run run = run_tool(folder, "--version");
  CHECK(run.code == 0);
  CHECK(run.err.empty());
  const std::string number = headroom::to_text(HEADROOM_VERSION_MAJOR) + "." +
                             headroom::to_text(HEADROOM_VERSION_MINOR) + "." +
                             headroom::to_text(HEADROOM_VERSION_PATCH);
  const std::string begins = "headroom " + number + ", ";
  CHECK((run.out == begins + "with MPI\n" || run.out == begins + "without MPI\n"));
}

TEST_CASE("what the parser of the command line refuses has the same shape") {
  const scratch_folder folder;
  // The sentences are the parser's own.
  for (const std::string arguments : {"",
                                      "dance",
                                      "compare --nope",
                                      "compare --episodes x",
                                      "compare --episodes 3.5",
                                      "compare --episodes -1",
                                      "compare --episodes",
                                      "compare --seed x",
                                      "compare --train-seeds x",
                                      "compare --train-episodes x",
                                      "compare --trace-peak x --trace t.csv",
                                      "compare stray",
                                      "compare --checkpoints x",
                                      "train --out m --checkpoint-every x",
                                      "train --trace t.csv --out m",
                                      "compare --trace-from 5",
                                      "compare --trace-repeat 2",
                                      "compare --trace-function f",
                                      "compare --trace-window 60",
                                      "compare --trace t.csv --trace-repeat=-1",
                                      "compare --trace t.csv --trace-repeat 1.5",
                                      "compare --trace t.csv --trace-to x",
                                      "compare --trace t.csv --trace-peak 5 --trace-mean 3",
                                      "compare --trace t.csv --workload executed",
                                      "evaluate",
                                      "policies --loud"}) {
    INFO(arguments);
    check_refused(run_tool(folder, arguments));
    CHECK(folder.files() == 0);
  }
}

TEST_CASE("a bad name is refused before any learner is trained") {
  const scratch_folder folder;
  // A hundred million episodes would take a day.
  const tool_run run = run_tool(folder, "compare --policies sarsa,foo --train-episodes 100000000 --json r.json");
  check_refused(run);
  CHECK(folder.files() == 0);
}

TEST_CASE("a trace that is none is refused with file, line and column") {
  const scratch_folder folder;
  const struct {
    std::string rows;
    std::string sentence;
  } cases[] = {
      {"minute,requests\n0,10\n1,12\n5,11\n", ":4:1: time 5 leaves a gap, 2 was expected: set --gap, and it is filled"},
      {"minute,requests\n0,10\n1,ten\n", ":3:3: requests is 'ten', must be a number"},
      {"minute,requests\n0,10\n1,-1\n", ":3:3: requests is -1, must not be negative"},
      {"minute,requests\n0,10\n1\n", ":3:2: row has 1 column, must have 2"},
      {"fortnight,requests\n0,10\n1,10\n",
       ":1:1: time column is named 'fortnight', which tells no unit, set --time-unit"},
      {"", ":1:1: file is empty"},
      {"t,n\n2024-01-01 00:00,10\n2024-01-01 00:01,12\n2024-01-01 00:03,11\n",
       ":4:1: time 2024-01-01 00:03:00 leaves a gap, 2024-01-01 00:02:00 was expected: set --gap, and it is filled"},
      {"2024-01-01 00:00,10\n2024-01-01 24:00,12\n",
       ":2:1: time is '2024-01-01 24:00', must be a time as in 2024-01-31 23:59:00"},
      {"requests\n10\n11,12\n", ":3:4: row has more than 1 column"},
      {"10\neleven\n", ":2:1: requests is 'eleven', must be a number"},
      {"HashOwner,HashApp,HashFunction,Trigger,1,2\no,a,f,http,3\n", ":2:13: row has 5 columns, must have 6"},
      {"HashOwner,HashApp,HashFunction,Trigger,1,2\no,a,f,http,3,x\n", ":2:14: minute 2 is 'x', must be a number"},
      {"HashOwner,HashApp,HashFunction,Average,Count\n", ":1:32: column 4 is named 'Average', must be 'Trigger'"},
  };
  for (const auto& [rows, sentence] : cases) {
    INFO(rows);
    write_bytes(folder / "t.csv", rows);
    const tool_run run = run_tool(folder, "compare --trace t.csv --json r.json --csv r.csv");
    check_refused(run);
    CHECK(run.err == "headroom: t.csv" + sentence + "\n");
    CHECK(folder.files() == 1);
  }
}

TEST_CASE("a trace that cannot be scaled or cut as asked is refused") {
  const scratch_folder folder;
  std::string rows = "minute,requests\n";
  for (int k = 0; k < 40; ++k) rows += std::to_string(k) + ",100\n";
  write_bytes(folder / "t.csv", rows);
  const struct {
    std::string arguments;
    std::string sentence;
  } cases[] = {
      {"--trace-split 0", "--trace-split: the fraction is 0, must be in (0, 1)"},
      {"--trace-split 1", "--trace-split: the fraction is 1, must be in (0, 1)"},
      {"--trace-split nan", "--trace-split: the fraction is nan, must be in (0, 1)"},
      {"--trace-window 0", "--trace-window: the window is 0, must be positive and finite"},
      {"--trace-window nan", "--trace-window: the window is nan, must be positive and finite"},
      {"--trace-window 3600",
       "--trace-window: the length of an episode is 3600, must fit into both parts of the trace, of 1680 s and 720 s: "
       "shorten it, or raise --trace-repeat"},
      {"--trace-window 721 --trace-split 0.5 --trace-from 60 --trace-to 1500",
       "--trace-window: the length of an episode is 780, must fit into both parts of the trace, of 720 s and 720 s: "
       "shorten it, or raise --trace-repeat"},
      {"--trace-window 1500 --trace-repeat 2",
       "--trace-window: the length of an episode is 1500, must fit into both parts of the trace, of 1680 s and 720 s: "
       "shorten it, or raise --trace-repeat"},
      {"--trace-repeat 0", "--trace-repeat: the number is 0, must be from 1 to 1000000"},
      {"--trace-repeat 1000001", "--trace-repeat: the number is 1000001, must be from 1 to 1000000"},
      {"--trace-from=-1", "--trace-from: the time is -1, must be within the trace, which lasts 2400 s"},
      {"--trace-from nan", "--trace-from: the time is nan, must be within the trace, which lasts 2400 s"},
      {"--trace-from 2400", "--trace-from: the time is 2400, must be within the trace, which lasts 2400 s"},
      {"--trace-to 2401", "--trace-to: the time is 2401, must be within the trace, which lasts 2400 s"},
      {"--trace-to 0", "--trace-to: the time is 0, must be within the trace, which lasts 2400 s"},
      {"--trace-to nan", "--trace-to: the time is nan, must be within the trace, which lasts 2400 s"},
      {"--trace-from 600 --trace-to 600",
       "--trace-to: the time is 600, must leave at least one interval after --trace-from"},
      {"--trace-from 600 --trace-to 300",
       "--trace-to: the time is 300, must leave at least one interval after --trace-from"},
      {"--trace-interval=-1", "--interval: the interval is -1, must be zero or more, and finite"},
      {"--interval nan", "--interval: the interval is nan, must be zero or more, and finite"},
      {"--interval 30", "t.csv:41:1: rows are 60 s apart, --interval is 30"},
      {"--trace-function f",
       "t.csv:1:1: is no table of functions, which would begin with HashOwner, and has no function 'f'"},
      {"--trace-mean=-1", "--trace-mean: the mean is -1, must be zero or more, and finite"},
      {"--trace-mean nan", "--trace-mean: the mean is nan, must be zero or more, and finite"},
      {"--trace-peak=-1", "--trace-peak: the peak is -1, must be zero or more, and finite"},
      {"--trace-peak nan", "--trace-peak: the peak is nan, must be zero or more, and finite"},
  };
  for (const auto& [arguments, sentence] : cases) {
    INFO(arguments);
    const tool_run run = run_tool(folder, "compare --trace t.csv --json r.json " + arguments);
    check_refused(run);
    CHECK(run.err == "headroom: " + sentence + "\n");
    CHECK(folder.files() == 1);
  }
}

TEST_CASE("a damaged model is refused, wherever it was cut and whatever was changed") {
  const scratch_folder folder;
  REQUIRE(run_tool(folder, "train --train-episodes 3 --out whole").code == 0);
  const std::string whole = read_bytes(folder / "whole");
  REQUIRE(whole.size() > 1000);
  const auto refused = [&](const std::string& bytes) {
    write_bytes(folder / "model", bytes);
    const tool_run run = run_tool(folder, "evaluate --model model --episodes 1 --json r.json");
    check_refused(run);
    CHECK(run.err.starts_with("headroom: model: "));
    CHECK(folder.files() == 2);
  };
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{8}, std::size_t{100}, whole.size() / 2, whole.size() - 1}) {
    INFO("cut to " << size << " bytes");
    refused(whole.substr(0, size));
  }
  for (const std::size_t place : {std::size_t{0}, std::size_t{40}, whole.size() / 2, whole.size() - 1}) {
    INFO("changed at " << place);
    std::string changed = whole;
    changed[place] = static_cast<char>(changed[place] ^ 1);
    refused(changed);
  }
  refused(whole + "x");
  refused("policy,seed\nsarsa,1\n");
}

TEST_CASE("a folder that is not ours to write to is found out before the work, and an old result survives a refusal") {
  const scratch_folder folder;
  write_bytes(folder / "r.json", "old");
  check_refused(run_tool(folder, "compare --policies constant:14 --episodes 1 --json r.json --csv missing/r.csv"));
  CHECK(read_bytes(folder / "r.json") == "old");
  if (::geteuid() == 0) return;  // to whom every folder is open
  ::chmod(folder.path().c_str(), 0500);
  const tool_run run = run_tool(folder, "compare --policies constant:14 --episodes 1 --json new.json");
  ::chmod(folder.path().c_str(), 0700);
  check_refused(run);
  CHECK(run.err == "headroom: new.json: cannot be written: the folder is not ours to write to\n");
}

TEST_CASE("standard output that cannot be written is a failure") {
  const scratch_folder folder;
  const auto run = [&](const std::string& command, const std::string& output) {
    const std::string line = "'" + tool_path() + "' " + command + " 2>'" + (folder / "err").string() + "' " + output;
    const int status = std::system(("bash -c \"" + line + "\"").c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  for (const std::string command : {"policies", "--help", "compare --policies constant:14 --episodes 1"}) {
    // The disk is full, or the reader is gone before the tool writes: it would need a pipe full of text otherwise.
    for (const std::string output : {">/dev/full", "> >(exec true; wait)"}) {
      INFO(command << output);
      if (output != ">/dev/full" && command != "compare --policies constant:14 --episodes 1") continue;
      CHECK(run(command, output) == 1);
      CHECK(read_bytes(folder / "err")
                .ends_with("headroom: standard output cannot be written: the disk is full, or nobody reads it\n"));
    }
  }
}
