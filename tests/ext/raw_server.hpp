#pragma once

#include <sys/socket.h>  // socket, bind, listen, accept, recv, send
#include <sys/un.h>      // sockaddr_un
#include <unistd.h>      // close

#include <algorithm>  // std::copy_n
#include <atomic>     // std::atomic
#include <chrono>     // std::chrono::milliseconds
#include <mutex>      // std::mutex
#include <stdexcept>  // std::runtime_error
#include <string>     // std::string
#include <thread>     // std::thread
#include <vector>     // std::vector

#include "scratch.hpp"

/// Answers whatever comes with the bytes that a test sets, on a socket in a folder of its own: for what a real server
/// cannot be made to do. Connection k gets answer k, in pieces with a pause between them, and is closed after the last
/// one if the test wants that.
class raw_server {
 public:
  struct script {
    std::vector<std::string> pieces{};  ///< sent after the first bytes came
    bool closes = false;
    int pause_ms = 0;
  };

  explicit raw_server(std::vector<script> connections) : connections_(std::move(connections)) {
    listens_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    const std::string path = (folder_ / "socket").string();
    std::copy_n(path.c_str(), path.size() + 1, at.sun_path);
    if (::bind(listens_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || ::listen(listens_, 8) != 0)
      throw std::runtime_error("no socket at " + path);
    thread_ = std::thread([this] { serve(); });
  }
  raw_server(const raw_server&) = delete;
  raw_server& operator=(const raw_server&) = delete;
  ~raw_server() {
    ends_ = true;
    ::shutdown(listens_, SHUT_RDWR);
    thread_.join();
    ::close(listens_);
  }
  [[nodiscard]] std::string address() const { return "unix:" + (folder_ / "socket").string(); }
  [[nodiscard]] std::string heard() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return heard_;
  }
  /// Whether `text` came, or comes within a while: an answer that was sent before is read at once.
  [[nodiscard]] bool hears(const std::string& text) const {
    for (int k = 0; k < 5000 && heard().find(text) == std::string::npos; ++k)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return heard().find(text) != std::string::npos;
  }
  /// So many connections were closed by the server.
  void wait_for_closed(int n) const {
    for (int k = 0; k < 2000 && closed_ < n; ++k) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

 private:
  void serve() {
    for (const script& one : connections_) {
      const int with = ::accept(listens_, nullptr, nullptr);
      if (with < 0) return;
      const timeval tick{0, 20'000};
      ::setsockopt(with, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick);
      bool answered = false;
      while (!ends_) {
        char bytes[4096];
        const auto n = ::recv(with, bytes, sizeof bytes, 0);
        if (n == 0) break;
        if (n < 0) continue;
        {
          const std::lock_guard<std::mutex> lock(mutex_);
          heard_.append(bytes, static_cast<std::size_t>(n));
        }
        if (answered) continue;
        answered = true;
        for (const std::string& piece : one.pieces) {
          if (::send(with, piece.data(), piece.size(), MSG_NOSIGNAL) < 0) break;
          std::this_thread::sleep_for(std::chrono::milliseconds(one.pause_ms));
        }
        if (one.closes) break;
      }
      ::close(with);
      ++closed_;
    }
  }

  scratch_folder folder_{};
  std::vector<script> connections_;
  int listens_ = -1;
  std::atomic<bool> ends_{false};
  std::atomic<int> closed_{0};
  mutable std::mutex mutex_{};
  std::string heard_{};
  std::thread thread_{};
};
