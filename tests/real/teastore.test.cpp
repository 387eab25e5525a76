#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <headroom/planning/plan.hpp>

#include "catch.hpp"
#include "real/teastore_world.hpp"
#include "skip.hpp"
#include "teastore/agent.hpp"
#include "teastore/knobs.hpp"
#include "teastore/shop_table.hpp"
#include "teastore/stand_in.hpp"

// TeaStore on a real API server with its controllers and a real Prometheus; the shop is the stand-in.

using namespace headroom;
using namespace live_teastore;
using node = headroom::internal::config_node;

namespace {

const std::string tuner_path = "/apis/teastore.headroom.example/v1/namespaces/default/shoptuners";

// What a run of 50 steps was, by its log.
struct played {
  std::size_t steps = 0;
  std::size_t moved = 0;
  std::size_t done = 0;
  std::size_t off_grid = 0;
  double total = 0;
  std::string last{};
};
played read_log(const std::filesystem::path& file) {
  played p;
  std::istringstream lines(read_bytes(file));
  for (std::string line; std::getline(lines, line); p.last = line) {
    const auto step = node::of_json(line);
    REQUIRE(step.has_value());
    ++p.steps;
    p.done += step->text_of("outcome") == "done" ? 1 : 0;
    const std::string action = step->text_of("action");
    p.moved += !action.empty() && action != "0" ? 1 : 0;
    const auto number = [&](const char* name) { return std::atoi(step->text_at({"from", name}).c_str()); };
    const configuration from{number("replicas"), number("heap"), number("cpu")};
    if (!action.empty() && !moved(from, static_cast<std::size_t>(std::atoi(action.c_str())))) ++p.off_grid;
    if (step->has("reward")) p.total += std::atof(step->text_of("reward").c_str());
  }
  return p;
}

std::vector<std::string> tune(const teastore_world& w, const std::string& log, int steps = 50) {
  std::vector<std::string> all{"tune",
                               "--deployment",
                               "teastore-webui",
                               "--container",
                               "webui",
                               "--kubeconfig",
                               w.robot_file().string(),
                               "--steps",
                               std::to_string(steps),
                               "--log",
                               (w.cluster.folder() / log).string()};
  const auto quick = w.quick();
  all.insert(all.end(), quick.begin(), quick.end());
  return all;
}

double metric(const std::string& url, const std::string& name) {
  headroom::internal::http_question ask("test", {.url = url, .timeout_s = 2});
  std::istringstream lines(ask.ask("GET", "/metrics").body);
  for (std::string line; std::getline(lines, line);)
    if (line.rfind(name + ' ', 0) == 0) return std::atof(line.c_str() + name.size());
  return -1;
}

}  // namespace

