#pragma once

#include <algorithm>     // std::min
#include <charconv>      // std::from_chars
#include <cstddef>       // std::size_t
#include <filesystem>    // std::filesystem::path
#include <limits>        // std::numeric_limits
#include <optional>      // std::optional
#include <stdexcept>     // std::invalid_argument
#include <string>        // std::string
#include <string_view>   // std::string_view
#include <system_error>  // std::errc

#include <headroom/core/check.hpp>

namespace headroom {

/// Why a file was refused: `FILE:LINE:COLUMN: sentence`. Line and column count characters from 1 and point at the
/// offending field; what concerns the file as a whole is said of 1:1.
class csv_error : public std::invalid_argument {
 public:
  csv_error(const std::filesystem::path& file, std::size_t line, std::size_t column, const std::string& sentence)
      : std::invalid_argument(file.string() + ':' + to_text(line) + ':' + to_text(column) + ": " + sentence),
        file_(file),
        line_(line),
        column_(column) {}

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
  [[nodiscard]] std::size_t line() const noexcept { return line_; }
  [[nodiscard]] std::size_t column() const noexcept { return column_; }

 private:
  std::filesystem::path file_;
  std::size_t line_;
  std::size_t column_;
};

/// ASCII letters in lower case, everything else as it is.
[[nodiscard]] inline std::string lower_case(std::string_view text) {
  std::string small(text);
  for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return small;
}

/// What stands between two separators, without blanks or a pair of double quotes around it.
struct csv_field {
  std::string_view text;
  std::size_t column = 1;  ///< of its first character

  /// Where the field of `line` ends that begins at `begin`: at the next separator outside of double quotes, or at the
  /// end of the line. In quotes "" stands for a quote (RFC 4180). O(length).
  [[nodiscard]] static std::size_t end_of(std::string_view line, std::size_t begin, char separator) {
    std::size_t at = begin;
    while (at < line.size() && line[at] == ' ') ++at;
    if (at < line.size() && line[at] == '"') {
      for (++at; (at = line.find('"', at)) < line.size() && at + 1 < line.size() && line[at + 1] == '"';) at += 2;
      if (at == std::string_view::npos) return line.size();
    } else {
      at = begin;
    }
    return std::min(line.find(separator, at), line.size());
  }

  /// The characters [begin, end) of `line`.
  [[nodiscard]] static csv_field of(std::string_view line, std::size_t begin, std::size_t end) {
    while (begin < end && (line[begin] == ' ' || line[begin] == '\t')) ++begin;
    while (end > begin && (line[end - 1] == ' ' || line[end - 1] == '\t')) --end;
    if (end - begin >= 2 && line[begin] == '"' && line[end - 1] == '"') ++begin, --end;
    return {line.substr(begin, end - begin), begin + 1};
  }

  /// Nothing if the text is not a number from its first character to its last; too large a one is infinite.
  [[nodiscard]] std::optional<double> number() const {
    double value = 0;
    const char* const last = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), last, value);
    if (stop != last || error == std::errc::invalid_argument) return std::nullopt;
    if (error == std::errc::result_out_of_range) return std::numeric_limits<double>::infinity();
    return value;
  }

  /// Whether the text says that a value is not known, as programs write it: nothing, or a word such as NaN or null.
  [[nodiscard]] bool unknown() const {
    constexpr std::string_view words[] = {"", "nan", "null", "na", "n/a", "none", "-"};
    const std::string small = lower_case(text.substr(0, 8));
    for (const std::string_view word : words) {
      if (small == word) return true;
    }
    return false;
  }

  /// A file may hold anything; an error message should not.
  [[nodiscard]] std::string quoted() const {
    std::string shown(text.substr(0, 40));
    for (char& c : shown) c = c >= ' ' && c <= '~' ? c : '?';
    return text.size() > shown.size() ? shown + "..." : shown;
  }
};

/// Why a number is no count of requests, as the end of a sentence; nothing if it is one. Counts are kept as floats.
[[nodiscard]] inline std::optional<std::string> law_broken_by_count(double count) {
  if (count >= 0 && count <= static_cast<double>(std::numeric_limits<float>::max())) return std::nullopt;
  return count < 0 ? "must not be negative" : "must be finite";
}

}  // namespace headroom
