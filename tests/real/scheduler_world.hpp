#pragma once

#include <chrono>      // std::chrono::milliseconds
#include <filesystem>  // std::filesystem::path
#include <memory>      // std::make_unique, std::unique_ptr
#include <stdexcept>   // std::runtime_error
#include <string>      // std::string
#include <thread>      // std::this_thread::sleep_for
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/systems/scheduler/pod_status_reader.hpp>

#include "real/kubernetes_cluster.hpp"
#include "real/live_service.hpp"
#include "serving/serving.hpp"
#include "test_data.hpp"

/// The published request scheduler on real servers: a Kubernetes API server, the matrix service as processes behind a
/// real nginx, a real Prometheus. Time runs `speed` times faster.
namespace scheduler_live {

using live_service::program;
using arguments = std::vector<std::string>;

inline const std::string manifests = project_file("examples/scheduler/manifests/");

/// The first program that is missing, for a test that is skipped; empty if nothing is.
inline std::string missing() {
  if (program("HEADROOM_KUBERNETES").empty()) return "HEADROOM_KUBERNETES";
  return live_service::missing();
}

class world {
 public:
  /// With `post_port` the pods also send their records there.
  explicit world(int speed, int post_port = 0) : speed_(speed), cluster(program("HEADROOM_KUBERNETES")) {
    std::filesystem::create_directory(results());
    cluster.start_controllers();
    if (cluster.kubectl("apply -f " + manifests + "matrix.yaml -f " + manifests + "scheduler.yaml") != 0)
      throw std::runtime_error("kubectl: " + cluster.kubectl_log());
    // The scheduler of the manifest is no process here; the one below has its rights and no others.
    static_cast<void>(cluster.kubectl("delete deployment autoscaler"));
    if (cluster.kubectl("create rolebinding robot --role=deployment-modifier --user=robot") != 0)
      throw std::runtime_error("kubectl: " + cluster.kubectl_log());
    write_kubeconfig("admin.json", R"({"token":"admin-token"})");
    write_kubeconfig("robot.json", R"({"client-certificate":")" + (cluster.folder() / "client.pem").string() +
                                       R"(","client-key":")" + (cluster.folder() / "client.key").string() + R"("})");
    write_bytes(folder / "body.json", R"({"matrix_a":[[1,2],[3,4]],"matrix_b":[[5,6],[7,8]]})");
    arguments command{"node",
                      "--kubeconfig",
                      (folder / "admin.json").string(),
                      "--folder",
                      folder.path().string(),
                      "--nginx",
                      program("HEADROOM_NGINX"),
                      "--",
                      "--results",
                      results().string(),
                      "--service-time",
                      std::to_string(0.2 / speed)};
    if (post_port > 0) command.insert(command.end(), {"--post", "http://127.0.0.1:" + std::to_string(post_port)});
    node = scheduler(command, "node.log");
    if (!node->says("listening on")) throw std::runtime_error("no node: " + node->log());
    if (!node->says(" serves", 30)) throw std::runtime_error("no pod: " + node->log());
  }

  [[nodiscard]] std::filesystem::path results() const { return folder / "results"; }
  [[nodiscard]] std::unique_ptr<beside> scheduler(arguments command, const std::string& log) const {
    command.insert(command.begin(), program("HEADROOM_LIVE", "../scheduler/live-scheduler"));
    return std::make_unique<beside>(command, folder / log);
  }
  /// `live-scheduler run` with the rights of the manifest, its seconds `speed` times faster. Without `from_files` it is
  /// told where its metrics come from.
  [[nodiscard]] std::unique_ptr<beside> run(const arguments& more, const std::string& log,
                                            const std::string& history = "podStatus.json",
                                            bool from_files = true) const {
    arguments command{"run",
                      "--kubeconfig",
                      (folder / "robot.json").string(),
                      "--speed",
                      std::to_string(speed_),
                      "--history",
                      (folder / history).string()};
    if (from_files) command.insert(command.end(), {"--results", results().string()});
    command.insert(command.end(), more.begin(), more.end());
    return scheduler(command, log);
  }
  [[nodiscard]] std::unique_ptr<beside> load(const std::string& shape, const std::string& seconds,
                                             const std::string& log, int seed = 1) const {
    return std::make_unique<beside>(
        arguments{program("HEADROOM_LIVE", "live-load"), "--url", url(), "--path", "/multiply", "--body",
                  (folder / "body.json").string(), "--shape", shape, "--speed", std::to_string(speed_), "--seconds",
                  seconds, "--limit", std::to_string(0.5 / speed_), "--seed", std::to_string(seed)},
        folder / log);
  }
  /// So many requests a second of ours, all the time.
  [[nodiscard]] std::unique_ptr<beside> steady(const std::string& per_s, const std::string& log) const {
    return std::make_unique<beside>(
        arguments{program("HEADROOM_LIVE", "live-load"), "--url", url(), "--path", "/multiply", "--body",
                  (folder / "body.json").string(), "--levels", per_s, "--seconds", "300"},
        folder / log);
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_in(node->log())); }
  /// What the Deployment wants; -1 if it does not say.
  [[nodiscard]] int wanted() const {
    const auto all = headroom::internal::config_node::of_json(cluster.ask("GET", scale()).body);
    const auto* const spec = all ? all->find("spec") : nullptr;
    return spec == nullptr || spec->text_of("replicas").empty() ? -1 : std::stoi(spec->text_of("replicas"));
  }
  [[nodiscard]] int set(int replicas) const {
    return cluster.status("PATCH", scale(), R"({"spec":{"replicas":)" + std::to_string(replicas) + "}}",
                          "application/merge-patch+json");
  }
  [[nodiscard]] std::vector<headroom::scheduler::pod_status> checks(
      const std::string& history = "podStatus.json") const {
    return headroom::scheduler::read_pod_status(folder / history);
  }
  /// Asks until the answer is as wanted.
  template <class Wanted>
  static bool within(double seconds, Wanted&& wanted) {
    return live_service::within(seconds, wanted);
  }

 private:
  static std::string scale() { return "/apis/apps/v1/namespaces/default/deployments/matrix-multiply/scale"; }
  void write_kubeconfig(const std::string& name, const std::string& user) const {
    write_bytes(folder / name, R"({"clusters":[{"name":"c","cluster":{"server":")" + cluster.admin().url +
                                   R"(","certificate-authority":")" + cluster.admin().ca_file.string() +
                                   R"("}}],"users":[{"name":"u","user":)" + user +
                                   R"(}],"contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],)"
                                   R"("current-context":"x"})");
  }

  int speed_;

 public:
  kubernetes_cluster cluster;
  scratch_folder folder{};
  std::unique_ptr<beside> node{};
};

}  // namespace scheduler_live
