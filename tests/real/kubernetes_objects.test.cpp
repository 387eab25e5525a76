#include <headroom/ext/kubernetes_objects.hpp>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <headroom/ext/kubernetes_lease.hpp>

#include "catch.hpp"
#include "real/kubernetes_cluster.hpp"
#include "skip.hpp"

// Against the kube-apiserver and etcd that `scripts/kubernetes-server` built.

using namespace headroom;

namespace {

constexpr const char* no_cluster = "HEADROOM_KUBERNETES is not set; scripts/test --live sets it";
const kubernetes_kind deployments{"apps/v1", "deployments"};
const kubernetes_kind maps{"v1", "configmaps"};
const kubernetes_kind things{"test.headroom/v1", "things"};

const char* const definition =
    R"({"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",)"
    R"("metadata":{"name":"things.test.headroom"},"spec":{"group":"test.headroom","scope":"Namespaced","names":)"
    R"({"plural":"things","kind":"Thing"},"versions":[{"name":"v1","served":true,"storage":true,)"
    R"("subresources":{"status":{}},"schema":{"openAPIV3Schema":{"type":"object",)"
    R"("x-kubernetes-preserve-unknown-fields":true}}}]}})";

}  // namespace

TEST_CASE("kubernetes_objects: objects are made, read, changed, watched and deleted on the real one") {
  const char* const programs = std::getenv("HEADROOM_KUBERNETES");
  if (programs == nullptr) HEADROOM_SKIP(no_cluster);
  kubernetes_cluster cluster(programs);
  REQUIRE(cluster.deploy("web", 2) == 201);
  kubernetes_objects at(cluster.admin());

  // Read, list by label, and what is not there.
  const kubernetes_result web = at.get(deployments, "default", "web");
  REQUIRE(web.good());
  CHECK(web.object.text_at({"spec", "replicas"}) == "2");
  REQUIRE(at.merge_patch(deployments, "default", "web", R"({"metadata":{"labels":{"app":"web"}}})").good());
  CHECK(at.list(deployments, "default", "app=web").object.find("items")->parts.size() == 1);
  CHECK(at.list(deployments, "", "app in (other,one)").object.find("items")->parts.empty());
  const kubernetes_result nobody = at.get(deployments, "default", "nobody");
  CHECK(nobody.absent());
  CHECK(nobody.said == at.root() + R"(: 404, NotFound: deployments.apps "nobody" not found)");

  // A strategic merge finds a container and a variable by name, and leaves the rest.
  const std::string containers = R"({"spec":{"template":{"spec":{"containers":[{"name":"c",)";
  REQUIRE(at.strategic_patch(deployments, "default", "web",
                             containers + R"("env":[{"name":"A","value":"1"},{"name":"B","value":"2"}]}]}}}})")
              .good());
  const kubernetes_result changed = at.strategic_patch(
      deployments, "default", "web",
      containers + R"("resources":{"limits":{"cpu":"300m"}},"env":[{"name":"B","value":"3"}]}]}}}})");
  REQUIRE(changed.good());
  const auto* const container = changed.object.at({"spec", "template", "spec", "containers"})->named("c");
  REQUIRE(container != nullptr);
  CHECK(container->text_of("image") == "nobody/pulls:1");
  CHECK(container->text_at({"resources", "limits", "cpu"}) == "300m");
  CHECK(container->find("env")->named("A")->text_of("value") == "1");
  CHECK(container->find("env")->named("B")->text_of("value") == "3");

  // A change that is bound to a version does not overwrite what somebody else wrote.
  const std::string old = R"({"metadata":{"resourceVersion":")" + web.version() + R"("},"spec":{"replicas":9}})";
  CHECK(at.merge_patch(deployments, "default", "web", old).conflict());
  CHECK(at.get(deployments, "default", "web").object.text_at({"spec", "replicas"}) == "2");

  // A kind of our own: the status is written beside the object.
  const kubernetes_kind definitions{"apiextensions.k8s.io/v1", "customresourcedefinitions"};
  REQUIRE(at.create(definitions, "", definition).good());
  CHECK(at.create(definitions, "", definition).conflict());
  const std::string thing = R"({"apiVersion":"test.headroom/v1","kind":"Thing","metadata":{"name":"one",)"
                            R"("finalizers":["test.headroom/kept"]},"spec":{"a":1},"status":{"b":1}})";
  REQUIRE(soon(20, [&] { return at.create(things, "default", thing).good(); }));
  CHECK(at.status_patch(things, "default", "one", R"({"spec":{"a":2},"status":{"b":2}})").good());
  CHECK(at.get(things, "default", "one").object.text_at({"spec", "a"}) == "1");
  CHECK(at.get(things, "default", "one").object.text_at({"status", "b"}) == "2");

  // A watch tells of what happens after a version, to the end that it was given or that its reader wants.
  const std::string from = at.list(things, "default").version();
  std::thread writer([&cluster] {
    kubernetes_objects by(cluster.admin());
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    by.merge_patch(things, "default", "one", R"({"spec":{"a":3}})");
    by.erase(things, "default", "one");  // the finaliser keeps it
    by.merge_patch(things, "default", "one", R"({"metadata":{"finalizers":null}})");
  });
  std::vector<std::string> seen;
  const auto note = [&seen](const kubernetes_event& e) {
    const bool leaves = !e.object.text_at({"metadata", "deletionTimestamp"}).empty();
    seen.push_back(e.type + ' ' + e.object.text_at({"spec", "a"}) + (leaves ? " leaves" : ""));
    return e.type != "DELETED";
  };
  const auto begin = std::chrono::steady_clock::now();
  const kubernetes_result watched = at.watch(things, "default", from, 10, note);
  writer.join();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(8));
  INFO(watched.said);
  CHECK(watched.good());
  CHECK(watched.version() != from);
  CHECK(seen == std::vector<std::string>{"MODIFIED 3", "MODIFIED 3 leaves", "DELETED 3 leaves"});
  CHECK(at.get(things, "default", "one").absent());
  CHECK(at.erase(things, "default", "one").absent());

  // Where nothing happens it ends on time, and goes on where it was. A version that is forgotten is told.
  seen.clear();
  const kubernetes_result quiet = at.watch(things, "default", watched.version(), 1, note);
  CHECK(quiet.good());
  CHECK(quiet.version() == watched.version());
  CHECK(seen.empty());
  CHECK(at.watch(maps, "default", "1", 1, note).good());  // etcd forgets after five minutes only
  CHECK(at.watch({"v1", "nonsense"}, "default", "1", 1, note).absent());
  cluster.kill_server();
  const kubernetes_result gone = at.watch(things, "default", watched.version(), 1, note);
  CHECK(gone.status == 0);
  CHECK(gone.said.find("nobody listens there") != std::string::npos);
}

