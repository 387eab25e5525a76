#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <headroom/io/checkpoint.hpp>

#include "catch.hpp"
#include "tool/interrupted.hpp"
#include "tool/tool.hpp"

namespace {

constexpr double soon_s = 2;
// Longer than any test may take, so that only the signal can have ended it.
const std::string for_ever = "100000000";

}  // namespace

TEST_CASE("an interrupt during a long training prints what is finished and exits with 130") {
  for (const int signal : {SIGINT, SIGTERM}) {
    const scratch_folder folder;
    const auto [run, seconds, ready] = interrupt(
        folder,
        {"compare", "--policies", "constant:14,sarsa", "--train-episodes", for_ever, "--episodes", "5", "--json",
         "r.json", "--csv", "r.csv"},
        signal, [](pid_t, const std::string& err) { return contains(err, "evaluating constant:14: done\n"); });
    REQUIRE(ready);
    CHECK(run.code == 130);
    CHECK(seconds < soon_s);
    CHECK(contains(run.out, "\n  constant:14 "));
    CHECK_FALSE(contains(run.out, "\n  sarsa "));
    CHECK(contains(run.out, "Interrupted: what was not finished is not in the table.\n"));
    const nlohmann::json result = read_json(folder / "r.json");
    CHECK(result.at("stopped") == true);
    REQUIRE(result.at("policies").size() == 1);
    CHECK(result.at("policies")[0].at("name") == "constant:14");
    CHECK(result.at("policies")[0].at("episodes").size() == 5);
    CHECK(lines_in(read_bytes(folder / "r.csv")) == 6);
    CHECK(folder.files() == 2);
  }
}

TEST_CASE("a learner that is interrupted keeps the training seeds that it has finished") {
  const scratch_folder folder;
  // The first two seeds are short work, all three hundred are not.
  const auto [run, seconds, ready] = interrupt(
      folder,
      {"compare", "--policies", "sarsa", "--train-episodes", "1000", "--train-seeds", "300", "--episodes", "3",
       "--json", "r.json"},
      SIGINT, [](pid_t, const std::string& err) { return contains(err, "evaluating sarsa, training seed 2: done\n"); });
  REQUIRE(ready);
  CHECK(run.code == 130);
  CHECK(seconds < soon_s);
  CHECK(contains(run.out, "\n  sarsa "));
  const nlohmann::json result = read_json(folder / "r.json");
  CHECK(result.at("stopped") == true);
  const auto& seeds = result.at("policies")[0].at("train_seeds");
  CHECK(seeds.size() >= 2);
  CHECK(seeds.size() < 300);
}

TEST_CASE("an interrupt before the first result says so and writes nothing") {
  const scratch_folder folder;
  const auto [run, seconds, ready] =
      interrupt(folder, {"compare", "--policies", "sarsa", "--train-episodes", for_ever, "--json", "r.json"}, SIGINT,
                [](pid_t pid, const std::string&) { return handles(pid, SIGINT); });
  REQUIRE(ready);
  CHECK(run.code == 130);
  CHECK(seconds < soon_s);
  CHECK(run.out.empty());
  CHECK(contains(run.err, "headroom: interrupted before the first result\n"));
  CHECK(folder.files() == 0);
}

namespace {

// A checkpoint was written, and another is soon.
bool partial_of_m(const scratch_folder& folder) { return std::filesystem::exists(folder / "m.partial"); }

const std::string often = "0.05";  // seconds

}  // namespace

