#pragma once

#include <filesystem>  // std::filesystem::path

#include "reports/json.hpp"

namespace tool::report {

/// The figures of a page as SVG, for a paper: level.svg, episode-SEED-POLICY.svg, behaviour-POLICY.svg and
/// training-POLICY.svg, with the number of the run before the name where there are several, and
/// journal.svg. `data` as for page_text. Makes the folder, complete or not at all. Throws file_error.
void write_figures(const std::filesystem::path& folder, const json& data);

}  // namespace tool::report
