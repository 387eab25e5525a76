#pragma once

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <optional>    // std::optional
#include <vector>      // std::vector

#include "reports/report.hpp"
#include "systems/system.hpp"

/// What the options of several commands share.
namespace tool {

class command;

/// Which episodes are evaluated, and where the result goes.
struct evaluation_options {
  std::size_t episodes = 200;
  std::uint64_t seed = 1000;
  std::filesystem::path json{};

  void declare(command& to);
  /// Throws std::invalid_argument and file_error.
  void check() const;
  [[nodiscard]] std::vector<std::uint64_t> seeds() const;
};

/// How learners are trained to be compared.
struct training_options {
  std::optional<std::uint64_t> train_episodes{};  ///< none: the learner's own number
  std::uint64_t train_seeds = 3;

  void check() const;
};

/// What there is to report of a system before anything was evaluated.
[[nodiscard]] report::findings begin_findings(const system& s, const evaluation_options& o);
/// Prints and writes what was found; `csv` may be empty. Returns the exit code.
int publish(report::findings& f, const std::filesystem::path& json, const std::filesystem::path& csv);

}  // namespace tool
