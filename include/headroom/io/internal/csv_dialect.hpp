#pragma once

#include <cstddef>      // std::size_t
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/csv_numbers.hpp>
#include <headroom/io/internal/time_stamp.hpp>

/// How a file separates its fields, and where its records end (RFC 4180).
namespace headroom {

/// The separator that a line `sep=;` names, as spreadsheets write it; nothing for any other line.
[[nodiscard]] inline std::optional<char> separator_told(std::string_view line) {
  const std::string_view one = csv_field::of(line, 0, line.size()).text;  // some programs quote the line
  if (one.size() == 5 && lower_case(one.substr(0, 4)) == "sep=") return one[4];
  if (one.size() == 4 && lower_case(one) == "sep=" && line.ends_with('\t')) return '\t';
  return std::nullopt;
}

/// All fields of a record.
inline void split_record(std::string_view record, char separator, std::vector<csv_field>& out) {
  out.clear();
  for (std::size_t begin = 0;;) {
    const std::size_t end = csv_field::end_of(record, begin, separator);
    out.push_back(csv_field::of(record, begin, end));
    if (end == record.size()) return;
    begin = end + 1;
  }
}

/// Which of the marks in `among` separates the fields of a file's first record; the first of them if there is none, and
/// nothing if it could be several. A record of numbers and times tells it where a mark leaves nothing else.
[[nodiscard]] inline std::optional<char> separator_of(std::string_view record, std::string_view among) {
  std::string found;
  std::vector<csv_field> fields;
  for (const char mark : among) {
    split_record(record, mark, fields);
    if (fields.size() > 1) found += mark;
  }
  if (found.empty()) return among.front();
  if (found.size() == 1) return found.front();
  std::string fits;
  for (const char mark : found) {
    split_record(record, mark, fields);
    bool all = true;
    for (const csv_field& f : fields) {
      csv_numbers numbers(mark);
      all = all && (numbers.read(f) || numbers.ambiguous(f.text) || f.unknown() || time_stamp::of(f.text));
    }
    if (all) fits += mark;
  }
  return fits.size() == 1 ? std::optional<char>(fits.front()) : std::nullopt;
}

/// Follows the quotes of a record line by line: whether a quoted field goes on in the next line.
class quote_scanner {
 public:
  /// `separators`: the marks that may separate fields. O(length).
  void take(std::string_view line, std::string_view separators) noexcept {
    bool begins = !open_;  // whether a field begins here
    for (std::size_t at = 0; at < line.size(); ++at) {
      const char c = line[at];
      if (open_) {
        if (c != '"') continue;
        if (at + 1 < line.size() && line[at + 1] == '"')
          ++at;
        else
          open_ = false;
      } else {
        open_ = begins && c == '"';
        begins = separators.find(c) != std::string_view::npos || (begins && c == ' ');
      }
    }
  }
  [[nodiscard]] bool open() const noexcept { return open_; }

 private:
  bool open_ = false;
};

/// The name in a field of a header: "" in quotes stands for one quote, a line end for a blank.
[[nodiscard]] inline std::string column_name(const csv_field& f) {
  std::string name;
  for (std::size_t i = 0; i < f.text.size(); ++i) {
    name += f.text[i] == '\n' ? ' ' : f.text[i];
    if (f.text[i] == '"' && i + 1 < f.text.size() && f.text[i + 1] == '"') ++i;
  }
  return name;
}

}  // namespace headroom
