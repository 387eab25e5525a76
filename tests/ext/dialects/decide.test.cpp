#include <headroom/ext/dialects/decide.hpp>

#include <string>

#include "catch.hpp"
#include "ext/served.hpp"

using namespace headroom;

TEST_CASE("decide: one observation, one decision, and its metrics") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  policy_server server{served::any_port()};
  decide_dialect{fleet}.add_to(server);
  const served::running at(server);
  auto a = at.post("/v1/decide", R"({"target":"shop","time_s":0,"load":95,"replicas":4})");
  CHECK(a.status == 200);
  CHECK(a.json == nlohmann::json::parse(R"({"target":"shop","replicas":10,"held":false})"));
  a = at.post("/v1/decide", R"({"target":"shop","time_s":1,"load":null,"replicas":4})");
  CHECK(a.status == 200);
  CHECK(a.json["held"] == true);
  CHECK(a.json["replicas"] == 4);
  a = at.post("/v1/decide", R"({"target":"shop","time_s":1,"lode":1,"replicas":4})");
  CHECK(a.status == 400);
  CHECK(a.json["error"] == "there is no 'lode', must be one of time_s, load, replicas");
  CHECK(a.json["replicas"] == 10);
  CHECK(calls == "s");
  CHECK(at.client().Get("/metrics")->body.find("headroom_wanted_replicas{target=\"shop\"} 10\n") != std::string::npos);
}

TEST_CASE("decide: a list is answered one by one, and a list that is broken decides nothing") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  policy_server server{served::any_port()};
  decide_dialect{fleet}.add_to(server);
  const served::running at(server);
  auto a = at.post("/v1/decide", R"([{"target":"a","time_s":0,"load":95,"replicas":4},
    {"target":"b","time_s":0,"load":"x","replicas":4}, 7, [], {"target":"c","time_s":0,"load":15,"replicas":9}])");
  REQUIRE(a.status == 200);
  REQUIRE(a.json.size() == 5);
  CHECK(a.json[0]["replicas"] == 10);
  CHECK(a.json[1]["error"] == "load is no number");
  CHECK(a.json[2]["error"] == "this is no JSON object");
  CHECK(a.json[3]["error"] == "this is no JSON object");
  CHECK(a.json[4]["replicas"] == 2);
  CHECK(calls == "ss");
  a = at.post("/v1/decide", R"([{"target":"a","time_s":9,"load":95,"replicas":4})");
  CHECK(a.status == 400);
  CHECK(calls == "ss");
  CHECK(at.post("/v1/decide", "[]").json == nlohmann::json::array());
  std::string many = "[0";
  for (int k = 0; k < 1000; ++k) many += ",0";
  CHECK(at.post("/v1/decide", many + "]").status == 413);
}

TEST_CASE("decide: what was done in place of a decision is told") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  policy_server server{served::any_port()};
  decide_dialect{fleet}.add_to(server);
  const served::running at(server);
  CHECK(at.post("/v1/observe", R"({"target":"shop","replicas":6})").status == 404);
  static_cast<void>(at.post("/v1/decide", R"({"target":"shop","time_s":0,"load":95,"replicas":4})"));
  const auto a = at.post("/v1/observe", R"({"target":"shop","replicas":6})");
  CHECK(a.status == 200);
  CHECK(a.json["replicas"] == 6);
  CHECK(calls == "sx2");
  CHECK(at.post("/v1/observe", R"({"target":"shop","replicas":null})").status == 400);
  CHECK(at.post("/v1/observe", R"({"target":"shop"})").status == 400);
  CHECK(at.post("/v1/observe", R"({"target":"shop","replicas":6)").status == 400);
  CHECK(calls == "sx2");
}
