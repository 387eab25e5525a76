#include <headroom/ext/kubernetes.hpp>

#include <chrono>
#include <cmath>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <headroom/live/sense.hpp>

#include "catch.hpp"
#include "ext/loopback.hpp"
#include "scratch.hpp"

using namespace headroom;

static_assert(Scaler<kubernetes>);

namespace {

// As kube-apiserver 1.20 answers, of one Deployment shop/web. A test may do something before a request is answered, or
// answer it itself.
class pretended_cluster {
 public:
  int replicas = 5;
  int version = 100;
  std::string uid = "2552a54b";
  std::string object =
      R"({"kind":"Deployment","spec":{"replicas":5},"status":{"observedGeneration":1,"readyReplicas":3}})";
  std::string autoscalers = R"({"kind":"HorizontalPodAutoscalerList","items":[]})";
  std::optional<std::string> scaled_objects{};                               // without: there is no KEDA
  std::function<bool(const httplib::Request&, httplib::Response&)> first{};  // true: it has answered
  std::vector<httplib::Request> asked{};

  pretended_cluster() : at_(server_) {}
  [[nodiscard]] std::string url() const { return at_.url(); }
  [[nodiscard]] kubernetes_options options() const {
    return {.access = {.url = url()}, .name = "web", .name_space = "shop", .timeout_s = 1};
  }
  // How often something was to be changed.
  [[nodiscard]] int patches() const {
    int n = 0;
    for (const httplib::Request& r : asked) n += r.method == "PATCH" ? 1 : 0;
    return n;
  }
  static void status(httplib::Response& response, int code, const std::string& reason, const std::string& message) {
    response.status = code;
    response.set_content(R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":")" +
                             message + R"(","reason":")" + reason + R"(","code":)" + std::to_string(code) + "}",
                         "application/json");
  }
  // The connection ends in the middle of the body.
  static void cut(httplib::Response& response) {
    response.set_content_provider(500, "application/json", [](std::size_t, std::size_t, httplib::DataSink& sink) {
      sink.write(R"({"kind":"Scale","spec":{"rep)", 28);
      return false;
    });
  }
  // What wants `n` replicas, as the server writes it: a zero is left out.
  [[nodiscard]] std::string scale(int n) const {
    return R"({"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"web","namespace":"shop","uid":")" +
           uid + R"(","resourceVersion":")" + std::to_string(version) + R"("},"spec":{)" +
           (n > 0 ? R"("replicas":)" + std::to_string(n) : "") + R"(},"status":{"replicas":1,"selector":"app=web"}})";
  }

 private:
  // The loopback server answers every GET itself; this one is asked before it.
  struct routed : httplib::Server {
    explicit routed(pretended_cluster& of) {
      const auto answer = [&of](const httplib::Request& request, httplib::Response& response) {
        of.answer(request, response);
      };
      Get("/.*", answer);
      Patch("/.*", answer);
    }
  };
  void answer(const httplib::Request& request, httplib::Response& response) {
    asked.push_back(request);
    if (first && first(request, response)) return;
    const std::string deployment = "/apis/apps/v1/namespaces/shop/deployments/web";
    response.status = 200;
    if (request.path == deployment + "/scale" && request.method == "GET") {
      response.set_content(scale(replicas), "application/json");
    } else if (request.path == deployment + "/scale" && request.method == "PATCH") {
      patch(request, response);
    } else if (request.path == deployment && request.method == "GET") {
      response.set_content(object, "application/json");
    } else if (request.path == "/apis/autoscaling/v1/namespaces/shop/horizontalpodautoscalers") {
      response.set_content(autoscalers, "application/json");
    } else if (request.path == "/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects" && scaled_objects) {
      response.set_content(*scaled_objects, "application/json");
    } else {
      status(response, 404, "NotFound", "the server could not find the requested resource");
    }
  }
  void patch(const httplib::Request& request, httplib::Response& response) {
    if (request.get_header_value("Content-Type") != "application/merge-patch+json") {
      return status(response, 415, "UnsupportedMediaType", "415: Unsupported Media Type");
    }
    const auto wish = internal::config_node::of_json(request.body);
    if (wish->find("metadata")->text_of("resourceVersion") != std::to_string(version)) {
      return status(response, 409, "Conflict", "the object has been modified");
    }
    const int n = std::stoi(wish->find("spec")->text_of("replicas"));
    if (request.get_param_value("dryRun") == "All") return response.set_content(scale(n), "application/json");
    replicas = n;
    ++version;
    response.set_content(scale(n), "application/json");
  }

  routed server_{*this};
  loopback_server at_;
};

