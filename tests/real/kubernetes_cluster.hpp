#pragma once

#include <atomic>      // std::atomic
#include <chrono>      // std::chrono::milliseconds
#include <cstdlib>     // std::getenv
#include <filesystem>  // std::filesystem::path
#include <map>         // std::map
#include <memory>      // std::unique_ptr
#include <stdexcept>   // std::runtime_error
#include <string>      // std::string
#include <thread>      // std::thread
#include <vector>      // std::vector

#include <headroom/ext/kubernetes.hpp>

#include "ext/certificates.hpp"
#include "ext/loopback.hpp"
#include "scratch.hpp"
#include "serving/serving.hpp"

/// A Kubernetes server on ports of this machine alone: etcd, kube-apiserver, and kube-controller-manager where a test
/// wants it. HEADROOM_KUBERNETES is the folder that scripts/kubernetes-server prints.
class kubernetes_cluster {
 public:
  /// `audited`: what the user robot asks is written into audit.log in the folder, a line of JSON for each request.
  explicit kubernetes_cluster(const std::filesystem::path& programs, bool audited = false) : programs_(programs) {
    const std::string key_file = (folder_ / "sa.key").string();
    const auto key = owned_openssl(EVP_RSA_gen(2048U), EVP_PKEY_free);
    {
      const auto file = owned_openssl(std::fopen(key_file.c_str(), "w"), std::fclose);
      PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    }
    write_certificate(folder_ / "client.pem", folder_ / "client.key", "robot");
    write_bytes(folder_ / "tokens.csv", "admin-token,admin,1,system:masters\n");
    const std::string store = "http://127.0.0.1:" + std::to_string(free_port());
    const std::string peers = "http://127.0.0.1:" + std::to_string(free_port());
    etcd_ = start(
        "etcd", {"--data-dir=" + (folder_ / "etcd").string(), "--listen-client-urls=" + store,
                 "--advertise-client-urls=" + store, "--listen-peer-urls=" + peers,
                 "--initial-advertise-peer-urls=" + peers, "--initial-cluster=default=" + peers, "--unsafe-no-fsync"});
    const int port = free_port();
    arguments_ = {"--etcd-servers=" + store,
                  "--bind-address=127.0.0.1",
                  "--advertise-address=127.0.0.1",
                  "--secure-port=" + std::to_string(port),
                  "--insecure-port=0",
                  "--cert-dir=" + (folder_ / "pki").string(),
                  "--token-auth-file=" + (folder_ / "tokens.csv").string(),
                  "--client-ca-file=" + (folder_ / "client.pem").string(),
                  "--authorization-mode=RBAC",
                  "--service-account-key-file=" + key_file,
                  "--service-account-signing-key-file=" + key_file,
                  "--service-account-issuer=https://headroom.test",
                  "--service-cluster-ip-range=10.0.0.0/24",
                  "--disable-admission-plugins=ServiceAccount"};
    if (audited) {
      write_bytes(folder_ / "audit.yaml",
                  "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived, ResponseStarted]\n"
                  "rules: [{level: Metadata, users: [robot]}, {level: None}]\n");
      arguments_.push_back("--audit-policy-file=" + (folder_ / "audit.yaml").string());
      arguments_.push_back("--audit-log-path=" + (folder_ / "audit.log").string());
    }
    admin_.url = "https://127.0.0.1:" + std::to_string(port);
    admin_.ca_file = folder_ / "pki" / "apiserver.crt";
    admin_.token = "admin-token";
    start_server();
  }
  kubernetes_cluster(const kubernetes_cluster&) = delete;
  kubernetes_cluster& operator=(const kubernetes_cluster&) = delete;
  ~kubernetes_cluster() {
    if (kubelet_.joinable()) {
      stop_ = true;
      kubelet_.join();
    }
  }

