#pragma once

#include <map>     // std::map
#include <string>  // std::string

#include <headroom/ext/prometheus.hpp>

namespace quota_live {

/// What Prometheus is asked. Each expression gives a series for each Deployment, with the labels `namespace` and
/// `deployment` (or `workload`).
struct usage_options {
  headroom::prometheus_options server{};
  std::string cpu =
      "sum by (namespace, workload) (rate(container_cpu_usage_seconds_total{container!=\"\"}[1m]) * on (namespace, "
      "pod) "
      "group_left (workload) namespace_workload_pod:kube_pod_owner:relabel)";
  std::string memory =
      "sum by (namespace, workload) (container_memory_working_set_bytes{container!=\"\"} * on (namespace, pod) "
      "group_left (workload) namespace_workload_pod:kube_pod_owner:relabel) / 2^20";
  std::string latency = "avg by (namespace, deployment) (model_training_latency_seconds)";
  double cpu_window_s = 1800;      ///< the use of CPU is the mean over so long
  double latency_window_s = 3600;  ///< the latency before is the mean over so long
  double latest_window_s = 120;    ///< the latency now is the mean over so long
  double step_s = 60;              ///< of query_range
};

/// What is known of one Deployment; -1: not measured.
struct usage {
  double cpu = -1;             ///< cores of all pods
  double memory = -1;          ///< MiB of all pods, the latest value
  double latency = -1;         ///< seconds, over the long window
  double latest_latency = -1;  ///< seconds, over the short window
};

/// All Deployments at once: three questions to query_range.
class usage_source {
 public:
  explicit usage_source(const usage_options& o);

  /// By "namespace/deployment". What fails is missing, and `said()` tells it.
  [[nodiscard]] std::map<std::string, usage> read(double now_s);
  [[nodiscard]] const std::string& said() const noexcept { return said_; }

 private:
  usage_options options_;
  headroom::prometheus server_;
  std::string said_{};
};

}  // namespace quota_live
