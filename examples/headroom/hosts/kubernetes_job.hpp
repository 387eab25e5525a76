#pragma once

#include <cstdint>  // std::uint64_t
#include <string>   // std::string
#include <vector>   // std::vector

namespace tool {

/// What `headroom manifests --job` is told beside the command.
struct job_options {
  std::string image{};  ///< of the container, whose program is `headroom`
  std::string name{};   ///< of the Job; empty: "headroom-" and the command
  std::string claim{};  ///< PersistentVolumeClaim that every pod works in
  std::uint64_t shards = 0;
};

/// An Indexed Job in YAML, each of whose pods does a part of `words`, and in its comments the same for Slurm, and the
/// command that merges. Throws std::invalid_argument for a command that has no parts, and for names that are none.
[[nodiscard]] std::string kubernetes_job(const std::vector<std::string>& words, const job_options& o);

/// Throws std::invalid_argument for what is no name of Kubernetes, or, with `image`, no image.
void require_kubernetes_name(const std::string& what, const std::string& name, bool image = false);

}  // namespace tool