TEST_CASE("an interrupted train keeps what was learned beside the model before it") {
  const scratch_folder folder;
  write_bytes(folder / "m", "the model before");
  const auto [run, seconds, ready] = interrupt(
      folder, {"train", "--train-episodes", for_ever, "--out", "m"}, SIGINT, [](pid_t pid, const std::string&) {
        if (!handles(pid, SIGINT)) return false;
        std::this_thread::sleep_for(std::chrono::seconds(1));  // a few episodes, even under a sanitizer
        return true;
      });
  REQUIRE(ready);
  CHECK(run.code == 130);
  CHECK(seconds < soon_s);
  CHECK(run.out.empty());
  CHECK(contains(run.err, "headroom: interrupted after "));
  CHECK(contains(run.err, " of " + for_ever + " episodes; continue with: headroom train --resume m.partial\n"));
  CHECK(read_bytes(folder / "m") == "the model before");
  CHECK(folder.files() == 2);

  // The unfinished training can be looked at.
  CHECK(run_tool(folder, "evaluate --model m.partial --episodes 2 --json e.json").code == 0);
  const std::string said = run.err.substr(run.err.find("after ") + 6);
  CHECK(read_json(folder / "e.json").at("policies")[0].at("train_episodes") == std::stoull(said));

  // To begin anew would lose it.
  const tool_run again = run_tool(folder, "train --train-episodes 3 --out m");
  CHECK(again.code == 2);
  CHECK(again.err ==
        "headroom: m.partial: is a training that was interrupted; continue it with --resume m.partial, or remove it\n");
  CHECK(read_bytes(folder / "m") == "the model before");
}

// Kills the training of `policy`, then interrupts another, and resumes both.
static void check_resumed(const std::string& policy, const std::string& episodes) {
  const scratch_folder folder;
  const std::vector<std::string> how{"train", "--policy", policy, "--seed", "3", "--train-episodes", episodes};
  std::string line;
  for (const std::string& word : how) line += word + ' ';
  REQUIRE(run_tool(folder, line + "--out whole").code == 0);
  CHECK(folder.files() == 1);
  for (const int signal : {SIGKILL, SIGINT}) {
    INFO("signal " << signal);
    auto arguments = how;
    for (const std::string& word : {std::string("--checkpoint-every"), often, std::string("--out"), std::string("m")})
      arguments.push_back(word);
    const auto stopped =
        interrupt(folder, arguments, signal, [&](pid_t, const std::string&) { return partial_of_m(folder); });
    REQUIRE(stopped.ready);
    CHECK(stopped.run.code == (signal == SIGKILL ? -1 : 130));
    REQUIRE(partial_of_m(folder));
    CHECK_FALSE(std::filesystem::exists(folder / "m"));
    const tool_run resumed = run_tool(folder, "train --resume m.partial");
    INFO(resumed.err);
    REQUIRE(resumed.code == 0);
    CHECK(resumed.out == "trained " + policy + " on " + episodes + " episodes of the executed workload, seed 3: m\n");
    CHECK(read_bytes(folder / "m") == read_bytes(folder / "whole"));
    CHECK(folder.files() == 2);  // whole and m: neither m.partial nor what was being written when it was killed
    std::filesystem::remove(folder / "m");
  }
}

TEST_CASE("a SARSA training that was stopped and resumed writes the model of one that never was") {
  check_resumed("sarsa", "5000");
}
TEST_CASE("a training with long traces that was stopped and resumed writes the model of one that never was") {
  check_resumed("sarsa-clockless", "5000");
}
TEST_CASE("a search that was stopped and resumed writes the model of one that never was") {
  check_resumed("cem", "8000");
  check_resumed("cem:99%", "8000");
  check_resumed("belief", "4000");
}
TEST_CASE("a DQN training that was stopped and resumed writes the model of one that never was") {
  check_resumed("dqn", "1000");
}

TEST_CASE("a training can be stopped and resumed again and again, and end in another file") {
  const scratch_folder folder;
  const std::string policy = "q-learning";
  REQUIRE(run_tool(folder, "train --policy q-learning --train-episodes 5000 --actions 1,2 --out whole").code == 0);
  auto stopped = interrupt(folder,
                           {"train", "--policy", policy, "--train-episodes", "5000", "--actions", "1,2",
                            "--checkpoint-every", often, "--out", "m"},
                           SIGKILL, [&](pid_t, const std::string&) { return partial_of_m(folder); });
  REQUIRE(stopped.ready);
  const std::string before = read_bytes(folder / "m.partial");
  stopped = interrupt(folder, {"train", "--checkpoint-every", often, "--resume", "m.partial"}, SIGKILL,
                      [&](pid_t, const std::string&) { return read_bytes(folder / "m.partial") != before; });
  REQUIRE(stopped.ready);
  REQUIRE(partial_of_m(folder));
  REQUIRE(run_tool(folder, "train --resume m.partial --out other --policy q-learning --actions ±1,±2").code == 0);
  CHECK(read_bytes(folder / "other") == read_bytes(folder / "whole"));
  CHECK(folder.files() == 2);
}

