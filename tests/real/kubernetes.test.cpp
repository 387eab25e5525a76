#include <headroom/ext/kubernetes.hpp>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <headroom/live/clock.hpp>
#include <headroom/live/pipeline.hpp>
#include <headroom/live/sense.hpp>

#include "catch.hpp"
#include "real/kubernetes_cluster.hpp"
#include "skip.hpp"

// Against the kube-apiserver, kube-controller-manager and etcd that `scripts/kubernetes-server` built.

using namespace headroom;

namespace {

const char* cluster_programs() { return std::getenv("HEADROOM_KUBERNETES"); }
constexpr const char* no_cluster = "HEADROOM_KUBERNETES is not set; scripts/test --live sets it";

kubernetes_options workload(const kubernetes_access& access, const std::string& name = "web") {
  return {.access = access, .name = name, .name_space = "default", .timeout_s = 5};
}

}  // namespace

TEST_CASE("kubernetes: the real one is read and scaled, and keeps what a second writer did") {
  if (cluster_programs() == nullptr) HEADROOM_SKIP(no_cluster);
  kubernetes_cluster cluster(cluster_programs());
  const std::string scale = "/apis/apps/v1/namespaces/default/deployments/web/scale";
  const char* const merge = "application/merge-patch+json";
  REQUIRE(cluster.deploy("web", 2) == 201);
  kubernetes web(workload(cluster.admin()));
  CHECK(web.read_replicas().value == 2);
  CHECK(web.read_ready().why == unknown_why::empty);  // no controller runs
  CHECK(web.owner().empty());
  CHECK(web.scale(2, 4) == decision_outcome::applied);
  CHECK(web.rehearse(4, 9) == decision_outcome::applied);
  CHECK(web.read_replicas().value == 4);
  CHECK(web.scale(3, 5) == decision_outcome::conflict);
  CHECK(web.scale(4, 0) == decision_outcome::applied);
  CHECK(web.read_replicas().known());
  CHECK(web.read_replicas().value == 0);
  CHECK(web.scale(0, 1) == decision_outcome::applied);
  kubernetes nobody(workload(cluster.admin(), "nobody"));
  CHECK(nobody.read_replicas().why == unknown_why::empty);
  CHECK(nobody.said().find("404, NotFound: ") != std::string::npos);
  CHECK(nobody.scale(1, 2) == decision_outcome::refused);

  // A storm of changes: two writers add one replica each time. Nothing that was said to be applied is lost.
  int others = 0;
  std::thread second([&] {
    kubernetes same(workload(cluster.admin()));
    for (int k = 0; k < 40; ++k) {
      const reading now = same.read_replicas();
      const int n = static_cast<int>(now.value);
      if (now.known() && same.scale(n, n + 1) == decision_outcome::applied) ++others;
    }
  });
  int ours = 0;
  int conflicts = 0;
  for (int k = 0; k < 40; ++k) {
    const reading now = web.read_replicas();
    const int n = static_cast<int>(now.value);
    const decision_outcome o = now.known() ? web.scale(n, n + 1) : decision_outcome::refused;
    ours += o == decision_outcome::applied ? 1 : 0;
    conflicts += o == decision_outcome::conflict ? 1 : 0;
  }
  second.join();
  CHECK(ours + conflicts == 40);
  CHECK(conflicts > 0);
  CHECK(web.read_replicas().value == 1 + ours + others);

  // Whoever else scales it is seen, whenever he comes.
  const std::string autoscalers = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
  const int n = 1 + ours + others;
  REQUIRE(
      cluster.status("POST", autoscalers,
                     R"({"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling/v1","metadata":{"name":"today"},)"
                     R"("spec":{"maxReplicas":9,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment",)"
                     R"("name":"web"}}})") == 201);
  CHECK(web.scale(n, n + 1) == decision_outcome::refused);
  CHECK(web.said() == "the HorizontalPodAutoscaler today scales " + web.place() + ", so it is left alone");
  CHECK(web.rehearse(n, n + 1) == decision_outcome::applied);
  REQUIRE(cluster.status("DELETE", autoscalers + "/today") == 200);
  REQUIRE(cluster.status("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                         R"({"kind":"CustomResourceDefinition","apiVersion":"apiextensions.k8s.io/v1","metadata":)"
                         R"({"name":"scaledobjects.keda.sh"},"spec":{"group":"keda.sh","scope":"Namespaced","names":)"
                         R"({"plural":"scaledobjects","kind":"ScaledObject"},"versions":[{"name":"v1alpha1","served":)"
                         R"(true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object",)"
                         R"("x-kubernetes-preserve-unknown-fields":true}}}]}})") == 201);
  const std::string scaled = "/apis/keda.sh/v1alpha1/namespaces/default/scaledobjects";
  const std::string object = R"({"kind":"ScaledObject","apiVersion":"keda.sh/v1alpha1","metadata":{"name":"keda"},)"
                             R"("spec":{"scaleTargetRef":{"name":"web"}}})";
  REQUIRE(soon(20, [&] { return cluster.status("POST", scaled, object) == 201; }));
  CHECK(web.owner() == "the ScaledObject keda scales " + web.place());
  REQUIRE(cluster.status("DELETE", scaled + "/keda") == 200);
  CHECK(web.owner().empty());

  // Somebody else scales it; it is deleted and made anew; the server is killed and comes back.
  REQUIRE(cluster.status("PATCH", scale, R"({"spec":{"replicas":7}})", merge) == 200);
  CHECK(web.scale(n, n + 1) == decision_outcome::conflict);
  CHECK(web.read_replicas().value == 7);
  REQUIRE(cluster.status("DELETE", "/apis/apps/v1/namespaces/default/deployments/web") == 200);
  CHECK(web.read_replicas().why == unknown_why::empty);
  REQUIRE(cluster.deploy("web", 7) == 201);
  CHECK(web.scale(7, 8) == decision_outcome::conflict);
  CHECK(web.said().find("was deleted and made anew") != std::string::npos);
  CHECK(web.read_replicas().value == 7);
  CHECK(web.scale(7, 8) == decision_outcome::applied);
  cluster.kill_server();
  CHECK(web.read_replicas().why == unknown_why::failed);
  CHECK(web.scale(8, 1) == decision_outcome::refused);
  cluster.start_server();
  CHECK(web.read_replicas().value == 8);
  CHECK(web.scale(8, 9) == decision_outcome::applied);

  // A kubeconfig as kubectl writes it, with the client's certificate in it; that user may do nothing at first.
  const std::filesystem::path file = cluster.folder() / "kubeconfig";
  const std::string config = "config --kubeconfig=" + file.string() + " ";
  REQUIRE(cluster.kubectl(config + "set-cluster real --server=" + cluster.admin().url +
                          " --certificate-authority=" + cluster.admin().ca_file.string() + " --embed-certs") == 0);
  REQUIRE(cluster.kubectl(config + "set-credentials robot --embed-certs --client-certificate=" +
                          (cluster.folder() / "client.pem").string() +
                          " --client-key=" + (cluster.folder() / "client.key").string()) == 0);
  REQUIRE(cluster.kubectl(config + "set-context real --cluster=real --user=robot --namespace=default") == 0);
  REQUIRE(cluster.kubectl(config + "use-context real") == 0);
  kubernetes robot(workload(kubernetes_access::of_kubeconfig(file)));
  CHECK(robot.read_replicas().why == unknown_why::failed);
  CHECK(robot.said().find("403, Forbidden: ") != std::string::npos);
  CHECK(robot.said().find("robot") != std::string::npos);
  REQUIRE(cluster.kubectl("create clusterrolebinding robot --clusterrole=cluster-admin --user=robot") == 0);
  CHECK(soon(10, [&] { return robot.read_replicas().value == 9; }));
  CHECK(robot.scale(9, 10) == decision_outcome::applied);
}