TEST_CASE("teastore: knobs are found by name, and what stands beside them stays") {
  CHECK(millicores("500m") == 500);
  CHECK(millicores("0.5") == 500);
  CHECK(millicores("2") == 2000);
  CHECK_FALSE(millicores("0.0005").has_value());
  CHECK_FALSE(millicores("").has_value());
  CHECK(heap_mb("-Xss1m -Xmx500M") == 500);
  CHECK(heap_mb("-Xmx1g -Xmx2G -server") == 2048);
  CHECK(heap_mb("-Xmx524288k") == 512);
  CHECK(heap_mb("-Xmx104857600") == 100);
  CHECK_FALSE(heap_mb("-Xms100M").has_value());
  CHECK_FALSE(heap_mb("-Xmx1.5M").has_value());
  CHECK(with_heap("-Xss1m -Xmx500M -server", 300) == "-Xss1m -Xmx300M -server");
  CHECK(with_heap("-server", 300) == "-server -Xmx300M");
  CHECK(moved({9, 100, 100}, 2) == configuration{8, 100, 100});
  CHECK(moved({9, 100, 100}, 3) == configuration{9, 200, 100});
  CHECK(moved({9, 100, 100}, 5) == configuration{9, 100, 200});
  CHECK(moved({9, 100, 100}, 0) == configuration{9, 100, 100});
  for (const std::size_t off : {1U, 4U, 6U, 7U}) CHECK_FALSE(moved({9, 100, 100}, off).has_value());
  CHECK_FALSE(moved({9, 150, 100}, 0).has_value());

  const knob_names names{"default", "web", "webui", "OPTS"};
  const auto object = node::of_json(
      R"({"metadata":{"resourceVersion":"7","generation":3},"spec":{"replicas":2,"template":{"spec":{"containers":[)"
      R"({"name":"proxy","env":[{"name":"OPTS","value":"-Xmx1M"}]},{"name":"webui","resources":{"limits":)"
      R"({"cpu":"300m"}},"env":[{"name":"A","value":"b"},{"name":"OPTS","value":"-Xmx200M"}]}]}}},)"
      R"("status":{"observedGeneration":3,"replicas":2,"updatedReplicas":2,"readyReplicas":2}})");
  REQUIRE(object.has_value());
  const seen_deployment seen = look(*object, names);
  CHECK(seen.values == knob_values{2, "300m", "-Xmx200M"});
  CHECK(seen.rolled_out);
  CHECK_FALSE(seen.note.has_value());
  std::string why;
  CHECK(configuration_of(seen.values, names, why) == configuration{2, 200, 300});
  CHECK_FALSE(configuration_of({2, std::nullopt, "-Xmx200M"}, names, why).has_value());
  CHECK(why == "the container webui has no CPU limit");
  CHECK_FALSE(configuration_of({2, "300m", "-server"}, names, why).has_value());
  CHECK(why == "the variable OPTS of the container webui is '-server', must hold -Xmx with whole MB");
  CHECK_THROWS_WITH(look(*object, {"default", "web", "other", "OPTS"}), "the Deployment web has no container 'other'");
  const knob_values note{2, std::nullopt, "-Xmx200M"};
  const auto kept = node::of_json(json_of(note));
  REQUIRE(kept.has_value());
  CHECK(values_in(&*kept) == note);
}

