#include <headroom/ext/dialects/episodes.hpp>

#include <string>

#include "catch.hpp"
#include "ext/served.hpp"

using namespace headroom;

TEST_CASE("episodes: five verbs drive a policy from outside") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  policy_server server{served::any_port()};
  episodes_dialect{fleet}.add_to(server);
  const served::running at(server);
  const auto verb = [&](const std::string& name, const std::string& rest) {
    return at.post("/v1/episodes/" + name, R"({"episode_id":"a")" + rest + "}");
  };
  CHECK(verb("start", "").json["episode_id"] == "a");
  auto a = verb("get_action", R"(,"observation":{"time_s":0,"load":95,"replicas":4})");
  CHECK(a.status == 200);
  CHECK(a.json["action"] == 6);
  CHECK(a.json["replicas"] == 10);
  a = verb("log_action", R"(,"action":-1,"observation":{"time_s":1,"load":95,"replicas":10})");
  CHECK(a.json["action"] == -1);
  CHECK(a.json["replicas"] == 9);
  CHECK(calls == "sdx-1");
  a = verb("log_returns", R"(,"reward":0.5)");
  CHECK(a.json["learned"] == false);
  CHECK(verb("end", "").status == 200);
  CHECK(verb("end", "").status == 404);
  static_cast<void>(verb("get_action", R"(,"observation":{"time_s":0,"load":95,"replicas":4})"));
  CHECK(calls == "sdx-1s");  // an episode of the same name begins anew
}

TEST_CASE("episodes: what is missing, wrong or not known makes no action") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  policy_server server{served::any_port()};
  episodes_dialect{fleet}.add_to(server);
  const served::running at(server);
  const auto status = [&](const char* name, const std::string& body) {
    return at.post(std::string("/v1/episodes/") + name, body).status;
  };
  CHECK(status("start", "{}") == 400);
  CHECK(status("start", R"({"episode_id":7})") == 400);
  CHECK(status("get_action", R"({"episode_id":"a"})") == 400);
  CHECK(status("get_action", R"({"episode_id":"a","observation":[1,2]})") == 400);
  CHECK(status("get_action", R"({"episode_id":"a","observation":{"load":1}})") == 400);
  CHECK(status("get_action", R"({"episode_id":"a","observation":{"load":null,"replicas":4}})") == 409);
  CHECK(status("get_action", R"({"episode_id":"a","observation":{"load":1,"replicas":4})") == 400);
  CHECK(calls.empty());
  CHECK(status("log_action", R"({"episode_id":"a","observation":{"load":1,"replicas":4}})") == 400);
  CHECK(status("log_action", R"({"episode_id":"a","action":1.5,"observation":{"load":1,"replicas":4}})") == 400);
  CHECK(status("log_action", R"({"episode_id":"a","action":-5,"observation":{"load":1,"replicas":4}})") == 400);
  CHECK(calls.find('x') == std::string::npos);
  CHECK(status("log_returns", R"({"episode_id":"a","reward":"much"})") == 400);
}