TEST_CASE("kubernetes: the printed manifests give the rights that are needed, and no other") {
  if (cluster_programs() == nullptr) HEADROOM_SKIP(no_cluster);
  kubernetes_cluster cluster(cluster_programs());
  const std::filesystem::path& folder = cluster.folder().path();
  REQUIRE(cluster.deploy("web", 2) == 201);
  REQUIRE(cluster.deploy("other", 2) == 201);
  write_bytes(folder / "autoscaler.toml",
              "[service]\nslots = 1\n\n[policy]\nname = \"hpa\"\n\n[journal]\nfile = \"/var/lib/headroom/journal\"\n\n"
              "[target]\nkind = \"kubernetes\"\nname = \"web\"\nnamespace = \"default\"\n");
  const tool_run printed = run_tool(cluster.folder(), "manifests autoscaler.toml --image example.org/headroom:1");
  INFO(printed.err);
  REQUIRE(printed.code == 0);
  write_bytes(folder / "all.yaml", printed.out);
  const std::string apply = "apply -f " + (folder / "all.yaml").string();
  const int tried = cluster.kubectl(apply + " --dry-run=server");
  INFO(cluster.kubectl_log());
  CHECK(tried == 0);
  REQUIRE(cluster.kubectl(apply) == 0);
  const std::string kept = cluster.ask("GET", "/api/v1/namespaces/default/configmaps/headroom-web").body;
  CHECK(kept.find("name = \\\"web\\\"") != std::string::npos);

  // The service account, with a token as a pod has it.
  const auto token = [&] {
    const auto answer = internal::config_node::of_json(
        cluster
            .ask("POST", "/api/v1/namespaces/default/serviceaccounts/headroom-web/token",
                 R"({"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","spec":{"expirationSeconds":600}})")
            .body);
    REQUIRE(answer.has_value());
    return answer->find("status")->text_of("token");
  };
  kubernetes_access pod;
  pod.url = cluster.admin().url;
  pod.ca_file = cluster.admin().ca_file;
  pod.token_file = folder / "token";
  write_bytes(folder / "token", token());
  kubernetes web(workload(pod));
  CHECK(soon(10, [&] { return web.read_replicas().value == 2; }));
  CHECK(web.read_ready().why == unknown_why::empty);
  CHECK(web.owner().empty());
  CHECK(web.rehearse(2, 3) == decision_outcome::applied);
  CHECK(web.scale(2, 3) == decision_outcome::applied);
  CHECK(web.read_replicas().value == 3);
  const auto may = [&](const char* method, const std::string& path, const std::string& body = {}) {
    internal::http_question q("test", pod.server(5));
    return q.ask(method, path, body, body.empty() ? nullptr : "application/merge-patch+json").status;
  };
  const std::string apps = "/apis/apps/v1/namespaces/default/deployments";
  CHECK(may("GET", apps + "/web") == 200);
  CHECK(may("GET", apps + "/other/scale") == 403);
  CHECK(may("PATCH", apps + "/other/scale", R"({"spec":{"replicas":9}})") == 403);
  CHECK(may("PUT", apps + "/web/scale", R"({"spec":{"replicas":9}})") == 403);
  CHECK(may("PATCH", apps + "/web", R"({"spec":{"replicas":9}})") == 403);
  CHECK(may("DELETE", apps + "/web") == 403);
  CHECK(may("GET", apps) == 403);
  CHECK(may("GET", "/apis/apps/v1/namespaces/default/statefulsets/web/scale") == 403);
  CHECK(may("GET", "/api/v1/namespaces/default/secrets") == 403);
  CHECK(may("GET", "/api/v1/namespaces/default/pods") == 403);
  CHECK(may("GET", "/apis/autoscaling/v1/namespaces/kube-system/horizontalpodautoscalers") == 403);
  CHECK(may("PATCH", "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/x", "{}") == 403);

  // What its controller would have counted.
  REQUIRE(cluster.status("PATCH", "/apis/apps/v1/namespaces/default/deployments/web/status",
                         R"({"status":{"observedGeneration":1,"replicas":3,"readyReplicas":3}})",
                         "application/merge-patch+json") == 200);
  CHECK(web.read_ready().value == 3);
  // The daemon, as this account: it takes the replicas from three to six, says so, and ends when it is told to.
  httplib::Server prometheus_server;
  loopback_server source(prometheus_server);
  source.answers(
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1795310675,"12"]}]}})");
  write_bytes(folder / "kubeconfig",
              R"({"clusters":[{"name":"c","cluster":{"server":")" + pod.url + R"(","certificate-authority":")" +
                  pod.ca_file.string() +
                  R"("}}],"users":[{"name":"u","user":{"tokenFile":"token"}}],"contexts":[{"name":"x","context":)"
                  R"({"cluster":"c","user":"u"}}],"current-context":"x"})");
  write_bytes(
      folder / "live.toml",
      "[service]\nslots = 4\nservice_time = 0.2\nmax_replicas = 20\nobjective = \"p95<0.5\"\n[source]\nurl = \"" +
          source.url() +
          "\"\nload = {query = \"load\"}\n[policy]\nname = \"constant:6\"\n[journal]\nfile = "
          "\"decisions.jsonl\"\n[target]\nkind = \"kubernetes\"\nname = \"web\"\nkubeconfig = "
          "\"kubeconfig\"\n[live]\ninterval_s = 0.5\nwarm_up_s = 0\n");
  {
    beside daemon({tool_path(), "run", "--config", (folder / "live.toml").string()}, folder / "daemon.log");
    CHECK(soon(20, [&] { return web.read_replicas().value == 6; }));
    CHECK(daemon.end(SIGTERM) == 0);
    INFO(daemon.log());
    CHECK(daemon.log().find("it scales the deployment default/web at " + pod.url) != std::string::npos);
    CHECK(read_bytes(folder / "decisions.jsonl").find("\"applied\"") != std::string::npos);
  }
  const std::string autoscalers = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
  REQUIRE(
      cluster.status("POST", autoscalers,
                     R"({"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling/v1","metadata":{"name":"today"},)"
                     R"("spec":{"maxReplicas":9,"scaleTargetRef":{"kind":"Deployment","name":"web"}}})") == 201);
  const tool_run second = run_tool(cluster.folder(), "run --config live.toml");
  CHECK(second.code != 0);
  CHECK(second.err.find("the HorizontalPodAutoscaler today scales the deployment default/web at " + pod.url +
                        "; two autoscalers undo each other: run with --shadow beside it, or delete it") !=
        std::string::npos);
  {
    beside daemon({tool_path(), "run", "--config", (folder / "live.toml").string(), "--shadow"}, folder / "shadow.log");
    CHECK(daemon.says("in shadow, it would scale the deployment default/web"));
    CHECK(daemon.end(SIGTERM) == 0);
  }
  REQUIRE(cluster.status("DELETE", autoscalers + "/today") == 200);
  CHECK(web.read_replicas().value == 6);
  CHECK(web.scale(6, 3) == decision_outcome::applied);

  // The token is rotated: the old one is worth nothing once its account is another one.
  REQUIRE(cluster.status("DELETE", "/api/v1/namespaces/default/serviceaccounts/headroom-web") == 200);
  REQUIRE(cluster.kubectl(apply) == 0);
  CHECK(soon(15, [&] { return !web.read_replicas().known(); }));
  CHECK(web.said().find("401, Unauthorized") != std::string::npos);
  CHECK(web.scale(3, 4) == decision_outcome::refused);
  write_bytes(folder / "token", token());
  CHECK(web.read_replicas().value == 3);
  CHECK(web.scale(3, 4) == decision_outcome::applied);
}

