#pragma once

#include <filesystem>   // std::filesystem::path
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include "reports/json.hpp"

namespace tool::report {

/// What a program of the user's own wrote of its policies: CSV with a line for each policy and episode, under the
/// columns policy, seed, a service level of which more is better, a cost of which less is better, and any further
/// figures. An empty cell is a figure that is not known. Returns {"figures", "policies"} in the shape of a run's
/// results, with "seeds" if all policies played the same, else with "notes" that say so. `file` is named in what is
/// refused. Throws file_error.
[[nodiscard]] json own_run(std::string_view text, const std::filesystem::path& file);

/// The cells of a line of CSV without quotes.
[[nodiscard]] std::vector<std::string_view> cells_of(std::string_view line);

}  // namespace tool::report
