#pragma once

#include <memory>  // std::unique_ptr

#include "hosts/target.hpp"

namespace tool {

/// A deployment of Ray Serve, by the keys of ray_serve_target_kind(). Throws std::invalid_argument and file_error.
[[nodiscard]] std::unique_ptr<scaled_target> make_ray_serve_target(const settings& s);

}  // namespace tool