  /// Starts the API server, and waits until it serves: its own word for ready comes too early.
  void start_server() {
    server_ = start("kube-apiserver", arguments_);
    for (int k = 0; k < 600; ++k) {
      if (std::filesystem::exists(admin_.ca_file) && status("GET", "/api/v1/namespaces/default") == 200) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    throw std::runtime_error("kube-apiserver does not serve: " + server_->log());
  }
  void kill_server() { static_cast<void>(server_->end(SIGKILL)); }
  /// Deployments and replica sets are acted on, and the real HPA decides every two seconds.
  void start_controllers() {
    write_bytes(folder_ / "controllers.json",
                R"({"clusters":[{"name":"c","cluster":{"server":")" + admin_.url + R"(","certificate-authority":")" +
                    admin_.ca_file.string() +
                    R"("}}],"users":[{"name":"u","user":{"token":"admin-token"}}],)"
                    R"("contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],"current-context":"x"})");
    controllers_ =
        start("kube-controller-manager",
              {"--kubeconfig=" + (folder_ / "controllers.json").string(), "--leader-elect=false", "--port=0",
               "--secure-port=0", "--controllers=deployment,replicaset,horizontalpodautoscaling",
               "--horizontal-pod-autoscaler-sync-period=2s", "--horizontal-pod-autoscaler-downscale-stabilization=4s"});
  }
  /// What a kubelet would do: a pod runs and is ready so long after it was made. One PATCH a pod.
  void start_kubelet(std::chrono::milliseconds start_delay) {
    kubelet_ = std::thread([this, start_delay] { be_kubelet(start_delay); });
  }

  /// One request of the administrator.
  headroom::internal::http_answer ask(const char* method, const std::string& path, const std::string& body = {},
                                      const char* type = "application/json") const {
    headroom::internal::http_question q("test", admin_.server(10));
    return q.ask(method, path, body, body.empty() ? nullptr : type);
  }
  int status(const char* method, const std::string& path, const std::string& body = {},
             const char* type = "application/json") const {
    try {
      return ask(method, path, body, type).status;
    } catch (const std::exception&) {
      return 0;
    }
  }
  /// Makes the Deployment default/NAME, with everything that a real one has and we pass over.
  int deploy(const std::string& name, int replicas) const {
    const std::string app = R"({"app":")" + name + R"("})";
    return status(
        "POST", "/apis/apps/v1/namespaces/default/deployments?fieldManager=test",
        R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":")" + name + R"("},"spec":{"replicas":)" +
            std::to_string(replicas) + R"(,"selector":{"matchLabels":)" + app +
            R"(},"template":{"metadata":{"labels":)" + app +
            R"(},"spec":{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":)"
            R"({"nodeSelectorTerms":[{"matchExpressions":[{"key":"disk","operator":"In","values":["ssd"]}]}]}}},)"
            R"("containers":[{"name":"c","image":"nobody/pulls:1","readinessProbe":{"httpGet":{"path":"/",)"
            R"("port":80}}}]}}}})");
  }
  /// Runs kubectl as the administrator; its exit code. The output goes to `log()`.
  int kubectl(const std::string& arguments) {
    const std::string log = (folder_ / "kubectl.log").string();
    const std::string command = (programs_ / "kubectl").string() + " --server=" + admin_.url +
                                " --certificate-authority=" + admin_.ca_file.string() + " --token=admin-token " +
                                arguments + " > " + log + " 2>&1";
    const int code = std::system(command.c_str());
    kubectl_log_ = read_bytes(log);
    return code;
  }
  [[nodiscard]] const std::string& kubectl_log() const { return kubectl_log_; }
  [[nodiscard]] const headroom::kubernetes_access& admin() const { return admin_; }
  [[nodiscard]] const scratch_folder& folder() const { return folder_; }
  [[nodiscard]] std::string server_log() const { return server_->log(); }

  static int free_port() {
    httplib::Server one;
    const loopback_server at(one);
    return at.port();
  }

 private:
  std::unique_ptr<beside> start(const std::string& program, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), (programs_ / program).string());
    return std::make_unique<beside>(arguments, folder_ / (program + ".log"));
  }
  void be_kubelet(std::chrono::milliseconds start_delay) const {
    using clock = std::chrono::steady_clock;
    std::map<std::string, clock::time_point> seen;
    while (!stop_) {
      const auto list = headroom::internal::config_node::of_json(ask("GET", "/api/v1/namespaces/default/pods").body);
      const auto* const items = list ? list->find("items") : nullptr;
      for (std::size_t k = 0; items != nullptr && k < items->parts.size(); ++k) {
        const auto& pod = items->parts[k].second;
        const std::string name = pod.find("metadata")->text_of("name");
        const auto since = seen.emplace(name, clock::now()).first->second;
        if (pod.find("status")->text_of("phase") != "Pending" || clock::now() - since < start_delay) continue;
        static_cast<void>(ask("PATCH", "/api/v1/namespaces/default/pods/" + name + "/status",
                              R"({"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}})",
                              "application/strategic-merge-patch+json"));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

  std::filesystem::path programs_;
  scratch_folder folder_{};
  std::vector<std::string> arguments_{};
  headroom::kubernetes_access admin_{};
  std::string kubectl_log_{};
  std::atomic<bool> stop_{false};
  // In this order: what stands later ends first.
  std::unique_ptr<beside> etcd_{};
  std::unique_ptr<beside> server_{};
  std::unique_ptr<beside> controllers_{};
  std::thread kubelet_{};
};

/// Asks until it is as wanted, for at most so many seconds.
template <class Wanted>
bool soon(int seconds, Wanted&& wanted) {
  for (int k = 0; k < seconds * 10; ++k) {
    if (wanted()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return wanted();
}
