#pragma once

#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <string>      // std::string
#include <vector>      // std::vector

/// The journal of `headroom run` as the files that other commands read.
namespace tool {

/// Whether a file begins as a journal does. False for a file that cannot be read.
[[nodiscard]] bool is_journal(const std::filesystem::path& file);

/// A journal as a table.
struct journal_table {
  std::string csv{};  ///< with a line of names
  std::uint64_t rows = 0;
  std::uint64_t left_out = 0;  ///< decisions of which something was not known, or that stand outside of the stretch
};

/// One field over time, a rate per second: "time_s,requests_per_s". Throws file_error.
[[nodiscard]] journal_table journal_as_load(const std::filesystem::path& file, const std::string& field);
/// What a calibration reads, of the longest stretch without a gap. Throws file_error.
[[nodiscard]] journal_table journal_as_history(const std::filesystem::path& file);
/// A log to learn from, of every field but the time. `moves`: the menu, in its order; empty: the moves that were made,
/// which are put there. Throws file_error and std::invalid_argument.
[[nodiscard]] journal_table journal_as_log(const std::filesystem::path& file, std::vector<int>& moves,
                                           const std::filesystem::path& to);

}  // namespace tool
