#pragma once

#include <filesystem>  // std::filesystem::path
#include <string>      // std::string

#include <CLI/CLI.hpp>

#include <headroom/ext/kubernetes_access.hpp>

/// What the commands of live-scheduler share. Each declares its options and its action in one function.
namespace live_scheduler {

void add_matrix(CLI::App& to);    ///< one replica of the matrix service
void add_node(CLI::App& to);      ///< what a node and an ingress do, for an API server without nodes
void add_train(CLI::App& to);     ///< trains the network on the queueing model of the service
void add_agent(CLI::App& to);     ///< serves /action and /learn
void add_run(CLI::App& to);       ///< the scheduler
void add_simulate(CLI::App& to);  ///< plays the policies in the queueing model

/// Where the cluster is.
struct cluster_flags {
  std::filesystem::path kubeconfig{};
  std::string context{};
  std::string name_space = "default";
  std::string selector = "app=matrix-multiply";

  void declare(CLI::App& to) {
    to.add_option("--kubeconfig", kubeconfig, "File; without it: that of the pod, of KUBECONFIG or of ~/.kube");
    to.add_option("--context", context, "Context of the kubeconfig")->needs("--kubeconfig");
    to.add_option("--namespace", name_space, "Namespace of the pods")->capture_default_str();
    to.add_option("--selector", selector, "Label of the pods")->capture_default_str();
  }
  /// Throws file_error and std::runtime_error.
  [[nodiscard]] headroom::kubernetes_access access() const {
    return kubeconfig.empty() ? headroom::kubernetes_access::found()
                              : headroom::kubernetes_access::of_kubeconfig(kubeconfig, context);
  }
};

}  // namespace live_scheduler
