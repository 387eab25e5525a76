#include <headroom/ext/policy_server.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <chrono>
#include <filesystem>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "ext/served.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

std::string refused(const policy_server_options& o) {
  return refusal<std::exception>([&] { policy_server server{o}; });
}
void add_echo(policy_server& server) {
  server.post("/echo", [](const policy_server::request& r) { return server_reply{r.body}; });
}

// A connection that sends what it likes.
class raw_connection {
 public:
  explicit raw_connection(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{4, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("no connection");
  }
  raw_connection(const raw_connection&) = delete;
  raw_connection& operator=(const raw_connection&) = delete;
  ~raw_connection() { ::close(socket_); }
  void send(const std::string& text) const {
    static_cast<void>(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL));
  }
  // Until the server closes, or four seconds of nothing.
  [[nodiscard]] std::string all() const {
    std::string text;
    char bytes[4096];
    for (ssize_t n = 0; (n = ::recv(socket_, bytes, sizeof bytes, 0)) > 0;)
      text.append(bytes, static_cast<std::size_t>(n));
    return text;
  }

 private:
  int socket_;
};

}  // namespace

TEST_CASE("an address that others can reach needs a token") {
  const scratch_folder folder;
  write_bytes(folder / "token", "t\n");
  for (const char* address :
       {"0.0.0.0:8080", "10.1.2.3:8080", "[::]:8080", "example.org:80", "127.0.0.1.evil.org:80"}) {
    INFO(address);
    CHECK(refused({.listen = address}).find("be an address of this machine alone") != std::string::npos);
    CHECK(refused({.listen = address, .token_file = folder / "token"}) == "accepted");
  }
  for (const char* address : {"127.0.0.1:0", "127.8.9.1:1", "localhost:1", "[::1]:1"}) {
    INFO(address);
    CHECK(refused({.listen = address}) == "accepted");
  }
  CHECK(refused({.token_file = folder / "absent"}).find("cannot be opened") != std::string::npos);
  CHECK(refused({.listen = "127.0.0.1:http"}).find("must end with a port") != std::string::npos);
  CHECK(refused({.most_connections = 0}).find("most_connections is 0") != std::string::npos);
  CHECK(refused({.most_body_bytes = 10}).find("most_body_bytes is 10") != std::string::npos);
  CHECK(refused({.idle_s = 0}).find("idle_s is 0") != std::string::npos);
  CHECK(refused({.read_s = 0}).find("read_s is 0") != std::string::npos);
}

TEST_CASE("health is told to everybody, everything else to those with the token") {
  const scratch_folder folder;
  write_bytes(folder / "token", "open sesame\n");
  policy_server_options o = served::any_port();
  o.token_file = folder / "token";
  policy_server server{o};
  add_echo(server);
  const served::running at(server);
  httplib::Client client = at.client();
  CHECK(client.Get("/healthz")->status == 200);
  CHECK(client.Get("/readyz")->status == 200);
  server.set_ready(false);
  CHECK(client.Get("/readyz")->status == 503);
  CHECK(client.Get("/healthz")->status == 200);
  const auto status = [&](const char* header) {
    return client.Post("/echo", httplib::Headers{{"Authorization", header}}, "{}", "application/json")->status;
  };
  CHECK(client.Post("/echo", "{}", "application/json")->status == 401);
  CHECK(client.Get("/metrics")->status == 401);
  CHECK(status("Bearer open sesame") == 200);
  for (const char* wrong :
       {"Bearer open sesam", "Bearer open sesame1", "open sesame", "Bearer ", "", "Bearer Open sesame"})
    CHECK(status(wrong) == 401);
  const auto metrics = client.Get("/metrics", httplib::Headers{{"Authorization", "Bearer open sesame"}});
  CHECK(metrics->body.find("headroom_http_requests_total{end=\"answered\"} 1\n") != std::string::npos);
  CHECK(metrics->body.find("headroom_http_requests_total{end=\"unauthorized\"} 8\n") != std::string::npos);
  CHECK(metrics->body.find("sesame") == std::string::npos);
}