bool tells(const kubernetes& k, const std::string& part) {
  INFO(k.said());
  return k.said().find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the replicas that are wanted and that are ready are read") {
  pretended_cluster cluster;
  kubernetes web(cluster.options());
  CHECK(web.read_replicas().value == 5);
  CHECK(web.read_replicas().age_s == 0);
  CHECK(web.ready()().value == 3);
  CHECK(web.said().empty());
  CHECK(cluster.asked.back().path == "/apis/apps/v1/namespaces/shop/deployments/web");
  CHECK_FALSE(cluster.asked.back().has_header("Authorization"));
  CHECK_FALSE(cluster.asked.back().has_header("Content-Type"));
  CHECK(cluster.asked.back().get_header_value("User-Agent") == "headroom");

  struct sample {
    int replicas = 0;
    int ready = 0;
  };
  sense<sample> source{{&sample::replicas, web.replicas()}, {&sample::ready, web.ready()}};
  REQUIRE(source.read().has_value());
  CHECK(source.read()->replicas == 5);
  CHECK(source.read()->ready == 3);
}

TEST_CASE("a zero that the server leaves out is a zero, and nothing else is") {
  pretended_cluster cluster;
  cluster.replicas = 0;
  kubernetes web(cluster.options());
  CHECK(web.read_replicas().known());
  CHECK(web.read_replicas().value == 0);
  cluster.object = R"({"kind":"Deployment","spec":{"replicas":5},"status":{"observedGeneration":4,"replicas":5}})";
  CHECK(web.read_ready().value == 0);
  // Nobody has counted.
  for (const char* const status : {R"("status":{})", R"("status":{"readyReplicas":2})", R"("metadata":{})"}) {
    cluster.object = std::string(R"({"kind":"Deployment","spec":{"replicas":5},)") + status + "}";
    CHECK(web.read_ready().why == unknown_why::empty);
    CHECK(tells(web, "the deployment shop/web at " + cluster.url() + ": its controller has not counted"));
  }
  std::string answer;
  cluster.first = [&](const httplib::Request&, httplib::Response& response) {
    response.set_content(answer, "application/json");
    return true;
  };
  for (const char* const body :
       {R"({"kind":"Scale"})", R"({"kind":"Scale","spec":4})", R"({"kind":"Scale","spec":{"replicas":-1}})",
        R"({"kind":"Scale","spec":{"replicas":2.5}})", R"({"kind":"Scale","spec":{"replicas":"many"}})",
        R"({"kind":"Scale","spec":{"replicas":1e12}})", R"({"kind":"Scale","spec":{"replicas":{}}})"}) {
    INFO(body);
    answer = body;
    CHECK(web.read_replicas().why == unknown_why::impossible);
    CHECK(tells(web, "its spec.replicas is no number of replicas"));
  }
  answer = R"({"kind":"Scale","spec":{"replicas":100000}})";
  CHECK(web.read_replicas().value == 100000);
}

TEST_CASE("what is no whole answer of Kubernetes is unknown") {
  pretended_cluster cluster;
  kubernetes web(cluster.options());
  std::string answer;
  cluster.first = [&](const httplib::Request&, httplib::Response& response) {
    response.set_content(answer, "application/json");
    return true;
  };
  const std::string good = cluster.scale(5);
  for (const std::string& body :
       {std::string(), std::string("<html>"), std::string("[]"), std::string("{}"), good.substr(0, good.size() - 1),
        good + "}", std::string(R"({"kind":"Deployment","spec":{"replicas":5}})"),
        R"({"kind":"Scale","spec":)" + std::string(100, '[') + std::string(100, ']') + "}",
        std::string(R"({"kind":"Scale","spec":{"replicas":5},"spec":{"replicas":1}})")}) {
    INFO(body);
    answer = body;
    CHECK(web.read_replicas().why == unknown_why::failed);
    CHECK(tells(web, cluster.url() + ": not a Scale of Kubernetes, or cut off"));
  }
  cluster.first = [](const httplib::Request&, httplib::Response& response) {
    pretended_cluster::cut(response);
    return true;
  };
  CHECK(web.read_replicas().why == unknown_why::failed);
  CHECK(tells(web, "the connection was closed before the whole answer came"));
  CHECK(web.read_ready().why == unknown_why::failed);
  CHECK(web.scale(5, 6) == decision_outcome::refused);
  CHECK(cluster.patches() == 0);
}

