#include "farm/processes.hpp"

#include <signal.h>    // kill
#include <spawn.h>     // posix_spawn
#include <sys/wait.h>  // waitpid

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

extern char** environ;

namespace live_farm {

process::process(const std::vector<std::string>& arguments) {
  std::vector<std::string> copies{"headroom"};
  copies.insert(copies.end(), arguments.begin(), arguments.end());
  std::vector<char*> all;
  for (std::string& one : copies) all.push_back(one.data());
  all.push_back(nullptr);
  const int failed = ::posix_spawn(&id_, "/proc/self/exe", nullptr, nullptr, all.data(), environ);
  if (failed != 0) {
    id_ = 0;
    throw std::runtime_error(std::string("farm: a process cannot be started: ") + std::strerror(failed));
  }
}

process& process::operator=(process&& other) noexcept {
  if (this != &other) {
    kill();
    id_ = std::exchange(other.id_, 0);
    well_ = other.well_;
  }
  return *this;
}

bool process::ended() {
  if (id_ == 0) return true;
  int status = 0;
  const int seen = ::waitpid(id_, &status, WNOHANG);
  if (seen == 0 || (seen < 0 && errno == EINTR)) return false;
  well_ = seen == id_ && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  id_ = 0;
  return true;
}

void process::kill() noexcept {
  if (id_ == 0) return;
  ::kill(id_, SIGKILL);
  while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
  }
  id_ = 0;
}

}  // namespace live_farm
