#pragma once

#include <filesystem>   // std::filesystem::path
#include <map>          // std::map
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move, std::pair
#include <vector>       // std::vector

#include <headroom/environments/service_options.hpp>

#include "systems/service/service_words.hpp"

namespace tool {

class command;

/// A service as its user described it.
struct service_plan {
  headroom::service_options service{};
  objective wanted{};
  std::vector<int> moves{};                    ///< sizes of the moves per decision; empty: any number of replicas
  std::map<std::string, std::string> given{};  ///< the keys that were set, each with its text
};

/// The same options on the command line, and --service for a file.
class service_flags {
 public:
  /// Declares --service and a flag for each key.
  void declare(command& to);
  /// A description that was read elsewhere, in the place of a file: the keys that it sets are said.
  void take(service_plan said) { said_ = std::move(said); }
  /// The file first, or what was known before, then the flags over it; says in a line on standard error which flags
  /// replaced what the file says. Throws std::invalid_argument and file_error.
  [[nodiscard]] service_plan plan(service_plan before = {}) const;
  /// Whether the file or a flag sets the key. Throws like plan().
  [[nodiscard]] bool says(const std::string& key) const;

 private:
  std::filesystem::path file_{};
  std::optional<service_plan> said_{};
  std::map<std::string, std::string> texts_{};  // of the flags, by key
};

/// What the documentation says of a key.
struct service_key_words {
  std::string_view key;
  std::string_view usual;  ///< its default, as text; empty: it follows from the load
  std::string_view help;
  std::string_view flag;  ///< the same on the command line; empty: there is none
};
/// Every key, in the order of the documentation.
[[nodiscard]] std::vector<service_key_words> service_key_table();

/// Sets one key of a plan. Throws std::invalid_argument with the nearest key where there is none of this name.
void set_key(service_plan& p, const std::string& key, const std::string& text, const std::filesystem::path& folder);
/// Checks the whole, once all keys are set. Throws std::invalid_argument.
void check_plan(const service_plan& p);
/// Reads a TOML file of keys. Throws std::invalid_argument with file, line and key, and file_error.
[[nodiscard]] service_plan read_service_file(const std::filesystem::path& file);
/// The plan as such a file, with every key that was set.
[[nodiscard]] std::string service_file_text(const service_plan& p);
/// Every key in the order of the documentation, with its text: as it was set, or its default. The text is empty for a
/// number that follows from the load.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> all_keys(const service_plan& p);

}  // namespace tool