TEST_CASE("a change is bound to what was read") {
  pretended_cluster cluster;
  kubernetes web(cluster.options());
  CHECK(web.read_replicas().value == 5);
  CHECK(web.scale(5, 7) == decision_outcome::applied);
  CHECK(web.said().empty());
  CHECK(cluster.replicas == 7);
  const httplib::Request sent = cluster.asked.back();
  CHECK(sent.method == "PATCH");
  CHECK(sent.path == "/apis/apps/v1/namespaces/shop/deployments/web/scale");
  CHECK(sent.body == R"({"metadata":{"resourceVersion":"100"},"spec":{"replicas":7}})");
  CHECK(sent.get_param_value("fieldManager") == "headroom");
  CHECK_FALSE(sent.has_param("dryRun"));
  CHECK(web.scale(7, 0) == decision_outcome::applied);
  CHECK(web.read_replicas().value == 0);
  CHECK(web.scale(0, 3) == decision_outcome::applied);
  CHECK(cluster.replicas == 3);
  CHECK(web.scale(3, -1) == decision_outcome::refused);
  CHECK(tells(web, "replicas is -1, must be zero or more"));
  CHECK(cluster.patches() == 3);
}

TEST_CASE("somebody else's change is never overwritten") {
  pretended_cluster cluster;
  kubernetes web(cluster.options());
  CHECK(web.read_replicas().value == 5);
  cluster.replicas = 9;  // between the decision and the change
  CHECK(web.scale(5, 6) == decision_outcome::conflict);
  CHECK(tells(web, "wants 9 replicas now and not 5: somebody else scaled it"));
  CHECK(cluster.patches() == 0);
  cluster.replicas = 5;
  cluster.first = [&](const httplib::Request& request, httplib::Response&) {
    if (request.method == "PATCH") ++cluster.version;  // between the last look and the change
    return false;
  };
  CHECK(web.scale(5, 6) == decision_outcome::conflict);
  CHECK(tells(web, "409, Conflict: the object has been modified"));
  CHECK(cluster.patches() == 1);  // no further try
  CHECK(cluster.replicas == 5);
  cluster.first = {};
  cluster.uid = "another";
  CHECK(web.scale(5, 6) == decision_outcome::conflict);
  CHECK(tells(web, "was deleted and made anew since it was read"));
  CHECK(web.read_replicas().known());  // read and decided again
  CHECK(web.scale(5, 6) == decision_outcome::applied);
  // Without a resourceVersion the change would be bound to nothing.
  cluster.first = [](const httplib::Request& request, httplib::Response& response) {
    if (!request.path.ends_with("/scale") || request.method != "GET") return false;
    response.set_content(R"({"kind":"Scale","metadata":{"uid":"another"},"spec":{"replicas":6}})", "application/json");
    return true;
  };
  const int before = cluster.patches();
  CHECK(web.scale(6, 8) == decision_outcome::refused);
  CHECK(tells(web, "has no resourceVersion"));
  CHECK(cluster.patches() == before);
}

