#pragma once

#include <cstdlib>     // std::getenv
#include <filesystem>  // std::filesystem::path
#include <memory>      // std::make_unique, std::unique_ptr
#include <set>         // std::set
#include <sstream>     // std::istringstream
#include <stdexcept>   // std::runtime_error
#include <string>      // std::string
#include <vector>      // std::vector

#include <headroom/ext/kubernetes_objects.hpp>
#include <headroom/ext/prometheus.hpp>

#include "real/kubernetes_cluster.hpp"
#include "test_data.hpp"

/// TeaStore live in a test: a real API server with its controllers, a real Prometheus, and the parts of
/// examples/teastore, each a process that is ended by its own id.
class teastore_world {
 public:
  /// The first that is missing; empty if nothing is.
  static std::string missing() {
    for (const char* variable : {"HEADROOM_KUBERNETES", "HEADROOM_PROMETHEUS", "HEADROOM_LIVE"})
      if (std::getenv(variable) == nullptr) return std::string(variable) + " is not set; scripts/test --live sets it";
    if (!std::filesystem::exists(data())) return "HEADROOM_SHARED_DATA has no teastore_configurations.log";
    return {};
  }
  static std::filesystem::path data() {
    const char* const folder = std::getenv("HEADROOM_SHARED_DATA");
    return std::filesystem::path(folder == nullptr ? "" : folder) / "teastore_configurations.log";
  }
  static std::filesystem::path manifests() { return project_file("examples/teastore/manifests"); }

