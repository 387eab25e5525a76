#include "child.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace live_scheduler {

child::child(const std::vector<std::string>& program, const std::string& log) {
  std::vector<std::string> copies = program;
  std::vector<char*> all;
  for (std::string& one : copies) all.push_back(one.data());
  all.push_back(nullptr);
  id_ = ::fork();
  if (id_ < 0) throw std::runtime_error("cannot start " + program.front() + ": " + std::strerror(errno));
  if (id_ > 0) return;
#ifdef __linux__
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody is left behind when this process is killed
#endif
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::execvp(all[0], all.data());
  ::_exit(127);
}

child& child::operator=(child&& other) noexcept {
  if (this != &other) {
    kill();
    id_ = std::exchange(other.id_, 0);
  }
  return *this;
}

bool child::ended() {
  if (id_ == 0) return true;
  const int seen = ::waitpid(id_, nullptr, WNOHANG);
  if (seen == 0 || (seen < 0 && errno == EINTR)) return false;
  id_ = 0;
  return true;
}
void child::signal(int number) const {
  if (id_ > 0) ::kill(id_, number);
}
void child::kill() {
  if (id_ == 0) return;
  ::kill(id_, SIGKILL);
  while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
  }
  id_ = 0;
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

}  // namespace live_scheduler