TEST_CASE("an unfinished training that is damaged or another one is refused by name and stays what it is") {
  const scratch_folder folder;
  const auto stopped =
      interrupt(folder, {"train", "--train-episodes", "100000", "--checkpoint-every", often, "--out", "m"}, SIGKILL,
                [&](pid_t, const std::string&) { return partial_of_m(folder); });
  REQUIRE(stopped.ready);
  const std::string whole = read_bytes(folder / "m.partial");
  REQUIRE(whole.size() > 10'000);
  std::filesystem::remove(folder / "m.lock");  // left by the kill, and taken away by the next training
  const auto refused = [&](const std::string& arguments, const std::string& sentence) {
    INFO(arguments);
    const std::string bytes = read_bytes(folder / "m.partial");
    const std::size_t files = folder.files();
    const tool_run run = run_tool(folder, "train --resume m.partial " + arguments);
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    CHECK(lines_in(run.err) == 1);
    CHECK(contains(run.err, "headroom: " + sentence));
    CHECK(read_bytes(folder / "m.partial") == bytes);
    CHECK(folder.files() == files);
  };
  refused("--policy q-learning", "--policy: the value is q-learning, must be sarsa, with which m.partial was begun\n");
  refused("--workload shuffled",
          "--workload: the value is shuffled, must be executed, with which m.partial was begun\n");
  refused("--actions 1,2", "--actions: the value is 1,2, must be 1, with which m.partial was begun\n");
  refused("--seed 2", "--seed: the value is 2, must be 1, with which m.partial was begun\n");
  refused("--train-episodes 9", "--train-episodes: the value is 9, must be 100000, with which m.partial was begun\n");
  refused("--out missing/m", "missing/m: cannot be written: there is no folder missing\n");
  refused("--checkpoint-every=-1", "--checkpoint-every: the time in seconds is -1, must be zero or more, and finite\n");

  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{500}, whole.size() / 2, whole.size() - 1}) {
    INFO("cut to " << size << " bytes");
    write_bytes(folder / "m.partial", whole.substr(0, size));
    refused("", "m.partial: ");
  }
  std::string flipped = whole;
  flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 1);
  write_bytes(folder / "m.partial", flipped);
  refused("", "m.partial: checksum is ");

  // A file that is whole, but not what this training holds.
  headroom::checkpoint c;
  c.set("policy", "sarsa");
  write_bytes(folder / "m.partial", "");
  save(c, folder / "m.partial");
  refused("", "m.partial: setting \"workload\" is missing\n");
  write_bytes(folder / "whole", whole);
  c = headroom::load(folder / "whole");
  c.set("training.world.episodes", -1);
  save(c, folder / "m.partial");
  refused("", "m.partial: setting \"training.world.episodes\" is \"-1\", must be a whole number from 0 to ");
  c.set("training.world.episodes", 5);
  c.set("training.selection.learner.agent.discount", 0.5);
  save(c, folder / "m.partial");
  refused("", "m.partial: training.selection.learner.agent.discount is 0.5 in the file, must be 1\n");
  c = headroom::load(folder / "whole");
  c.set("training.selection.learner.menu:actions", "[1, 0, -1]");
  save(c, folder / "m.partial");
  refused("", "m.partial: training.selection.learner.menu: action 0 is 1 in the file, here 0\n");
}

TEST_CASE("what is no unfinished training cannot be resumed") {
  const scratch_folder folder;
  REQUIRE(run_tool(folder, "train --train-episodes 3 --out m").code == 0);
  const tool_run finished = run_tool(folder, "train --resume m");
  CHECK(finished.code == 2);
  CHECK(finished.err == "headroom: m: holds a finished training, must be an interrupted one\n");
  CHECK(run_tool(folder, "train --resume none.partial").err ==
        "headroom: none.partial: cannot be opened: No such file or directory\n");
  CHECK(folder.files() == 1);
}

