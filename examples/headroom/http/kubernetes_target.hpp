#pragma once

#include <memory>  // std::unique_ptr

#include "hosts/target.hpp"

namespace tool {

/// A workload of Kubernetes, by the keys of kubernetes_target_kind(). Throws std::invalid_argument and file_error.
[[nodiscard]] std::unique_ptr<scaled_target> make_kubernetes_target(const settings& s);

}  // namespace tool
