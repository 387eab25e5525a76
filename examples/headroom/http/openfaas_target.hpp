#pragma once

#include <memory>  // std::unique_ptr

#include "hosts/target.hpp"

namespace tool {

/// A function of OpenFaaS, by the keys of openfaas_target_kind(). Throws std::invalid_argument and file_error.
[[nodiscard]] std::unique_ptr<scaled_target> make_openfaas_target(const settings& s);

}  // namespace tool
