#pragma once

#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <functional>  // std::function
#include <memory>      // std::shared_ptr
#include <string>      // std::string
#include <vector>      // std::vector

#include "reports/json.hpp"
#include "reports/recorded_episode.hpp"
#include "reports/report.hpp"

/// The folder that a comparison leaves, for who comes back to it: `headroom report`, a spreadsheet, a program.
namespace tool::report {

/// An option as it was in force.
struct run_setting {
  std::string name{};
  std::string value{};
  bool given = false;  ///< on the command line; else the default
};

/// An episode that is kept step by step, and why this one.
struct chosen_episode {
  std::uint64_t seed = 0;
  std::string why{};  ///< "hardest", "median", "easiest"
};
struct policy_episodes {
  std::string policy{};
  std::vector<std::shared_ptr<const recorded_episode>> episodes{};  ///< one for each chosen one
};

/// A file of a run that its command writes.
struct extra_file {
  std::string name{};
  std::function<void(const std::filesystem::path& at)> write{};
};

/// What a run keeps beside its findings.
struct run_record {
  std::string command{};
  std::vector<run_setting> settings{};
  std::vector<chosen_episode> chosen{};
  std::vector<policy_episodes> steps{};  ///< empty where the system keeps no steps
  json behaviour{};                      ///< null as well; see behaviour_map
  std::string settings_file{};           ///< text of settings.toml, with which the run can be made again
  std::string results{};                 ///< of results.json; empty: the findings
  std::vector<extra_file> files{};       ///< what else belongs to this run: a model, a picture
};

/// Makes the folder, complete or not at all: settings.toml, run.json, results.json, episodes.csv, metrics.csv,
/// metrics.jsonl, and where there are any training.csv, steps.csv, behaviour.json and the files of the command. Throws
/// file_error.
void write_run(const std::filesystem::path& folder, const findings& f, const run_record& r);

}  // namespace tool::report
