#pragma once

#include <string>  // std::string

#include "hosts/settings.hpp"

namespace tool {

/// What `headroom manifests` is told beside the file.
struct manifest_options {
  std::string image{};  ///< of the container, whose program is `headroom`
  std::string name{};   ///< of every object; empty: "headroom-" and the name of the target
  std::string claim{};  ///< PersistentVolumeClaim for the journal; empty: it is lost with the pod
  bool live = false;    ///< without --shadow
};

/// The objects that run `headroom run` in a cluster, in YAML: a ServiceAccount, a Role with what is needed and nothing
/// else, a RoleBinding, a ConfigMap of the file and of the service's file beside it, and a Deployment. Throws
/// std::invalid_argument for what cannot run so, and file_error.
[[nodiscard]] std::string kubernetes_manifests(const settings& s, const manifest_options& o);

}  // namespace tool