TEST_CASE("an unfinished training under another name says where its model is to go") {
  const scratch_folder folder;
  const auto stopped =
      interrupt(folder, {"train", "--train-episodes", "5000", "--checkpoint-every", often, "--out", "m"}, SIGKILL,
                [&](pid_t, const std::string&) { return partial_of_m(folder); });
  REQUIRE(stopped.ready);
  std::filesystem::rename(folder / "m.partial", folder / "moved");
  const tool_run run = run_tool(folder, "train --resume moved");
  CHECK(run.code == 2);
  CHECK(run.err == "headroom: --out: the file is not named, must be, since moved does not end in .partial\n");
  CHECK(run_tool(folder, "train --resume moved --out m").code == 0);
  CHECK_FALSE(std::filesystem::exists(folder / "moved"));
}

TEST_CASE("without checkpoints an interrupt still leaves one") {
  const scratch_folder folder;
  const auto [run, seconds, ready] =
      interrupt(folder, {"train", "--train-episodes", for_ever, "--checkpoint-every", "0", "--out", "m"}, SIGTERM,
                [&](pid_t pid, const std::string&) {
                  if (!handles(pid, SIGTERM)) return false;
                  std::this_thread::sleep_for(std::chrono::seconds(1));
                  return true;
                });
  REQUIRE(ready);
  CHECK(run.code == 130);
  CHECK(folder.files() == 1);
  CHECK(partial_of_m(folder));
}

TEST_CASE("a checkpoint that cannot be written costs a warning and not the training") {
  const scratch_folder folder;
  const std::string how = "train --policy dqn --train-episodes 300 --checkpoint-every 0.01 ";
  REQUIRE(run_tool(folder, how + "--out whole").code == 0);
  // The full disk that a test can have: files above 100 kB cannot be written. The model is smaller, its replay is not.
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{100'000, before.rlim_max};
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  const tool_run run = run_tool(folder, how + "--out m");
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  CHECK(run.code == 0);
  CHECK(run.err ==
        "headroom: m.partial: cannot be written: File too large; the training goes on\ntraining dqn, seed 1: done\n");
  CHECK(read_bytes(folder / "m") == read_bytes(folder / "whole"));
}

TEST_CASE("a second training of the same file is refused, and a crash leaves no lock that holds") {
  const scratch_folder folder;
  const std::vector<std::string> how{"train", "--train-episodes", for_ever, "--out", "m", "--checkpoint-every", often};
  tool_run second;
  tool_run third;
  const auto first = interrupt(folder, how, SIGKILL, [&](pid_t, const std::string&) {
    if (!partial_of_m(folder)) return false;
    second = run_tool(folder, "train --train-episodes 3 --out m");
    third = run_tool(folder, "train --resume m.partial --out n");
    return true;
  });
  REQUIRE(first.ready);
  CHECK(second.code == 2);
  CHECK(second.err == "headroom: m: another process is training it; wait for its end, or name another file\n");
  CHECK(third.code == 2);
  CHECK(third.err == second.err);
  CHECK_FALSE(std::filesystem::exists(folder / "n.lock"));
  CHECK(std::filesystem::exists(folder / "m.lock"));
  std::filesystem::remove(folder / "m.partial");
  CHECK(run_tool(folder, "train --train-episodes 3 --out m").code == 0);
  CHECK(folder.files() == 1);
}

TEST_CASE("a pipe that is silent is left at once when the tool is told to end") {
  const scratch_folder folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  const std::string refused = "headroom: pipe: is a special file, must be a regular file: it is read again and again\n";
  CHECK(run_tool(folder, "compare --trace pipe").err == refused);
  CHECK(run_tool(folder, "train --from-log pipe --out m").err ==
        "headroom: pipe:1:1: is an empty pipe, or one that nobody writes to\n");
  const int silent = ::open((folder / "pipe").c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(silent >= 0);
  CHECK(run_tool(folder, "compare --trace pipe").err == refused);
  for (const int signal : {SIGTERM, SIGINT}) {
    const auto [run, seconds, ready] =
        interrupt(folder, {"train", "--from-log", "pipe", "--out", "m"}, signal, [](pid_t pid, const std::string&) {
          if (!handles(pid, SIGTERM)) return false;
          std::this_thread::sleep_for(std::chrono::seconds(1));
          return true;
        });
    REQUIRE(ready);
    CHECK(run.code == 130);
    CHECK(seconds < soon_s);
    CHECK(run.err == "headroom: interrupted before the first result\n");
  }
  ::close(silent);
}
