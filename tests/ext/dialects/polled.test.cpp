#include <headroom/ext/dialects/polled.hpp>

#include <chrono>
#include <cmath>
#include <stdexcept>
#include <string>
#include <thread>

#include "catch.hpp"
#include "ext/served.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

// What a HorizontalPodAutoscaler does with an external metric of average value 1 (docs of Kubernetes; 10 % tolerance).
int hpa_goes_to(double metric, int seen) {
  return std::abs(metric / seen - 1) <= 0.1 ? seen : static_cast<int>(std::ceil(metric));
}

}  // namespace

TEST_CASE("polled: an HPA obeys every step upwards, and never goes below what was decided") {
  for (int seen = 1; seen <= 200; ++seen) {
    for (int wanted = 0; wanted <= 300; ++wanted) {
      const int to = hpa_goes_to(hpa_metric(wanted, seen), seen);
      INFO(seen << " to " << wanted << " became " << to);
      REQUIRE(to >= wanted);
      if (wanted > seen) {
        REQUIRE(to > seen);
        REQUIRE(to <= std::max(wanted, static_cast<int>(std::ceil(1.1 * seen)) + 1));
      } else {
        REQUIRE(to <= seen);
      }
    }
  }
  CHECK(hpa_metric(12, 11) > 12.1);  // plain 12 would be ignored
  CHECK(hpa_metric(20, 11) == 20);
  CHECK(hpa_metric(9, 11) == 9);
  CHECK(hpa_metric(3, 0) == 3);
}

TEST_CASE("polled: KEDA reads the last decision, and none that is missing or old") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  policy_server server{served::any_port()};
  keda_dialect{fleet, {.stale_s = 0.4}}.add_to(server);
  const served::running at(server);
  CHECK(at.get("/v1/replicas?target=shop").status == 404);
  static_cast<void>(fleet.decide(R"({"target":"shop","time_s":0,"load":115,"replicas":11})"));
  const auto a = at.get("/v1/replicas?target=shop");
  CHECK(a.status == 200);
  CHECK(a.json["replicas"] == 12);
  CHECK(a.json["metric"].get<double>() == Approx(12.1).epsilon(1e-5));
  CHECK(a.json["metric"].get<double>() > 12.1);
  CHECK(a.json["age_s"].get<double>() < 0.4);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const auto old = at.get("/v1/replicas?target=shop");
  CHECK(old.status == 503);
  CHECK(old.json["error"].get<std::string>().find("must be at most 0.4 s") != std::string::npos);
  CHECK(at.get("/v1/replicas").status == 404);
  CHECK(refusal<std::invalid_argument>([&] {
          keda_dialect{fleet, {.stale_s = 0}};
        }) == "polled_options: stale_s is 0, must be positive and finite");
}

TEST_CASE("polled: Datadog's agent gets a number within its constraints, or an error in its words") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  policy_server server{served::any_port()};
  datadog_dialect{fleet}.add_to(server);
  const served::running at(server);
  const auto asked = [&](const std::string& constraints) {
    return at.post("/v1/datadog", R"({"state":{"currentReplicas":4,"readyReplicas":4,"desiredReplicas":4},
      "targetRef":{"kind":"Deployment","name":"shop","apiVersion":"apps/v1","namespace":"web","cluster":"c"},
      "targets":[{"type":"cpu","targetValue":0.7,"upperBound":0.75,"lowerBound":0.65}],)" +
                                      constraints + R"("settings":{"k":"v"}})");
  };
  CHECK(asked("").status == 200);  // 200 with an error is what the agent shows
  CHECK(asked("").json["error"]["code"] == 404);
  static_cast<void>(fleet.decide(R"({"target":"web/shop","time_s":0,"load":95,"replicas":4})"));
  CHECK(asked("").json["targetReplicas"] == 10);
  CHECK(asked("").json["timestamp"].get<std::string>().size() == std::string("2026-11-29T10:00:00Z").size());
  CHECK(asked(R"("constraints":{"minReplicas":2,"maxReplicas":8},)").json["targetReplicas"] == 8);
  CHECK(asked(R"("constraints":{"minReplicas":12,"maxReplicas":20},)").json["targetReplicas"] == 12);
  CHECK(asked(R"("constraints":{"maxReplicas":20},)").json["targetReplicas"] == 10);  // absent is zero: no minimum
  CHECK(asked(R"("constraints":{"minReplicas":9,"maxReplicas":8},)").json["error"]["code"] == 400);
  CHECK(at.post("/v1/datadog", "{}").json["error"]["message"] == "targetRef.name is missing");
  CHECK(at.post("/v1/datadog", R"({"targetRef":{"name":"shop"})").json["error"]["code"] == 400);
}
