#pragma once

#include <string>  // std::string

#include "reports/json.hpp"

namespace tool::report {

/// What a policy does at which load and backlog, as SVG: the map of a page. `behaviour` is what behaviour_map::as_json
/// gives, `policy` one of its policies. A coloured cell: the policy came there itself; its mean move and its steps. A
/// hatched cell: only others came there, and it was asked. An empty one: nobody ever came.
[[nodiscard]] std::string behaviour_figure(const json& behaviour, const json& policy, const std::string& subtitle);

}  // namespace tool::report
