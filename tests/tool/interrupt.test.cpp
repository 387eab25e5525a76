#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "tool/tool.hpp"

namespace {

using clock_type = std::chrono::steady_clock;

struct interrupted_run {
  tool_run run;
  double seconds = 0;  // from the signal to the end
  bool ready = false;  // `when` came true
};

// Starts the tool, sends it a signal once `when(pid, standard error so far)` holds, and waits for its end.
interrupted_run interrupt(const scratch_folder& folder, std::vector<std::string> arguments, int signal,
                          const std::function<bool(pid_t, const std::string&)>& when) {
  const scratch_folder prints;
  const std::string out = (prints / "out").string();
  const std::string err = (prints / "err").string();
  const std::string tool = tool_path();
  std::vector<char*> argv{const_cast<char*>(tool.c_str())};
  for (std::string& a : arguments) argv.push_back(a.data());
  argv.push_back(nullptr);
  // Closes itself when the tool begins: until then the process has the handlers of this one.
  int begins[2];
  if (::pipe2(begins, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int to_out = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int to_err = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(to_out, 1);
    ::dup2(to_err, 2);
    if (::chdir(folder.path().c_str()) == 0) ::execv(tool.c_str(), argv.data());
    ::_exit(127);
  }
  char byte = 0;
  ::close(begins[1]);
  while (::read(begins[0], &byte, 1) < 0 && errno == EINTR) {
  }
  ::close(begins[0]);
  interrupted_run result;
  const auto patience = clock_type::now() + std::chrono::seconds(20);
  while (clock_type::now() < patience && !(result.ready = when(pid, read_bytes(err)))) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const auto sent = clock_type::now();
  ::kill(pid, signal);
  int status = 0;
  while (::waitpid(pid, &status, WNOHANG) == 0) {
    if (clock_type::now() > sent + std::chrono::seconds(20)) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, &status, 0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  result.seconds = std::chrono::duration<double>(clock_type::now() - sent).count();
  result.run = {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_bytes(out), read_bytes(err)};
  return result;
}

// Whether the process has put its own handler in place: the mask of caught signals, which Linux tells. Else wait a
// second.
bool handles(pid_t pid, int signal) {
  const std::string status = read_bytes("/proc/" + std::to_string(pid) + "/status");
  const std::size_t at = status.find("SigCgt:");
  if (at == std::string::npos) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    return true;
  }
  return ((std::stoull(status.substr(at + 7), nullptr, 16) >> (signal - 1)) & 1U) != 0;
}

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
  CHECK(contains(run.err, " episodes; what was learned is in m.interrupted\n"));
  CHECK(read_bytes(folder / "m") == "the model before");
  CHECK(folder.files() == 2);
  CHECK(run_tool(folder, "evaluate --model m.interrupted --episodes 2").code == 0);
}