TEST_CASE("a refusal did not happen, and what is not known may have") {
  pretended_cluster cluster;
  kubernetes web(cluster.options());
  const auto scaled = [&](int code) {
    cluster.first = [code](const httplib::Request& request, httplib::Response& response) {
      if (request.method != "PATCH") return false;
      pretended_cluster::status(response, code, "Because", "the server says so");
      return true;
    };
    const decision_outcome o = web.scale(5, 6);
    CHECK(web.said() == cluster.url() + ": " + std::to_string(code) + ", Because: the server says so");
    return o;
  };
  for (const int code : {302, 400, 401, 403, 404, 415, 422, 429}) CHECK(scaled(code) == decision_outcome::refused);
  CHECK(scaled(409) == decision_outcome::conflict);
  for (const int code : {500, 502, 503, 504}) CHECK(scaled(code) == decision_outcome::unknown);
  cluster.first = [](const httplib::Request& request, httplib::Response& response) {
    if (request.method == "PATCH") pretended_cluster::cut(response);
    return request.method == "PATCH";
  };
  CHECK(web.scale(5, 6) == decision_outcome::unknown);
  cluster.first = [&](const httplib::Request& request, httplib::Response& response) {
    if (request.method == "PATCH") response.set_content(cluster.scale(4), "application/json");
    return request.method == "PATCH";
  };
  CHECK(web.scale(5, 6) == decision_outcome::unknown);
  CHECK(tells(web, "was asked for 6 replicas and wants another number"));
  cluster.first = [](const httplib::Request& request, httplib::Response& response) {
    if (request.method == "PATCH") response.set_content(R"({"kind":"Status","status":"Success"})", "application/json");
    return request.method == "PATCH";
  };
  CHECK(web.scale(5, 6) == decision_outcome::unknown);
  cluster.first = [](const httplib::Request& request, httplib::Response& response) {
    if (request.method == "PATCH") response.status = 200;
    return request.method == "PATCH";
  };
  CHECK(web.scale(5, 6) == decision_outcome::unknown);
  CHECK(cluster.replicas == 5);
}

TEST_CASE("a read that fails says why, in the server's words") {
  pretended_cluster cluster;
  kubernetes web(cluster.options());
  const auto why = [&](int code, bool speaks = true) {
    cluster.first = [=](const httplib::Request&, httplib::Response& response) {
      if (speaks) pretended_cluster::status(response, code, "Forbidden", "deployments.apps is forbidden");
      response.status = code;
      return true;
    };
    const reading r = web.read_replicas();
    CHECK(std::isnan(r.value));
    return r.why;
  };
  CHECK(why(403) == unknown_why::failed);
  CHECK(web.said() == cluster.url() + ": 403, Forbidden: deployments.apps is forbidden");
  CHECK(why(401) == unknown_why::failed);
  CHECK(why(500) == unknown_why::failed);
  CHECK(why(502, false) == unknown_why::failed);
  CHECK(web.said() == cluster.url() + ": 502, and not what Kubernetes answers");
  CHECK(why(404) == unknown_why::empty);
  cluster.first = {};
  CHECK(web.read_replicas().value == 5);
}

TEST_CASE("a server that asks to be left alone is left alone") {
  pretended_cluster cluster;
  kubernetes web(cluster.options());
  cluster.first = [](const httplib::Request&, httplib::Response& response) {
    pretended_cluster::status(response, 429, "TooManyRequests", "too many requests, please try again later");
    response.set_header("Retry-After", "1");
    return true;
  };
  const auto began = std::chrono::steady_clock::now();
  CHECK(web.read_replicas().why == unknown_why::failed);
  CHECK(tells(web, "429, TooManyRequests"));
  cluster.first = {};
  CHECK(web.read_replicas().why == unknown_why::failed);
  CHECK(tells(web, "is not asked for another 1 s, as it wished"));
  CHECK(web.scale(5, 6) == decision_outcome::refused);
  CHECK(cluster.asked.size() == 1);
  std::this_thread::sleep_until(began + std::chrono::milliseconds(1100));
  CHECK(web.read_replicas().value == 5);

  // A wish without an end is not granted, a date is no number of seconds, and neither is nonsense.
  for (const char* const wish : {"Sun, 29 Nov 2026 15:00:00 GMT", "-5", "nan", "soon", ""}) {
    INFO(wish);
    cluster.first = [wish](const httplib::Request&, httplib::Response& response) {
      pretended_cluster::status(response, 503, "ServiceUnavailable", "later");
      response.set_header("Retry-After", wish);
      return true;
    };
    CHECK_FALSE(web.read_replicas().known());
    cluster.first = {};
    CHECK(web.read_replicas().known());
  }
  cluster.first = [](const httplib::Request&, httplib::Response& response) {
    pretended_cluster::status(response, 503, "ServiceUnavailable", "later");
    response.set_header("Retry-After", "999999");
    return true;
  };
  CHECK_FALSE(web.read_replicas().known());
  CHECK_FALSE(web.read_replicas().known());
  CHECK(tells(web, "is not asked for another 300 s"));
}

