#include <headroom/ext/ray_serve.hpp>

#include <stdexcept>
#include <string>
#include <thread>

#include <headroom/ext/internal/httplib.hpp>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;

// Ray itself is not to be had here. This server follows what is published of its dashboard: the two addresses, the
// fields, and the refusals.
namespace {

class fake_dashboard {
 public:
  fake_dashboard() {
    server_.Get("/api/serve/applications/", [this](const httplib::Request& asked, httplib::Response& r) {
      token = asked.get_header_value("Authorization");
      if (!instead.empty()) return r.set_content(instead, "application/json");
      auto all = nlohmann::json::array();
      for (int k = 0; k < running; ++k) all.push_back({{"replica_id", k}, {"state", "RUNNING"}});
      all.push_back({{"replica_id", "new"}, {"state", "STARTING"}});
      const nlohmann::json model{{"name", "LLM"},
                                 {"status", "HEALTHY"},
                                 {"deployment_config", {{"num_replicas", 99}, {"target_num_replicas", 98}}},
                                 {"target_num_replicas", wanted},
                                 {"replicas", all}};
      nlohmann::json chat{{"name", "chat"},
                          {"external_scaler_enabled", external},
                          {"deployments", {{"Front", {{"target_num_replicas", 50}}}, {"LLM", model}}}};
      const nlohmann::json other{{"deployments", {{"LLM", {{"target_num_replicas", 70}}}}}};
      r.set_content(nlohmann::json{{"controller_info", {{"applications", "no"}}},
                                   {"applications", {{"a", other}, {"chat", chat}, {"z", other}}}}
                        .dump(),
                    "application/json");
    });
    server_.Post("/api/v1/applications/chat/deployments/LLM/scale",
                 [this](const httplib::Request& asked, httplib::Response& r) {
                   ++changes;
                   last_body = asked.body;
                   r.status = external ? status : 412;
                   if (r.status == 200) wanted = nlohmann::json::parse(asked.body).at("target_num_replicas").get<int>();
                   if (r.status == 503) r.set_content("the controller is busy", "text/plain");
                 });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  fake_dashboard(const fake_dashboard&) = delete;
  fake_dashboard& operator=(const fake_dashboard&) = delete;
  ~fake_dashboard() { stop(); }
  void stop() {
    if (!thread_.joinable()) return;
    server_.stop();
    thread_.join();
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // Set between requests only.
  int wanted = 3, running = 2, status = 200, changes = 0;
  bool external = true;
  std::string instead{}, last_body{}, token{};

 private:
  httplib::Server server_{};
  int port_ = 0;
  std::thread thread_{};
};

ray_serve_options chat_at(const fake_dashboard& at) {
  return {.url = at.url(), .application = "chat", .deployment = "LLM", .timeout_s = 2};
}

}  // namespace

TEST_CASE("ext.ray_serve: it reads what is wanted and what runs, and scales by one request") {
  fake_dashboard ray;
  ray_serve model(chat_at(ray));
  CHECK(model.read_replicas().value == 3);
  CHECK(model.ready()().value == 2);
  CHECK(model.takes_changes() == true);
  CHECK(model.scale(3, 5) == decision_outcome::applied);
  CHECK(nlohmann::json::parse(ray.last_body) == nlohmann::json{{"target_num_replicas", 5}});
  CHECK(model.replicas()().value == 5);
  CHECK(model.said().empty());
  CHECK(ray.changes == 1);
  CHECK(model.place() == "the deployment LLM of the application chat at " + ray.url());
}

TEST_CASE("ext.ray_serve: what did not happen has its outcome and its sentence, and nothing is sent twice") {
  fake_dashboard ray;
  ray_serve model(chat_at(ray));
  CHECK(model.scale(4, 5) == decision_outcome::conflict);
  CHECK_THAT(model.said(), Catch::Contains("wants 3 replicas now and not 4: somebody else scaled it"));
  CHECK(model.scale(3, -1) == decision_outcome::refused);
  CHECK(ray.changes == 0);
  ray.external = false;
  CHECK(model.takes_changes() == false);
  CHECK(model.scale(3, 5) == decision_outcome::refused);
  CHECK_THAT(model.said(), Catch::Contains("412, the application takes no changes, must have external_scaler_enabled"));
  ray.external = true;
  ray.status = 503;
  CHECK(model.scale(3, 5) == decision_outcome::unknown);  // it may have happened
  CHECK_THAT(model.said(), Catch::Contains("503, the controller is busy"));
  ray.status = 400;
  CHECK(model.scale(3, 5) == decision_outcome::refused);
  CHECK(ray.changes == 3);
  ray.stop();
  CHECK(model.scale(3, 5) == decision_outcome::refused);  // it was not even read
  CHECK(!model.said().empty());
  CHECK(!model.takes_changes());
}

TEST_CASE("ext.ray_serve: an application that does not say whether it takes changes is not known to") {
  fake_dashboard ray;
  ray_serve model(chat_at(ray));
  CHECK(model.takes_changes() == true);
  ray.instead = R"({"applications":{"chat":{"deployments":{"LLM":{"target_num_replicas":3}}}}})";
  CHECK_FALSE(model.takes_changes().has_value());
  CHECK(model.read_replicas().value == 3);
}

TEST_CASE("ext.ray_serve: missing is never zero") {
  fake_dashboard ray;
  ray_serve other({.url = ray.url(), .application = "chat", .deployment = "Other"});
  CHECK(other.read_replicas().why == unknown_why::empty);
  CHECK_THAT(other.said(), Catch::Contains("there is no such deployment"));
  ray_serve front({.url = ray.url(), .application = "chat", .deployment = "Front"});
  CHECK(front.read_replicas().value == 50);
  CHECK(front.read_ready().why == unknown_why::impossible);  // no list of replicas is not none
  ray_serve model(chat_at(ray));
  for (const char* const text : {"{", "[]", "{}", R"({"applications":[]})",
                                 R"({"applications":{"chat":{"deployments":{"LLM":{)", R"({"applications":{}} {})"}) {
    ray.instead = text;
    INFO(text);
    CHECK(model.read_replicas().why == unknown_why::failed);
    CHECK(model.scale(3, 5) == decision_outcome::refused);
    CHECK_THAT(model.said(), Catch::Contains("not what a dashboard of Ray tells"));
  }
  for (const char* const number : {"-1", "2.5", "1e300", "\"3\"", "null"}) {
    ray.instead = std::string(R"({"applications":{"chat":{"deployments":{"LLM":{"target_num_replicas":)") + number +
                  R"(,"replicas":[]}}}}})";
    INFO(number);
    CHECK(model.read_replicas().why == unknown_why::impossible);
    CHECK(model.read_ready().value == 0);
    CHECK(model.scale(3, 5) == decision_outcome::refused);
    CHECK_THAT(model.said(), Catch::Contains("Ray tells no target_num_replicas"));
  }
  CHECK(ray.changes == 0);
}

TEST_CASE("ext.ray_serve: a token is sent, and impossible options are refused") {
  fake_dashboard ray;
  const scratch_folder folder;
  write_bytes(folder / "token", "abc\n");
  ray_serve_options o = chat_at(ray);
  o.token_file = folder / "token";
  ray_serve model(o);
  CHECK(model.read_replicas().known());
  CHECK(ray.token == "Bearer abc");
  o.deployment = "a/b";
  CHECK_THROWS_WITH(ray_serve(o), Catch::Contains("ray_serve: deployment is a/b, must be a name of letters"));
  o.deployment = "..";
  CHECK_THROWS_AS(ray_serve(o), std::invalid_argument);
  o.deployment = "LLM";
  o.application.clear();
  CHECK_THROWS_AS(ray_serve(o), std::invalid_argument);
}
