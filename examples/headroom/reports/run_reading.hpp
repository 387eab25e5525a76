#pragma once

#include <filesystem>  // std::filesystem::path

#include "reports/json.hpp"

namespace tool::report {

/// A run as a page shows it: what `compare --out` or `evaluate --out` left in a folder, or a JSON file of `compare`,
/// `evaluate` or `frontier`, which has no steps, or what a program of the user's own wrote: a file of CSV as own_run
/// reads it, or a folder with episodes.csv of that kind and steps.csv. Numbers have five figures. Of an episode with
/// many steps each point stands for several: the mean of them, of a backlog and a latency the highest, of a reward and
/// of late requests the sum; "per_point" says how many. Throws file_error for what is neither.
[[nodiscard]] json run_for_page(const std::filesystem::path& at);

}  // namespace tool::report
