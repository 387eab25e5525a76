#include <headroom/systems/quota/live/dialect.hpp>

#include <string>

#include "catch.hpp"
#include "ext/served.hpp"

using namespace headroom;

TEST_CASE("a prediction is a class, and feedback has a message") {
  quota::question asked;
  std::string told;
  const auto predict = [&](const std::string& id, const quota::question& q) {
    asked = q;
    return id == "none" ? -1 : 2;
  };
  const auto feedback = [&](const std::string& id, int label, double reward) {
    told = id + ' ' + std::to_string(label) + ' ' + std::to_string(static_cast<int>(reward));
    return std::string("counted");
  };
  policy_server server{served::any_port()};
  quota::dialect(predict, feedback).add_to(server);
  const served::running at(server);
  const auto numbers = [](const std::string& id) {
    return R"({"deployment_id":)" + id +
           R"(,"replicas":2,"initial_cpu_usage":1,"applied_cpu_usage":0.5,"initial_memory_usage":200,)"
           R"("applied_memory_usage":100,"initial_avg_latency":16,"latest_avg_latency":23})";
  };
  auto a = at.post("/predict/", numbers("\"12345678\""));
  CHECK(a.status == 200);
  CHECK(a.json == nlohmann::json::parse(R"({"deployment_id":"12345678","predicted_class":2})"));
  CHECK(asked.replicas == 2);
  CHECK(asked.applied_cpu == 0.5);
  CHECK(asked.applied_memory == 100);
  CHECK(asked.latest_latency == 23);
  CHECK(at.post("/predict/", numbers("\"none\"")).status == 503);
  CHECK(at.post("/predict/", numbers("7")).status == 400);
  CHECK(at.post("/predict/", R"({"deployment_id":"1","replicas":2})").json["error"] == "initial_cpu_usage is missing");

  a = at.post("/feedback/", R"({"id":"12345678","correct_label":1,"reward":-3})");
  CHECK(a.json == nlohmann::json::parse(R"({"message":"counted"})"));
  CHECK(told == "12345678 1 -3");
  CHECK(at.post("/feedback/", R"({"correct_label":1,"reward":-3})").json["error"] == "id is missing, or no text");
  CHECK(at.post("/feedback/", R"({"id":"1","correct_label":1,"reward":null})").status == 400);
}
