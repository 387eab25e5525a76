#pragma once

#include <map>          // std::map
#include <optional>     // std::optional
#include <set>          // std::set
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/ext/internal/config_node.hpp>
#include <headroom/systems/quota/question.hpp>
#include <headroom/systems/quota/scope.hpp>

/// The objects of Kubernetes that the quota manager reads and writes, without any request. Texts in, texts out.
namespace quota_live {

using headroom::internal::config_node;
namespace quota = headroom::quota;

/// A declared quota: a custom resource of the published kind (manifests/crd.yaml).
struct agent_object {
  quota::agent agent{};  ///< its name is that of the object
  std::string space{};   ///< the namespace in which the object stands
  std::string uid{};
  std::string version{};     ///< metadata.resourceVersion
  std::string status{};      ///< spec.status as it stands: pending, applied, conflicting, disabled, or nothing
  std::string restarts{};    ///< spec.restarts as it stands
  std::string conditions{};  ///< status.conditions as they stand, as we would write them; to write only what changes
  std::string problem{};     ///< why it is no declaration, in a sentence; empty if it is one

  /// What the user declares, without what the manager writes. Two equal texts are one declaration.
  [[nodiscard]] std::string declaration() const;
  [[nodiscard]] static agent_object of(const config_node& object);
};

/// What a quota may change of a Deployment. Texts are JSON, as the server writes it.
struct placing {
  int replicas = 1;
  std::string affinity = "null";
  std::string node_selector = "null";
  std::map<std::string, std::string> resources{};  ///< by container

  friend bool operator==(const placing&, const placing&) = default;
};

/// What stands in the annotation `resourcemanagement-v.io/recorded`: what we found, what we set, and for whom. It is
/// written in the same request as the change, so that no crash can fall between them.
struct record {
  std::string agent{};
  std::string action{};  ///< apply, migrate, scale up, scale down, hold
  quota::factors factors{};
  double since_s = 0;      ///< of the change, seconds since 1970
  double initial_cpu = 0;  ///< use before the first change: cores, MiB, seconds (-1: not measured)
  double initial_memory = 0;
  double initial_latency = -1;
  placing before{};  ///< the first agent found this
  placing set{};

  [[nodiscard]] std::string json() const;
  /// Nothing: it is none of ours, or of another version.
  [[nodiscard]] static std::optional<record> of(std::string_view json);
};

/// A Deployment, and what is recorded on it.
struct deployment_object {
  std::string space{};
  std::string name{};
  std::string uid{};
  std::string version{};
  std::map<std::string, std::string> selector{};  ///< spec.selector.matchLabels
  placing now{};
  std::set<std::string> marks{};  ///< which of our annotations and labels stand on it
  bool high = false;              ///< annotation resource-management/priority is high: nobody touches it
  std::optional<record> recorded{};
  std::string latency_threshold{};  ///< label custom-latency-threshold

  [[nodiscard]] std::string path() const { return space + '/' + name; }
  /// Whether somebody else replaced what was set for an agent.
  [[nodiscard]] bool overwritten() const;
  [[nodiscard]] static deployment_object of(const config_node& object);
};

/// The body of a strategic merge patch that leads from `d.now` to `wanted`, bound to the version that was read. An
/// empty `mark` takes our annotations and the label off; `high` pins.
[[nodiscard]] std::string patch_of(const deployment_object& d, const placing& wanted, const record* mark, bool high);

/// What a revert leads to: what was found before, for each part that still is as it was set. What somebody else changed
/// since stays.
[[nodiscard]] placing reverted(const deployment_object& d);

/// Requests and limits of containers, in cores and MiB; nothing where none is set.
[[nodiscard]] std::optional<double> quantity(const std::string& resources, const char* part, const char* resource);
/// "800m", "1", "0.5", "200Mi", "1G", "128974848" as a plain number; nothing if it is none.
[[nodiscard]] std::optional<double> quantity_of(std::string_view text);

/// The placing after `apply`: requests and limits of each container become the factor times the use. Only resources
/// whose factor is not 1 change. `from_sum`: the use of all pods becomes the limit of each container, as published;
/// else it is divided among pods, and among containers in proportion to what they have now.
[[nodiscard]] placing applied_to(const placing& now, const quota::question& q, const quota::factors& f, bool from_sum);
/// The placing after `migrate`: not on `from`, rather on `to` (empty: anywhere).
[[nodiscard]] placing migrated_from(const placing& now, const std::string& from, const std::string& to);

/// JSON of a document, with numbers where Kubernetes wants them in an affinity.
[[nodiscard]] std::string json_of(const config_node& node);

/// "2026-11-30T15:33:57Z" as seconds since 1970; 0 if it is no such text.
[[nodiscard]] double seconds_of(const std::string& utc);

}  // namespace quota_live
