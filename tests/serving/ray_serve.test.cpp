#include <atomic>
#include <csignal>
#include <mutex>
#include <string>
#include <vector>

#include <headroom/ext/internal/httplib.hpp>

#include "catch.hpp"
#include "ext/loopback.hpp"
#include "serving/serving.hpp"

// `headroom run` on a deployment of Ray Serve: a server that follows what Ray publishes of its dashboard.

TEST_CASE("run: a deployment of Ray Serve is scaled, if its application takes changes") {
  const scratch_folder folder;
  httplib::Server prometheus;
  loopback_server source(prometheus);
  source.answers(R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"40"]}]}})");
  std::atomic<int> wanted{3};
  std::atomic<bool> external{false};
  std::mutex mutex;
  std::vector<std::string> bodies;
  httplib::Server dashboard;
  dashboard.Get("/api/serve/applications/", [&](const httplib::Request&, httplib::Response& r) {
    r.set_content(R"({"applications":{"chat":{"external_scaler_enabled":)" + std::string(external ? "true" : "false") +
                      R"(,"deployments":{"LLM":{"target_num_replicas":)" + std::to_string(wanted) +
                      R"(,"replicas":[{"state":"RUNNING"}]}}}}})",
                  "application/json");
  });
  dashboard.Post("/api/v1/applications/chat/deployments/LLM/scale",
                 [&](const httplib::Request& asked, httplib::Response& r) {
                   const std::lock_guard<std::mutex> lock(mutex);
                   bodies.push_back(asked.body);
                   wanted = 5;
                   r.status = 200;
                 });
  loopback_server ray(dashboard);
  write_bytes(folder / "a.toml",
              "[service]\nslots = 4\nservice_time = 0.2\nmax_replicas = 20\n[source]\nurl = \"" + source.url() +
                  "\"\nload = {query = \"load\"}\n[policy]\nname = \"constant:5\"\n[journal]\nfile = \"d.jsonl\"\n"
                  "[target]\nkind = \"ray-serve\"\napplication = \"chat\"\ndeployment = \"LLM\"\ndashboard = \"" +
                  ray.url() + "\"\n[live]\ninterval_s = 0.2\nslowest_read_s = 5\nwarm_up_s = 0\n");
  const tool_run refused = run_tool(folder, "run --config a.toml");
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Catch::Contains("the application must have external_scaler_enabled: true, or be run with "
                                          "--shadow"));
  external = true;
  beside daemon({tool_path(), "run", "--config", (folder / "a.toml").string()}, folder / "log");
  REQUIRE(daemon.says("it scales the deployment LLM of the application chat at " + ray.url()));
  REQUIRE(daemon.says("3 -> 5, applied: policy"));
  REQUIRE(daemon.says("5 -> 5, held: policy"));
  CHECK(daemon.end(SIGTERM) == 0);
  const std::lock_guard<std::mutex> lock(mutex);
  CHECK(bodies == std::vector<std::string>{R"({"target_num_replicas":5})"});
}
