#pragma once

#include <atomic>       // std::atomic
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <exception>    // std::exception
#include <filesystem>   // std::filesystem::path
#include <functional>   // std::function
#include <memory>       // std::make_unique, std::unique_ptr
#include <stdexcept>    // std::runtime_error
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <sys/socket.h>  // setsockopt

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/connection_threads.hpp>
#include <headroom/ext/internal/http_address.hpp>
#include <headroom/ext/internal/httplib.hpp>
#include <headroom/ext/internal/secret_file.hpp>
#include <headroom/ext/internal/waiting_server.hpp>
#include <headroom/io/exposition.hpp>
#include <headroom/io/internal/json_writer.hpp>

/// One HTTP server for policies; what it speaks are the dialects of ext/dialects/. Needs cpp-httplib: the CMake
/// component `http`, find_package(headroom COMPONENTS http) and headroom::http.
namespace headroom {

struct policy_server_options {
  std::string listen = "127.0.0.1:8080";     ///< address and port; port 0: any that is free
  std::filesystem::path token_file{};        ///< its one line must come as a bearer token; empty: nobody is asked
  std::size_t most_connections = 64;         ///< that are open at once; a further one waits until one is closed
  std::size_t most_body_bytes = 1U << 20U;   ///< of a request; a longer one is answered with 413
  double idle_s = 5;                         ///< until a connection without a request is closed
  double read_s = 5;                         ///< until a request that is not sent on is given up
  std::filesystem::path certificate_file{};  ///< PEM, with key_file: it speaks TLS and nothing else
  std::filesystem::path key_file{};
  std::filesystem::path client_ca_file{};  ///< PEM: only those may ask whose certificate one of these signed
};
/// Throws std::invalid_argument on impossible options; returns its argument.
inline const policy_server_options& checked(const policy_server_options& o) {
  const auto at = internal::host_and_port::of("policy_server", "listen", o.listen);
  require(internal::is_loopback(at.host) || !o.token_file.empty() || !o.client_ca_file.empty(), "policy_server",
          "listen", o.listen,
          "be an address of this machine alone, as 127.0.0.1:8080; or set token_file, so that not everybody may ask");
  require(o.certificate_file.empty() == o.key_file.empty(), "policy_server",
          "certificate_file without key_file, or the other way round,", "given", "be a pair");
  require(o.client_ca_file.empty() || !o.certificate_file.empty(), "policy_server", "client_ca_file", "given",
          "stand beside certificate_file");
  require(o.most_connections >= 1 && o.most_connections <= 10'000, "policy_server", "most_connections",
          o.most_connections, "be from 1 to 10000");
  require(o.most_body_bytes >= 1024, "policy_server", "most_body_bytes", o.most_body_bytes, "be at least 1024");
  require(o.idle_s >= 1 && o.idle_s <= 3600, "policy_server", "idle_s", o.idle_s, "be from 1 to 3600");
  require(o.read_s >= 0.1 && o.read_s <= 3600, "policy_server", "read_s", o.read_s, "be from 0.1 to 3600");
  return o;
}

/// What a dialect answers.
struct server_reply {
  std::string body{};
  int status = 200;
  const char* type = "application/json";

  /// {"error":"..."}
  [[nodiscard]] static server_reply error(int status, std::string_view sentence) {
    internal::json_writer w;
    return {w.open('{').name("error").text(sentence).close('}').json(), status};
  }
};

/// Serves what its dialects answer, and /healthz, /readyz and /metrics. It listens on this machine alone unless it has
/// a token. Everything but /healthz and /readyz asks for the token. Without a token the requests of web pages that
/// somebody opens on this machine are turned away: a POST must be application/json, which a page of another origin
/// cannot send without leave, and Host must be of this machine, which it is not where a page's own name leads here.
/// A line of a request's head has at most 8 KiB (a constant of cpp-httplib). It speaks TLS where it has
/// a certificate; then client_ca_file can stand in the place of a token.
///     policy_server server{{.listen = "127.0.0.1:8080"}};
///     decide_dialect{fleet}.add_to(server);
///     server.bind();
///     server.run();  // until another thread calls stop()
class policy_server {
 public:
  using request = httplib::Request;
  using handler = std::function<server_reply(const request&)>;

  /// Throws std::invalid_argument, and file_error for a token that cannot be read. Nothing listens yet.
  explicit policy_server(const policy_server_options& o = {}) : options_(checked(o)), server_(made(o)) {
    if (!o.token_file.empty()) expected_ = "Bearer " + internal::secret_in(o.token_file);
    server_->new_task_queue = [most = o.most_connections] { return new internal::connection_threads(most); };
    server_->set_payload_max_length(o.most_body_bytes);
    server_->set_keep_alive_max_count(1'000'000);
    server_->set_keep_alive_timeout(static_cast<time_t>(o.idle_s));
    server_->set_read_timeout(static_cast<time_t>(o.read_s), micros(o.read_s));
    server_->set_write_timeout(static_cast<time_t>(o.read_s), micros(o.read_s));
    server_->set_tcp_nodelay(true);
    // Not SO_REUSEPORT, which cpp-httplib sets: two servers on one port would share its requests unnoticed.
    server_->set_socket_options([](socket_t s) {
      const int yes = 1;
      static_cast<void>(::setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes));
    });
    server_->set_error_handler([](const request&, httplib::Response& response) {
      if (!response.body.empty()) return;
      const char* const why = response.status == 404   ? "there is nothing of this name, or not with this method"
                              : response.status == 413 ? "the body is too long"
                                                       : "this is no request that can be answered";
      response.set_content(server_reply::error(response.status, why).body, "application/json");
    });
    server_->Get("/healthz", [](const request&, httplib::Response& r) { r.set_content("ok\n", "text/plain"); });
    server_->Get("/readyz", [this](const request&, httplib::Response& r) {
      r.status = ready_ ? 200 : 503;
      r.set_content(ready_ ? "ok\n" : "not ready\n", "text/plain");
    });
    get("/metrics", [this](const request&) {
      exposition all;
      const auto count = [&all](const char* end, const std::atomic<std::uint64_t>& n) {
        all.counter("headroom_http_requests_total", "Requests to the server, by what became of them.",
                    static_cast<double>(n.load()), {{"end", end}});
      };
      count("answered", answered_);
      count("unauthorized", unauthorized_);
      count("failed", failed_);
      for (const auto& more : metrics_) more(all);
      return server_reply{all.text(), 200, exposition::content_type.data()};
    });
  }
  policy_server(const policy_server&) = delete;
  policy_server& operator=(const policy_server&) = delete;