TEST_CASE("kubernetes: beside the real HPA it watches, decides in shadow, and changes nothing") {
  if (cluster_programs() == nullptr) HEADROOM_SKIP(no_cluster);
  kubernetes_cluster cluster(cluster_programs());
  // What the HPA is told: how many replicas are wanted, by the API of external metrics.
  const auto& folder = cluster.folder();
  write_certificate(folder / "metrics.pem", folder / "metrics.key", "metrics");
  httplib::SSLServer metrics((folder / "metrics.pem").c_str(), (folder / "metrics.key").c_str());
  std::atomic<int> load{4};
  metrics.Get("/apis/external.metrics.k8s.io/v1beta1", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(
        R"({"kind":"APIResourceList","apiVersion":"v1","groupVersion":"external.metrics.k8s.io/v1beta1","resources":)"
        R"([{"name":"externalmetrics","singularName":"","namespaced":true,"kind":"ExternalMetricValueList","verbs":["get"]}]})",
        "application/json");
  });
  metrics.Get("/apis/external.metrics.k8s.io/v1beta1/namespaces/default/load",
              [&load](const httplib::Request&, httplib::Response& response) {
                response.set_content(
                    R"({"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},)"
                    R"("items":[{"metricName":"load","metricLabels":{},"timestamp":"2026-11-29T00:00:00Z","value":")" +
                        std::to_string(load) + R"("}]})",
                    "application/json");
              });
  const int port = metrics.bind_to_any_port("127.0.0.1");
  std::thread serving([&] { metrics.listen_after_bind(); });
  struct ends {
    httplib::SSLServer& server;
    std::thread& thread;
    ~ends() {
      server.stop();
      thread.join();
    }
  } const end{metrics, serving};
  write_bytes(
      folder / "metrics.yaml",
      "apiVersion: v1\nkind: Service\nmetadata: {name: metrics, namespace: default}\n"
      "spec: {type: ExternalName, externalName: localhost, ports: [{port: " +
          std::to_string(port) +
          "}]}\n---\napiVersion: apiregistration.k8s.io/v1\nkind: APIService\n"
          "metadata: {name: v1beta1.external.metrics.k8s.io}\n"
          "spec: {service: {name: metrics, namespace: default, port: " +
          std::to_string(port) +
          "}, group: external.metrics.k8s.io, version: v1beta1, insecureSkipTLSVerify: true, "
          "groupPriorityMinimum: 100, versionPriority: 100}\n---\n"
          "apiVersion: autoscaling/v2beta2\nkind: HorizontalPodAutoscaler\n"
          "metadata: {name: today, namespace: default}\n"
          "spec: {minReplicas: 1, maxReplicas: 20, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, "
          "name: web}, metrics: [{type: External, external: {metric: {name: load}, target: {type: AverageValue, "
          "averageValue: \"1\"}}}]}\n");
  REQUIRE(cluster.deploy("web", 1) == 201);
  const int applied = cluster.kubectl("apply -f " + (folder / "metrics.yaml").string());
  INFO(cluster.kubectl_log());
  REQUIRE(applied == 0);
  cluster.start_kubelet(std::chrono::milliseconds(1000));
  cluster.start_controllers();

  struct sample {
    int replicas = 0;
    double ready = 0;
    double load = 0;
  };
  // Ours would have one replica more than the load asks for.
  struct one_more {
    static int start(const sample& o) { return step(o); }
    static int step(const sample& o) { return static_cast<int>(o.load) + 1 - o.replicas; }
    static void stop(const sample&, episode) {}
  };
  kubernetes web(workload(cluster.admin()));
  struct scales_workload {
    kubernetes* of;
    decision_outcome scale(int from, int to) const { return of->scale(from, to); }
  };
  sense<sample> source{{&sample::replicas, web.replicas(), {.need = field_need::vital}},
                       {&sample::ready, web.ready(), {.need = field_need::useful}},
                       {&sample::load, [&load] { return reading::of(load); }}};
  const pipeline_options how{.limits = {.minimum = 1, .maximum = 20}, .interval_s = 1, .shadow = true};
  pipeline host{pipeline_parts{std::move(source), one_more{}, scales_workload{&web}, system_clock{}}, &sample::replicas,
                how};
  const auto decides = [&](int replicas) {
    const journal_record& r = host.decide();
    return r.from == replicas && r.to == replicas + 1 && r.outcome == decision_outcome::shadow &&
           web.read_ready().value == replicas;
  };
  CHECK(soon(60, [&] { return decides(4); }));
  load = 7;
  CHECK(soon(30, [&] { return decides(7); }));
  load = 2;
  CHECK(soon(40, [&] { return decides(2); }));
  CHECK(host.health().outcomes[static_cast<std::size_t>(decision_outcome::applied)] == 0);
  CHECK(web.rehearse(2, 3) == decision_outcome::applied);
  CHECK(web.scale(2, 3) == decision_outcome::refused);
  CHECK(web.said().find("HorizontalPodAutoscaler today scales") != std::string::npos);
  const std::string object = cluster.ask("GET", "/apis/apps/v1/namespaces/default/deployments/web").body;
  CHECK(object.find("\"manager\":\"kube-controller-manager\"") != std::string::npos);
  CHECK(object.find("\"manager\":\"headroom\"") == std::string::npos);
}
