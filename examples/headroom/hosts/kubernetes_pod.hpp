#pragma once

#include <string>  // std::string

/// What the pods of the daemon and of a Job have in common, in YAML.
namespace tool {

/// A user without rights, and the begin of the container, up to its program.
[[nodiscard]] inline std::string pod_begin(const std::string& image) {
  return "      securityContext:\n"
         "        runAsNonRoot: true\n"
         "        runAsUser: 65532\n"
         "        fsGroup: 65532\n"
         "        seccompProfile: {type: RuntimeDefault}\n"
         "      containers:\n"
         "      - name: headroom\n"
         "        image: " +
         image +
         "\n"
         "        command: [headroom]\n";
}

/// What the container may not do.
inline constexpr const char* container_limits =
    "        securityContext:\n"
    "          allowPrivilegeEscalation: false\n"
    "          readOnlyRootFilesystem: true\n"
    "          capabilities: {drop: [ALL]}\n";

}  // namespace tool
