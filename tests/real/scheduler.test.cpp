#include <signal.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

#include <headroom/ext/prometheus.hpp>
#include <headroom/live/clock.hpp>
#include <headroom/systems/scheduler/request_records.hpp>

#include "catch.hpp"
#include "real/scheduler_world.hpp"
#include "skip.hpp"
#include "test_data.hpp"

// The request scheduler whole: `live-scheduler` and the manifests of examples/scheduler, while parts of it fail.

using namespace scheduler_live;

namespace {

// How often a text stands in a log.
std::size_t count_of(const std::string& log, const std::string& text) {
  std::size_t n = 0;
  for (std::size_t at = log.find(text); at != log.npos; at = log.find(text, at + 1)) ++n;
  return n;
}
bool says_again(const beside& one, const std::string& text, std::size_t before, double seconds) {
  return world::within(seconds, [&] { return count_of(one.log(), text) > before; });
}

}  // namespace

TEST_CASE("scheduler: the matrix service keeps its published contract, and loses no record") {
  if (program("HEADROOM_LIVE").empty()) HEADROOM_SKIP("HEADROOM_LIVE is not set; scripts/test --live sets it");
  const scratch_folder folder;
  const std::string port = std::to_string(kubernetes_cluster::free_port());
  std::filesystem::create_directory(folder / "results");
  const beside service({program("HEADROOM_LIVE", "../scheduler/live-scheduler"), "matrix", "--pod", "m-1", "--port",
                        port, "--results", (folder / "results").string(), "--service-time", "0.05"},
                       folder / "matrix.log");
  REQUIRE(service.says("listening on"));
  httplib::Client client("127.0.0.1", std::stoi(port));
  const auto ask = [&](const std::string& body, const std::string& sent) {
    httplib::Headers headers;
    if (!sent.empty()) headers.emplace("requestTime", sent);
    const auto answer = client.Post("/multiply", headers, body, "application/json");
    REQUIRE(answer);
    return *answer;
  };
  const auto now = [] { return "t=" + std::to_string(headroom::system_clock::wall_s() - 0.2); };
  const auto good = ask(R"({"matrix_a":[[1,2],[3,4],[5,6]],"matrix_b":[[1,0,2],[0,1,3]]})", now());
  CHECK(good.status == 200);
  const auto told = nlohmann::json::parse(good.body);
  CHECK(told.at("Result") == nlohmann::json::parse("[[1,2,8],[3,4,18],[5,6,28]]"));
  CHECK(told.at("Service Time").get<double>() >= 0.05);
  CHECK(told.contains("message"));
  auto all = headroom::scheduler::take_request_records(folder / "results");
  REQUIRE(all.records.size() == 1);
  CHECK(all.records[0].pod == "m-1");
  CHECK(all.records[0].service_s == Approx(told.at("Service Time").get<double>()).epsilon(1e-9));
  CHECK(all.records[0].response_s >= 0.25);
  CHECK(all.records[0].response_s < 5);
  std::string six = "[";
  for (int k = 0; k < 6; ++k) six += std::string(k > 0 ? "," : "") + "[1,1,1,1,1,1]";
  const auto corner = nlohmann::json::parse(ask("{\"matrix_a\":" + six + "],\"matrix_b\":" + six + "]}", now()).body);
  CHECK(corner.at("Result") == nlohmann::json::parse("[[6,6,6,6,6],[6,6,6,6,6],[6,6,6,6,6],[6,6,6,6,6],[6,6,6,6,6]]"));
  const std::string one = R"({"matrix_a":[[1]],"matrix_b":[[1]]})";
  for (const auto& [body, sent, sentence] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {R"({"matrix_a":[[1,2]],"matrix_b":[[1,2]]})", now(), "shapes (1,2) and (1,2) do not fit"},
           {R"({"matrix_a":[[1,2],[3]],"matrix_b":[[1],[2]]})", now(), "matrix_a is no matrix of numbers"},
           {R"({"matrix_a":[[1]],"matrix_b":[["1"]]})", now(), "matrix_b is no matrix of numbers"},
           {R"({"matrix_a":[[1]]})", now(), "matrix_b is missing"},
           {"[1]", now(), "this is no JSON object"},
           {one + "x", now(), "this is not JSON"},
           {one, "", "the header requestTime is missing, or not t= and the seconds since 1970 of about now"},
           {one, "t=1738317600123",
            "the header requestTime is missing, or not t= and the seconds since 1970 of about now"}}) {
    INFO(body);
    const auto bad = ask(body, sent);
    CHECK(bad.status == 400);
    CHECK(nlohmann::json::parse(bad.body).at("error") == sentence);
  }
  CHECK(headroom::scheduler::take_request_records(folder / "results").records.size() == 1);  // the six by six

  // One queue: of four that come together the last waits for three.
  std::vector<std::thread> clients;
  for (int k = 0; k < 4; ++k) {
    clients.emplace_back([&] {
      httplib::Client same("127.0.0.1", std::stoi(port));
      const httplib::Headers headers{{"requestTime", "t=" + std::to_string(headroom::system_clock::wall_s())}};
      static_cast<void>(same.Post("/multiply", headers, one, "application/json"));
    });
  }
  for (std::thread& each : clients) each.join();
  all = headroom::scheduler::take_request_records(folder / "results");
  REQUIRE(all.records.size() == 4);
  CHECK(all.damaged == 0);
  double longest = 0;
  for (const auto& r : all.records) longest = std::max(longest, r.response_s);
  CHECK(longest >= 0.19);
}

