#include <headroom/ext/openfaas.hpp>

#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include <headroom/ext/internal/httplib.hpp>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

// A gateway with one function, which answers as version 0.25.4 was recorded to answer.
class fake_gateway {
 public:
  fake_gateway() {
    server_.Get(R"(/system/function/(.+))", [this](const httplib::Request& asked, httplib::Response& r) {
      if (!may(asked, r)) return;
      if (asked.matches[1] != "worker") return void(r.status = 404);
      if (!instead.empty()) return r.set_content(instead, "application/json");
      r.set_content(nlohmann::json{{"name", "worker"},
                                   {"image", "x"},
                                   {"namespace", "openfaas-fn"},
                                   {"replicas", replicas},
                                   {"availableReplicas", ready},
                                   {"invocationCount", 0},
                                   {"labels", {{"com.openfaas.scale.max", "32"}}},
                                   {"annotations", nlohmann::json::object()}}
                        .dump(),
                    "application/json");
    });
    server_.Post(R"(/system/scale-function/(.+))", [this](const httplib::Request& asked, httplib::Response& r) {
      if (!may(asked, r)) return;
      if (asked.matches[1] != "worker") return void(r.status = 404);
      last_body = asked.body;
      last_namespace = asked.get_param_value("namespace");
      r.status = status;
      if (status >= 300) return r.set_content("no quota", "text/plain");
      replicas = std::min(most, nlohmann::json::parse(asked.body).at("replicas").get<int>());
      if (breaks_after) instead = "{";
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  fake_gateway(const fake_gateway&) = delete;
  fake_gateway& operator=(const fake_gateway&) = delete;
  ~fake_gateway() { stop(); }
  void stop() {
    if (!thread_.joinable()) return;
    server_.stop();
    thread_.join();
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // Set between requests only.
  int replicas = 1, ready = 1, most = 1000, status = 202;
  bool breaks_after = false;
  std::string instead{}, password{}, last_body{}, last_namespace{};

 private:
  bool may(const httplib::Request& asked, httplib::Response& r) const {
    if (password.empty()) return true;
    const auto wanted = httplib::make_basic_authentication_header("admin", password).second;
    if (asked.get_header_value("Authorization") == wanted) return true;
    r.status = 401;
    r.set_content("invalid credentials", "text/plain");
    return false;
  }
  httplib::Server server_{};
  int port_ = 0;
  std::thread thread_{};
};

bool says(const openfaas& f, const std::string& part) { return f.said().find(part) != std::string::npos; }

}  // namespace

TEST_CASE("openfaas: wanted and ready replicas are read, and a function that is not there is empty") {
  fake_gateway at;
  at.replicas = 7;
  at.ready = 3;
  openfaas worker{{.url = at.url(), .function = "worker"}};
  CHECK(worker.read_replicas().value == 7);
  CHECK(worker.ready()().value == 3);
  CHECK(worker.said().empty());
  at.replicas = 0;
  CHECK(worker.replicas()().value == 0);  // zero is a number of replicas like any other
  openfaas nobody{{.url = at.url(), .function = "nope"}};
  CHECK(nobody.read_replicas().why == unknown_why::empty);
  CHECK(nobody.said() == "the function nope at " + at.url() + ": 404: there is no such function");
  CHECK(nobody.scale(1, 2) == decision_outcome::refused);
}

TEST_CASE("openfaas: what the gateway took is applied, and what it made of it is read back") {
  fake_gateway at;
  openfaas worker{{.url = at.url(), .function = "worker", .name_space = "openfaas-fn"}};
  CHECK(worker.scale(1, 7) == decision_outcome::applied);
  CHECK(at.last_body == R"({"serviceName":"worker","namespace":"openfaas-fn","replicas":7})");
  CHECK(at.last_namespace == "openfaas-fn");
  CHECK(at.replicas == 7);
  CHECK(worker.scale(7, 0) == decision_outcome::applied);
  at.status = 200;
  CHECK(worker.scale(0, 2) == decision_outcome::applied);
  at.most = 5;
  CHECK(worker.scale(2, 7) == decision_outcome::unknown);
  CHECK(worker.said() == "the function worker.openfaas-fn at " + at.url() +
                             ": wants 5 replicas after 7 were asked for: the gateway has limits of its own, or "
                             "somebody else scaled it");
  CHECK(worker.read_replicas().value == 5);
}

TEST_CASE("openfaas: a change of somebody else, a refusal and a lost answer are told apart") {
  fake_gateway at;
  openfaas worker{{.url = at.url(), .function = "worker"}};
  at.replicas = 4;
  CHECK(worker.scale(3, 5) == decision_outcome::conflict);
  CHECK(says(worker, "wants 4 replicas now and not 3"));
  CHECK(at.last_body.empty());
  CHECK(worker.scale(4, -1) == decision_outcome::refused);
  CHECK(worker.said() == "openfaas: replicas is -1, must be zero or more");
  at.status = 400;
  CHECK(worker.scale(4, 5) == decision_outcome::refused);
  CHECK(says(worker, ": 400, no quota"));
  at.status = 500;
  CHECK(worker.scale(4, 5) == decision_outcome::unknown);
  at.status = 202;
  at.breaks_after = true;
  CHECK(worker.scale(4, 5) == decision_outcome::unknown);  // it was taken, and what it has now cannot be read
  CHECK(at.replicas == 5);
  at.stop();
  CHECK(worker.scale(5, 6) == decision_outcome::refused);  // nothing was sent
  CHECK(worker.read_replicas().why == unknown_why::failed);
  CHECK(says(worker, "nobody listens there"));
}

TEST_CASE("openfaas: an answer that is damaged, of another function or without a number is unknown") {
  fake_gateway at;
  openfaas worker{{.url = at.url(), .function = "worker"}};
  const auto seen = [&](const std::string& body) {
    at.instead = body;
    return worker.read_replicas();
  };
  CHECK(seen(R"({"name":"worker","replicas":3})").value == 3);
  CHECK(worker.read_ready().why == unknown_why::impossible);
  CHECK(says(worker, "tells no availableReplicas"));
  for (const char* damaged :
       {R"({"name":"worker","replicas":3)", "<html>", "[]", R"({"name":"other","replicas":3})", R"({"replicas":3})"}) {
    INFO(damaged);
    CHECK(seen(damaged).why == unknown_why::failed);
    CHECK(says(worker, "not what a gateway of OpenFaaS tells of it, or cut off"));
  }
  for (const char* none : {"-1", "2.5", "null", "\"3\"", "1e12"}) {
    INFO(none);
    CHECK(seen(R"({"name":"worker","replicas":)" + std::string(none) + "}").why == unknown_why::impossible);
  }
}

TEST_CASE("openfaas: the password is sent where it may be, read from its file each time") {
  const scratch_folder folder;
  fake_gateway at;
  at.password = "open sesame";
  openfaas stranger{{.url = at.url(), .function = "worker"}};
  CHECK(stranger.read_replicas().why == unknown_why::failed);
  CHECK(says(stranger, "401: the user or the password is not accepted"));
  write_bytes(folder / "password", "wrong\n");
  openfaas worker{{.url = at.url(), .function = "worker", .user = "admin", .password_file = folder / "password"}};
  CHECK(worker.scale(1, 2) == decision_outcome::refused);
  write_bytes(folder / "password", "open sesame\n");
  CHECK(worker.scale(1, 2) == decision_outcome::applied);
}

TEST_CASE("openfaas: options that cannot work are refused before anything is asked") {
  const auto refused = [](const openfaas_options& o) { return refusal<std::exception>([&] { openfaas{o}; }); };
  CHECK(refused({.function = "worker"}) == "accepted");
  CHECK(refused({}).find("openfaas: function is , must be a name of a function") == 0);
  CHECK(refused({.function = "a/b"}).find("openfaas: function is a/b, must be") == 0);
  CHECK(refused({.function = "worker", .name_space = "A"}).find("openfaas: name_space is A") == 0);
  CHECK(refused({.url = "gateway", .function = "worker"}).find("must begin with http://") != std::string::npos);
  CHECK(refused({.function = "worker", .user = "admin"}).find("must be a pair") != std::string::npos);
}
