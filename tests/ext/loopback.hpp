#pragma once

#include <atomic>     // std::atomic
#include <chrono>     // std::chrono::milliseconds
#include <mutex>      // std::mutex
#include <stdexcept>  // std::runtime_error
#include <string>     // std::string
#include <thread>     // std::thread

#include <headroom/ext/internal/httplib.hpp>

/// A real HTTP server on a free port of 127.0.0.1, which gives the answer that a test sets and keeps what it was
/// asked.
class loopback_server {
 public:
  explicit loopback_server(httplib::Server& server) : server_(server) {
    const auto answer = [this](const httplib::Request& request, httplib::Response& response) {
      std::string body;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        last_ = request;
        ++asked_;
        body = answer_;
        response.status = status_;
      }
      if (delay_ms_ > 0) std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms_));
      if (status_ == 302) response.set_header("Location", "http://127.0.0.1:1/");
      response.set_content(body, "application/json");
    };
    server_.Post("/.*", answer);
    server_.Get("/.*", answer);
    port_ = server_.bind_to_any_port("127.0.0.1");
    if (port_ <= 0) throw std::runtime_error("no free port on 127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  loopback_server(const loopback_server&) = delete;
  loopback_server& operator=(const loopback_server&) = delete;
  ~loopback_server() { stop(); }

  void stop() {
    if (!thread_.joinable()) return;
    server_.stop();
    thread_.join();
  }
  void answers(const std::string& body, int status = 200, int delay_ms = 0) {
    const std::lock_guard<std::mutex> lock(mutex_);
    answer_ = body;
    status_ = status;
    delay_ms_ = delay_ms;
  }
  [[nodiscard]] httplib::Request last() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return last_;
  }
  [[nodiscard]] int asked() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return asked_;
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int port() const { return port_; }

 private:
  httplib::Server& server_;
  mutable std::mutex mutex_{};
  httplib::Request last_{};
  std::string answer_{};
  int status_ = 200;
  std::atomic<int> delay_ms_{0};
  int asked_ = 0;
  int port_ = 0;
  std::thread thread_{};
};