TEST_CASE("scheduler: a load is written as a plan for JMeter") {
  if (program("HEADROOM_LIVE").empty()) HEADROOM_SKIP("HEADROOM_LIVE is not set; scripts/test --live sets it");
  const scratch_folder folder;
  write_bytes(folder / "body.json", R"({"matrix_a":[[1]],"matrix_b":[[1]]})");
  beside plan({program("HEADROOM_LIVE", "live-load"), "--url", "http://shop.test:8080", "--path", "/multiply", "--body",
               (folder / "body.json").string(), "--shape", "high", "--seconds", "30", "--jmeter",
               (folder / "plan.jmx").string()},
              folder / "load.log");
  REQUIRE(plan.end(0) == 0);
  const std::string xml = read_bytes(folder / "plan.jmx");
  CHECK(count_of(xml, "<collectionProp name=\"29\">") == 1);
  CHECK(count_of(xml, "<collectionProp name=\"30\">") == 0);
  CHECK(contains(xml, R"(<stringProp name="HTTPSampler.domain">shop.test</stringProp>)"));
  CHECK(contains(xml, R"(<stringProp name="HTTPSampler.port">8080</stringProp>)"));
  CHECK(contains(xml, R"(<stringProp name="HTTPSampler.method">POST</stringProp>)"));
  CHECK(contains(xml, R"({&quot;matrix_a&quot;:[[1]],&quot;matrix_b&quot;:[[1]]})"));
  // Every tag that is opened is closed.
  std::vector<std::string> open;
  for (std::size_t at = xml.find('<', 2); at != xml.npos; at = xml.find('<', at + 1)) {
    const std::size_t end = xml.find('>', at);
    REQUIRE(end != xml.npos);
    const std::string tag = xml.substr(at + 1, end - at - 1);
    if (tag.ends_with('/')) continue;
    if (!tag.starts_with('/')) {
      open.push_back(tag.substr(0, tag.find(' ')));
      continue;
    }
    REQUIRE_FALSE(open.empty());
    CHECK(open.back() == tag.substr(1));
    open.pop_back();
  }
  CHECK(open.empty());
}