TEST_CASE("what is too long, of another type, or of no name is refused in JSON") {
  policy_server_options o = served::any_port();
  o.most_body_bytes = 2000;
  policy_server server{o};
  add_echo(server);
  server.put("/put", [](const policy_server::request& r) { return server_reply{r.body}; });
  server.post("/fails",
              [](const policy_server::request&) -> server_reply { throw std::runtime_error("a \"reason\""); });
  const served::running at(server);
  CHECK(at.post("/echo", "[" + std::string(1998, ' ') + "]").status == 200);
  const auto long_one = at.client().Post("/echo", std::string(2001, ' '), "application/json");
  CHECK((!long_one || long_one->status == 413));
  CHECK(at.client().Post("/echo", "{}", "text/plain")->status == 415);  // what a page in a browser may send unasked
  CHECK(at.client().Post("/echo", "{}", "application/json; charset=utf-8")->status == 200);
  CHECK(at.client().Put("/put", "{}", "text/plain")->status == 415);
  CHECK(at.client().Put("/put", "[1]", "application/json")->body == "[1]");
  CHECK(at.post("/put", "{}").status == 404);  // another method
  CHECK(at.post("/nothing", "{}").status == 404);
  CHECK(at.get("/echo").json["error"] == "there is nothing of this name, or not with this method");
  CHECK(at.post("/fails", "{}").status == 500);
  CHECK(at.post("/fails", "{}").json["error"] == "a \"reason\"");
  CHECK(at.client().Get("/metrics")->body.find("{end=\"failed\"} 2\n") != std::string::npos);
}

TEST_CASE("without a token, a name that leads here is not enough") {
  policy_server server{served::any_port()};
  add_echo(server);
  const served::running at(server);
  const auto status = [&](const char* host) {
    return at.client().Post("/echo", httplib::Headers{{"Host", host}}, "{}", "application/json")->status;
  };
  for (const char* host : {"127.0.0.1", "127.0.0.1:80", "localhost:8080", "[::1]:8080", "[::1]"}) {
    INFO(host);
    CHECK(status(host) == 200);
  }
  for (const char* host : {"evil.org", "evil.org:8080", "127.0.0.1.evil.org", "localhost.evil.org", "[::2]:1", "1"}) {
    INFO(host);
    CHECK(status(host) == 403);
  }
}

TEST_CASE("a request that is never finished is given up") {
  policy_server_options o = served::any_port();
  o.read_s = 0.3;
  policy_server server{o};
  add_echo(server);
  const served::running at(server);
  const raw_connection slow(at.port());
  slow.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
  const auto begin = std::chrono::steady_clock::now();
  const std::string answer = slow.all();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
  CHECK(answer.find("200 OK") == std::string::npos);
  const raw_connection wrong(at.port());
  wrong.send("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n\r\n");
  CHECK(wrong.all().find("200 OK") == std::string::npos);
  CHECK(at.post("/echo", "{}").status == 200);  // and others are served
}

TEST_CASE("so many connections are open at once, and the next one waits for its turn") {
  policy_server_options o = served::any_port();
  o.most_connections = 2;
  policy_server server{o};
  add_echo(server);
  const served::running at(server);
  auto first = std::make_unique<raw_connection>(at.port());
  const raw_connection second(at.port());
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const auto begin = std::chrono::steady_clock::now();
  std::thread closes([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    first.reset();
  });
  CHECK(at.post("/echo", "{}").status == 200);
  closes.join();
  CHECK(std::chrono::steady_clock::now() - begin > std::chrono::milliseconds(250));
}

TEST_CASE("those who wait are left with the kernel, and take no socket of ours") {
  policy_server_options o = served::any_port();
  o.most_connections = 2;
  o.idle_s = 2;
  policy_server server{o};
  const served::running at(server);
  const auto open_files = [] {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
  };
  // The question by which `running` knew that it listens may still be open, and threads take time on a busy machine.
  const auto settled = [&] {
    auto last = open_files();
    for (int same = 0; same < 10;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      const auto now = open_files();
      same = now == last ? same + 1 : 0;
      last = now;
    }
    return last;
  };
  const auto before = settled();
  std::vector<std::unique_ptr<raw_connection>> six;
  for (int k = 0; k < 6; ++k) six.push_back(std::make_unique<raw_connection>(at.port()));
  CHECK(settled() - before == 6 + 3);  // ours, and of the server two that are served and one at the door
  six.clear();
}

TEST_CASE("a port that is taken is not shared") {
  policy_server one{served::any_port()};
  const served::running at(one);
  policy_server other{{.listen = "127.0.0.1:" + std::to_string(at.port())}};
  CHECK(refusal<std::runtime_error>([&] { other.bind(); }).find("another program listens there") != std::string::npos);
}

TEST_CASE("many ask at once and each gets its own answer") {
  policy_server server{served::any_port()};
  add_echo(server);
  const served::running at(server);
  std::vector<std::thread> threads;
  std::vector<int> right(8);
  for (std::size_t k = 0; k < right.size(); ++k) {
    threads.emplace_back([&, k] {
      httplib::Client client = at.client();
      client.set_keep_alive(true);
      for (int n = 0; n < 50; ++n) {
        const std::string body = std::to_string(k) + "/" + std::to_string(n);
        const auto r = client.Post("/echo", body, "application/json");
        right[k] += r && r->body == body ? 1 : 0;
      }
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(right == std::vector<int>(8, 50));
}