  explicit teastore_world(const std::vector<std::string>& more = {})
      : cluster(std::getenv("HEADROOM_KUBERNETES"), true) {
    cluster.start_controllers();
    cluster.start_kubelet(std::chrono::milliseconds(0));
    write_bytes(robot_file(), R"({"clusters":[{"name":"c","cluster":{"server":")" + cluster.admin().url +
                                  R"(","certificate-authority":")" + cluster.admin().ca_file.string() +
                                  R"("}}],"users":[{"name":"u","user":{"client-certificate":")" +
                                  (cluster.folder() / "client.pem").string() + R"(","client-key":")" +
                                  (cluster.folder() / "client.key").string() +
                                  R"("}}],"contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],)"
                                  R"("current-context":"x"})");
    // The published Deployment; all pods at once, so that a rollout takes a moment.
    std::string text = read_bytes(manifests() / "shop.yaml");
    text.replace(text.find("  selector:"), 0, "  strategy: {rollingUpdate: {maxSurge: 100%, maxUnavailable: 100%}}\n");
    write_bytes(cluster.folder() / "shop.yaml", text);
    apply(cluster.folder() / "shop.yaml");
    // The robot has the rights of the operator's service account, and no more.
    std::string rights = read_bytes(manifests() / "rbac.yaml");
    const std::string subject = "kind: ServiceAccount, name: teastore-operator, namespace: default";
    rights.replace(rights.find(subject), subject.size(),
                   "kind: User, name: robot, apiGroup: rbac.authorization.k8s.io");
    write_bytes(cluster.folder() / "rbac.yaml", rights);
    apply(cluster.folder() / "rbac.yaml");
    start_shop(more);
    write_bytes(cluster.folder() / "prometheus.yml",
                "global: {scrape_interval: 100ms, scrape_timeout: 100ms}\nscrape_configs:\n"
                "  - job_name: shop\n    static_configs: [{targets: ['" +
                    shop_at_ + "']}]\n");
    prometheus_at_ = "127.0.0.1:" + std::to_string(kubernetes_cluster::free_port());
    prometheus_url = "http://" + prometheus_at_;
    start_prometheus();
  }

  kubernetes_cluster cluster;
  std::string prometheus_url{};
  std::unique_ptr<beside> prometheus{};
  std::unique_ptr<beside> agent{};
  std::unique_ptr<beside> shop{};
  std::string agent_url{};

  static constexpr const char* deployment = "/apis/apps/v1/namespaces/default/deployments/teastore-webui";
  [[nodiscard]] std::filesystem::path robot_file() const { return cluster.folder() / "robot.json"; }

  void apply(const std::filesystem::path& file, const std::string& more = {}) {
    if (cluster.kubectl("apply " + more + " -f " + file.string()) != 0) throw std::runtime_error(cluster.kubectl_log());
  }
  std::unique_ptr<beside> teastore(std::vector<std::string> arguments, const std::string& log) const {
    arguments.insert(arguments.begin(), std::string(std::getenv("HEADROOM_LIVE")) + "/../teastore/teastore");
    return std::make_unique<beside>(arguments, cluster.folder() / log);
  }
  void start_prometheus() {
    prometheus = std::make_unique<beside>(
        std::vector<std::string>{std::getenv("HEADROOM_PROMETHEUS"),
                                 "--config.file=" + (cluster.folder() / "prometheus.yml").string(),
                                 "--storage.tsdb.path=" + (cluster.folder() / "data").string(),
                                 "--web.listen-address=" + prometheus_at_, "--log.level=warn"},
        cluster.folder() / "prometheus.log");
  }
  void start_shop(const std::vector<std::string>& more = {}) {
    shop.reset();
    if (shop_at_.empty()) shop_at_ = "127.0.0.1:" + std::to_string(kubernetes_cluster::free_port());
    std::vector<std::string> all{"shop",
                                 "--data",
                                 data().string(),
                                 "--deployment",
                                 "teastore-webui",
                                 "--container",
                                 "webui",
                                 "--listen",
                                 shop_at_,
                                 "--kubeconfig",
                                 (cluster.folder() / "controllers.json").string()};
    all.insert(all.end(), more.begin(), more.end());
    shop = teastore(all, "shop.log");
    if (!shop->says("listening on")) throw std::runtime_error("no shop: " + shop->log());
  }
  void start_agent(const std::vector<std::string>& how, int seconds = 60) {
    agent.reset();
    std::filesystem::remove(cluster.folder() / "agent.log");
    std::vector<std::string> all{"agent", "--data", data().string(), "--listen", "127.0.0.1:0"};
    all.insert(all.end(), how.begin(), how.end());
    agent = teastore(all, "agent.log");
    if (!agent->says("listening on", seconds)) throw std::runtime_error("no agent: " + agent->log());
    agent_url = "http://127.0.0.1:" + std::to_string(port_in(agent->log()));
  }
  // What the loop needs to be fast: the published times are minutes.
  [[nodiscard]] std::vector<std::string> quick() const {
    return {"--agent",   agent_url, "--prometheus", prometheus_url, "--window", "500ms", "--settle", "0.7",
            "--hold",    "0.1",     "--retry",      "0.2",          "--tries",  "10",    "--stale",  "1",
            "--rollout", "30"};
  }
  /// Waits until the pods of the Deployment are ready and measured.
  bool steady() {
    headroom::prometheus metrics({.url = prometheus_url, .timeout_s = 2});
    return soon(60, [&] {
      const auto age = metrics.read("time() - max(timestamp(container_memory_working_set_bytes))");
      return age.known() && age.value < 1;
    });
  }
  /// Another configuration, by the administrator, as if nothing had ever been tuned.
  int turn(int replicas, int heap, int cpu) const {
    return cluster.status(
        "PATCH", deployment,
        R"({"metadata":{"annotations":{"teastore.headroom.example/applied":null}},"spec":{"replicas":)" +
            std::to_string(replicas) +
            R"(,"template":{"spec":{"containers":[{"name":"webui","resources":{"limits":{"cpu":")" +
            std::to_string(cpu) + R"(m"}},"env":[{"name":"JAVA_TOOL_OPTIONS","value":"-Xss1m -Xmx)" +
            std::to_string(heap) + R"(M"}]}]}}}})",
        "application/strategic-merge-patch+json");
  }
  [[nodiscard]] headroom::internal::config_node object(const std::string& path) const {
    const auto found = headroom::internal::config_node::of_json(cluster.ask("GET", path).body);
    return found ? *found : headroom::internal::config_node();
  }
  /// What the robot asked so far: "patch deployments", "patch shoptuners/status"; or the number of one of them.
  [[nodiscard]] std::set<std::string> asked(int* forbidden = nullptr) const {
    std::set<std::string> all;
    each_request([&](const std::string& what, int status) {
      all.insert(what);
      if (forbidden != nullptr && status == 403) ++*forbidden;
    });
    return all;
  }
  [[nodiscard]] int count(const std::string& one) const {
    int n = 0;
    each_request([&](const std::string& what, int status) { n += what == one && status == 200 ? 1 : 0; });
    return n;
  }

 private:
  template <class F>
  void each_request(F&& f) const {
    std::istringstream lines(read_bytes(cluster.folder() / "audit.log"));
    for (std::string line; std::getline(lines, line);) {
      const auto one = headroom::internal::config_node::of_json(line);
      if (!one) continue;
      const std::string sub = one->text_at({"objectRef", "subresource"});
      f(one->text_of("verb") + ' ' + one->text_at({"objectRef", "resource"}) + (sub.empty() ? "" : "/" + sub),
        std::atoi(one->text_at({"responseStatus", "code"}).c_str()));
    }
  }

  std::string shop_at_{};
  std::string prometheus_at_{};
};
