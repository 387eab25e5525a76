#pragma once

#include <map>     // std::map
#include <string>  // std::string
#include <vector>  // std::vector

#include "objects.hpp"

namespace quota_live {

/// A pod, as far as a quota is concerned.
struct pod_object {
  std::string space{};
  std::string node{};
  std::map<std::string, std::string> labels{};
  double cpu = 0;  ///< requests of all containers: cores, MiB
  double memory = 0;
  int restarts = 0;
  double killed_s = 0;  ///< when a container was last killed for want of memory, seconds since 1970; 0: never
  bool ended = false;   ///< it holds nothing any more

  [[nodiscard]] static pod_object of(const config_node& object);
};

/// What nodes can hold, what pods hold of it, and which pods are those of a Deployment.
class node_room {
 public:
  node_room() = default;
  /// Lists of nodes and of pods, as the server gives them.
  node_room(const config_node& nodes, const config_node& pods);

  /// The pods of a Deployment: those of its namespace that have the labels of its selector.
  [[nodiscard]] std::vector<const pod_object*> pods_of(const deployment_object& d) const;
  /// Where most of its pods are; empty: nowhere yet.
  [[nodiscard]] std::string main_node(const deployment_object& d) const;
  /// The node with most room for one more pod of it, other than `not_this`; empty: there is none. A node that is
  /// cordoned or has a taint NoSchedule takes none.
  [[nodiscard]] std::string roomiest(const deployment_object& d, const std::string& not_this) const;
  /// Whether its pods fit where they are with these requests.
  [[nodiscard]] bool fits(const deployment_object& d, const placing& wanted) const;
  /// False: the server knows no node, so that nobody can say what fits.
  [[nodiscard]] bool known() const noexcept { return !nodes_.empty(); }

 private:
  struct node {
    double cpu = 0;
    double memory = 0;
    double cpu_held = 0;
    double memory_held = 0;
    bool open = true;
  };
  std::map<std::string, node> nodes_{};
  std::vector<pod_object> pods_{};
  std::map<std::string, std::vector<std::size_t>> by_space_{};
};

}  // namespace quota_live