  /// Before `run`: what a path is answered with. `path` is a regular expression that the whole path must match. The
  /// answer is called by several threads at once.
  void post(const std::string& path, handler answer) { server_->Post(path, of_json(std::move(answer))); }
  void put(const std::string& path, handler answer) { server_->Put(path, of_json(std::move(answer))); }
  void get(const std::string& path, handler answer) {
    server_->Get(path, [this, answer = std::move(answer)](const request& asked, httplib::Response& response) {
      reply(asked, response, answer);
    });
  }
  /// Adds counters and gauges to /metrics.
  void add_metrics(std::function<void(exposition&)> more) { metrics_.push_back(std::move(more)); }
  /// Whether /readyz says so; it does from the beginning.
  void set_ready(bool ready) noexcept { ready_ = ready; }

  /// Takes the port, and returns it. Throws std::runtime_error if it cannot be had, in use for instance.
  int bind() {
    const auto at = internal::host_and_port::of("policy_server", "listen", options_.listen);
    const int port = at.port == 0                              ? server_->bind_to_any_port(at.host)
                     : server_->bind_to_port(at.host, at.port) ? at.port
                                                               : -1;
    if (port <= 0) {
      throw std::runtime_error("policy_server: " + options_.listen +
                               " cannot be had: another program listens there, or the address is not of this machine");
    }
    return port;
  }
  /// Serves until `stop`; requests that have begun are answered. Throws std::runtime_error if it ends otherwise.
  void run() {
    const bool well = server_->listen_after_bind();
    if (!well && !stopped_) throw std::runtime_error("policy_server: cannot listen any more");
  }
  /// From any thread.
  void stop() {
    stopped_ = true;
    server_->stop();
  }
  [[nodiscard]] bool running() const { return server_->is_running(); }

 private:
  [[nodiscard]] static std::unique_ptr<httplib::Server> made(const policy_server_options& o) {
    if (o.certificate_file.empty()) return std::make_unique<internal::waiting_server>();
#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
    for (const auto& file : {o.certificate_file, o.key_file, o.client_ca_file}) {
      if (!file.empty()) static_cast<void>(input_file(file));  // cpp-httplib says nothing of a file that is not there
    }
    auto server = std::make_unique<httplib::SSLServer>(o.certificate_file.c_str(), o.key_file.c_str(),
                                                       o.client_ca_file.empty() ? nullptr : o.client_ca_file.c_str());
    require(server->is_valid(), "policy_server", "certificate_file", o.certificate_file.string(),
            "be PEM, and fit key_file");
    return server;
#else
    require(false, "policy_server", "certificate_file", "given", "be left out: cpp-httplib was built without OpenSSL");
    return nullptr;
#endif
  }
  [[nodiscard]] static time_t micros(double seconds) {
    return static_cast<time_t>((seconds - static_cast<double>(static_cast<time_t>(seconds))) * 1e6);
  }
  [[nodiscard]] static bool is_for_us(std::string_view host) {
    const bool v6 = host.starts_with('[');
    const std::size_t end = host.find(v6 ? ']' : ':');
    return internal::is_loopback(host.substr(v6 ? 1 : 0, end == host.npos ? end : end - (v6 ? 1 : 0)));
  }
  static void send(const server_reply& r, httplib::Response& response) {
    response.status = r.status;
    response.set_content(r.body, r.type);
  }
  [[nodiscard]] httplib::Server::Handler of_json(handler answer) {
    return [this, answer = std::move(answer)](const request& asked, httplib::Response& response) {
      if (asked.get_header_value("Content-Type").rfind("application/json", 0) != 0) {
        return send(server_reply::error(415, "Content-Type must be application/json"), response);
      }
      reply(asked, response, answer);
    };
  }
  void reply(const request& asked, httplib::Response& response, const handler& answer) {
    if (!expected_.empty() && !internal::same_secret(expected_, asked.get_header_value("Authorization"))) {
      ++unauthorized_;
      response.set_header("WWW-Authenticate", "Bearer");
      return send(server_reply::error(401, "the bearer token is missing or another one"), response);
    }
    if (expected_.empty() && options_.client_ca_file.empty() && !is_for_us(asked.get_header_value("Host"))) {
      ++unauthorized_;
      return send(server_reply::error(403, "Host must be an address of this machine; or set a token"), response);
    }
    try {
      send(answer(asked), response);
      ++answered_;
    } catch (const std::exception& e) {
      ++failed_;
      send(server_reply::error(500, e.what()), response);
    }
  }

  policy_server_options options_;
  std::string expected_{};
  std::vector<std::function<void(exposition&)>> metrics_{};
  std::atomic<std::uint64_t> answered_{0};
  std::atomic<std::uint64_t> unauthorized_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<bool> ready_{true};
  std::atomic<bool> stopped_{false};
  std::unique_ptr<httplib::Server> server_;
};

}  // namespace headroom
