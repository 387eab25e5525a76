#include <headroom/ext/kubernetes_objects.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include <headroom/ext/kubernetes_lease.hpp>

#include "catch.hpp"
#include "ext/loopback.hpp"

// What a real server cannot be made to do; the rest is in tests/real/kubernetes_objects.test.cpp.

using namespace headroom;

namespace {

const kubernetes_kind things{"test.headroom/v1", "things"};

}  // namespace

TEST_CASE("kubernetes_objects: the path of an object, and names that are none") {
  CHECK(kubernetes_objects::path({"v1", "pods"}, "shop", "web") == "/api/v1/namespaces/shop/pods/web");
  CHECK(kubernetes_objects::path({"v1", "pods"}, "", "") == "/api/v1/pods");
  CHECK(kubernetes_objects::path(things, "shop", "") == "/apis/test.headroom/v1/namespaces/shop/things");
  CHECK_THROWS_WITH(kubernetes_objects::path(things, "shop", "../web"),
                    "kubernetes_objects: name is ../web, must be a name of Kubernetes: lower-case letters, digits, - "
                    "and .");
  CHECK_THROWS_AS(kubernetes_objects::path(things, "sh?op", "web"), std::invalid_argument);
  CHECK_THROWS_AS(kubernetes_objects::path({"a/b/c", "things"}, "", ""), std::invalid_argument);
  CHECK_THROWS_AS(kubernetes_objects::path({"v1", "Pods"}, "", ""), std::invalid_argument);
  CHECK_THROWS_AS(kubernetes_objects({.url = "http://127.0.0.1:1"}, 5, "head&room"), std::invalid_argument);
}

TEST_CASE("kubernetes_objects: what is no answer of Kubernetes is told, and a watch that cannot go on says so") {
  httplib::Server server;
  loopback_server at(server);
  kubernetes_objects cluster({.url = at.url()}, 1);
  at.answers(R"({"kind":"ThingList","items":{}})");
  CHECK(cluster.list(things, "default").said == at.url() + ": not a list of things, or cut off");
  at.answers(R"({"kind":"ThingList","met)");
  CHECK(cluster.get(things, "default", "one").said == at.url() + ": not an object of Kubernetes, or cut off");
  at.answers("<html>", 502);
  CHECK(cluster.get(things, "default", "one").said == at.url() + ": 502, and not what Kubernetes answers");
  at.answers(R"({"kind":"Thing"})");
  CHECK(cluster.list(things, "shop", "app=web").status == 200);
  CHECK(at.last().path == "/apis/test.headroom/v1/namespaces/shop/things");
  CHECK(at.last().get_param_value("labelSelector") == "app=web");

  std::vector<std::string> seen;
  bool more = true;
  const auto note = [&](const kubernetes_event& e) {
    seen.push_back(e.type + e.object.text_at({"metadata", "resourceVersion"}));
    return more;
  };
  const std::string added = R"({"type":"ADDED","object":{"kind":"Thing","metadata":{"resourceVersion":"7"}}})";
  const std::string mark = R"({"type":"BOOKMARK","object":{"kind":"Thing","metadata":{"resourceVersion":"9"}}})";
  at.answers(added + '\n' + mark + '\n');
  const kubernetes_result whole = cluster.watch(things, "", "5", 1, note);
  CHECK(whole.good());
  CHECK(whole.version() == "9");
  CHECK(seen == std::vector<std::string>{"ADDED7", "BOOKMARK9"});
  CHECK(at.last().get_param_value("resourceVersion") == "5");
  CHECK(at.last().get_param_value("timeoutSeconds") == "1");
  CHECK(at.last().get_param_value("watch") == "1");

  more = false;
  seen.clear();
  CHECK(cluster.watch(things, "", "5", 1, note).version() == "7");
  CHECK(seen.size() == 1);
  more = true;

  at.answers(added + '\n' + R"({"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old"}})" + '\n');
  const kubernetes_result old = cluster.watch(things, "", "5", 1, note);
  CHECK(old.too_old());
  CHECK(old.said == at.url() + ": the watch ended: too old");
  at.answers(R"({"kind":"Status","code":410,"message":"gone","reason":"Expired"})", 410);
  CHECK(cluster.watch(things, "", "5", 1, note).too_old());
  at.answers(added + "\nnonsense\n");
  CHECK(cluster.watch(things, "", "5", 1, note).said == at.url() + ": no event of things");
  at.answers(added + '\n', 200, 3500);  // silent for longer than the watch and the time-out
  const kubernetes_result silent = cluster.watch(things, "", "5", 1, note);
  CHECK(silent.status == 0);
  CHECK(silent.version() == "5");
  CHECK(silent.said == at.url() + ": no whole answer within 2 s");
  CHECK_THROWS_AS(cluster.watch(things, "", "5", 0.5, note), std::invalid_argument);
}

TEST_CASE("kubernetes_objects: a lease refuses impossible options, and is not held where nobody answers") {
  CHECK_THROWS_WITH(kubernetes_lease({.name = "x", .identity = "a", .duration_s = 0}),
                    "kubernetes_lease: duration_s is 0, must be from 1 to 3600");
  CHECK_THROWS_AS(kubernetes_lease({.name = "x"}), std::invalid_argument);
  CHECK_THROWS_AS(kubernetes_lease({.identity = "a"}), std::invalid_argument);
  kubernetes_objects nobody({.url = "http://127.0.0.1:1"}, 1);
  kubernetes_lease one({.name = "x", .identity = "a"});
  CHECK_FALSE(one.hold(nobody));
  CHECK_FALSE(one.held());
  CHECK(one.said() == "http://127.0.0.1:1: nobody listens there, or the name is not known");
}