TEST_CASE("scheduler: it scales the real one, and each fault has an end") {
  if (!missing().empty()) HEADROOM_SKIP(missing() + " is not set; scripts/test --live sets it");
  const int post_port = kubernetes_cluster::free_port();
  world w(20, post_port);
  CHECK(w.cluster.kubectl("apply --dry-run=server -f " + manifests) == 0);
  INFO(w.cluster.kubectl_log());

  // The network, the agent, the loop with the agent over HTTP. A second of ours is twenty of theirs: a check each
  // half a second.
  const std::string model = (w.folder / "scheduler.model").string();
  CHECK(w.scheduler({"train", "--out", model, "--episodes", "40"}, "train.log")->end(0) == 0);
  const std::string agent_port = std::to_string(kubernetes_cluster::free_port());
  const arguments agent_command{"agent", "--model", model, "--listen", "127.0.0.1:" + agent_port};
  auto agent = w.scheduler(agent_command, "agent.log");
  REQUIRE(agent->says("listening on"));
  const arguments by_agent{"--agent",         "http://127.0.0.1:" + agent_port,
                           "--agent-timeout", "1",
                           "--cooldown",      "20",
                           "--patience",      "60",
                           "--listen",        "127.0.0.1:0"};
  arguments other = by_agent;
  other.insert(other.end(), {"--limit", "0.6"});
  CHECK(w.run(other, "refused.log")->end(0) == 2);
  CHECK(
      contains(read_bytes(w.folder / "refused.log"), "--limit: 0.6 s is not the limit of the agent's training, 0.5 s"));
  CHECK(w.run({"--model", model, "--workload-max", "0.16"}, "refused.log")->end(0) == 1);
  CHECK(contains(read_bytes(w.folder / "refused.log"), "was trained with workload_max = 20, and not 0.16"));
  auto loop = w.run(by_agent, "run.log");
  REQUIRE(loop->says("listening on"));

  // Prometheus scrapes the pods and the loop.
  write_bytes(w.folder / "loop.json",
              "[{\"targets\": [\"127.0.0.1:" + std::to_string(port_in(loop->log())) + "\"]}]\n");
  write_bytes(w.folder / "prometheus.yml",
              "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\nscrape_configs:\n"
              "  - {job_name: pods, file_sd_configs: [{files: ['" +
                  (w.folder / "targets.json").string() +
                  "'], refresh_interval: 1s}]}\n  - {job_name: loop, file_sd_configs: [{files: ['" +
                  (w.folder / "loop.json").string() + "'], refresh_interval: 1s}]}\n");
  const std::string prometheus_at = "127.0.0.1:" + std::to_string(kubernetes_cluster::free_port());
  const beside server({program("HEADROOM_PROMETHEUS"), "--config.file=" + (w.folder / "prometheus.yml").string(),
                       "--storage.tsdb.path=" + (w.folder / "data").string(), "--web.listen-address=" + prometheus_at},
                      w.folder / "prometheus.log");

  // Two more look on and change nothing: one is sent the records, one asks Prometheus.
  const auto sent = w.run({"--policy", "steps", "--shadow", "--listen", "127.0.0.1:" + std::to_string(post_port)},
                          "sent.log", "sent.json", false);
  const auto scraped =
      w.run({"--policy", "hpa:0.6", "--shadow", "--prometheus", "http://" + prometheus_at, "--window", "2s"},
            "scraped.log", "scraped.json", false);
  const auto load = w.steady("160", "load.log");  // eight a second of theirs: three replicas keep the limit
  CHECK(world::within(15, [&] { return w.wanted() >= 3; }));
  CHECK(world::within(10,
                      [&] { return std::filesystem::exists(w.folder / "podStatus.json") && w.checks().size() >= 8; }));

  // All three see the same load: in whole, because windows are not the same.
  const auto load_of = [&](const std::string& history) {
    double sum = 0;
    double n = 0;
    if (std::filesystem::exists(w.folder / history)) {
      const auto all = w.checks(history);
      for (std::size_t k = all.size() > 5 ? all.size() - 5 : 0; k < all.size(); ++k) {
        if (all[k].latency_only) continue;
        sum += all[k].metrics.workload;
        ++n;
      }
    }
    return n > 2 ? sum / n : 0;
  };
  for (const char* history : {"sent.json", "scraped.json"}) {
    INFO(history);
    CHECK(world::within(10, [&] {
      const double ours = load_of("podStatus.json");
      return ours > 1 && std::abs(load_of(history) - ours) < 0.3 * ours;
    }));
  }

  // A replica dies: its pod stays, gets a new process, and the loop goes on.
  const std::string before = w.node->log();
  const std::size_t at = before.find("starts as process ");  // the oldest pod is the last to be removed
  REQUIRE(at != std::string::npos);
  REQUIRE(::kill(std::stoi(before.substr(at + 18)), SIGKILL) == 0);
  CHECK(w.node->says("ended by itself"));

  // The agent is killed: it holds, then a rule decides, then the agent is back.
  const std::size_t decided = count_of(loop->log(), "check ");
  agent.reset();
  CHECK(loop->says("nobody listens there"));
  CHECK(loop->says("(the rule, for the agent is away)"));
  CHECK(count_of(loop->log(), "check ") >= decided + 5);
  agent = w.scheduler(agent_command, "agent.log");
  CHECK(world::within(10, [&] {
    const std::string log = loop->log();
    return log.rfind("check ") > log.rfind("(the rule") + 40;
  }));

  // A pod that ends for ever, because a finalizer holds it: it does not count, and holds up no decision.
  REQUIRE(w.cluster.kubectl("get pods -l app=matrix-multiply -o name") == 0);
  const std::string stuck = w.cluster.kubectl_log().substr(4, w.cluster.kubectl_log().find('\n') - 4);
  const std::string pod = "/api/v1/namespaces/default/pods/" + stuck;
  REQUIRE(w.cluster.status("PATCH", pod, R"({"metadata":{"finalizers":["headroom.test/stuck"]}})",
                           "application/merge-patch+json") == 200);
  REQUIRE(w.cluster.status("DELETE", pod) == 200);
  CHECK(world::within(10, [&] {
    const auto last = w.checks().back();
    return !last.latency_only && !last.active.empty() &&
           std::find(last.active.begin(), last.active.end(), stuck) == last.active.end();
  }));
  CHECK(w.cluster.status("GET", pod) == 200);

  // Somebody else scales: it is seen at the next check, and decided anew.
  REQUIRE(w.set(9) == 200);
  CHECK(loop->says(", 9 wanted -> "));
  CHECK(world::within(10, [&] { return w.wanted() <= 6; }));

  // Every query of the dashboard is one for the real Prometheus, and those of ours have values.
  headroom::prometheus metrics({.url = "http://" + prometheus_at});
  CHECK(world::within(10, [&] { return metrics.read("sum(scheduler_decisions_total)").known(); }));
  CHECK(world::within(10, [&] { return metrics.read("sum(rate(matrix_requests_total[5s])) > 1").known(); }));
  const auto dashboard = nlohmann::json::parse(read_bytes(project_file("examples/scheduler/grafana.json")));
  std::size_t queries = 0;
  for (const auto& panel : dashboard.at("panels")) {
    for (const auto& target : panel.at("targets")) {
      const std::string query = target.at("expr");
      INFO(query);
      const std::string body = metrics.answer("/api/v1/query", "query", query);
      CHECK(metrics.said().empty());
      const auto answer = nlohmann::json::parse(body);
      CHECK(answer.at("status") == "success");
      const bool ours = contains(query, "scheduler_") || contains(query, "matrix_");
      CHECK(answer.at("data").at("result").empty() == !ours);  // no exporter of nodes runs here
      ++queries;
    }
  }
  CHECK(queries == 21);

  // The records are gone: not known is not no load, and in the end it is as many replicas as are safe.
  std::filesystem::rename(w.results(), w.folder / "elsewhere");
  CHECK(loop->says("the records cannot be read"));
  CHECK(loop->says(": fallback"));
  CHECK(world::within(10, [&] { return w.wanted() == 6; }));
  const std::size_t by_policy = count_of(loop->log(), ": policy");
  std::filesystem::rename(w.folder / "elsewhere", w.results());
  CHECK(says_again(*loop, ": policy", by_policy, 10));

  // The Deployment is deleted: nothing is sent, and the one that comes after it is scaled.
  REQUIRE(w.cluster.status("DELETE", "/apis/apps/v1/namespaces/default/deployments/matrix-multiply") == 200);
  CHECK(loop->says("404"));
  CHECK(w.wanted() == -1);
  REQUIRE(w.cluster.kubectl("apply -f " + manifests + "matrix.yaml") == 0);
  const std::size_t then = count_of(loop->log(), ": policy");
  CHECK(says_again(*loop, ": policy", then, 15));
  CHECK(world::within(10, [&] { return w.wanted() > 1; }));

  CHECK(loop->end(SIGTERM) == 0);
  load->end(SIGTERM);
  const auto all = w.checks();
  CHECK(all.size() >= 20);
  CHECK(all.back().check == all.size());
  CHECK(std::any_of(all.begin(), all.end(), [](const auto& c) { return c.latency_only; }));
  CHECK(std::any_of(all.begin(), all.end(), [](const auto& c) { return c.metrics.workload > 5; }));
  CHECK(std::any_of(all.begin(), all.end(), [](const auto& c) { return c.asked().has_value(); }));
  CHECK(count_of(loop->log(), "cannot be written") == 0);
}

