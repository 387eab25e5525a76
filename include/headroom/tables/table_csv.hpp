#pragma once

#include <cmath>          // std::isinf
#include <cstddef>        // std::size_t
#include <cstdint>        // std::uint64_t
#include <filesystem>     // std::filesystem::path
#include <optional>       // std::optional
#include <string>         // std::string
#include <string_view>    // std::string_view
#include <unordered_map>  // std::unordered_map
#include <utility>        // std::move
#include <vector>         // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/file_lines.hpp>
#include <headroom/tables/measurements.hpp>

namespace headroom {

struct table_csv_options {
  std::vector<std::string> columns{};                   ///< to read, in this order; the others are ignored; none: all
  bool (*wanted)(std::string_view name) = nullptr;      ///< without `columns`: whether a column of this name is read
  std::vector<std::string>* all_names = nullptr;        ///< where the names of all columns are written, read or not
  std::uint64_t max_bytes = std::uint64_t{256} << 20U;  ///< a longer file is refused before memory is taken for it
};

/// Rows of a table of numbers under one line of names, one line at a time. Fields are separated by commas if the first
/// line has a comma, otherwise by blanks.
class table_rows {
 public:
  /// The first line. Throws csv_error for a name that is empty and for one of options.columns that is not there.
  /// O(columns).
  table_rows(std::filesystem::path file, const table_csv_options& options, std::string_view header)
      : file_(std::move(file)), commas_(header.find(',') != std::string_view::npos) {
    std::vector<std::string> all;
    std::unordered_map<std::string, std::size_t> where;
    std::unordered_map<std::string, std::size_t> again;  // of a name that came before: the suffix to try next
    each_field(header, [&](const csv_field& f) {
      if (f.text.empty()) refuse(1, f.column, "column " + to_text(all.size() + 1) + " has no name");
      const std::string name = f.quoted();
      std::string own = name;
      // The second of a name is called name_2, and so on.
      while (!where.emplace(own, all.size()).second) {
        std::size_t& k = again.emplace(name, 2).first->second;
        own = name + '_' + to_text(k++);
      }
      all.push_back(std::move(own));
    });
    if (options.all_names != nullptr) *options.all_names = all;
    place_.assign(all.size(), skipped);
    if (options.columns.empty()) {
      for (std::size_t at = 0; at < all.size(); ++at) {
        if (options.wanted != nullptr && !options.wanted(all[at])) continue;
        place_[at] = names_.size();
        names_.push_back(all[at]);
      }
      if (names_.empty()) refuse(1, 1, "none of its columns is read, there are " + measurements::list(all));
    }
    for (const std::string& name : options.columns) {
      const auto found = where.find(name);
      if (found == where.end()) refuse(1, 1, "there is no column '" + name + "', there are " + measurements::list(all));
      if (place_[found->second] != skipped) refuse(1, 1, "column '" + name + "' is asked for twice");
      place_[found->second] = names_.size();
      names_.push_back(name);
    }
    row_.resize(names_.size());
  }

  /// Throws csv_error for another number of fields, and for a wanted field that is not a number.
  void row(std::string_view text, std::size_t line, std::vector<double>& out) {
    std::size_t column = 0;
    each_field(text, [&](const csv_field& f) {
      if (column == place_.size()) {
        refuse(line, f.column, "row has more than " + to_text(column) + " columns");
      }
      const std::size_t i = place_[column++];
      if (i == skipped) return;
      const std::optional<double> value = f.number();
      if (!value) refuse(line, f.column, names_[i] + " is '" + f.quoted() + "', must be a number");
      if (std::isinf(*value)) refuse(line, f.column, names_[i] + " is " + f.quoted() + ", must be finite or nan");
      row_[i] = *value;
    });
    if (column < place_.size()) {
      refuse(line, text.size() + 1,
             "row has " + to_text(column) + (column == 1 ? " column" : " columns") + ", must have " +
                 to_text(place_.size()));
    }
    out.insert(out.end(), row_.begin(), row_.end());
  }

  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  static constexpr std::size_t skipped = ~std::size_t{0};

