#pragma once

#include <algorithm>  // std::max, std::min
#include <array>      // std::array
#include <cstddef>    // std::size_t

#include <headroom/core/config.hpp>

namespace headroom::quota {

/// The most nodes of a cluster. A deployment keeps a count of pods for each.
inline constexpr std::size_t nodes_max = 8;

/// A surrogate for a deployment under limits: how much it uses, when its pods are killed, and how much slower it gets.
/// No such model was published, only labelled rows; its shape is ours, and its numbers are chosen so that those labels
/// are sensible advice in it (systems/quota/scenario.hpp).
///
///   usage        what is measured, and what a quota multiplies: all that it takes as long as nobody limits it, which
///                includes caches and background work that it could do without
///   working set  memory that a pod cannot do without: its fixed part and `memory_need` of its data. A limit below it
///                kills the pod
///   need         CPU that requests wait for: `cpu_need` of the usage. With less than that they take longer in
///                proportion
///   capacity     load that a pod serves whatever its limits are (threads, connections). Beyond it requests take
///                longer in proportion, and only more replicas help
///
/// Load 1 is the load at the beginning; usage and data grow with the load, a pod's fixed part with the replicas.
struct deployment {
  double load = 1;
  double capacity_per_pod = 1;
  double cpu_per_load = 1;  ///< cores
  double cpu_need = 0.2;    ///< in (0, 1]
  double memory_per_pod_mib = 50;
  double memory_per_load_mib = 150;
  double memory_need = 0.2;  ///< in (0, 1]
  double squeeze = 0.3;      ///< how much slower without any cache
  double latency_s = 10;     ///< with all that it wants

  double cpu_limit = 2;           ///< cores of a pod
  double memory_limit_mib = 400;  ///< of a pod
  double manifest_cpu_limit = 2;  ///< the limits that it came with
  double manifest_memory_limit_mib = 400;
  std::array<int, nodes_max> pods{};  ///< by node

  [[nodiscard]] int replicas() const noexcept {
    int n = 0;
    for (const int k : pods) n += k;
    return n;
  }
  /// The node with most of its pods (the first of several). Quotas on the deployment concern this node.
  [[nodiscard]] std::size_t main_node() const noexcept {
    std::size_t best = 0;
    for (std::size_t k = 1; k < pods.size(); ++k) best = pods[k] > pods[best] ? k : best;
    return best;
  }

  /// Usage of all pods, capped by their limits.
  [[nodiscard]] double cpu_usage() const noexcept { return std::min(cpu_per_load * load, replicas() * cpu_limit); }
  [[nodiscard]] double memory_usage_mib() const noexcept {
    return std::min(replicas() * memory_per_pod_mib + memory_per_load_mib * load, replicas() * memory_limit_mib);
  }

  /// Of one pod.
  [[nodiscard]] double working_set_mib() const noexcept {
    return memory_per_pod_mib + memory_need * memory_per_load_mib * load / replicas();
  }
  /// Whether its pods are killed when the working set peaks at `peak` times its size.
  [[nodiscard]] bool killed(double peak = 1) const noexcept { return memory_limit_mib < peak * working_set_mib(); }

  /// Latency as a multiple of `latency_s`, 1 or more. Three factors multiply: too few replicas, too little CPU, and a
  /// smaller cache, which costs little at first and `squeeze` at most.
  [[nodiscard]] double stretch() const noexcept {
    const int n = replicas();
    HEADROOM_ASSERT(n > 0, "quota::deployment: no pods");
    const double crowding = std::max(1.0, load / (n * capacity_per_pod));
    const double throttling = std::max(1.0, cpu_need * cpu_per_load * load / (n * cpu_limit));
    const double cache = (1 - memory_need) * memory_per_load_mib * load / n;
    const double cut = cache > 0 ? (working_set_mib() + cache - memory_limit_mib) / cache : 0.0;
    const double missing = std::min(std::max(cut, 0.0), 1.0);
    return crowding * throttling * (1 + squeeze * missing * missing);
  }
};

/// The capacity of a node for reservations. Requests equal limits, as the published system sets them, so a pod whose
/// limit does not fit is not started. The published system has no capacity.
struct node {
  double cpu = 32;
  double memory_mib = 16'384;
};

}  // namespace headroom::quota