TEST_CASE("teastore: the stand-in serves what the table says of its configuration, and what is beyond that waits") {
  const auto table = std::make_shared<const shop_table>("");
  const configuration few{1, 300, 100};
  const configuration more{1, 300, 300};
  const auto sends = [&](const configuration& c) {
    return table->mean(table->cell(c).value_or(0), table->columns.out_tps.column);
  };
  stand_in shop(table, {.packets_per_request = sends(few) / 40, .longest_wait_s = 0.1});
  CHECK_FALSE(shop.become({10, 300, 100}));
  CHECK_FALSE(shop.now().has_value());
  policy_server server({.listen = "127.0.0.1:0"});
  shop.add_to(server);
  const std::string url = "http://127.0.0.1:" + std::to_string(server.bind());
  std::thread serving([&server] { server.run(); });
  // How many a second are answered to clients who wait for their answers, and how many are turned away in all.
  const auto ask = [&url](int clients) {
    std::atomic<int> answered{0};
    std::atomic<int> refused{0};
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::thread> all;
    for (int k = 0; k < clients; ++k) {
      all.emplace_back([&] {
        httplib::Client client(url);
        client.set_keep_alive(true);
        while (std::chrono::steady_clock::now() < begin + std::chrono::seconds(1)) {
          const auto a = client.Get("/");
          const bool served = a && a->status == 200;
          ++(served ? answered : refused);
          if (!served) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
      });
    }
    for (std::thread& one : all) one.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    return std::pair<double, int>(answered / took.count(), refused);
  };
  CHECK(ask(1).first == 0);  // no configuration is known
  REQUIRE(shop.become(few));
  const auto served = ask(4);
  CHECK(served.first > 25);
  CHECK(served.first < 44);  // 40 are served
  const auto many = ask(40);
  CHECK(many.first < 44);
  CHECK(many.second > 0);  // the line is 0.1 s long
  REQUIRE(shop.become(more));
  CHECK(shop.now() == more);
  const double ratio = sends(more) / sends(few);
  CHECK(ratio > 2);
  const auto faster = ask(8);
  CHECK(faster.first > 1.4 * served.first);
  CHECK(faster.first < 1.1 * ratio * 40);
  CHECK(metric(url, "teastore_request_seconds_total") > 0);
  server.stop();
  serving.join();
}

TEST_CASE("teastore: Q-learning of the published table reaches 95 % of its optimum in 50 live steps") {
  if (const std::string none = teastore_world::missing(); !none.empty()) HEADROOM_SKIP(none);
  teastore_world w;
  w.start_agent({"--policy", "q-learning"});
  REQUIRE(w.steady());
  const auto loop = w.teastore(tune(w, "steps.jsonl"), "tune.log");
  REQUIRE(loop->end(0) == 0);
  const played p = read_log(w.cluster.folder() / "steps.jsonl");
  INFO(loop->log());
  CHECK(p.steps == 50);
  CHECK(p.done == 50);
  const shop_table shown(teastore_world::data(), true);
  const double best = shown.optimum(shown.cell({9, 100, 100}).value_or(0), 50);
  CHECK(p.total > 0.95 * best);
  CHECK(p.total < 1.05 * best);  // no policy is better than the optimum; two scrapes 100 ms apart have an error
  // No move off the grid is chosen, none is sent: each change that the server took is a move of the log.
  CHECK(p.off_grid == 0);
  CHECK(metric(w.agent_url, "teastore_agent_masked_moves_total") > 50);
  CHECK(metric(w.agent_url, "teastore_agent_decisions_total") == 50);
  CHECK(w.count("patch deployments") == static_cast<int>(p.moved));
  std::printf("headroom teastore under q-learning, row 558, live: %.4f of %.4f, %zu moves\n", p.total, best, p.moved);

  // The container beside it, the other options and the other variable are as they were.
  const node pods = *w.object(teastore_world::deployment).at({"spec", "template", "spec", "containers"});
  CHECK(pods.named("proxy")->find("env") == nullptr);
  CHECK(pods.named("webui")->find("env")->named("LOG_LEVEL")->text_of("value") == "INFO");
  CHECK(pods.named("webui")->find("env")->named("JAVA_TOOL_OPTIONS")->text_of("value").rfind("-Xss1m -Xmx", 0) == 0);
  CHECK(pods.named("webui")->text_at({"resources", "limits", "memory"}) == "1Gi");

  // The log of the live run trains the next policy: from the same start it goes the same way.
  const shop_table table(teastore_world::data());
  move_policy next = learned_from(table, w.cluster.folder() / "steps.jsonl");
  configuration at{9, 100, 100};
  double reward = 0;
  for (int k = 0; k < 50; ++k) {
    const auto cell = table.cell(at);
    REQUIRE(cell.has_value());
    table_observation o;
    o.cell = cell.value_or(0);
    const auto to = moved(at, next.step(o));
    REQUIRE(to.has_value());
    at = to.value_or(at);
    const std::size_t c = table.cell(at).value_or(0);
    reward +=
        table.mean(c, table.columns.out_tps.column) / 7252.733 - table.mean(c, table.columns.cost.column) / 0.2692;
  }
  CHECK(reward > 0.95 * best);
}

TEST_CASE("teastore: the operator tunes by its resource, survives its faults, and puts the Deployment back") {
  if (const std::string none = teastore_world::missing(); !none.empty()) HEADROOM_SKIP(none);
  teastore_world w;
  w.apply(teastore_world::manifests() / "crd.yaml");
  w.apply(teastore_world::manifests() / "operator.yaml", "--dry-run=server");
  w.start_agent(
      {"--policy", "random", "--seed", "5"});  // it goes on moving, so that there is always something to break
  REQUIRE(w.steady());
  const node before = w.object(teastore_world::deployment);
  const auto start = [&](const std::string& name) {
    std::vector<std::string> all{
        "operator", "--kubeconfig", w.robot_file().string(), "--identity", name, "--lease", "5", "--resync", "5"};
    const auto quick = w.quick();
    all.insert(all.end(), quick.begin(), quick.end());
    return w.teastore(all, name + ".log");
  };
  auto first = start("one");
  REQUIRE(first->says("leads"));
  auto second = start("two");
  const auto tuner = [&] { return w.object(tuner_path + "/webui"); };
  const auto steps = [&] { return std::atoi(tuner().text_at({"status", "steps"}).c_str()); };
  const auto reason = [&] {
    const node all = tuner();
    const node* const conditions = all.at({"status", "conditions"});
    return conditions == nullptr ? std::string() : conditions->parts.front().second.text_of("reason");
  };
  REQUIRE(soon(20, [&] { return w.cluster.kubectl("get shoptuners") == 0; }));
  w.apply(teastore_world::manifests() / "tuner.yaml", "--dry-run=server");
  w.apply(teastore_world::manifests() / "tuner.yaml");
  INFO(first->log() << second->log());
  REQUIRE(soon(30, [&] { return steps() >= 2; }));
  CHECK(reason() == "Tuned");
  CHECK(tuner().text_at({"status", "original", "heapValue"}) == "-Xss1m -Xmx100M");
  CHECK(w.cluster.kubectl("get shoptuners") == 0);
  CHECK(w.cluster.kubectl_log().find("teastore-webui") != std::string::npos);

  // A second one for the same Deployment, and one that says too little.
  CHECK(w.cluster.status("POST", tuner_path,
                         R"({"apiVersion":"teastore.headroom.example/v1","kind":"ShopTuner","metadata":)"
                         R"({"name":"zwei"},"spec":{"target":"teastore-webui","container":"webui"}})") == 201);
  CHECK(w.cluster.status("POST", tuner_path,
                         R"({"apiVersion":"teastore.headroom.example/v1","kind":"ShopTuner","metadata":)"
                         R"({"name":"three"},"spec":{"container":"webui"}})") == 422);
  CHECK(soon(10, [&] {
    return w.object(tuner_path + "/zwei").text_at({"status", "message"}) ==
           "the older ShopTuner webui tunes teastore-webui already";
  }));
  REQUIRE(w.cluster.status("DELETE", tuner_path + "/zwei") == 200);

  // A second writer: it is seen, said, and what he wrote is what there will be in the end.
  REQUIRE(w.cluster.status("PATCH", teastore_world::deployment,
                           R"({"spec":{"template":{"spec":{"containers":[{"name":"webui","resources":{"limits":)"
                           R"({"cpu":"500m"}}}]}}}})",
                           "application/strategic-merge-patch+json") == 200);
  CHECK(soon(20, [&] { return tuner().text_at({"status", "original", "cpu"}) == "500m"; }));
  CHECK(second->log().find("leads") == std::string::npos);
  // The next move is made from there, and noted with the change itself.
  CHECK(soon(20, [&] {
    const seen_deployment now = look(w.object(teastore_world::deployment), {"default", "teastore-webui", "webui"});
    return now.note == now.values;
  }));

  // The leader is killed: the other one takes the lease and goes on with what there is.
  static_cast<void>(first->end(SIGKILL));
  const int then = steps();
  CHECK(second->says("leads", 20));
  CHECK(soon(20, [&] { return steps() >= then + 2; }));
  CHECK(second->log().find("Contested") == std::string::npos);  // the knobs are known to be ours
  // Started anew, it waits for its turn.
  first = start("one");

  // Prometheus is silent: nothing is changed until it speaks.
  static_cast<void>(w.prometheus->end(SIGKILL));
  CHECK(soon(40, [&] { return reason() == "NotMeasured"; }));
  const int patches = w.count("patch deployments");
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  CHECK(w.count("patch deployments") == patches);
  w.start_prometheus();
  const int silent = steps();
  CHECK(soon(20, [&] { return steps() > silent && reason() == "Tuned"; }));

  // The resource is deleted: the Deployment is as it was, but for what the second writer did.
  REQUIRE(w.cluster.status("DELETE", tuner_path + "/webui") == 200);
  CHECK(soon(20, [&] { return w.cluster.status("GET", tuner_path + "/webui") == 404; }));
  const node after = w.object(teastore_world::deployment);
  const auto container = [](const node& of) {
    return of.at({"spec", "template", "spec", "containers"})->named("webui");
  };
  CHECK(after.text_at({"spec", "replicas"}) == before.text_at({"spec", "replicas"}));
  CHECK(container(after)->text_at({"resources", "limits", "cpu"}) == "500m");
  CHECK(container(after)->text_at({"resources", "limits", "memory"}) == "1Gi");
  CHECK(container(after)->find("env")->named("JAVA_TOOL_OPTIONS")->text_of("value") == "-Xss1m -Xmx100M");
  CHECK_FALSE(after.at({"metadata", "annotations"})->has(note_name));
  CHECK(second->end(SIGTERM) == 0);
  CHECK(soon(10, [&] { return first->log().find("leads", first->log().rfind("watches")) != std::string::npos; }));
  CHECK(first->end(SIGTERM) == 0);

  // Its rights are enough, and nothing less is: what the server was asked is what the Role grants.
  int forbidden = 0;
  const std::set<std::string> asked = w.asked(&forbidden);
  CHECK(forbidden == 0);
  std::set<std::string> granted;
  const node role = w.object("/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles/teastore-operator");
  for (const auto& rule : role.find("rules")->parts)
    for (const auto& resource : rule.second.find("resources")->parts)
      for (const auto& verb : rule.second.find("verbs")->parts)
        granted.insert(verb.second.text + ' ' + resource.second.text);
  CHECK(asked == granted);
}

// The rows of docs/results/teastore.md, for scripts/teastore-live. It takes some minutes, so it is not part of a test.
TEST_CASE("teastore: the page", "[.page]") {
  if (const std::string none = teastore_world::missing(); !none.empty()) HEADROOM_SKIP(none);
  const shop_table shown(teastore_world::data(), true);
  std::vector<configuration> starts{{9, 100, 100}};
  engine random(1, stream::workload);
  while (starts.size() < 4) {
    starts.push_back(shown.at(static_cast<std::size_t>(random.uniform() * static_cast<double>(shown.grid->cells()))));
  }
  teastore_world w;
  for (const char* const policy : {"q-learning", "ppo"}) {
    w.start_agent({"--policy", policy}, 300);
    for (std::size_t k = 0; k < starts.size(); ++k) {
      const configuration& from = starts[k];
      REQUIRE(w.turn(from.replicas, from.heap, from.cpu) == 200);
      REQUIRE(soon(60, [&] {
        const seen_deployment seen = look(w.object(teastore_world::deployment), {"default", "teastore-webui", "webui"});
        return seen.rolled_out;
      }));
      std::this_thread::sleep_for(std::chrono::seconds(1));
      REQUIRE(w.steady());
      // What the agent would earn by the means of the table.
      double simulated = 0;
      {
        headroom::internal::http_question agent("test", {.url = w.agent_url});
        const auto ask = [&](const std::string& verb, const std::string& more) {
          return agent.post("/v1/episodes/" + verb, R"({"episode_id":"simulated")" + more + "}", "application/json")
              .body;
        };
        ask("start", "");
        configuration at = from;
        for (int step = 0; step < 50; ++step) {
          const auto answer = node::of_json(ask("get_action", ",\"observation\":" + at.json()));
          REQUIRE(answer.has_value());
          const auto to = moved(at, static_cast<std::size_t>(std::atoi(answer->text_of("action").c_str())));
          REQUIRE(to.has_value());
          at = to.value_or(at);
          const std::size_t c = shown.cell(at).value_or(0);
          simulated += shown.mean(c, shown.columns.out_tps.column) / 7252.733 -
                       shown.mean(c, shown.columns.cost.column) / 0.2692;
        }
        ask("end", "");
      }
      const std::string log = std::string(policy) + std::to_string(k) + ".jsonl";
      const auto begin = std::chrono::steady_clock::now();
      const auto loop = w.teastore(tune(w, log), log + ".log");
      REQUIRE(loop->end(0) == 0);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
      const played p = read_log(w.cluster.folder() / log);
      const double best = shown.optimum(shown.cell(from).value_or(0), 50);
      std::printf(
          "headroom teastore under %s | %d/%d/%d%s | %.3f | %.3f | %.3f | %.1f %% | %zu | %zu of %zu | %.0f s\n",
          policy, from.replicas, from.heap, from.cpu, k == 0 ? " (row 558)" : "", best, simulated, p.total,
          100 * p.total / best, p.moved, p.done, p.steps, took.count());
      std::fflush(stdout);
      CHECK(p.off_grid == 0);
    }
  }
}
