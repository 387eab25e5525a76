#pragma once

#include <fcntl.h>     // open
#include <signal.h>    // kill
#include <sys/wait.h>  // waitpid
#include <unistd.h>    // fork, execv

#include <chrono>     // std::chrono::milliseconds
#include <stdexcept>  // std::runtime_error
#include <string>     // std::string
#include <thread>     // std::this_thread::sleep_for
#include <vector>     // std::vector

#include "scratch.hpp"
#include "tool/tool.hpp"

/// A program that runs beside the test, and is ended with it, by its own process id.
class beside {
 public:
  /// Its output goes to `log`.
  beside(const std::vector<std::string>& command, const std::filesystem::path& log) : log_(log) {
    std::vector<char*> arguments;
    for (const std::string& a : command) arguments.push_back(const_cast<char*>(a.c_str()));
    arguments.push_back(nullptr);
    id_ = ::fork();
    if (id_ < 0) throw std::runtime_error("cannot start " + command.front());
    if (id_ == 0) {
      const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
      ::dup2(out, 1);
      ::dup2(out, 2);
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
  }
  beside(const beside&) = delete;
  beside& operator=(const beside&) = delete;
  ~beside() {
    if (id_ > 0) static_cast<void>(end(SIGKILL));
  }

  /// Waits until the log holds `text`; false if the program ended before, or after `seconds`.
  [[nodiscard]] bool says(const std::string& text, int seconds = 20) const {
    for (int k = 0; k < seconds * 50; ++k) {
      if (contains(read_bytes(log_), text)) return true;
      if (::kill(id_, 0) != 0) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return contains(read_bytes(log_), text);
  }
  [[nodiscard]] pid_t id() const { return id_; }
  /// Sends a signal that does not end it.
  void signal(int number) const { ::kill(id_, number); }
  /// Ends it with a signal, or waits for its own end with 0; its exit code, or -1 if the signal killed it.
  int end(int signal) {
    ::kill(id_, signal);
    int status = 0;
    ::waitpid(id_, &status, 0);
    id_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  [[nodiscard]] std::string log() const { return read_bytes(log_); }

 private:
  std::filesystem::path log_;
  pid_t id_ = 0;
};

/// The port in "listening on 127.0.0.1:PORT"; 0 if there is none.
[[nodiscard]] inline int port_in(const std::string& log) {
  const std::string before = "listening on 127.0.0.1:";
  const std::size_t at = log.find(before);
  return at == std::string::npos ? 0 : std::stoi(log.substr(at + before.size()));
}