TEST_CASE("kubernetes_objects: a lease on the real one has one holder, and goes on when that one is silent") {
  const char* const programs = std::getenv("HEADROOM_KUBERNETES");
  if (programs == nullptr) HEADROOM_SKIP(no_cluster);
  kubernetes_cluster cluster(programs);
  kubernetes_objects at(cluster.admin());
  kubernetes_lease first({.name = "tuner", .identity = "a", .duration_s = 2});
  kubernetes_lease second({.name = "tuner", .identity = "b", .duration_s = 2});
  REQUIRE(first.hold(at));
  CHECK(first.held());
  CHECK_FALSE(second.hold(at));
  CHECK(second.said() == "a holds the lease");
  CHECK_FALSE(second.held());
  for (int k = 0; k < 5; ++k) {  // who renews keeps it, for longer than a duration
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
    CHECK(first.hold(at));
    CHECK_FALSE(second.hold(at));
  }
  // Who does not renew loses it, and knows.
  CHECK(soon(5, [&] { return second.hold(at); }));
  CHECK_FALSE(first.held());
  CHECK_FALSE(first.hold(at));
  const kubernetes_result lease = at.get(kubernetes_lease::kind(), "default", "tuner");
  CHECK(lease.object.text_at({"spec", "holderIdentity"}) == "b");
  CHECK(lease.object.text_at({"spec", "leaseTransitions"}) == "1");
  // Who gives it up does so at once.
  second.release(at);
  CHECK_FALSE(second.held());
  CHECK(first.hold(at));
  // A server that is away takes nothing away before its time.
  cluster.kill_server();
  CHECK_FALSE(first.hold(at));
  CHECK(first.held());
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  CHECK_FALSE(first.held());
}
