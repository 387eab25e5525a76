#pragma once

#include <algorithm>  // std::max, std::min
#include <cmath>      // std::ceil
#include <cstddef>    // std::size_t
#include <limits>     // std::numeric_limits
#include <vector>     // std::vector

#include <headroom/systems/quota/action.hpp>
#include <headroom/systems/quota/deployment.hpp>
#include <headroom/systems/quota/scope.hpp>

namespace headroom::quota {

/// Deployments on nodes: what is reserved on which node, what still fits, and what each of the five actions does to a
/// deployment. An action is executed completely or not at all. Allocates only for a cluster larger than all before.
class cluster {
 public:
  static constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

  /// @param capacity        false: a node holds any number of pods
  /// @param limit_from_sum  the usage of all pods becomes the limit of each, as published
  /// @param replicas_max    of a deployment
  cluster(bool capacity, bool limit_from_sum, int replicas_max)
      : capacity_(capacity), limit_from_sum_(limit_from_sum), replicas_max_(replicas_max) {}

  void begin(const std::vector<node>& nodes, const std::vector<deployment>& deployments) {
    nodes_ = nodes;
    deployments_ = deployments;
    reserved_.assign(nodes_.size(), {0, 0});
    for (const deployment& d : deployments_) reserve(d, 1);
  }

  /// Does an action to a deployment, and returns whether it could be done.
  /// @param deployment  its index
  /// @param action      what is to be done
  /// @param factors     what a quota asks for, for `apply`: only what is not 1
  bool act(std::size_t deployment, quota::action action, const quota::factors& factors) {
    quota::deployment& d = deployments_[deployment];
    const quota::deployment old = d;
    reserve(d, -1);
    const bool done = change(d, action, factors);
    if (!done) d = old;
    reserve(d, 1);
    return done;
  }

  /// Multiplies the load of a deployment. Load beyond twice the capacity of its pods is lost.
  void change_load(std::size_t deployment, double factor) {
    quota::deployment& d = deployments_[deployment];
    d.load = std::max(std::min(d.load * factor, 2 * d.replicas() * d.capacity_per_pod), 0.05 * d.capacity_per_pod);
  }

  /// Kills and restarts the pods. They get the limits of their manifest, or their present need, also if that does not
  /// fit, because they were there before.
  void restart(std::size_t deployment) {
    quota::deployment& d = deployments_[deployment];
    reserve(d, -1);
    d.cpu_limit = d.manifest_cpu_limit;
    d.memory_limit_mib = std::max(d.manifest_memory_limit_mib, 1.05 * d.working_set_mib());
    reserve(d, 1);
  }

  /// The reserved fraction of a node, the larger of CPU and memory.
  [[nodiscard]] double pressure(std::size_t n) const noexcept {
    return std::max(reserved_[n].cpu / nodes_[n].cpu, reserved_[n].memory_mib / nodes_[n].memory_mib);
  }
  /// The least reserved node with room for a pod of the deployment, other than `not_this`; or `nowhere`.
  [[nodiscard]] std::size_t roomiest(const deployment& d, std::size_t not_this = nowhere) const noexcept {
    std::size_t best = nowhere;
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (n == not_this || !fits(n, d.cpu_limit, d.memory_limit_mib)) continue;
      if (best == nowhere || pressure(n) < pressure(best)) best = n;
    }
    return best;
  }
  /// The reserved fraction of the cluster, mean of CPU and memory.
  [[nodiscard]] double reserved_part() const noexcept {
    node all{0, 0};
    node taken{0, 0};
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      all.cpu += nodes_[n].cpu;
      all.memory_mib += nodes_[n].memory_mib;
      taken.cpu += reserved_[n].cpu;
      taken.memory_mib += reserved_[n].memory_mib;
    }
    return 0.5 * (taken.cpu / all.cpu + taken.memory_mib / all.memory_mib);
  }

  [[nodiscard]] int replicas_max() const noexcept { return replicas_max_; }
  [[nodiscard]] const std::vector<node>& nodes() const noexcept { return nodes_; }
  [[nodiscard]] const std::vector<node>& reserved() const noexcept { return reserved_; }  ///< by node
  [[nodiscard]] const std::vector<deployment>& deployments() const noexcept { return deployments_; }

 private:
  void reserve(const deployment& d, int sign) noexcept {
    for (std::size_t n = 0; n < reserved_.size(); ++n) put(d, n, sign * d.pods[n]);
  }
  void put(const deployment& d, std::size_t n, int pods) noexcept {
    reserved_[n].cpu += pods * d.cpu_limit;
    reserved_[n].memory_mib += pods * d.memory_limit_mib;
  }
  // A relative tolerance of 1e-9, for rounded sums.
  [[nodiscard]] bool fits(std::size_t n, double cpu, double memory_mib) const noexcept {
    return !capacity_ || (reserved_[n].cpu + cpu <= nodes_[n].cpu * (1 + 1e-9) &&
                          reserved_[n].memory_mib + memory_mib <= nodes_[n].memory_mib * (1 + 1e-9));
  }

  // `d` has no reservation before and after. If the change is impossible, `d` may be left incomplete.
  bool change(deployment& d, quota::action action, const quota::factors& factors) {
    switch (action) {
      case action::apply:
        return apply(d, factors);
      case action::migrate: {
        const std::size_t left = d.main_node();
        int moving = d.pods[left];
        d.pods[left] = 0;
        while (moving > 0 && add(d, left)) --moving;
        return moving == 0;
      }
      case action::scale_up:
        return d.replicas() < replicas_max_ && add(d, nowhere);
      case action::scale_down:
        if (d.replicas() < 2) return false;
        --d.pods[d.main_node()];
        return true;
      case action::hold:
        break;
    }
    return true;
  }

  bool add(deployment& d, std::size_t not_this) noexcept {
    reserve(d, 1);
    const std::size_t n = roomiest(d, not_this);
    reserve(d, -1);
    if (n != nowhere) ++d.pods[n];
    return n != nowhere;
  }

  // In whole millicores and MiB, rounded up, as published.
  [[nodiscard]] bool apply(deployment& d, const quota::factors& factors) const {
    if (factors == quota::factors{}) return false;
    const double pods = limit_from_sum_ ? 1 : d.replicas();
    const double cpu = std::ceil(1'000 * factors.cpu * d.cpu_usage() / pods) / 1'000;
    const double memory = std::ceil(factors.memory * d.memory_usage_mib() / pods);
    if (factors.cpu != 1) d.cpu_limit = std::max(cpu, 0.001);
    if (factors.memory != 1) d.memory_limit_mib = std::max(memory, 1.0);
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (d.pods[n] > 0 && !fits(n, d.pods[n] * d.cpu_limit, d.pods[n] * d.memory_limit_mib)) return false;
    }
    return true;
  }

  bool capacity_;
  bool limit_from_sum_;
  int replicas_max_;
  std::vector<node> nodes_;
  std::vector<node> reserved_;
  std::vector<deployment> deployments_;
};

}  // namespace headroom::quota
