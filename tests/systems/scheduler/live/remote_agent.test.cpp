#include <headroom/systems/scheduler/live/remote_agent.hpp>

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <headroom/core/concepts.hpp>
#include <headroom/ext/policy_server.hpp>
#include <headroom/ext/served_targets.hpp>
#include <headroom/systems/scheduler/live/dialect.hpp>
#include <headroom/systems/scheduler/service_metrics.hpp>

#include "catch.hpp"
#include "ext/loopback.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

struct told : scheduler::service_metrics {
  double time_s = 0;
  int replicas = 0;
};
// One replica for each request a second.
struct by_load {
  static int start(const told& o) { return step(o); }
  static int step(const told& o) { return static_cast<int>(o.workload) - o.replicas; }
  static void stop(const told&, episode) {}
};
struct maker {
  by_load operator()(const std::string&) const { return {}; }
};

struct seen : scheduler::service_metrics {
  double time_s = 0;
};
seen at(double time_s, double workload = 4) {
  seen o;
  o.time_s = time_s;
  o.workload = workload;
  return o;
}

// Answers as it is told.
struct stand_in {
  std::shared_ptr<std::optional<int>> says = std::make_shared<std::optional<int>>();
  std::optional<int> action(const seen&) const { return *says; }
};
struct counting_rule {
  int seen_ = 0;
  int stops = 0;
  int start(const seen&) { return ++seen_, 7; }
  int step(const seen&) { return ++seen_, 8; }
  void stop(const seen&, episode) { ++stops; }
};

}  // namespace

TEST_CASE("the agent that our server is answers as the published one, with a number of replicas") {
  served_fields<told> fields{{"n_instances", &told::replicas},
                             {"pressure", &told::pressure},
                             {"queue_length_dominant", &told::queue_length_dominant},
                             {"utilization", &told::utilization},
                             {"workload", &told::workload}};
  served_targets<told, maker> targets(fields, &told::time_s, &told::replicas, maker{});
  policy_server server({.listen = "127.0.0.1:0"});
  scheduler::dialect{targets, fields}.add_to(server);
  const int port = server.bind();
  std::thread running([&] { server.run(); });
  scheduler::remote_agent agent({.url = "http://127.0.0.1:" + std::to_string(port), .timeout_s = 5});
  seen o = at(0, 5);
  o.n_instances = 3;
  CHECK(agent.action(o) == 5);
  CHECK(agent.said().empty());
  o.pressure = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(agent.action(o).has_value());
  CHECK(agent.said() == "pressure is not known");
  o.pressure = 0;
  o.n_instances = 2.5;
  CHECK_FALSE(agent.action(o).has_value());
  CHECK(agent.said() ==
        "http://127.0.0.1:" + std::to_string(port) + ": 400, n_instances is 2.5, must be whole, and zero or more");
  server.stop();
  running.join();
  o.n_instances = 2;
  CHECK_FALSE(agent.action(o).has_value());
  CHECK(agent.said().find("nobody listens there") != std::string::npos);
}

TEST_CASE("what is no number of replicas is no action") {
  httplib::Server one;
  loopback_server server(one);
  scheduler::remote_agent agent({.url = server.url(), .timeout_s = 5});
  server.answers(R"({"action": 4, "more": [1]})");
  CHECK(agent.action(at(0)) == 4);
  CHECK(server.last().body ==
        R"({"observation":{"n_instances":1.0,"pressure":0.0,"queue_length_dominant":0.0,"utilization":0.0,)"
        R"("workload":4.0}})");
  for (const char* body : {"", "4", "{}", R"({"action":"4"})", R"({"action":4)", R"([4])"}) {
    INFO(body);
    server.answers(body);
    CHECK_FALSE(agent.action(at(0)).has_value());
    CHECK(agent.said() == server.url() + ": not an action, or cut off");
  }
  for (const char* body : {R"({"action":0})", R"({"action":-1})", R"({"action":2.5})", R"({"action":1e9})"}) {
    INFO(body);
    server.answers(body);
    CHECK_FALSE(agent.action(at(0)).has_value());
    CHECK(agent.said().find("must be a number of replicas from 1 on") != std::string::npos);
  }
  server.answers("<html>", 500);
  CHECK_FALSE(agent.action(at(0)).has_value());
  CHECK(agent.said() == server.url() + ": 500, and not what an agent answers");
}

TEST_CASE("without an answer it holds for a while, and then the rule decides until the agent is back") {
  stand_in agent;
  scheduler::patient_agent policy{agent, counting_rule{}, 60};
  static_assert(Policy<decltype(policy), seen, int>);
  *agent.says = 3;
  CHECK(policy.start(at(0)) == 3);
  agent.says->reset();
  CHECK(policy.step(at(10)) == 0);
  CHECK_FALSE(policy.ruled());
  CHECK(policy.step(at(59)) == 0);
  CHECK(policy.step(at(60)) == 8);
  CHECK(policy.ruled());
  CHECK(policy.step(at(70)) == 8);
  *agent.says = 2;
  CHECK(policy.step(at(80)) == 2);
  CHECK_FALSE(policy.ruled());
  agent.says->reset();
  CHECK(policy.step(at(90)) == 0);  // the patience counts from the last answer
  CHECK(policy.step(at(140)) == 8);
  CHECK(policy.unanswered() == 6);
  policy.stop(at(140), episode::truncated);
  // An agent that never answered is waited for as long.
  CHECK(policy.start(at(200)) == 0);
  CHECK(policy.step(at(259)) == 0);
  CHECK(policy.step(at(260)) == 8);
  // A clock that was set back begins the wait anew, and not one that never ends.
  CHECK(policy.step(at(100)) == 0);
  CHECK(policy.step(at(160)) == 8);
}
