#include <headroom/ext/kubernetes_members.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <headroom/actions/limits.hpp>
#include <headroom/ext/prometheus_groups.hpp>
#include <headroom/fleet/policy_fleet.hpp>

#include "catch.hpp"
#include "ext/loopback.hpp"
#include "real/kubernetes_cluster.hpp"
#include "skip.hpp"

// A fleet on the kube-apiserver and etcd that `scripts/kubernetes-server` built. The values of the services come from
// one answer in the form of Prometheus.

using namespace headroom;

namespace {

const kubernetes_kind fleet_kind{"apps/v1", "deployments"};
constexpr int fleet_size = 1000;
constexpr double each_rate = 10;  // requests a second that one replica serves

struct fleet_seen {
  double rate = 0;
  double replicas = 1;
};
// As many replicas as the rate needs, within limits; holds where it is not known.
struct fleet_rule {
  replica_limits limits{.minimum = 1, .maximum = 20};
  int start(const fleet_seen& o) { return step(o); }
  int step(const fleet_seen& o) const {
    if (!std::isfinite(o.rate)) return 0;
    return limits.towards(o.replicas, std::ceil(o.rate / each_rate));
  }
  void stop(const fleet_seen&, episode) {}
};
std::string fleet_name(int i) { return "svc-" + std::to_string(i); }
int fleet_wanted(int i) { return 2 + i % 4; }
std::string fleet_deployment(const std::string& name) {
  const std::string app = R"({"app":")" + name + R"(","fleet":"yes"})";
  return R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":")" + name + R"(","labels":)" + app +
         R"(},"spec":{"replicas":1,"selector":{"matchLabels":)" + app + R"(},"template":{"metadata":{"labels":)" + app +
         R"(},"spec":{"containers":[{"name":"c","image":"nobody/pulls:1"}]}}}})";
}
std::string fleet_loads() {
  std::string series;
  for (int i = 1; i < fleet_size; ++i) {  // svc-0 has no sample
    series += std::string(series.empty() ? "" : ",") + R"({"metric":{"app":")" + fleet_name(i) +
              R"("},"value":[1795310675,")" + std::to_string(fleet_wanted(i) * 10) + R"("]})";
  }
  return R"({"status":"success","data":{"resultType":"vector","result":[)" + series + "]}}";
}
// Two workers, each with a client of its own. `work(client, k)` for every k below `count`.
template <class Work>
void fleet_by_two(const kubernetes_access& access, int count, Work work) {
  std::array<std::thread, 2> both;
  for (int w = 0; w < 2; ++w) {
    both.at(static_cast<std::size_t>(w)) = std::thread([&access, &work, w, count] {
      kubernetes_objects client(access, 10);
      for (int k = w; k < count; k += 2) work(client, k);
    });
  }
  for (std::thread& one : both) one.join();
}
double fleet_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