TEST_CASE("what an autoscaler of the cluster scales is left alone") {
  pretended_cluster cluster;
  kubernetes web(cluster.options());
  CHECK(web.owner().empty());
  const auto hpa = [](const std::string& kind, const std::string& name) {
    return R"({"kind":"HorizontalPodAutoscalerList","items":[{"metadata":{"name":"other"},"spec":{"scaleTargetRef":)"
           R"({"kind":"Deployment","name":"cart"}}},{"metadata":{"name":"hpa-1"},"spec":{"scaleTargetRef":{"kind":")" +
           kind + R"(","name":")" + name + R"(","apiVersion":"apps/v1"}}}]})";
  };
  cluster.autoscalers = hpa("Deployment", "web");
  CHECK(web.owner() == "the HorizontalPodAutoscaler hpa-1 scales the deployment shop/web at " + cluster.url());
  CHECK(web.scale(5, 6) == decision_outcome::refused);
  CHECK(tells(web, "hpa-1 scales the deployment shop/web at " + cluster.url() + ", so it is left alone"));
  CHECK(cluster.patches() == 0);
  CHECK(web.rehearse(5, 6) == decision_outcome::applied);  // in shadow beside it
  CHECK(cluster.asked.back().get_param_value("dryRun") == "All");
  CHECK(cluster.replicas == 5);
  cluster.autoscalers = hpa("StatefulSet", "web");
  CHECK(web.owner().empty());
  cluster.autoscalers = hpa("Deployment", "web-2");
  CHECK(web.owner().empty());
  cluster.scaled_objects =
      R"({"kind":"ScaledObjectList","items":[{"metadata":{"name":"so"},"spec":{"scaleTargetRef":{"name":"web"}}}]})";
  CHECK(web.owner() == "the ScaledObject so scales the deployment shop/web at " + cluster.url());
  CHECK(web.scale(5, 6) == decision_outcome::refused);
  cluster.scaled_objects = R"({"kind":"ScaledObjectList","items":[{"metadata":{"name":"so"},"spec":{}}]})";
  CHECK(web.owner().empty());

  kubernetes_options alone = cluster.options();
  alone.check_owner = false;
  cluster.autoscalers = hpa("Deployment", "web");
  CHECK(kubernetes(alone).scale(5, 6) == decision_outcome::applied);
}

TEST_CASE("an owner that is not known is no permission") {
  pretended_cluster cluster;
  kubernetes web(cluster.options());
  const auto fails = [&](const std::string& list, int code, const std::string& body) {
    cluster.first = [=](const httplib::Request& request, httplib::Response& response) {
      if (request.path.find(list) == std::string::npos) return false;
      if (code == 403)
        pretended_cluster::status(response, code, "Forbidden", "no");
      else
        response.set_content(body, "application/json");
      response.status = code;
      return true;
    };
    CHECK_THROWS_AS(web.owner(), std::runtime_error);
    CHECK(web.scale(5, 6) == decision_outcome::refused);
    return web.said();
  };
  CHECK(fails("horizontalpodautoscalers", 403, "") ==
        cluster.url() + ": 403, Forbidden: no; grant the verb list on horizontalpodautoscalers");
  CHECK(fails("scaledobjects", 403, "") ==
        cluster.url() + ": 403, Forbidden: no; grant the verb list on scaledobjects");
  CHECK(fails("horizontalpodautoscalers", 404, "") == cluster.url() + ": 404, and not what Kubernetes answers");
  for (const char* const body : {"", "{}", R"({"kind":"HorizontalPodAutoscalerList"})", R"({"kind":"L","items":{}})",
                                 R"({"kind":"HorizontalPodAutoscalerList","items":[)"}) {
    CHECK(fails("horizontalpodautoscalers", 200, body) ==
          cluster.url() + ": not a list of horizontalpodautoscalers, or cut off");
  }
  CHECK(cluster.patches() == 0);
}

