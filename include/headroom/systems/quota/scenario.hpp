#pragma once

#include <algorithm>  // std::max, std::min
#include <array>      // std::array
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint8_t, std::uint64_t
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/systems/quota/deployment.hpp>
#include <headroom/systems/quota/scope.hpp>

namespace headroom::quota {

/// Why a quota arrives. The four reasons are the four files of the published training data; each draws its factors by
/// the rule of its file.
enum class reason : std::uint8_t {
  reduce,  ///< a single replica uses less than it reserves (file 0, label optimise)
  noise,   ///< something else on the node slows it down by 1.08 to 2 (file 1, label latency)
  load,    ///< the load rises or falls by about a replica's part (files 2 and 3, labels up and down)
  starve,  ///< a single replica is to have 1 to 15 % of what it uses (file 4, label migrate)
};

/// One quota with all its random draws made in advance, so that every policy meets the same quota. Draws that depend on
/// the number of replicas, which the policy controls, are stored as fractions in [0, 1).
struct request {
  std::size_t deployment = 0;
  quota::reason reason = reason::reduce;
  bool rises = false;  ///< of load: up or down
  bool on_cpu = true;  ///< which resources it changes; the others have factor 1
  bool on_memory = true;
  bool true_alarm = true;  ///< for load: whether the announced change comes
  double cpu = 0;          ///< fractions, for the factors
  double memory = 0;
  double noise = 1;         ///< multiple of the latency
  bool unmeasured = false;  ///< the node is too busy to report a latency
  double before = 1;        ///< error of the measured latency, before and after
  double after = 1;
  double restart = 1;  ///< multiple of the latency for pods that had to move
  double peak = 1;     ///< of the working set
};

struct scenario_options {
  std::size_t deployments = 6;
  std::size_t nodes = 4;
  std::size_t requests = 40;
  int replicas_max = 6;  ///< most replicas of a deployment at first
  double node_cpu = 32;  ///< cores; each node has 0.75 to 1.25 times that
  double node_memory_mib = 12'288;
  double false_alarms = 0.1;  ///< fraction of announced load changes that do not come

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("deployments", self.deployments);
    a("nodes", self.nodes);
    a("requests", self.requests);
    a("replicas_max", self.replicas_max);
    a("node_cpu", self.node_cpu);
    a("node_memory_mib", self.node_memory_mib);
    a("false_alarms", self.false_alarms);
  }
};

