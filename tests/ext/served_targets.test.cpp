#include <headroom/ext/served_targets.hpp>

#include <string>

#include "catch.hpp"
#include "ext/served.hpp"

using namespace headroom;

TEST_CASE("each target has a policy of its own, which is started once") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  CHECK(fleet.decide(R"({"target":"a","time_s":0,"load":95,"replicas":4})").replicas == 10);
  CHECK(fleet.decide(R"({"target":"b","time_s":0,"load":15,"replicas":4})").replicas == 2);
  CHECK(fleet.decide(R"({"target":"a","time_s":15,"load":5,"replicas":10})").replicas == 1);
  CHECK(fleet.decide(R"({"time_s":15,"load":5,"replicas":10})").replicas == 1);  // one without a name is a third
  CHECK(calls == "ssds");
  CHECK(fleet.counts().decided == 4);
  CHECK(fleet.last("a")->replicas == 1);
  CHECK(fleet.last("b")->replicas == 2);
  CHECK_FALSE(fleet.last("c").has_value());
}

TEST_CASE("a request that comes twice is decided once") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  CHECK(fleet.decide(R"({"time_s":60,"load":95,"replicas":4})").replicas == 10);
  CHECK(fleet.decide(R"({"time_s":60,"load":5,"replicas":4})").replicas == 10);
  CHECK(calls == "s");
  CHECK(fleet.counts().repeated == 1);
  const served_decision back = fleet.decide(R"({"time_s":59,"load":5,"replicas":9})");
  CHECK(back.refused);
  CHECK(back.replicas == 10);
  CHECK(back.why == "time_s is 59, must not be before 60, the last one of this target");
  CHECK(calls == "s");
}

TEST_CASE("without a time ours is taken, and it goes on") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  CHECK(fleet.decide(R"({"load":95,"replicas":4})").replicas == 10);
  CHECK(fleet.decide(R"({"load":5,"replicas":10})").replicas == 1);
  CHECK(calls == "sd");
}

TEST_CASE("what is not known is held, and what is wrong is refused; neither reaches the policy") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  served_decision d = fleet.decide(R"({"time_s":0,"load":null,"replicas":4})");
  CHECK(d.held);
  CHECK(d.replicas == 4);
  CHECK(d.json() == R"({"replicas":4,"held":true,"why":"load is not known, so nothing is decided"})");
  d = fleet.decide(R"({"time_s":0,"load":10,"replicas":null})");
  CHECK(d.json() == R"({"replicas":null,"held":true,"why":"replicas is not known, so nothing is decided"})");
  CHECK(calls.empty());
  CHECK_FALSE(fleet.last("").has_value());
  static_cast<void>(fleet.decide(R"({"time_s":0,"load":95,"replicas":4})"));
  d = fleet.decide(R"({"time_s":15,"load":null,"replicas":null})");
  CHECK(d.held);
  CHECK(d.replicas == 10);  // the last decision stands
  d = fleet.decide("not at all");
  CHECK(d.refused);
  CHECK(d.why == "this is no JSON object");
  d = fleet.decide(R"({"time_s":15,"load":1,"replicas":1} {})");
  CHECK(d.json() == R"({"replicas":10,"held":true,"error":"this is more than one JSON object"})");
  CHECK(calls == "s");
  const served_counts n = fleet.counts();
  CHECK(n.decided == 1);
  CHECK(n.held == 3);
  CHECK(n.refused == 2);
}

TEST_CASE("what was executed is told to the policy as its own action") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  CHECK_FALSE(fleet.executed("a", 3));
  static_cast<void>(fleet.decide(R"({"target":"a","time_s":0,"load":95,"replicas":4})"));
  CHECK(fleet.executed("a", 6));
  CHECK(calls == "sx2");
  CHECK(fleet.last("a")->replicas == 6);
  CHECK(fleet.forget("a"));
  CHECK_FALSE(fleet.forget("a"));
  static_cast<void>(fleet.decide(R"({"target":"a","time_s":0,"load":95,"replicas":4})"));
  CHECK(calls == "sx2s");  // begun anew
}

TEST_CASE("there are so many targets and no more") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  for (int k = 0; k < 1000; ++k) {
    REQUIRE_FALSE(
        fleet.decide(R"({"target":")" + std::to_string(k) + R"(","time_s":0,"load":5,"replicas":1})").refused);
  }
  const served_decision d = fleet.decide(R"({"target":"one more","time_s":0,"load":5,"replicas":1})");
  CHECK(d.refused);
  CHECK(d.why == "there are 1000 targets already");
  CHECK_FALSE(fleet.decide(R"({"target":"7","time_s":1,"load":5,"replicas":1})").refused);
}

TEST_CASE("a target has a name that a label can have") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  const auto refused = [&](const std::string& name) {
    return fleet.decide(R"({"target":")" + name + R"(","time_s":0,"load":5,"replicas":1})").refused;
  };
  CHECK(refused("a\\nb"));
  CHECK(refused(std::string(254, 'a')));
  CHECK_FALSE(refused(std::string(253, 'a')));
  CHECK_FALSE(refused("caf\xC3\xA9"));
  CHECK(calls == "ss");
}

TEST_CASE("the counts are text that Prometheus reads") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  static_cast<void>(fleet.decide(R"({"target":"a\"b","time_s":0,"load":95,"replicas":4})"));
  static_cast<void>(fleet.decide("x"));
  exposition all;
  fleet.expose(all);
  const std::string text = all.text();
  CHECK(text.find("headroom_requests_total{end=\"decided\"} 1\n") != std::string::npos);
  CHECK(text.find("headroom_requests_total{end=\"refused\"} 1\n") != std::string::npos);
  CHECK(text.find("headroom_wanted_replicas{target=\"a\\\"b\"} 10\n") != std::string::npos);
}
