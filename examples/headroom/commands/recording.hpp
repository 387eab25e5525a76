#pragma once

#include <filesystem>  // std::filesystem::path
#include <string>      // std::string
#include <vector>      // std::vector

#include "reports/report.hpp"
#include "reports/run_folder.hpp"
#include "systems/system.hpp"

namespace tool {

class command;

/// A policy that was evaluated, under the name of its row.
struct evaluated_policy {
  std::string name{};
  policy one{};
};

/// Writes the folder of a run, if one is asked for: what was found, and of some episodes every step of every policy.
/// These are the hardest, the median and the easiest by the mean service level over the policies. What each policy does
/// at which load and backlog is counted over up to twenty. Its settings.toml makes the run again. `more`: the files
/// that this command adds, its own results.json, and what comes last in settings.toml. Throws file_error.
void leave_run(const std::filesystem::path& folder, const command& said, const std::string& name,
               const report::findings& f, const std::vector<evaluated_policy>& policies, report::run_record more = {});

}  // namespace tool