TEST_CASE("scheduler: the study of its loads and policies", "[.scheduler-study]") {
  if (program("HEADROOM_SCHEDULER_STUDY").empty())
    HEADROOM_SKIP("HEADROOM_SCHEDULER_STUDY is not set; scripts/scheduler-live sets it");
  if (!missing().empty()) HEADROOM_SKIP(missing() + " is not set; scripts/scheduler-live sets it");
  constexpr int speed = 12;
  constexpr int seconds = 600;
  world w(speed);
  const std::string model = (w.folder / "scheduler.model").string();
  REQUIRE(w.scheduler({"train", "--out", model}, "train.log")->end(0) == 0);
  std::printf("%-8s %-18s %8s %8s %9s %8s %8s %9s %9s %9s\n", "load", "policy", "late %", "replicas", "changes",
              "mean s", "p95 s", "late req%", "unserved", "sent late");
  for (const std::string shape : {"low", "medium", "high"}) {
    for (const std::string name : {"levels-published", "steps-published", "hpa:0.6", "dqn"}) {
      REQUIRE(w.set(1) == 200);
      REQUIRE(world::within(30, [&] {
        return w.cluster.kubectl("get pods -l app=matrix-multiply --no-headers") == 0 &&
               count_of(w.cluster.kubectl_log(), "\n") == 1;
      }));
      const std::string id = shape + "-" + name;
      const arguments who = name == "dqn" ? arguments{"--model", model} : arguments{"--policy", name};
      arguments command{"--cooldown", "0", "--patience", "60", "--checks", std::to_string(seconds / 10)};
      command.insert(command.end(), who.begin(), who.end());
      const auto load = w.load(shape, std::to_string(seconds), id + ".load");
      const auto loop = w.run(command, id + ".log", id + ".json");
      REQUIRE(loop->end(0) == 0);
      static_cast<void>(load->end(0));
      int late = 0;
      int known = 0;
      int changes = 0;
      double response = 0;
      double replicas = 0;
      for (const auto& c : w.checks(id + ".json")) {
        changes += c.asked() ? 1 : 0;
        if (c.latency_only || !std::isfinite(c.response_time_s)) continue;
        ++known;
        late += c.metrics.pressure > 1 ? 1 : 0;
        response += c.response_time_s;
        replicas += c.metrics.n_instances;
      }
      const std::string said = load->log();
      const auto number_after = [&](const std::string& text) {
        const std::size_t at = said.find(text);
        return at == said.npos ? 0.0 : std::stod(said.substr(at + text.size()));
      };
      const std::size_t limit = said.substr(0, said.find('\n')).rfind("; ");
      const double late_requests = limit == said.npos ? 0.0 : std::stod(said.substr(limit + 2));
      // The generator itself was late: then the row tells of the machine.
      const std::size_t line = said.find('\n') + 1;
      const double sent_late = contains(said, "were sent more than") ? std::stod(said.substr(line)) : 0;
      const double lost = number_after("answered, ") + number_after("refused, ");
      std::printf("%-8s %-18s %8.1f %8.2f %9d %8.3f %8.3f %9.2f %9.0f %9.0f\n", shape.c_str(), name.c_str(),
                  100.0 * late / std::max(1, known), replicas / std::max(1, known), changes,
                  response / std::max(1, known), speed * number_after("p95 "), late_requests, lost, sent_late);
      std::fflush(stdout);
      CHECK(known > 30);
    }
  }
}
