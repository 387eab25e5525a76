#include <headroom/ext/kubernetes_pods.hpp>

#include <string>

#include "catch.hpp"
#include "ext/loopback.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

kubernetes_pods_options at(const loopback_server& server) {
  return {.access = {.url = server.url()}, .selector = "app=matrix-multiply,tier in (a)", .name_space = "work"};
}

}  // namespace

TEST_CASE("pods are listed with what they are, and only those that get requests serve") {
  httplib::Server one;
  loopback_server server(one);
  server.answers(
      R"({"kind":"PodList","items":[)"
      R"({"metadata":{"name":"m-1"},"spec":{"nodeName":"n"},"status":{"phase":"Running","conditions":[)"
      R"({"type":"PodScheduled","status":"True"},{"type":"Ready","status":"True"}]}},)"
      R"({"metadata":{"name":"m-2","deletionTimestamp":"2025-01-31T10:00:00Z"},"spec":{"nodeName":"n"},"status":)"
      R"({"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}},)"
      R"({"metadata":{"name":"m-3"},"spec":{},"status":{"phase":"Pending"}},)"
      R"({"metadata":{"name":"m-4"},"spec":{"nodeName":"n"},"status":{"phase":"Running","conditions":[)"
      R"({"type":"Ready","status":"False"}]}},)"
      R"({"metadata":{"name":"m-5"},"spec":{"nodeName":"n"},"status":{"phase":"Failed","conditions":[)"
      R"({"type":"Ready","status":"True"}]}}]})");
  kubernetes_pods pods(at(server));
  const auto all = pods.list();
  REQUIRE(all.has_value());
  REQUIRE(all->size() == 5);
  CHECK(all->at(0).name == "m-1");
  CHECK(all->at(0).node == "n");
  CHECK(all->at(0).serves());
  CHECK(all->at(1).terminating);
  CHECK(all->at(1).ready);
  CHECK_FALSE(all->at(1).serves());
  CHECK(all->at(2).phase == "Pending");
  CHECK(all->at(2).node.empty());
  CHECK_FALSE(all->at(2).serves());
  CHECK_FALSE(all->at(3).serves());
  CHECK_FALSE(all->at(4).serves());
  CHECK(pods.said().empty());
  CHECK(server.last().path == "/api/v1/namespaces/work/pods");
  CHECK(server.last().get_param_value("labelSelector") == "app=matrix-multiply,tier in (a)");
}

TEST_CASE("an answer that is no list of pods is not an empty one") {
  httplib::Server one;
  loopback_server server(one);
  kubernetes_pods pods(at(server));
  for (const char* body :
       {"", "{}", R"({"kind":"PodList"})", R"({"kind":"Table","items":[]})", R"({"kind":"PodList","items":[)"}) {
    INFO(body);
    server.answers(body);
    CHECK_FALSE(pods.list().has_value());
    CHECK(pods.said() == server.url() + ": not a list of pods, or cut off");
  }
  server.answers(R"({"kind":"PodList","items":[]})");
  REQUIRE(pods.list().has_value());
  CHECK(pods.list()->empty());
  server.answers(R"({"kind":"Status","reason":"Forbidden","message":"no"})", 403);
  CHECK_FALSE(pods.list().has_value());
  CHECK(pods.said() == server.url() + ": 403, Forbidden: no; grant the verb list on pods");
  server.stop();
  CHECK_FALSE(pods.list().has_value());
  CHECK(pods.said().find("nobody listens there") != std::string::npos);
  CHECK(refusal<std::invalid_argument>([&] { kubernetes_pods({.access = {.url = server.url()}}); }) ==
        "kubernetes_pods: selector is missing, must be as in app=web");
}
