#include "live/child.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace live_programs {

child::child(const std::vector<std::string>& program, const options& o) {
  std::vector<std::string> copies = program;
  std::vector<char*> all;
  for (std::string& one : copies) all.push_back(one.data());
  all.push_back(nullptr);
  id_ = ::fork();
  if (id_ < 0) {
    id_ = 0;
    throw std::runtime_error("cannot start " + program.front() + ": " + std::strerror(errno));
  }
  if (id_ > 0) return;
#ifdef __linux__
  ::prctl(PR_SET_PDEATHSIG, o.if_orphaned);  // nobody is left behind when this process is killed
#endif
  if (!o.log.empty()) {
    const int out = ::open(o.log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, 1);
    ::dup2(out, 2);
  }
  ::execvp(all[0], all.data());
  std::perror(all[0]);
  ::_exit(127);
}

child::child(child&& other) noexcept : id_(std::exchange(other.id_, 0)), well_(other.well_) {}
child& child::operator=(child&& other) noexcept {
  if (this != &other) {
    kill();
    id_ = std::exchange(other.id_, 0);
    well_ = other.well_;
  }
  return *this;
}

void child::seen(int status) noexcept {
  well_ = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  id_ = 0;
}
bool child::ended() {
  if (id_ == 0) return true;
  int status = -1;
  const int found = ::waitpid(id_, &status, WNOHANG);
  if (found == 0 || (found < 0 && errno == EINTR)) return false;
  seen(status);
  return true;
}
void child::signal(int number) const noexcept {
  if (id_ > 0) ::kill(id_, number);
}
void child::wait() noexcept {
  if (id_ == 0) return;
  int status = -1;
  while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  seen(status);
}
void child::kill() noexcept {
  signal(SIGKILL);
  wait();
}

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  auto* const address = reinterpret_cast<sockaddr*>(&at);
  const bool bound = ::bind(socket, address, size) == 0 && ::getsockname(socket, address, &size) == 0;
  ::close(socket);
  if (!bound) throw std::runtime_error("no port of 127.0.0.1 is free");
  return ntohs(at.sin_port);
}

}  // namespace live_programs