TEST_CASE("a token is read again for each question, and a lost one stops nothing for ever") {
  pretended_cluster cluster;
  const scratch_folder folder;
  write_bytes(folder / "token", "first\n");
  kubernetes_options o = cluster.options();
  o.access.token_file = folder / "token";
  kubernetes web(o);
  CHECK(web.read_replicas().known());
  CHECK(cluster.asked.back().get_header_value("Authorization") == "Bearer first");
  write_bytes(folder / "token", "second\n");
  CHECK(web.read_replicas().known());
  CHECK(cluster.asked.back().get_header_value("Authorization") == "Bearer second");
  const auto before = cluster.asked.size();
  std::filesystem::remove(folder / "token");
  CHECK(web.read_replicas().why == unknown_why::failed);
  CHECK(tells(web, (folder / "token").string()));
  CHECK(web.scale(5, 6) == decision_outcome::refused);
  CHECK(cluster.asked.size() == before);
  write_bytes(folder / "token", "third\n");
  CHECK(web.scale(5, 6) == decision_outcome::applied);

  kubernetes_options inside = cluster.options();
  inside.access.token = "of-the-kubeconfig";
  CHECK(kubernetes(inside).read_replicas().known());
  CHECK(cluster.asked.back().get_header_value("Authorization") == "Bearer of-the-kubeconfig");
}

TEST_CASE("a server that is slow or gone is unknown within its time") {
  kubernetes_options o;
  {
    pretended_cluster cluster;
    o = cluster.options();
    o.timeout_s = 0.2;
    kubernetes web(o);
    cluster.first = [](const httplib::Request&, httplib::Response&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
      return false;
    };
    const auto began = std::chrono::steady_clock::now();
    CHECK(web.scale(5, 6) == decision_outcome::refused);
    CHECK(tells(web, "no whole answer within 0.2 s"));
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::milliseconds(450));
    // Each answers in time, and all of them together not.
    cluster.first = [](const httplib::Request&, httplib::Response&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(150));
      return false;
    };
    CHECK(web.scale(5, 6) == decision_outcome::refused);
    CHECK(tells(web, "its answers took too long, so nothing was changed"));
    CHECK(cluster.replicas == 5);
  }
  kubernetes web(o);
  CHECK(web.read_replicas().why == unknown_why::failed);
  CHECK(tells(web, "nobody listens there"));
  CHECK(web.scale(5, 6) == decision_outcome::refused);
}

TEST_CASE("what cannot be asked for is refused with a sentence") {
  const kubernetes_options good{.access = {.url = "http://127.0.0.1:1"}, .name = "web"};
  CHECK(kubernetes(good).place() == "the deployment default/web at http://127.0.0.1:1");
  const auto refused = [&](auto change) {
    kubernetes_options o = good;
    change(o);
    try {
      kubernetes one(o);
    } catch (const std::invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(refused([](auto& o) { o.kind = "pod"; }) ==
        "kubernetes: kind is pod, must be deployment, statefulset or replicaset");
  for (const char* const name : {"", "../secrets", "Web", "a b", "-web", ".web", "web%2f"}) {
    INFO(name);
    CHECK(refused([&](auto& o) { o.name = name; }).find("kubernetes: name") == 0);
  }
  CHECK(refused([](auto& o) { o.name_space = "a/b"; }).find("kubernetes: name_space") == 0);
  CHECK(refused([](auto& o) { o.timeout_s = 0; }).find("kubernetes: timeout_s") == 0);
  CHECK(refused([](auto& o) { o.access.url = ""; }).find("kubernetes: url") == 0);
  CHECK(refused([](auto& o) { o.access.url = "http://10.0.0.1", o.access.token = "t0ken"; }).find("https://") !=
        std::string::npos);
  const std::string told = refused([](auto& o) { o.access.token = "t0k\nen: x"; });
  CHECK(told.find("bearer_token") != std::string::npos);
  CHECK(told.find("t0k") == std::string::npos);
  kubernetes_options other = good;
  other.access.name_space = "of-the-pod";
  other.kind = "statefulset";
  CHECK(kubernetes(other).place() == "the statefulset of-the-pod/web at http://127.0.0.1:1");
}
