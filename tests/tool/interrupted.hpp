#pragma once

#include <fcntl.h>     // open
#include <signal.h>    // kill
#include <sys/wait.h>  // waitid, waitpid
#include <unistd.h>    // fork, execv

#include <cerrno>      // errno
#include <chrono>      // std::chrono::steady_clock
#include <cstddef>     // std::size_t
#include <functional>  // std::function
#include <stdexcept>   // std::runtime_error
#include <string>      // std::string
#include <thread>      // std::this_thread
#include <vector>      // std::vector

#include "tool/tool.hpp"

struct interrupted_run {
  tool_run run;
  double seconds = 0;  // from the signal to the end
  bool ready = false;  // `when` came true
};

/// Starts the tool, sends it a signal once `when(pid, standard error so far)` holds, and waits for its end.
[[nodiscard]] inline interrupted_run interrupt(const scratch_folder& folder, std::vector<std::string> arguments,
                                               int signal, const std::function<bool(pid_t, const std::string&)>& when) {
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
  // Sanitizers on a busy machine make the way to that moment long. Who has ended by himself will not get there.
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(300);
  const auto runs = [pid] {
    siginfo_t ended{};
    return ::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0;
  };
  while (!(result.ready = when(pid, read_bytes(err))) && runs() && std::chrono::steady_clock::now() < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const auto sent = std::chrono::steady_clock::now();
  ::kill(pid, signal);
  int status = 0;
  while (::waitpid(pid, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > sent + std::chrono::seconds(20)) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, &status, 0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - sent).count();
  result.run = {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_bytes(out), read_bytes(err)};
  return result;
}

/// Whether the process has put its own handler in place: the mask of caught signals, which Linux tells. Else wait a
/// second.
[[nodiscard]] inline bool handles(pid_t pid, int signal) {
  const std::string status = read_bytes("/proc/" + std::to_string(pid) + "/status");
  const std::size_t at = status.find("SigCgt:");
  if (at == std::string::npos) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    return true;
  }
  return ((std::stoull(status.substr(at + 7), nullptr, 16) >> (signal - 1)) & 1U) != 0;
}