  template <class Field>
  void each_field(std::string_view line, Field&& field) const {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    std::size_t begin = 0;
    if (commas_) {
      for (;;) {
        const std::size_t comma = csv_field::end_of(line, begin, ',');
        if (comma == line.size()) break;
        field(csv_field::of(line, begin, comma));
        begin = comma + 1;
      }
      field(csv_field::of(line, begin, line.size()));
      return;
    }
    for (;;) {
      while (begin < line.size() && blank(line[begin])) ++begin;
      if (begin == line.size()) return;
      std::size_t end = begin;
      while (end < line.size() && !blank(line[end])) ++end;
      field(csv_field::of(line, begin, end));
      begin = end;
    }
  }

  [[noreturn]] void refuse(std::size_t line, std::size_t column, const std::string& sentence) const {
    throw csv_error(file_, line, column, sentence);
  }

  std::filesystem::path file_;
  bool commas_;
  std::vector<std::string> names_;  // names of the columns that are read, in the wanted order
  std::vector<std::size_t> place_;  // index of each field among them
  std::vector<double> row_;
};

namespace internal {

/// How many lines begin behind the line that ends at `offset`: as many as there are rows, at most.
[[nodiscard]] inline std::size_t lines_behind(const file_lines& lines, std::uint64_t offset) {
  std::size_t n = 0;
  lines.each([&](std::string_view, std::uint64_t at) {
    n += at > offset ? 1U : 0U;
    return false;
  });
  return n;
}

}  // namespace internal

/// Reads a table of measurements: a line of names, then rows of numbers, separated by commas or by blanks, as the
/// TeaStore measurements are:
///
///     re heap  cpu  inc_tps ...            replica,cpu,heap,expected_tps
///      3  500  500  831.089 ...            1,4,4,24
///
/// A name that comes again is read as name_2, name_3, .... `nan` is a number that was not measured, and is kept; an
/// empty field is refused. CRLF and a missing last newline are fine. Throws csv_error, with the line and the column,
/// for whatever does not fit.
[[nodiscard]] inline measurements read_table_csv(const std::filesystem::path& file,
                                                 const table_csv_options& options = {}) {
  require(options.max_bytes > 0, "read_table_csv", "max_bytes", options.max_bytes, "be at least 1");
  const file_lines lines(file);
  const auto refuse_size = [&](const std::string& has) {
    throw csv_error(file, 1, 1,
                    "has " + has + " bytes, must have at most " + to_text(options.max_bytes) + " (max_bytes)");
  };
  const std::uint64_t size = lines.regular() ? lines.state().size : 0;
  if (size > options.max_bytes) refuse_size(to_text(size));
  std::optional<table_rows> rows;
  std::vector<double> values;
  std::size_t line = 0;
  std::size_t blank_line = 0;
  lines.each([&](std::string_view text, std::uint64_t offset) {
    ++line;
    if (offset + text.size() > options.max_bytes) refuse_size("more");  // the size of a pipe is not known beforehand
    if (text.find_first_not_of(" \t") == std::string_view::npos) {
      if (blank_line == 0) blank_line = line;
      return false;
    }
    if (blank_line > 0) throw csv_error(file, blank_line, 1, "line is empty");
    if (!rows) {
      rows.emplace(file, options, text);
      // Counted before memory is taken: growing step by step would take up to three times as much.
      if (lines.regular()) values.reserve(rows->names().size() * internal::lines_behind(lines, offset + text.size()));
      return false;
    }
    rows->row(text, line, values);
    return false;
  });
  if (!rows) throw csv_error(file, 1, 1, "file is empty");
  if (values.empty()) throw csv_error(file, 2, 1, "file has no rows");
  return {rows->names(), std::move(values)};
}

}  // namespace headroom
