#pragma once

#include <signal.h>    // kill
#include <sys/wait.h>  // waitpid
#include <unistd.h>    // fork, execv

#include <chrono>     // std::chrono::milliseconds
#include <cstdlib>    // std::getenv
#include <stdexcept>  // std::runtime_error
#include <string>     // std::string
#include <thread>     // std::this_thread::sleep_for

#include <headroom/ext/redis.hpp>

#include "scratch.hpp"

/// The real Redis, on a socket in a folder of its own, without a port and without files. HEADROOM_REDIS is its program,
/// which is one file with several names: it is what it is called as.
class redis_server {
 public:
  [[nodiscard]] static const char* program() { return std::getenv("HEADROOM_REDIS"); }

  redis_server() { start(); }
  redis_server(const redis_server&) = delete;
  redis_server& operator=(const redis_server&) = delete;
  ~redis_server() { end(); }

  void start() {
    id_ = ::fork();
    if (id_ < 0) throw std::runtime_error("cannot start redis-server");
    if (id_ == 0) {
      const std::string socket = (folder_ / "socket").string();
      const std::string folder = folder_.path().string();
      ::execl(program(), "redis-server", "--port", "0", "--unixsocket", socket.c_str(), "--save", "", "--appendonly",
              "no", "--dir", folder.c_str(), "--logfile", (folder + "/log").c_str(), static_cast<char*>(nullptr));
      ::_exit(127);
    }
    headroom::redis r({.address = address(), .timeout_s = 1});
    for (int k = 0; k < 500; ++k) {
      if (r.ask({"PING"}).good()) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    throw std::runtime_error("redis-server does not answer: " + r.said());
  }
  /// Kills it: what it held is gone.
  void end() {
    if (id_ <= 0) return;
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
    id_ = 0;
  }
  void freeze(bool yes) const { ::kill(id_, yes ? SIGSTOP : SIGCONT); }
  [[nodiscard]] std::string address() const { return "unix:" + (folder_ / "socket").string(); }

 private:
  scratch_folder folder_{};
  pid_t id_ = 0;
};
