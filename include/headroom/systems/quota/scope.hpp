#pragma once

#include <algorithm>  // std::find
#include <cmath>      // std::isfinite
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint8_t
#include <span>       // std::span
#include <string>     // std::string
#include <vector>     // std::vector

#include <headroom/core/check.hpp>

/// The declarations of a system in which several teams put quotas on the same deployments. Two quotas that meet on a
/// deployment are found by comparing the declarations, before either is applied.
namespace headroom::quota {

/// Multiples of the measured usage: 0.8 sets the limit to 80 % of the usage. 1 leaves a resource unchanged.
struct factors {
  double cpu = 1;
  double memory = 1;

  friend constexpr bool operator==(const factors&, const factors&) noexcept = default;
};

/// What an agent covers: one deployment, all of a namespace, or all with a pod on a node.
enum class scope : std::uint8_t { deployment, space, node };

/// A declared quota. The published system calls such a declaration an agent; it does not learn.
struct agent {
  std::string name{};
  quota::scope scope = scope::deployment;
  std::string space{};       ///< namespace; not looked at where the scope is a node
  std::string deployment{};  ///< where the scope is one
  std::string node{};        ///< where the scope is one
  quota::factors factors{};
  int priority = 0;      ///< for strategies: the higher one wins
  double weight = 1;     ///< for strategies: its weight in a share, positive
  double created_s = 0;  ///< when it was first declared: the younger has the larger
};

/// A deployment as the arbiter needs it.
struct target {
  std::string space{};
  std::string name{};
  std::vector<std::string> nodes{};  ///< on which it has pods
  bool measured = true;              ///< whether its usage is known; without it there is nothing to multiply
  bool overwritten = false;          ///< whether its limits were replaced by something other than an agent

  [[nodiscard]] std::string path() const { return space + "/" + name; }
};

/// The name that the published system derives, so that there is one agent for a target. Two targets can share one:
/// a/b-c and a-b/c.
[[nodiscard]] inline std::string published_name(const agent& a) {
  switch (a.scope) {
    case scope::node:
      return "node-" + a.node;
    case scope::space:
      return "namespace-" + a.space;
    case scope::deployment:
      break;
  }
  return "deployment-" + a.space + "-" + a.deployment;
}

/// Whether the agent's scope holds the target. O(nodes of the target).
[[nodiscard]] inline bool covers(const agent& a, const target& t) {
  switch (a.scope) {
    case scope::node:
      return std::find(t.nodes.begin(), t.nodes.end(), a.node) != t.nodes.end();
    case scope::space:
      return a.space == t.space;
    case scope::deployment:
      break;
  }
  return a.space == t.space && a.deployment == t.name;
}

/// Two agents, by index, that cover the same target.
struct overlap {
  std::size_t first = 0;
  std::size_t second = 0;
  std::size_t target = 0;

  friend constexpr bool operator==(const overlap&, const overlap&) noexcept = default;
};

/// All pairs of agents that cover the same target, target by target. O(targets * (agents + pairs)).
[[nodiscard]] inline std::vector<overlap> overlaps(std::span<const agent> agents, std::span<const target> targets) {
  std::vector<overlap> found;
  std::vector<std::size_t> here;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    here.clear();
    for (std::size_t a = 0; a < agents.size(); ++a) {
      if (!covers(agents[a], targets[t])) continue;
      for (const std::size_t other : here) found.push_back({other, a, t});
      here.push_back(a);
    }
  }
  return found;
}

/// Throws std::invalid_argument for a declaration that makes no sense; returns its argument. A factor of 0 is refused,
/// because a limit of 0 means "no limit" to Kubernetes.
inline const agent& checked(const agent& a) {
  require(!a.name.empty(), "quota::agent", "name", "nothing", "be a name");
  const auto factor = [&](const char* what, double f) {
    require(f > 0 && f <= 10, "quota::agent", what + (" of " + a.name), f, "be in (0, 10]");
  };
  factor("cpu factor", a.factors.cpu);
  factor("memory factor", a.factors.memory);
  require(a.weight > 0 && std::isfinite(a.weight), "quota::agent", "weight of " + a.name, a.weight,
          "be positive and finite");
  require_finite("quota::agent", "created_s of " + a.name, a.created_s);
  const auto named = [&](const char* what, const std::string& s) {
    require(!s.empty(), "quota::agent", what + (" of " + a.name), "nothing", "be named, its scope asks for it");
  };
  if (a.scope == scope::node) {
    named("node", a.node);
  } else {
    named("namespace", a.space);
    if (a.scope == scope::deployment) named("deployment", a.deployment);
  }
  return a;
}

}  // namespace headroom::quota
