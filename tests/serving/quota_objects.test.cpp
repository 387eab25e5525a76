#include "examples/quota/objects.hpp"

#include <string>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "examples/quota/nodes.hpp"

// What the quota manager of examples/quota makes of objects of Kubernetes. The real server is asked in tests/real.

using namespace quota_live;
using json = nlohmann::json;

namespace {

config_node node_of(const json& j) { return *config_node::of_json(j.dump()); }

json shop(int replicas, const json& resources) {
  return {{"metadata", {{"namespace", "shop"}, {"name", "cart"}, {"uid", "u1"}, {"resourceVersion", "7"}}},
          {"spec",
           {{"replicas", replicas},
            {"selector", {{"matchLabels", {{"app", "cart"}}}}},
            {"template", {{"spec", {{"containers", {{{"name", "c"}, {"resources", resources}}}}}}}}}}};
}
json limits(const char* cpu, const char* memory) {
  const json one{{"cpu", cpu}, {"memory", memory}};
  return {{"limits", one}, {"requests", one}};
}

}  // namespace

TEST_CASE("quota manager: amounts of Kubernetes as numbers") {
  CHECK(quantity_of("800m") == 0.8);
  CHECK(quantity_of("2") == 2);
  CHECK(quantity_of("0.5") == 0.5);
  CHECK(quantity_of("200Mi") == 200.0 * 1024 * 1024);
  CHECK(quantity_of("1Gi") == 1024.0 * 1024 * 1024);
  CHECK(quantity_of("1G") == 1e9);
  CHECK(quantity_of("1e3") == 1000);
  CHECK(quantity_of("2E") == 2e18);
  CHECK_FALSE(quantity_of(""));
  CHECK_FALSE(quantity_of("much"));
  CHECK_FALSE(quantity_of("5 apples"));
  CHECK(quantity(limits("250m", "512Mi").dump(), "limits", "cpu") == 0.25);
  CHECK(quantity(limits("250m", "512Mi").dump(), "requests", "memory") == 512);
  CHECK_FALSE(quantity("{}", "limits", "cpu"));
  CHECK(seconds_of("1970-01-02T00:00:01Z") == 86'401);
  CHECK(seconds_of("2026-11-30T15:33:57Z") == 1'796'052'837);
  CHECK(seconds_of("yesterday") == 0);
}

TEST_CASE("quota manager: an agent is read, and what is no declaration says why") {
  const json spec{{"scope", "deployment"},
                  {"namespace", "shop"},
                  {"deploymentName", "cart"},
                  {"status", "disabled"},
                  {"restarts", 4},
                  {"resources", {{"resourceQuota", {{"cpu", 0.5}, {"memory", 0.9}}}}}};
  const json object{{"metadata",
                     {{"name", "deployment-shop-cart"},
                      {"namespace", "shop"},
                      {"uid", "u"},
                      {"creationTimestamp", "1970-01-01T00:01:00Z"}}},
                    {"spec", spec}};
  const agent_object a = agent_object::of(node_of(object));
  CHECK(a.problem.empty());
  CHECK(a.agent.name == quota::published_name(a.agent));
  CHECK(a.agent.factors == quota::factors{0.5, 0.9});
  CHECK(a.agent.created_s == 60);
  CHECK(a.status == "disabled");
  CHECK(a.restarts == "4");
  // What the manager writes is no new declaration; another factor or another object is one.
  json later = object;
  later["spec"]["status"] = "applied";
  later["spec"]["restarts"] = 5;
  later["metadata"]["resourceVersion"] = "9";
  CHECK(agent_object::of(node_of(later)).declaration() == a.declaration());
  later["spec"]["resources"]["resourceQuota"]["cpu"] = 0.6;
  CHECK(agent_object::of(node_of(later)).declaration() != a.declaration());
  later = object;
  later["metadata"]["uid"] = "v";
  CHECK(agent_object::of(node_of(later)).declaration() != a.declaration());
  // Without a quota both factors are 1.
  later["spec"].erase("resources");
  CHECK(agent_object::of(node_of(later)).agent.factors == quota::factors{});
  later["spec"]["scope"] = "cluster";
  CHECK(agent_object::of(node_of(later)).problem == "scope is 'cluster', must be deployment, namespace or node");
  later["spec"]["scope"] = "node";
  CHECK(agent_object::of(node_of(later)).problem.find("must be named") != std::string::npos);
}

TEST_CASE("quota manager: a quota is divided among pods and containers, and as published it is not") {
  placing now;
  now.replicas = 2;
  now.resources = {{"a", limits("1", "300Mi").dump()}, {"b", limits("3", "100Mi").dump()}};
  const quota::question q{2, 2, 1, 800, 400, 1, 1};
  const placing p = applied_to(now, q, {0.5, 0.5}, false);
  CHECK(quantity(p.resources.at("a"), "limits", "cpu") == 0.125);
  CHECK(quantity(p.resources.at("b"), "requests", "cpu") == 0.375);
  CHECK(quantity(p.resources.at("a"), "limits", "memory") == 150);
  CHECK(quantity(p.resources.at("b"), "limits", "memory") == 50);
  CHECK(p.replicas == 2);
  const placing published = applied_to(now, q, {0.5, 1}, true);
  CHECK(quantity(published.resources.at("a"), "limits", "cpu") == 1);
  CHECK(quantity(published.resources.at("b"), "limits", "cpu") == 1);
  CHECK(quantity(published.resources.at("b"), "limits", "memory") == 100);  // a factor of 1 leaves it
  // Where nothing is set, the parts are equal; an amount is written as the server writes it.
  now.resources = {{"a", "{}"}, {"b", "{}"}};
  const placing even = applied_to(now, {2, 1, 8, 1, 8192, 1, 1}, {8, 8}, false);
  CHECK(even.resources.at("a") == limits("2", "2Gi").dump());
  now.replicas = 3;
  now.resources = {{"a", "{}"}};
  const placing third = applied_to(now, {3, 1, 0.5, 1, 1, 1, 1}, {0.5, 1}, false);
  CHECK(third.resources.at("a") == R"({"limits":{"cpu":"167m"},"requests":{"cpu":"167m"}})");  // rounded up
}

TEST_CASE("quota manager: a change is recorded, undone as a whole, and leaves what somebody else changed") {
  json object = shop(2, limits("2", "400Mi"));
  deployment_object d = deployment_object::of(node_of(object));
  CHECK(d.path() == "shop/cart");
  CHECK(d.now.resources.at("c") == limits("2", "400Mi").dump());
  CHECK_FALSE(d.recorded);
  record mark;
  mark.agent = "namespace-shop";
  mark.action = "apply";
  mark.factors = {0.8, 1};
  mark.initial_cpu = 1;
  mark.before = d.now;
  mark.set = d.now;
  mark.set.resources["c"] = limits("400m", "400Mi").dump();
  mark.set.replicas = 3;
  const json patch = json::parse(patch_of(d, mark.set, &mark, false));
  CHECK(patch["metadata"]["resourceVersion"] == "7");
  CHECK(patch["metadata"]["annotations"]["processed-by-agent"] == "namespace-shop");
  // The server would keep a null as an empty text where there is no annotation yet.
  CHECK_FALSE(patch["metadata"]["annotations"].contains("resource-management/priority"));
  CHECK(json::parse(patch_of(d, mark.set, &mark, true))["metadata"]["annotations"]["resource-management/priority"] ==
        "high");
  CHECK(patch["spec"]["replicas"] == 3);
  CHECK(patch["spec"]["template"]["spec"]["containers"][0]["resources"]["$patch"] == "replace");
  CHECK_FALSE(patch["spec"]["template"]["spec"].contains("affinity"));  // what stays is not sent
  record longer = mark;
  longer.agent = std::string(62, 'a') + "-b";  // a label has 63 characters, and no dash at its end
  const json other = json::parse(patch_of(d, mark.set, &longer, false));
  CHECK(other["metadata"]["labels"]["managed-by-agent"] == std::string(62, 'a'));
  CHECK(other["metadata"]["annotations"]["processed-by-agent"] == longer.agent);

  object = shop(3, limits("400m", "400Mi"));
  object["metadata"]["annotations"] = patch["metadata"]["annotations"];
  object["metadata"]["labels"] = patch["metadata"]["labels"];
  d = deployment_object::of(node_of(object));
  REQUIRE(d.recorded);
  CHECK(d.recorded->factors == mark.factors);
  CHECK(d.recorded->before == mark.before);
  CHECK(d.recorded->set == mark.set);
  CHECK_FALSE(d.overwritten());
  CHECK(reverted(d) == mark.before);
  const json off = json::parse(patch_of(d, reverted(d), nullptr, false));
  CHECK(off["metadata"]["annotations"].at("resourcemanagement-v.io/recorded").is_null());
  CHECK(off["metadata"]["annotations"].at("processed-by-agent").is_null());
  CHECK(off["metadata"]["labels"].at("managed-by-agent").is_null());
  CHECK(off["spec"]["replicas"] == 2);

  // Somebody else set other limits: that stays; the replicas are still ours and come back.
  object["spec"]["template"]["spec"]["containers"][0]["resources"] = limits("1500m", "400Mi");
  d = deployment_object::of(node_of(object));
  CHECK(d.overwritten());
  CHECK(reverted(d).resources.at("c") == limits("1500m", "400Mi").dump());
  CHECK(reverted(d).replicas == 2);
  object["metadata"]["annotations"]["resource-management/priority"] = "high";
  object["metadata"]["annotations"]["resourcemanagement-v.io/recorded"] = "mine";
  d = deployment_object::of(node_of(object));
  CHECK(d.high);
  CHECK_FALSE(d.recorded);
}

TEST_CASE("quota manager: a migration names the nodes, and an affinity comes back as it was") {
  json object = shop(1, limits("1", "100Mi"));
  const json before = {{"podAntiAffinity",
                        {{"preferredDuringSchedulingIgnoredDuringExecution",
                          {{{"weight", 5}, {"podAffinityTerm", {{"topologyKey", "zone"}}}}}}}}};
  object["spec"]["template"]["spec"]["affinity"] = before;
  object["spec"]["template"]["spec"]["nodeSelector"] = {{"disk", "ssd"}};
  const deployment_object d = deployment_object::of(node_of(object));
  CHECK(json::parse(d.now.affinity) == before);  // with the weight as a number
  const placing p = migrated_from(d.now, "n1", "n2");
  CHECK(p.node_selector == "null");
  const json a = json::parse(p.affinity)["nodeAffinity"];
  const json& required = a["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"][0];
  CHECK(required["matchExpressions"][0]["operator"] == "NotIn");
  CHECK(required["matchExpressions"][0]["values"][0] == "n1");
  CHECK(a["preferredDuringSchedulingIgnoredDuringExecution"][0]["weight"] == 1);
  const json patch = json::parse(patch_of(d, p, nullptr, false));
  CHECK(patch["spec"]["template"]["spec"]["nodeSelector"].is_null());
  CHECK(patch["spec"]["template"]["spec"]["affinity"]["$patch"] == "replace");
}

TEST_CASE("quota manager: nodes hold what they can, and a pod that was killed is seen") {
  const auto node = [](const char* name, const char* cpu, bool open) {
    return json{{"metadata", {{"name", name}}},
                {"spec", {{"unschedulable", !open}}},
                {"status", {{"allocatable", {{"cpu", cpu}, {"memory", "1Gi"}}}}}};
  };
  const json pod{
      {"metadata", {{"namespace", "shop"}, {"name", "p"}, {"labels", {{"app", "cart"}, {"x", "y"}}}}},
      {"spec", {{"nodeName", "n1"}, {"containers", {{{"name", "c"}, {"resources", limits("2", "512Mi")}}}}}},
      {"status",
       {{"containerStatuses",
         {{{"restartCount", 3},
           {"lastState", {{"terminated", {{"reason", "OOMKilled"}, {"finishedAt", "1970-01-01T00:02:00Z"}}}}}}}}}}};
  json gone = pod;
  gone["status"]["phase"] = "Succeeded";
  const auto room = [&](const json& nodes) {
    return node_room(node_of({{"items", nodes}}), node_of({{"items", json::array({pod, gone})}}));
  };
  const deployment_object d = deployment_object::of(node_of(shop(1, limits("2", "512Mi"))));
  const node_room both = room(json::array({node("n1", "4", true), node("n2", "3", true)}));
  REQUIRE(both.pods_of(d).size() == 1);  // what has ended is none
  CHECK(both.pods_of(d)[0]->restarts == 3);
  CHECK(both.pods_of(d)[0]->killed_s == 120);
  CHECK(both.main_node(d) == "n1");
  CHECK(both.roomiest(d, "") == "n2");
  CHECK(both.roomiest(d, "n2") == "n1");
  const auto grown = [&d](const char* cpu, const char* memory) {
    placing p = d.now;
    p.resources["c"] = limits(cpu, memory).dump();
    return p;
  };
  CHECK(both.fits(d, grown("4", "1Gi")));
  CHECK_FALSE(both.fits(d, grown("4100m", "512Mi")));
  CHECK_FALSE(both.fits(d, grown("1", "1025Mi")));
  const node_room small = room(json::array({node("n1", "1", true), node("n2", "8", false)}));
  CHECK(small.roomiest(d, "").empty());           // one is too small, the other takes no pods
  CHECK(small.fits(d, grown("1500m", "512Mi")));  // still too much, but less than before
  CHECK_FALSE(room(json::array()).known());
}
