#pragma once

#include <string>   // std::string
#include <thread>   // std::thread
#include <utility>  // std::move

#include <nlohmann/json.hpp>

#include <headroom/core/types.hpp>
#include <headroom/ext/policy_server.hpp>
#include <headroom/ext/served_targets.hpp>

/// A small policy behind a real server, for the tests of what is served.
namespace served {

struct sample {
  double time_s = 0;
  double load = 0;
  int replicas = 0;
};

// As many replicas as the load needs at 10 a replica; remembers how it was called.
struct follow {
  std::string* calls;
  int start(const sample& o) { return *calls += 's', step_of(o); }
  int step(const sample& o) { return *calls += 'd', step_of(o); }
  void stop(const sample&, headroom::episode) { *calls += 'e'; }
  void executed(int delta) { *calls += "x" + std::to_string(delta); }
  [[nodiscard]] static int step_of(const sample& o) { return static_cast<int>(o.load / 10 + 0.999) - o.replicas; }
};
struct make_follow {
  std::string* calls;
  follow operator()(const std::string&) const { return {calls}; }
};
using fleet = headroom::served_targets<sample, make_follow>;

[[nodiscard]] inline headroom::served_fields<sample> fields() {
  return {{"time_s", &sample::time_s, false}, {"load", &sample::load}, {"replicas", &sample::replicas}};
}
[[nodiscard]] inline fleet fleet_of(std::string& calls) {
  return {fields(), &sample::time_s, &sample::replicas, make_follow{&calls}};
}

/// Runs a server until the end of the scope.
class running {
 public:
  explicit running(headroom::policy_server& server) : server_(server), port_(server.bind()) {
    thread_ = std::thread([this] { server_.run(); });
    while (!server_.running()) std::this_thread::yield();
  }
  running(const running&) = delete;
  running& operator=(const running&) = delete;
  ~running() {
    server_.stop();
    thread_.join();
  }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] httplib::Client client() const { return httplib::Client("127.0.0.1", port_); }
  /// The status and the parsed answer of one question.
  struct answer {
    int status = 0;
    nlohmann::json json{};
  };
  [[nodiscard]] answer post(const std::string& path, const std::string& body) const {
    return parsed(client().Post(path, body, "application/json"));
  }
  [[nodiscard]] answer get(const std::string& path) const { return parsed(client().Get(path)); }

 private:
  [[nodiscard]] static answer parsed(const httplib::Result& r) {
    if (!r) return {};
    return {r->status, nlohmann::json::parse(r->body, nullptr, false)};
  }

  headroom::policy_server& server_;
  int port_;
  std::thread thread_{};
};

inline headroom::policy_server_options any_port() { return {.listen = "127.0.0.1:0", .idle_s = 1}; }

}  // namespace served
