#pragma once

#include <atomic>    // std::atomic
#include <cstdlib>   // std::getenv
#include <map>       // std::map
#include <memory>    // std::unique_ptr
#include <mutex>     // std::mutex
#include <optional>  // std::optional
#include <string>    // std::string
#include <vector>    // std::vector

#include <nlohmann/json.hpp>

#include <headroom/ext/internal/utc_now.hpp>

#include "real/kubernetes_cluster.hpp"
#include "test_data.hpp"

/// The program of the quota manager, which stands beside those of examples/live; empty: it was not built.
[[nodiscard]] inline std::string quota_program() {
  const char* const live = std::getenv("HEADROOM_LIVE");
  if (live == nullptr) return {};
  const std::string program = std::string(live) + "/../quota/quota-manager";
  return std::filesystem::exists(program) ? program : std::string();
}

/// The real API server with the published kind, nodes that are objects only, a real Prometheus that reads the use and
/// the latency that a test sets, and the quota manager as a process.
class quota_cluster {
 public:
  using json = nlohmann::json;

  quota_cluster(const std::filesystem::path& programs, const std::string& prometheus_program) : cluster_(programs) {
    shop_.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
      const std::lock_guard<std::mutex> lock(mutex_);
      std::string text;
      for (const auto& [name, value] : gauges_) text += name + ' ' + std::to_string(value) + '\n';
      response.set_content(text, "text/plain; version=0.0.4");
    });
    at_ = std::make_unique<loopback_server>(shop_);
    url_ = "127.0.0.1:" + std::to_string(kubernetes_cluster::free_port());
    write_bytes(folder_ / "prometheus.yml",
                "global: {scrape_interval: 500ms, scrape_timeout: 500ms}\nscrape_configs:\n  - job_name: shop\n    "
                "static_configs: [{targets: ['127.0.0.1:" +
                    std::to_string(at_->port()) + "']}]\n");
    prometheus_ = std::make_unique<beside>(
        std::vector<std::string>{prometheus_program, "--config.file=" + (folder_ / "prometheus.yml").string(),
                                 "--storage.tsdb.path=" + (folder_ / "data").string(), "--web.listen-address=" + url_,
                                 "--log.level=warn"},
        folder_ / "prometheus.log");
    write_bytes(folder_ / "kubeconfig",
                R"({"clusters":[{"name":"c","cluster":{"server":")" + cluster_.admin().url +
                    R"(","certificate-authority":")" + cluster_.admin().ca_file.string() +
                    R"("}}],"users":[{"name":"u","user":{"client-certificate":")" +
                    (cluster_.folder() / "client.pem").string() + R"(","client-key":")" +
                    (cluster_.folder() / "client.key").string() +
                    R"("}}],)"
                    R"("contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],"current-context":"x"})");
    // The manager has the rights of manifests/rbac.yaml and no others.
    made_ = space("resource-management") &&
            cluster_.kubectl("apply -f " + manifests() + "/crd.yaml -f " + manifests() + "/rbac.yaml") == 0 &&
            bind("clusterrolebindings", "ClusterRole", "quota-manager") &&
            bind("namespaces/resource-management/rolebindings", "Role", "quota-manager-lease");
  }

  [[nodiscard]] static std::string manifests() { return project_file("examples/quota/manifests"); }
  [[nodiscard]] kubernetes_cluster& server() { return cluster_; }
  [[nodiscard]] std::string prometheus_url() const { return "http://" + url_; }
  /// Whether the kind is served.
  bool ready() {
    return made_ && soon(30, [&] { return cluster_.status("GET", agents("default")) == 200; });
  }

  static std::string agents(const std::string& space, const std::string& name = {}) {
    return "/apis/resourcemanagement-v.io/v1/namespaces/" + space + "/agents" + (name.empty() ? "" : '/' + name);
  }
  static std::string deployments(const std::string& space, const std::string& name = {}) {
    return "/apis/apps/v1/namespaces/" + space + "/deployments" + (name.empty() ? "" : '/' + name);
  }
  json get(const std::string& path) const { return json::parse(cluster_.ask("GET", path).body, nullptr, false); }
  int patch(const std::string& path, const json& body) const {
    return cluster_.status("PATCH", path, body.dump(), "application/merge-patch+json");
  }
  bool space(const std::string& name) const {
    return cluster_.status("POST", "/api/v1/namespaces", json{{"metadata", {{"name", name}}}}.dump()) == 201;
  }
  /// A node of so many cores and GiB.
  bool node(const std::string& name, int cores, int gib) const {
    const json size{{"cpu", std::to_string(cores)}, {"memory", std::to_string(gib) + "Gi"}, {"pods", "110"}};
    const bool made =
        cluster_.status(
            "POST", "/api/v1/nodes",
            json{{"metadata", {{"name", name}}}, {"status", {{"allocatable", size}, {"capacity", size}}}}.dump()) ==
        201;
    // The server taints a node that no kubelet speaks for.
    return made && patch("/api/v1/nodes/" + name, {{"spec", {{"taints", nullptr}}}}) == 200;
  }
  bool deployment(const std::string& space, const std::string& name, int replicas,
                  const json& labels = json::object()) const {
    const json limits{{"cpu", "2"}, {"memory", "400Mi"}};
    const json body{{"metadata", {{"name", name}, {"labels", labels}}},
                    {"spec",
                     {{"replicas", replicas},
                      {"selector", {{"matchLabels", {{"app", name}}}}},
                      {"template",
                       {{"metadata", {{"labels", {{"app", name}}}}},
                        {"spec",
                         {{"containers",
                           {{{"name", "c"},
                             {"image", "nobody/pulls:1"},
                             {"resources", {{"limits", limits}, {"requests", limits}}}}}}}}}}}}};
    return cluster_.status("POST", deployments(space), body.dump()) == 201;
  }
  bool agent(const std::string& space, const std::string& name, const json& spec) const {
    return cluster_.status("POST", agents(space),
                           json{{"apiVersion", "resourcemanagement-v.io/v1"},
                                {"kind", "Agent"},
                                {"metadata", {{"name", name}}},
                                {"spec", spec}}
                               .dump()) == 201;
  }
  static json quota(double cpu, double memory) { return {{"resourceQuota", {{"cpu", cpu}, {"memory", memory}}}}; }
  static json for_deployment(const std::string& space, const std::string& name, double cpu, double memory) {
    return {{"scope", "deployment"}, {"namespace", space}, {"deploymentName", name}, {"resources", quota(cpu, memory)}};
  }
  static json for_space(const std::string& space, double cpu, double memory) {
    return {{"scope", "namespace"}, {"namespace", space}, {"resources", quota(cpu, memory)}};
  }
  /// A pod of a Deployment that runs on a node, with what the Deployment reserves.
  bool pod(const std::string& space, const std::string& app, const std::string& name, const std::string& node) const {
    const json limits{{"cpu", "2"}, {"memory", "400Mi"}};
    return cluster_.status("POST", "/api/v1/namespaces/" + space + "/pods",
                           json{{"metadata", {{"name", name}, {"labels", {{"app", app}}}}},
                                {"spec",
                                 {{"nodeName", node},
                                  {"containers",
                                   {{{"name", "c"},
                                     {"image", "nobody/pulls:1"},
                                     {"resources", {{"limits", limits}, {"requests", limits}}}}}}}}}
                               .dump()) == 201;
  }
  /// As a kubelet tells of a container that was killed for want of memory now.
  bool kill_for_memory(const std::string& space, const std::string& pod) const {
    const std::string now = headroom::internal::utc_now();
    const json ended{{"exitCode", 137}, {"reason", "OOMKilled"}, {"startedAt", now}, {"finishedAt", now}};
    const json status{{"phase", "Running"},
                      {"containerStatuses",
                       {{{"name", "c"},
                         {"image", "nobody/pulls:1"},
                         {"imageID", ""},
                         {"ready", false},
                         {"restartCount", 1},
                         {"state", json::object()},
                         {"lastState", {{"terminated", ended}}}}}}};
    return patch("/api/v1/namespaces/" + space + "/pods/" + pod + "/status", {{"status", status}}) == 200;
  }
  /// What the Deployment uses, and how long its requests take.
  void uses(const std::string& space, const std::string& name, double cores, double mib, double latency_s) {
    const std::string labels = "{namespace=\"" + space + "\",deployment=\"" + name + "\"}";
    const std::lock_guard<std::mutex> lock(mutex_);
    gauges_["shop_cpu" + labels] = cores;
    gauges_["shop_memory" + labels] = mib;
    gauges_["shop_latency" + labels] = latency_s;
  }
  /// Whether Prometheus has so many Deployments.
  bool measured(int n) const {
    headroom::prometheus p{{.url = prometheus_url(), .timeout_s = 3}};
    return soon(30, [&] {
      const auto count = p.read("count(shop_latency)");
      return count.known() && count.value >= n;
    });
  }

  /// The manager, with what every test needs.
  [[nodiscard]] std::unique_ptr<beside> manager(const std::string& log, std::vector<std::string> arguments) const {
    std::vector<std::string> all{quota_program(),    "run",
                                 "--kubeconfig",     (folder_ / "kubeconfig").string(),
                                 "--prometheus",     prometheus_url(),
                                 "--listen",         "127.0.0.1:0",
                                 "--cpu-query",      "shop_cpu",
                                 "--memory-query",   "shop_memory",
                                 "--latency-query",  "shop_latency",
                                 "--step",           "1",
                                 "--cpu-window",     "2",
                                 "--latency-window", "4",
                                 "--latest-window",  "2"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return std::make_unique<beside>(all, folder_ / log);
  }
  /// What a Deployment became.
  struct seen {
    int generation = 0;
    int replicas = 0;
    std::string cpu{};
    std::string memory{};
    json annotations{};
    json labels{};
  };
  seen look(const std::string& space, const std::string& name) const {
    const json d = get(deployments(space, name));
    if (!d.is_object() || !d.contains("spec")) return {};
    const json& limits = d["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"];
    return {d["metadata"].value("generation", 0),
            d["spec"].value("replicas", 0),
            limits.value("cpu", ""),
            limits.value("memory", ""),
            d["metadata"].value("annotations", json::object()),
            d["metadata"].value("labels", json::object())};
  }
  std::string state(const std::string& space, const std::string& name) const {
    const json a = get(agents(space, name));
    return a.is_object() && a.contains("spec") ? a["spec"].value("status", "") : "";
  }
  /// The sentence of the condition Applied.
  std::string why(const std::string& space, const std::string& name) const {
    const json a = get(agents(space, name));
    if (!a.is_object() || !a.contains("status")) return {};
    for (const json& c : a["status"].value("conditions", json::array())) {
      if (c.value("type", "") == "Applied") return c.value("message", "");
    }
    return {};
  }
  [[nodiscard]] const scratch_folder& folder() const { return folder_; }

 private:
  // Gives a role to the user of the client certificate.
  bool bind(const std::string& where, const std::string& kind, const std::string& role) const {
    const std::string api = "rbac.authorization.k8s.io";
    return cluster_.status("POST", "/apis/" + api + "/v1/" + where,
                           json{{"metadata", {{"name", "robot"}}},
                                {"roleRef", {{"apiGroup", api}, {"kind", kind}, {"name", role}}},
                                {"subjects", {{{"apiGroup", api}, {"kind", "User"}, {"name", "robot"}}}}}
                               .dump()) == 201;
  }

  scratch_folder folder_{};
  std::mutex mutex_{};
  std::map<std::string, double> gauges_{};
  httplib::Server shop_{};
  std::unique_ptr<loopback_server> at_{};
  std::string url_{};
  kubernetes_cluster cluster_;
  std::unique_ptr<beside> prometheus_{};
  bool made_ = false;
};
