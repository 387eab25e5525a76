#include <headroom/ext/internal/waiting_server.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "catch.hpp"

using namespace headroom;

namespace {

using seconds = std::chrono::duration<double>;

class serving {
 public:
  serving() {
    server_.Get("/who", [](const httplib::Request& asked, httplib::Response& r) {
      r.set_content(asked.remote_addr + " " + (asked.remote_port > 0 ? "port" : "none"), "text/plain");
    });
    server_.Get("/long", [](const httplib::Request&, httplib::Response& r) {
      r.set_content(std::string(3'000'000, 'x'), "text/plain");
    });
    server_.set_keep_alive_timeout(1);
    server_.set_read_timeout(1, 0);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  serving(const serving&) = delete;
  serving& operator=(const serving&) = delete;
  ~serving() { stop(); }
  void stop() {
    if (!thread_.joinable()) return;
    server_.stop();
    thread_.join();
  }
  [[nodiscard]] int port() const { return port_; }

 private:
  internal::waiting_server server_{};
  int port_ = 0;
  std::thread thread_{};
};

class connection {
 public:
  explicit connection(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
  }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() { ::close(socket_); }
  void send(const std::string& text) const {
    REQUIRE(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }
  // Until so many answers ended, or the connection is closed.
  std::string answers(int count, const std::string& end = "port") {
    std::string all;
    char buffer[65'536];
    for (int seen = 0; seen < count;) {
      const auto n = ::recv(socket_, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      all.append(buffer, static_cast<std::size_t>(n));
      seen = 0;
      for (std::size_t at = all.find(end); at != all.npos; at = all.find(end, at + 1)) ++seen;
    }
    return all;
  }
  // Whether at least so many bytes come.
  [[nodiscard]] bool receives(std::size_t bytes) const {
    char buffer[65'536];
    while (bytes > 0) {
      const auto n = ::recv(socket_, buffer, sizeof buffer, 0);
      if (n <= 0) return false;
      bytes -= std::min(bytes, static_cast<std::size_t>(n));
    }
    return true;
  }
  [[nodiscard]] bool closes() const {
    char one = 0;
    return ::recv(socket_, &one, 1, 0) == 0;
  }

 private:
  int socket_;
};

const std::string who = "GET /who HTTP/1.1\r\nHost: x\r\n\r\n";

}  // namespace

TEST_CASE("ext.waiting_server: a connection is kept, and two requests that come at once are both answered") {
  serving s;
  connection c(s.port());
  c.send(who);
  CHECK_THAT(c.answers(1), Catch::Contains("127.0.0.1 port"));
  std::this_thread::sleep_for(std::chrono::milliseconds(250));  // longer than it looks at a time
  c.send(who + who);
  const std::string both = c.answers(2);
  CHECK(both.find("200 OK", both.find("200 OK") + 1) != std::string::npos);
  c.send("GET /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK_THAT(c.answers(1), Catch::Contains("Connection: close"));
  CHECK(c.closes());
}

TEST_CASE("ext.waiting_server: a long answer comes as a whole, and a request in pieces is read") {
  serving s;
  connection c(s.port());
  c.send("GET /lo");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  c.send("ng HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(c.receives(3'000'000));
}

TEST_CASE("ext.waiting_server: an idle connection, and one that stops in the middle of a request, are closed") {
  serving s;
  connection idle(s.port());
  connection half(s.port());
  half.send("GET /wh");
  const auto begin = std::chrono::steady_clock::now();
  CHECK(idle.closes());
  static_cast<void>(half.answers(1));
  const seconds took = std::chrono::steady_clock::now() - begin;
  CHECK(took.count() > 0.8);
  CHECK(took.count() < 20);
}

TEST_CASE("ext.waiting_server: it ends while connections are open") {
  serving s;
  connection c(s.port());
  c.send(who);
  CHECK_THAT(c.answers(1), Catch::Contains("port"));
  s.stop();
  CHECK(c.closes());
}

TEST_CASE("ext.waiting_server: a connection that ended leaves no descriptor behind") {
  serving s;
  const auto open = [] {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
  };
  const auto before = open();
  for (int k = 0; k < 20; ++k) {
    connection c(s.port());
    c.send("GET /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK_THAT(c.answers(1), Catch::Contains("port"));
    CHECK(c.closes());
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK(open() < before + 10);
}
