#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t
#include <filesystem>   // std::filesystem::path
#include <map>          // std::map
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

/// A settings file: the keys of `headroom run` with their meaning, and what is in force. It may hold the keys of the
/// other commands as well (support/setting_places.hpp), so that one file serves all.
namespace tool {

enum class setting_type : std::uint8_t {
  text,
  number,
  whole,   ///< a whole number, zero or more
  yes_no,  ///< true or false
  list,    ///< of texts
  file     ///< relative to the folder of the file that names it
};
/// What a value of the type must be, as in "a number".
[[nodiscard]] std::string_view law_of(setting_type t);

/// One key of the file. The parser, `headroom config` and docs/configuration.md know it from here.
struct setting_key {
  std::string_view name;  ///< "guards.minimum"; "source.FIELD.query" stands for every field, "shadow.name" for each
  setting_type type;
  std::string_view usual;   ///< what holds where nothing is said, as it would be written; empty: nothing
  std::string_view help;    ///< in a phrase, with the unit
  std::string_view only{};  ///< the kind of target or source that reads it; empty: every kind
};

/// Every key, in the order of the documentation.
[[nodiscard]] const std::vector<setting_key>& setting_keys();
/// What is in force: what the file says, what a flag says in its place, else the default. A name that is asked for
/// here must be one of the table.
class settings {
 public:
  struct entry {
    std::vector<std::string> texts{};  ///< one, or as many as the list has
    bool is_list = false;
    std::string from{};                       ///< where it was said: "autoscaler.toml, line 5", or the flag
    setting_type shape = setting_type::text;  ///< as it is written: a text, a number, a whole number, true or false
  };

  settings() = default;
  /// Reads a TOML file. An unknown key is refused with the nearest one. Throws std::invalid_argument with file, line,
  /// key, value and law, and file_error.
  explicit settings(const std::filesystem::path& file);

  /// A flag says it. `from`: the flag.
  void set(const std::string& name, const std::string& text, const std::string& from);
  [[nodiscard]] bool given(std::string_view name) const { return values_.find(name) != values_.end(); }

  // The value, or the default. The getters throw std::invalid_argument for a value that is none of their type, and
  // where nothing is said and there is no default.
  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] double number(std::string_view name, double least, double most) const;
  [[nodiscard]] int whole(std::string_view name, int least = 0, int most = 1'000'000'000) const;
  [[nodiscard]] bool yes(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;
  [[nodiscard]] std::filesystem::path file(std::string_view name) const;  ///< empty where nothing is said
  /// Whether a value is there: a given one or a default.
  [[nodiscard]] bool said(std::string_view name) const;
  /// Throws: "autoscaler.toml, line 5: guards.minimum: the value is 9, must LAW".
  [[noreturn]] void refuse(std::string_view name, const std::string& law) const;

  /// Everything that was given, by full name: "shadow.0.name", "source.load.query".
  [[nodiscard]] const std::map<std::string, entry, std::less<>>& values() const noexcept { return values_; }
  [[nodiscard]] const std::filesystem::path& source() const noexcept { return source_; }
  /// Where it was said: file and line, the flag, or "default".
  [[nodiscard]] std::string origin(std::string_view name) const;
  /// How many [[shadow]] there are.
  [[nodiscard]] std::size_t shadows() const noexcept { return shadows_; }

 private:
  std::filesystem::path source_{};
  std::map<std::string, entry, std::less<>> values_{};
  std::size_t shadows_ = 0;
};

/// The key of the table for a full name: that of "source.FIELD.query" for "source.load.query". Null if there is none.
[[nodiscard]] const setting_key* find_setting(std::string_view name);
/// Every full name of a key, of `run` and of the other commands, for the nearest one to a mistake.
[[nodiscard]] std::vector<std::string> all_setting_names();

}  // namespace tool
