#pragma once

#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <map>         // std::map
#include <string>      // std::string
#include <vector>      // std::vector

#include "reports/json.hpp"

/// What a part of a command leaves: a JSON file that says of which command it is, of which version, with which inputs,
/// and holds the results of its units.
namespace tool::shards {

using report::json;

/// The index-th of so many parts, from 1.
struct part_of_all {
  std::uint64_t index = 1;
  std::uint64_t of = 1;

  [[nodiscard]] std::string text() const;  ///< "2 of 7"
};
/// "2/7", or the name of a variable that counts from 0: "JOB_COMPLETION_INDEX/7". Throws std::invalid_argument.
[[nodiscard]] part_of_all part_in(const std::string& asked);

struct kept_unit {
  std::string name{};
  json result{};
};

struct shard_file {
  std::string source{};                         ///< the file, or the rank; for messages
  std::vector<std::string> words{};             ///< of the command line behind `headroom`, without --shard
  std::map<std::string, std::string> inputs{};  ///< the files that it names, and the crc64 of what is in each
  part_of_all which{};
  json about{};  ///< for a reader: environment, workload, seeds
  std::vector<kept_unit> units{};
  json counts = json::object();

  [[nodiscard]] std::string command() const;  ///< as one types it: "headroom compare --policies hpa"
  [[nodiscard]] std::string text() const;     ///< of the file
};

/// What a shard's text says. Throws file_error for what is no shard, or one of another version.
[[nodiscard]] shard_file read_shard(const std::string& text, const std::string& source);
[[nodiscard]] shard_file load_shard(const std::filesystem::path& file);
/// "compare-2-of-7.shard".
[[nodiscard]] std::filesystem::path shard_name(const std::string& command, const part_of_all& which);
/// Refuses parts of different commands, of different inputs, or doubles, and says which are missing, and how to make
/// them. Throws std::invalid_argument.
void require_one_command(const std::vector<shard_file>& parts);

/// The words of this process's command line behind `headroom`; without --shard, --quiet and --plain, which change
/// nothing of the result.
void set_words(const std::vector<std::string>& all);
[[nodiscard]] const std::vector<std::string>& words();
/// The crc64 of each regular file that the words name; not of those behind --json, --csv, --out and the like.
[[nodiscard]] std::map<std::string, std::string> inputs_in(const std::vector<std::string>& words);
/// As a shell takes it.
[[nodiscard]] std::string in_shell(const std::string& word);

}  // namespace tool::shards
