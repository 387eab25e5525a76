#include "support/child.hpp"

#include <fcntl.h>     // open
#include <poll.h>      // poll
#include <sys/wait.h>  // waitpid
#include <unistd.h>    // fork, execvp, pipe2

#include <array>    // std::array
#include <cerrno>   // errno
#include <chrono>   // std::chrono::steady_clock
#include <csignal>  // kill
#include <cstddef>  // std::size_t
#include <cstring>  // std::strerror

#include <headroom/io/file.hpp>

namespace tool {

using headroom::file_handle;

namespace {

constexpr std::size_t most_output = std::size_t{64} << 10U;

// In the child, after fork: only calls that are safe there.
[[noreturn]] void become(char* const* arguments, int output, int failure) {
  (void)::setpgid(0, 0);
  for (const int one : {SIGTERM, SIGINT, SIGPIPE}) std::signal(one, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0 && ::dup2(nothing, 0) >= 0 && ::dup2(output, 1) >= 0) (void)::execvp(arguments[0], arguments);
  const int error = errno;
  (void)!::write(failure, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

std::string child_end::sentence() const {
  switch (end) {
    case how::exited:
      return "exited with " + std::to_string(code);
    case how::killed_late:
      return "was not done in time and was killed";
    case how::signalled:
      return "was ended by signal " + std::to_string(code);
    case how::not_started:
      break;
  }
  return std::string("cannot be started: ") + std::strerror(code);
}

child_end run_child(const std::vector<std::string>& command, double deadline_s) {
  using clock = std::chrono::steady_clock;
  child_end result;
  int output[2];
  int failure[2];
  if (::pipe2(output, O_CLOEXEC) != 0) {
    result.code = errno;
    return result;
  }
  const file_handle output_read(output[0]);
  file_handle output_write(output[1]);
  if (::pipe2(failure, O_CLOEXEC) != 0) {
    result.code = errno;
    return result;
  }
  const file_handle failure_read(failure[0]);
  file_handle failure_write(failure[1]);
  std::vector<char*> arguments;
  std::vector<std::string> texts = command;
  for (std::string& one : texts) arguments.push_back(one.data());
  arguments.push_back(nullptr);
  const auto until =
      clock::now() + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(deadline_s));
  const pid_t child = ::fork();
  if (child < 0) {
    result.code = errno;
    return result;
  }
  if (child == 0) become(arguments.data(), output[1], failure[1]);
  (void)::setpgid(child, child);  // whoever of the two is first
  output_write = {};
  failure_write = {};

  bool late = false;
  bool open = true;
  int status = 0;
  for (bool ended = false; !ended;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
    if (left <= 0 && !late) {
      late = true;
      (void)::kill(-child, SIGKILL);
    }
    if (open && !late) {
      pollfd one{output_read.get(), POLLIN, 0};
      if (::poll(&one, 1, static_cast<int>(left < 20 ? left : 20)) > 0) {
        std::array<char, 4096> bytes{};
        const auto n = ::read(output_read.get(), bytes.data(), bytes.size());
        if (n > 0 && result.output.size() < most_output)
          result.output.append(bytes.data(), static_cast<std::size_t>(n));
        if (n == 0) open = false;
        if (n > 0) continue;
      }
    } else if (!late) {
      (void)::poll(nullptr, 0, 5);
    }
    const pid_t done = ::waitpid(child, &status, late ? 0 : WNOHANG);
    ended = done == child || (done < 0 && errno != EINTR);
  }
  // What it still had in the pipe when it ended. Somebody that it left behind may hold the pipe open: do not wait.
  for (std::array<char, 4096> bytes{}; open && !late && result.output.size() < most_output;) {
    pollfd one{output_read.get(), POLLIN, 0};
    if (::poll(&one, 1, 0) <= 0) break;
    const auto n = ::read(output_read.get(), bytes.data(), bytes.size());
    if (n <= 0) break;
    result.output.append(bytes.data(), static_cast<std::size_t>(n));
  }
  int error = 0;
  pollfd reason{failure_read.get(), POLLIN, 0};
  if (::poll(&reason, 1, 0) > 0 && ::read(failure_read.get(), &error, sizeof error) == sizeof error) {
    result.code = error;
    return result;
  }
  if (WIFEXITED(status)) {  // also where it ended by itself while it was about to be killed
    result.end = child_end::how::exited;
    result.code = WEXITSTATUS(status);
  } else if (late) {
    result.end = child_end::how::killed_late;
  } else {
    result.end = child_end::how::signalled;
    result.code = WTERMSIG(status);
  }
  return result;
}

}  // namespace tool
