#include <headroom/ext/kubernetes_members.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "ext/loopback.hpp"

// What a real server cannot be made to do; the rest is in tests/real/kubernetes_members.test.cpp.

using namespace headroom;

namespace {

using keys_list = std::vector<std::string>;

std::string member_json(const std::string& name, const std::string& uid, int version, int replicas) {
  return R"({"kind":"Deployment","metadata":{"namespace":"web","name":")" + name + R"(","uid":")" + uid +
         R"(","resourceVersion":")" + std::to_string(version) + R"("},"spec":{"replicas":)" + std::to_string(replicas) +
         "}}";
}
std::string members_json(int version, const std::string& items) {
  return R"({"kind":"DeploymentList","metadata":{"resourceVersion":")" + std::to_string(version) + R"("},"items":[)" +
         items + "]}";
}
std::string event_json(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

}  // namespace

TEST_CASE("kubernetes_members: a list, a watch from its version, and who joins and leaves") {
  httplib::Server server;
  loopback_server at(server);
  kubernetes_objects cluster({.url = at.url()}, 1);
  kubernetes_members shops({"apps/v1", "deployments"}, "web", "fleet=yes");
  at.answers(members_json(5, member_json("a", "u1", 3, 2) + ',' + member_json("b", "u2", 4, 7)));
  REQUIRE(shops.refresh(cluster, 1));
  CHECK(at.last().get_param_value("labelSelector") == "fleet=yes");
  CHECK(at.last().path == "/apis/apps/v1/namespaces/web/deployments");
  CHECK(at.last().get_param_value("watch").empty());
  CHECK(shops.joined() == keys_list{"web/a", "web/b"});
  CHECK(shops.left().empty());
  REQUIRE(shops.all().size() == 2);
  CHECK(shops.all().at("web/b").replicas == 7);
  CHECK(shops.all().at("web/b").version == "4");
  CHECK(shops.all().at("web/b").uid == "u2");

  // A change is no join; one that comes and goes within a refresh was never there.
  at.answers(event_json("MODIFIED", member_json("a", "u1", 6, 3)) +
             event_json("DELETED", member_json("b", "u2", 7, 7)) + event_json("ADDED", member_json("c", "u3", 8, 1)) +
             event_json("ADDED", member_json("d", "u4", 9, 1)) + event_json("DELETED", member_json("d", "u4", 10, 1)) +
             event_json("BOOKMARK", R"({"kind":"Deployment","metadata":{"resourceVersion":"12"}})"));
  REQUIRE(shops.refresh(cluster, 1));
  CHECK(at.last().get_param_value("watch") == "1");
  CHECK(at.last().get_param_value("labelSelector") == "fleet=yes");
  CHECK(at.last().get_param_value("resourceVersion") == "5");
  CHECK(shops.joined() == keys_list{"web/c"});
  CHECK(shops.left() == keys_list{"web/b"});
  CHECK(shops.all().size() == 2);
  CHECK(shops.all().at("web/a").replicas == 3);

  // Deleted and made anew under its name: it has another state.
  at.answers(event_json("MODIFIED", member_json("a", "u9", 13, 1)));
  REQUIRE(shops.refresh(cluster, 1));
  CHECK(at.last().get_param_value("resourceVersion") == "12");
  CHECK(shops.joined() == keys_list{"web/a"});
  CHECK(shops.left() == keys_list{"web/a"});
  REQUIRE(shops.refresh(cluster, 1));  // the same event again changes nothing
  CHECK(shops.joined().empty());
  CHECK(shops.left().empty());
  CHECK(shops.lists() == 1);
}

TEST_CASE("kubernetes_members: a version that is too old lists again, and a failure takes nobody out") {
  httplib::Server server;
  std::string items = member_json("a", "u1", 3, 2) + ',' + member_json("b", "u2", 4, 7);
  int lists = 0;
  bool broken = false;
  server.Get("/.*", [&](const httplib::Request& q, httplib::Response& to) {
    if (q.has_param("watch"))
      return to.set_content(R"({"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old"}})"
                            "\n",
                            "x/y");
    if (broken) {
      to.status = 500;
      return to.set_content("{}", "application/json");
    }
    ++lists;
    to.set_content(members_json(50 + lists, items), "application/json");
  });
  {
    loopback_server at(server);
    kubernetes_objects cluster({.url = at.url()}, 1);
    kubernetes_members shops({"apps/v1", "deployments"}, "web", "fleet=yes");
    REQUIRE(shops.refresh(cluster, 1));
    items = member_json("b", "u2", 9, 8) + ',' + member_json("c", "u3", 8, 1);
    REQUIRE(shops.refresh(cluster, 1));
    CHECK(lists == 2);
    CHECK(shops.lists() == 2);
    CHECK(shops.joined() == keys_list{"web/c"});
    CHECK(shops.left() == keys_list{"web/a"});
    CHECK(shops.all().at("web/b").replicas == 8);
    CHECK(shops.said().empty());
    broken = true;  // the watch is too old, and then the list fails
    CHECK_FALSE(shops.refresh(cluster, 1));
    CHECK(shops.all().size() == 2);
    CHECK(shops.left().empty());
    CHECK(shops.lists() == 2);
    broken = false;
    at.stop();
    CHECK_FALSE(shops.refresh(cluster, 1));
    CHECK_FALSE(shops.said().empty());
    CHECK(shops.joined().empty());
    CHECK(shops.left().empty());
    CHECK(shops.all().size() == 2);
  }
}

TEST_CASE("kubernetes_members: what is no list, and options that are none") {
  httplib::Server server;
  loopback_server at(server);
  kubernetes_objects cluster({.url = at.url()}, 1);
  kubernetes_members shops({"apps/v1", "deployments"}, "", "fleet=yes");
  at.answers(R"({"kind":"DeploymentList","metadata":{},"items":[]})");
  CHECK_FALSE(shops.refresh(cluster, 1));
  CHECK(shops.said() == at.url() + ": the list of deployments has no resourceVersion");
  at.answers(members_json(5, R"({"kind":"Deployment","metadata":{"namespace":"web","name":"a","uid":"u"},"spec":{}})"));
  CHECK(shops.refresh(cluster, 1));
  CHECK_FALSE(shops.all().at("web/a").replicas.has_value());  // not known, and not zero
  CHECK(shops.said().empty());
  CHECK_THROWS_AS(shops.refresh(cluster, 0.5), std::invalid_argument);
  CHECK_THROWS_WITH(kubernetes_members({"apps/v1", "deployments"}, "web", ""),
                    "kubernetes_members: selector is missing, must be as in headroom=yes");
  CHECK_THROWS_AS(kubernetes_members({"apps/v1", "deployments"}, "We b", "a=b"), std::invalid_argument);
}
