#include <headroom/systems/scheduler/live/dialect.hpp>

#include <string>
#include <vector>

#include "catch.hpp"
#include "ext/served.hpp"

using namespace headroom;

namespace {

served_fields<served::sample> published() {
  return {{"n_instances", &served::sample::replicas},
          {"pressure", &served::sample::time_s, false},
          {"workload", &served::sample::load}};
}

}  // namespace

TEST_CASE("an action is a number of instances") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  policy_server server{served::any_port()};
  scheduler::dialect{fleet, published()}.add_to(server);
  const served::running at(server);
  auto a = at.post("/action", R"({"observation":{"n_instances":3,"workload":41}})");
  CHECK(a.status == 200);
  CHECK(a.json == nlohmann::json::parse(R"({"action":5})"));
  // The scheduler takes any other status for "no action".
  CHECK(at.post("/action", R"({"observation":{"n_instances":3,"workload":"NaN"}})").status == 503);
  CHECK(at.post("/action", R"({"observation":{"n_instances":3}})").status == 400);
  CHECK(at.post("/action", R"({"observations":{"n_instances":3,"workload":41}})").status == 400);
  CHECK(at.post("/action", R"({"observation":[3,0,0,0,41]})").status == 400);
  CHECK(calls == "s");
  a = at.post("/learn", R"({"observations":[],"actions":[],"rewards":[],"next_observations":[],"timesteps":[]})");
  CHECK(a.status == 501);
  CHECK(a.json["error"] == "the policy that is served does not learn");
}

TEST_CASE("what is to be learned arrives whole or not at all") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  policy_server server{served::any_port()};
  std::vector<scheduler::learned_step<served::sample>> got;
  scheduler::dialect{fleet, published()}.add_to(server,
                                                [&](const std::vector<scheduler::learned_step<served::sample>>& steps) {
                                                  got = steps;
                                                  return "learned " + std::to_string(steps.size());
                                                });
  const served::running at(server);
  const std::string one = R"({"n_instances":3,"workload":41})";
  const std::string other = R"({"n_instances":5,"workload":42})";
  const auto learn = [&](const std::string& before, const std::string& actions, const std::string& rewards,
                         const std::string& after) {
    got.clear();
    return at.post("/learn", R"({"observations":)" + before + R"(,"actions":)" + actions + R"(,"rewards":)" + rewards +
                                 R"(,"next_observations":)" + after + R"(,"timesteps":[0,1]})");
  };
  const std::string two = "[" + one + "," + other + "]";
  const auto a = learn(two, "[4,0]", "[0.5,-1]", two);
  CHECK(a.json["message"] == "learned 2");
  REQUIRE(got.size() == 2);
  CHECK(got[0].before.replicas == 3);
  CHECK(got[0].action == 4);
  CHECK(got[1].reward == -1);
  CHECK(got[1].after.load == 42);
  CHECK(learn(two, "[4]", "[0.5,-1]", two).status == 400);
  CHECK(learn("[]", "[]", "[]", "[]").status == 400);
  CHECK(learn(two, "[4,0.5]", "[0.5,-1]", two).json["error"] == "actions[1] must be whole, and zero or more");
  CHECK(learn(two, "[4,0]", "[0.5,null]", two).json["error"] == "rewards[1] is no number");
  CHECK(learn("[[3,0,41]," + one + "]", "[4,0]", "[1,1]", two).json["error"] ==
        "observations[0]: no object: the five numbers need their names");
  CHECK(learn(two, "[4,0]", "[1,1]", "[" + one + R"(,{"n_instances":5,"workload":null}])").json["error"] ==
        "next_observations[1]: workload is not known");
  CHECK(got.empty());
}
