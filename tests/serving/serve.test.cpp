#include <csignal>
#include <string>

#include <headroom/ext/internal/httplib.hpp>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "serving/serving.hpp"

namespace {

const std::vector<std::string> web{"--slots", "4", "--service-time", "0.2", "--max-replicas", "20"};

std::vector<std::string> serve(const std::string& policy, const std::vector<std::string>& more = {}) {
  std::vector<std::string> all{tool_path(), "serve", "--policy", policy, "--listen", "127.0.0.1:0"};
  all.insert(all.end(), web.begin(), web.end());
  all.insert(all.end(), more.begin(), more.end());
  return all;
}
nlohmann::json post(int port, const std::string& path, const std::string& body, int status = 200) {
  const auto r = httplib::Client("127.0.0.1", port).Post(path, body, "application/json");
  REQUIRE(r);
  INFO(r->body);
  CHECK(r->status == status);
  return nlohmann::json::parse(r->body);
}

}  // namespace

TEST_CASE("serve: one program, all who ask, and an end that is clean") {
  const scratch_folder folder;
  beside server(serve("staffing"), folder / "log");
  REQUIRE(server.says("for everybody on this machine"));
  const int port = port_in(server.log());
  CHECK(
      post(port, "/v1/decide", R"({"target":"web/shop","time_s":0,"load":300,"replicas":2})")["replicas"].get<int>() >=
      16);
  CHECK(post(port, "/v1/datadog", R"({"targetRef":{"namespace":"web","name":"shop"}})")["targetReplicas"].get<int>() >=
        16);
  const auto keda = httplib::Client("127.0.0.1", port).Get("/v1/replicas?target=web/shop");
  REQUIRE(keda);
  CHECK(nlohmann::json::parse(keda->body)["metric"].get<double>() >= 16);
  const std::string metrics = httplib::Client("127.0.0.1", port).Get("/metrics")->body;
  CHECK(contains(metrics, "headroom_requests_total{end=\"decided\"} 1\n"));
  const auto action =
      post(port, "/action",
           R"({"observation":{"n_instances":2,"pressure":0.4,"queue_length_dominant":2,"utilization":0.7,
      "workload":300}})");
  CHECK(action["action"].get<int>() >= 16);
  CHECK(post(port, "/learn", "{}", 501).contains("error"));
  const auto episode =
      post(port, "/v1/episodes/get_action", R"({"episode_id":"1","observation":{"load":300,"replicas":2}})");
  CHECK(episode["action"].get<int>() >= 14);
  CHECK(post(port, "/v1/decide", R"({"load":300})", 400)["error"] == "replicas is missing");
  CHECK(server.end(SIGTERM) == 0);
  CHECK(contains(server.log(), "stopped: 3 decided, 0 repeated, 0 held, 1 refused"));
}

TEST_CASE("serve: what /action does not tell is not made up") {
  const scratch_folder folder;
  beside server(serve("kpa"), folder / "log");
  REQUIRE(server.says("listening"));
  CHECK(contains(server.log(), "/action is not served, because it does not tell what the policy reads"));
  static_cast<void>(post(port_in(server.log()), "/action", R"({"observation":{}})", 404));
  CHECK(server.end(SIGINT) == 0);
}

TEST_CASE("serve: an address for others needs a token, which is asked for") {
  const scratch_folder folder;
  tool_run run = run_tool(folder, "serve --policy constant:3 --listen 0.0.0.0:8080");
  CHECK(run.code == 2);
  CHECK(contains(run.err, "be an address of this machine alone"));
  write_bytes(folder / "token", "abc\n");
  beside server(serve("constant:3", {"--token-file", (folder / "token").string()}), folder / "log");
  REQUIRE(server.says("for those with the token"));
  const int port = port_in(server.log());
  static_cast<void>(post(port, "/v1/decide", R"({"replicas":1})", 401));
  const auto r = httplib::Client("127.0.0.1", port)
                     .Post("/v1/decide", {{"Authorization", "Bearer abc"}}, R"({"replicas":1})", "application/json");
  REQUIRE(r);
  CHECK(r->body == R"({"replicas":3,"held":false})");
  run = run_tool(folder, "serve --policy constant:3 --listen 127.0.0.1:" + std::to_string(port));
  CHECK(run.code == 1);
  CHECK(contains(run.err, "another program listens there"));
  CHECK(server.end(SIGTERM) == 0);
  CHECK_FALSE(contains(server.log(), "abc"));
}