TEST_CASE("kubernetes_members: 1,000 Deployments of a real server are found, decided and set right in one tick") {
  const char* const programs = std::getenv("HEADROOM_KUBERNETES");
  if (programs == nullptr) HEADROOM_SKIP("HEADROOM_KUBERNETES is not set; scripts/test --live sets it");
  kubernetes_cluster cluster(programs);
  auto begin = std::chrono::steady_clock::now();
  std::atomic<int> made{0};
  fleet_by_two(cluster.admin(), fleet_size, [&](kubernetes_objects& client, int i) {
    if (client.create(fleet_kind, "default", fleet_deployment(fleet_name(i))).good()) ++made;
  });
  REQUIRE(made == fleet_size);
  REQUIRE(cluster.deploy("stranger", 1) == 201);  // without the label
  std::cout << "fleet: " << made << " Deployments made in " << fleet_since(begin) << " s\n";

  kubernetes_objects watcher(cluster.admin(), 10);
  kubernetes_members members(fleet_kind, "default", "fleet=yes");
  httplib::Server server;
  loopback_server at(server);
  at.answers(fleet_loads());
  prometheus metrics{{.url = at.url()}};
  policy_fleet<fleet_seen, fleet_rule> fleet{fleet_rule{}, fleet_size + 8};
  std::map<std::string, service_id> ids;
  int patched = 0;
  int held = 0;
  int refused = 0;
  const auto tick = [&] {
    begin = std::chrono::steady_clock::now();
    INFO(members.said());
    REQUIRE(members.refresh(watcher, 1));
    const double list_s = fleet_since(begin);
    for (const std::string& key : members.left()) {
      fleet.leave(ids.at(key));
      ids.erase(key);
    }
    for (const std::string& key : members.joined()) ids.emplace(key, fleet.join());
    const prometheus_groups load = read_groups(metrics, "sum by (app)(rate(requests_total[1m]))", "app");
    REQUIRE(load.said.empty());
    struct one_change {
      const kubernetes_member* of;
      int to;
    };
    std::vector<one_change> changes;
    std::vector<fleet_seen> seen(fleet.size());
    std::vector<const kubernetes_member*> who(fleet.size());
    std::vector<int> deltas(fleet.size());
    held = 0;
    for (const auto& [key, id] : ids) {
      const kubernetes_member& m = members.all().at(key);
      const reading r = load.of(m.name);
      who[fleet.position(id)] = &m;
      seen[fleet.position(id)] = {r.known() ? r.value : std::nan(""), static_cast<double>(m.replicas.value())};
      if (!r.known()) ++held;
    }
    fleet.step(seen, deltas);
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      if (deltas[i] != 0) changes.push_back({who[i], who[i]->replicas.value() + deltas[i]});
    }
    std::atomic<int> good{0};
    std::atomic<int> bad{0};
    fleet_by_two(cluster.admin(), static_cast<int>(changes.size()), [&](kubernetes_objects& client, int k) {
      const one_change& c = changes[static_cast<std::size_t>(k)];
      const bool done = client
                            .merge_patch(fleet_kind, c.of->name_space, c.of->name,
                                         R"({"metadata":{"resourceVersion":")" + c.of->version +
                                             R"("},"spec":{"replicas":)" + std::to_string(c.to) + "}}")
                            .good();
      ++(done ? good : bad);
    });
    patched = good;
    refused = bad;
    std::cout << "fleet: " << fleet.size() << " services, " << changes.size() << " to change, " << patched << " set, "
              << refused << " refused, " << held << " held; " << list_s << " s for the list or watch, "
              << fleet_since(begin) << " s in all" << std::endl;
  };

  tick();
  CHECK(fleet.size() == fleet_size);
  CHECK(patched == fleet_size - 1);
  CHECK(refused == 0);
  CHECK(held == 1);

  // One is deleted, one of another name appears; the watch tells of both, and of our own changes.
  REQUIRE(watcher.erase(fleet_kind, "default", fleet_name(5)).good());
  REQUIRE(watcher.create(fleet_kind, "default", fleet_deployment("newcomer")).good());
  tick();
  CHECK(members.lists() == 1);
  CHECK(members.left() == std::vector<std::string>{"default/" + fleet_name(5)});
  CHECK(members.joined() == std::vector<std::string>{"default/newcomer"});
  CHECK(fleet.size() == fleet_size);
  CHECK(patched == 0);
  CHECK(held == 2);

  // What the server says itself.
  const kubernetes_result end = watcher.list(fleet_kind, "default");
  REQUIRE(end.good());
  int right = 0;
  for (const auto& part : end.object.find("items")->parts) {
    const std::string name = part.second.text_at({"metadata", "name"});
    const std::string replicas = part.second.text_at({"spec", "replicas"});
    const bool kept = name == "svc-0" || name == "newcomer" || name == "stranger";
    right += replicas == std::to_string(kept ? 1 : fleet_wanted(std::stoi(name.substr(4)))) ? 1 : 0;
  }
  CHECK(right == fleet_size + 1);
}