/// A small cluster and the quotas that will come, drawn from a seed.
struct scenario {
  std::vector<node> nodes;
  std::vector<deployment> deployments;
  std::vector<request> requests;
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const scenario_options& checked(const scenario_options& o) {
  require(o.deployments >= 1 && o.deployments <= 10'000, "quota::scenario", "deployments", o.deployments,
          "be from 1 to 10000");
  require(o.nodes >= 1 && o.nodes <= nodes_max, "quota::scenario", "nodes", o.nodes,
          "be from 1 to " + to_text(nodes_max));
  require(o.requests >= 1 && o.requests <= 10'000'000, "quota::scenario", "requests", o.requests,
          "be from 1 to 10000000");
  require(o.replicas_max >= 2 && o.replicas_max <= 1'000, "quota::scenario", "replicas_max", o.replicas_max,
          "be from 2 to 1000");
  require_positive("quota::scenario", "node_cpu", o.node_cpu);
  require_positive("quota::scenario", "node_memory_mib", o.node_memory_mib);
  require_fraction("quota::scenario", "false_alarms", o.false_alarms);
  return o;
}

namespace internal {

/// The rules of the published training data, as factors of the usage. `u` is a fraction; sizes are those of a pod.
/// Up to 1.5 cores and 200 MiB little is to be gained; a small process is mostly its fixed part.
[[nodiscard]] constexpr double reduced_cpu(double pod_cpu, double u) noexcept {
  return pod_cpu < 1.5 ? 0.8 + 0.19 * u : 0.1 + 0.89 * u;
}
[[nodiscard]] constexpr double reduced_memory(double pod_mib, double u) noexcept {
  return pod_mib < 200 ? 0.8 + 0.19 * u : pod_mib < 800 ? 0.5 + 0.49 * u : 0.1 + 0.89 * u;
}
/// At least nine tenths of one replica's part, at most 45 % (one replica: 45 to 90 %).
[[nodiscard]] constexpr double changed_load(int replicas, bool rises, double u) noexcept {
  const double least = 0.9 / replicas;
  const double change = least + (0.45 - least) * u;
  return rises ? 1 + change : 1 - change;
}
[[nodiscard]] constexpr double starved(double u) noexcept { return 0.01 + 0.14 * u; }
/// With a noisy neighbour, the factors of a quota are unrelated to the cause.
[[nodiscard]] constexpr double unrelated(double u) noexcept { return 0.5 + 1.49 * u; }

/// The node with most free capacity, as a fraction of the node, once it has one more pod of `d`.
[[nodiscard]] inline std::size_t emptiest(std::span<const node> nodes, std::span<const node> reserved,
                                          const deployment& d) {
  const auto free = [&](std::size_t n) {
    return std::min((nodes[n].cpu - reserved[n].cpu - d.cpu_limit) / nodes[n].cpu,
                    (nodes[n].memory_mib - reserved[n].memory_mib - d.memory_limit_mib) / nodes[n].memory_mib);
  };
  std::size_t best = 0;
  for (std::size_t n = 1; n < nodes.size(); ++n) best = free(n) > free(best) ? n : best;
  return best;
}

/// A deployment of some replicas, not placed yet.
struct drawn_deployment {
  deployment what;
  int replicas = 1;
};
[[nodiscard]] inline drawn_deployment draw_deployment(engine& random, int replicas_max) {
  deployment d;
  const int replicas =
      random.uniform() < 0.5 ? 1 : 2 + static_cast<int>(random.below(static_cast<std::size_t>(replicas_max - 1)));
  const double cpu = random.below(2) == 0 ? uniform(random, 0.2, 1) : uniform(random, 2, 8);
  const std::size_t size = random.below(3);
  const double memory = size == 0   ? uniform(random, 80, 199)
                        : size == 1 ? uniform(random, 200, 799)
                                    : uniform(random, 800, 2'000);
  d.capacity_per_pod = 1 / (replicas * uniform(random, 0.7, 0.95));
  d.cpu_per_load = replicas * cpu;
  d.cpu_need = uniform(random, 0.08, 0.3);
  d.memory_per_pod_mib = std::min(memory, 200.0) * uniform(random, 0.1, 0.3);
  d.memory_per_load_mib = replicas * (memory - d.memory_per_pod_mib);
  d.memory_need = uniform(random, 0.08, 0.3);
  d.latency_s = uniform(random, 1, 60);
  d.cpu_limit = d.manifest_cpu_limit = cpu * uniform(random, 1.2, 2);
  d.memory_limit_mib = d.manifest_memory_limit_mib = memory * uniform(random, 1.2, 2);
  return {d, replicas};
}

[[nodiscard]] inline request draw_request(engine& random, const scenario_options& o) {
  request r;
  r.deployment = random.below(o.deployments);
  const std::size_t twelfth = random.below(12);
  r.reason = twelfth < 2 ? reason::reduce : twelfth < 5 ? reason::noise : twelfth < 10 ? reason::load : reason::starve;
  r.rises = random.uniform() < 2'935.0 / 5'000;
  const std::size_t about = random.below(3);
  r.on_cpu = about != 1;
  r.on_memory = about != 2;
  r.true_alarm = random.uniform() >= o.false_alarms;
  r.cpu = random.uniform();
  r.memory = random.uniform();
  const double noise = uniform(random, 1.08, 2);
  const bool unmeasured = random.uniform() < 0.1;
  if (r.reason == reason::noise) {
    r.noise = unmeasured ? 2 : noise;
    r.unmeasured = unmeasured;
  }
  r.before = uniform(random, 0.95, 1.05);
  r.after = uniform(random, 0.95, 1.05);
  r.restart = uniform(random, 1, 1.3);
  r.peak = uniform(random, 1, 1.05);
  return r;
}

}  // namespace internal

/// Draws scenario `seed`. Requests come in the proportions of the 12,000 published rows: a sixth reduce, a quarter
/// noise, 5 in 12 load, a sixth starve; a third of each is about both resources, about memory, about CPU. Of a pod the
/// usage, too, is drawn by the published ranges (0.2 to 1 or 2 to 8 cores; 80 to 199, 200 to 799 or 800 to 2000 MB;
/// latency 1 to 60 s). Limits are 1.2 to 2 times the usage, and no node is overbooked at the beginning.
inline void draw_scenario(std::uint64_t seed, const scenario_options& o, scenario& out) {
  engine random(seed, stream::workload);
  out.nodes.clear();
  for (std::size_t k = 0; k < o.nodes; ++k) {
    out.nodes.push_back({o.node_cpu * uniform(random, 0.75, 1.25), o.node_memory_mib * uniform(random, 0.75, 1.25)});
  }
  std::array<node, nodes_max> reserved;
  reserved.fill({0, 0});
  out.deployments.clear();
  for (std::size_t k = 0; k < o.deployments; ++k) {
    auto [d, replicas] = internal::draw_deployment(random, o.replicas_max);
    for (int pod = 0; pod < replicas; ++pod) {
      const std::size_t n = internal::emptiest(out.nodes, reserved, d);
      ++d.pods[n];
      reserved[n].cpu += d.cpu_limit;
      reserved[n].memory_mib += d.memory_limit_mib;
    }
    out.deployments.push_back(d);
  }
  for (std::size_t n = 0; n < o.nodes; ++n) {  // a cluster that can hold its pods
    out.nodes[n].cpu = std::max(out.nodes[n].cpu, reserved[n].cpu);
    out.nodes[n].memory_mib = std::max(out.nodes[n].memory_mib, reserved[n].memory_mib);
  }
  out.requests.clear();
  for (std::size_t k = 0; k < o.requests; ++k) out.requests.push_back(internal::draw_request(random, o));
}

}  // namespace headroom::quota
