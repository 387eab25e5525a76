#pragma once

#include <algorithm>    // std::min
#include <cerrno>       // errno
#include <cstddef>      // std::size_t
#include <cstring>      // std::memcpy
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <type_traits>  // std::conditional_t

#include <arpa/inet.h>   // inet_ntop
#include <netinet/in.h>  // sockaddr_in
#include <poll.h>        // poll
#include <sys/socket.h>  // recv, send
#include <unistd.h>      // close

#include <headroom/ext/internal/httplib.hpp>

/// A server of cpp-httplib 0.11 that waits for the next request of a connection in the kernel. That version itself
/// looks for 10 ms and then sleeps for 1 ms, so of the requests that come after a pause one in eleven waits for up to
/// 1 ms more. Later versions do not sleep.
namespace headroom::internal {

/// The bytes of a connection, with a timeout each way.
class socket_stream final : public httplib::Stream {
 public:
  socket_stream(socket_t socket, int read_ms, int write_ms) : socket_(socket), read_ms_(read_ms), write_ms_(write_ms) {}

  using httplib::Stream::write;
  [[nodiscard]] bool is_readable() const override { return at_ < end_ || waits(POLLIN, read_ms_); }
  [[nodiscard]] bool is_writable() const override { return waits(POLLOUT, write_ms_); }
  ssize_t read(char* to, std::size_t size) override {
    if (at_ == end_) {
      if (!is_readable()) return -1;
      ssize_t n = -1;
      do n = ::recv(socket_, buffer_, sizeof buffer_, 0);
      while (n < 0 && errno == EINTR);
      if (n <= 0) return n;
      at_ = 0;
      end_ = static_cast<std::size_t>(n);
    }
    const std::size_t n = std::min(size, end_ - at_);
    std::memcpy(to, buffer_ + at_, n);
    at_ += n;
    return static_cast<ssize_t>(n);
  }
  ssize_t write(const char* from, std::size_t size) override {
    if (!is_writable()) return -1;
    ssize_t n = -1;
    do n = ::send(socket_, from, size, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n;
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override { tell(&::getpeername, ip, port); }
  void get_local_ip_and_port(std::string& ip, int& port) const override { tell(&::getsockname, ip, port); }
  [[nodiscard]] socket_t socket() const override { return socket_; }

  /// Whether there is something to read, or the other side is gone, within so many milliseconds.
  [[nodiscard]] bool comes_within(int ms) const { return at_ < end_ || waits(POLLIN, ms); }

 private:
  [[nodiscard]] bool waits(short what, int ms) const {
    pollfd one{socket_, what, 0};
    int ready = -1;
    do ready = ::poll(&one, 1, ms);
    while (ready < 0 && errno == EINTR);
    return ready > 0;
  }
  void tell(int (*whose)(int, sockaddr*, socklen_t*), std::string& ip, int& port) const {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (whose(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return;
    const bool v6 = address.ss_family == AF_INET6;
    const auto* const four = reinterpret_cast<const sockaddr_in*>(&address);
    const auto* const six = reinterpret_cast<const sockaddr_in6*>(&address);
    char text[INET6_ADDRSTRLEN] = {};
    const void* const bytes = v6 ? static_cast<const void*>(&six->sin6_addr) : &four->sin_addr;
    if (::inet_ntop(address.ss_family, bytes, text, sizeof text) != nullptr) ip = text;
    port = ntohs(v6 ? six->sin6_port : four->sin_port);
  }

  socket_t socket_;
  int read_ms_;
  int write_ms_;
  char buffer_[4096] = {};
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

/// A template, because only version 0.11 has these members; where it is another one nobody makes it.
template <class Server>
class blocking_server : public Server {
 private:
  bool process_and_close_socket(socket_t socket) override {
    constexpr int slice_ms = 100;  // how soon the end of the server is noticed
    const auto ms = [](time_t seconds, time_t micros) { return static_cast<int>(seconds * 1000 + micros / 1000); };
    socket_stream stream(socket, ms(this->read_timeout_sec_, this->read_timeout_usec_),
                         ms(this->write_timeout_sec_, this->write_timeout_usec_));
    const int idle_ms = ms(this->keep_alive_timeout_sec_, 0);
    bool well = false;
    bool closed = false;
    for (std::size_t left = this->keep_alive_max_count_; left > 0 && !closed; --left) {
      bool comes = false;
      for (int ms_left = idle_ms; ms_left > 0 && !comes && this->svr_sock_ != INVALID_SOCKET; ms_left -= slice_ms)
        comes = stream.comes_within(std::min(ms_left, slice_ms));
      if (!comes) break;
      well = this->process_request(stream, left == 1, closed, nullptr);
      if (!well) break;
    }
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
    return well;
  }
};

using waiting_server = std::conditional_t<std::string_view(CPPHTTPLIB_VERSION).starts_with("0.11."),
                                          blocking_server<httplib::Server>, httplib::Server>;

}  // namespace headroom::internal
