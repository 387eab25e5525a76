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
#include <headroom/io/internal/csv_dialect.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/csv_numbers.hpp>
#include <headroom/io/internal/csv_records.hpp>
#include <headroom/io/internal/file_lines.hpp>
#include <headroom/tables/measurements.hpp>

namespace headroom {

struct table_csv_options {
  std::vector<std::string> columns{};                   ///< to read, in this order; the others are ignored; none: all
  bool (*wanted)(std::string_view name) = nullptr;      ///< without `columns`: whether a column of this name is read
  std::vector<std::string>* all_names = nullptr;        ///< where the names of all columns are written, read or not
  std::size_t* first_row = nullptr;                     ///< where the line of the first row is written
  std::uint64_t max_bytes = std::uint64_t{256} << 20U;  ///< a longer file is refused before memory is taken for it
};

/// Rows of a table of numbers under one record of names, one record at a time. Fields are separated by commas if the
/// names are, or by semicolons where there is no comma, or by tabs where there is no blank, otherwise by blanks.
class table_rows {
 public:
  /// The names, in the given line. `separator`: as a line before it told, or 0. Throws csv_error for a name that is
  /// empty where all columns are read, and for one of options.columns that is not there. O(columns).
  table_rows(std::filesystem::path file, const table_csv_options& options, std::string_view header,
             std::size_t line = 1, char separator = 0)
      : file_(std::move(file)), line_(line), separator_(separator) {
    for (const char mark : {',', ';', '\t'}) {
      const bool blanks_too = mark == '\t' && header.find(' ') != std::string_view::npos;
      if (separator_ == 0 && !blanks_too && csv_field::end_of(header, 0, mark) < header.size()) separator_ = mark;
    }
    numbers_ = csv_numbers(separator_ == 0 ? ' ' : separator_);
    const bool some = options.wanted != nullptr || !options.columns.empty();  // the others may be called anything
    std::vector<std::string> all;
    std::unordered_map<std::string, std::size_t> where;
    std::unordered_map<std::string, std::size_t> again;  // of a name that came before: the suffix to try next
    each_field(header, [&](const csv_field& f) {
      const bool behind_the_last = f.column > header.size();  // a separator ends each line
      if (f.text.empty() && !some && !behind_the_last) {
        refuse(line_, f.column, "column " + to_text(all.size() + 1) + " has no name");
      }
      const std::string name = csv_field{column_name(f)}.quoted();
      std::string own = name;
      // The second of a name is called name_2, and so on.
      while (!where.emplace(own, all.size()).second) {
        std::size_t& k = again.emplace(name, 2).first->second;
        own = name + '_' + to_text(k++);
      }
      all.push_back(std::move(own));
    });
    if (!some && !all.empty() && all.back().empty()) all.pop_back();
    if (options.all_names != nullptr) *options.all_names = all;
    place_.assign(all.size(), skipped);
    if (options.columns.empty()) {
      for (std::size_t at = 0; at < all.size(); ++at) {
        if (options.wanted != nullptr && !options.wanted(all[at])) continue;
        place_[at] = names_.size();
        names_.push_back(all[at]);
      }
      if (names_.empty()) refuse(line_, 1, "none of its columns is read, there are " + measurements::list(all));
    }
    for (const std::string& name : options.columns) {
      const auto found = where.find(name);
      if (found == where.end())
        refuse(line_, 1, "there is no column '" + name + "', there are " + measurements::list(all));
      if (place_[found->second] != skipped) refuse(line_, 1, "column '" + name + "' is asked for twice");
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
        if (f.text.empty() && f.column > text.size()) return;
        refuse(line, f.column, "row has more than " + to_text(column) + " columns");
      }
      const std::size_t i = place_[column++];
      if (i == skipped) return;
      const std::optional<double> value = numbers_.read(f);
      if (!value && numbers_.ambiguous(f.text)) {
        refuse(line, f.column,
               names_[i] + " is " + f.quoted() + ", whose mark may be decimal or of thousands: write it without");
      }
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
  /// 0 for blanks.
  [[nodiscard]] char separator() const noexcept { return separator_; }

 private:
  static constexpr std::size_t skipped = ~std::size_t{0};

  template <class Field>
  void each_field(std::string_view line, Field&& field) const {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    std::size_t begin = 0;
    if (separator_ != 0) {
      for (;;) {
        const std::size_t end = csv_field::end_of(line, begin, separator_);
        if (end == line.size()) break;
        field(csv_field::of(line, begin, end));
        begin = end + 1;
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
  std::size_t line_;
  char separator_;  // 0: blanks
  csv_numbers numbers_{};
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
/// The other separators, `sep=;`, comments before the names, quoted fields and a decimal comma are understood as well.
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
  csv_records records(file);
  char separator = 0;
  std::size_t blank_line = 0;
  lines.each([&](std::string_view text, std::uint64_t offset) {
    if (offset + text.size() > options.max_bytes) refuse_size("more");  // of a pipe, or unpacked
    const auto record = records.line(text, separator == 0 ? std::string_view(",;\t") : std::string_view(&separator, 1));
    if (!record) return false;
    if (record->find_first_not_of(" \t") == std::string_view::npos) {
      if (blank_line == 0) blank_line = records.number();
      return false;
    }
    if (blank_line > 0) throw csv_error(file, blank_line, 1, "line is empty");
    if (rows) {
      if (values.empty() && options.first_row != nullptr) *options.first_row = records.number();
      rows->row(*record, records.number(), values);
      return false;
    }
    const auto told = separator_told(*record);
    if (told) separator = *told;
    if (told || record->front() == '#') return false;  // a comment
    rows.emplace(file, options, *record, records.number(), separator);
    separator = rows->separator();
    // Counted before memory is taken: growing step by step would take up to three times as much.
    if (lines.regular()) values.reserve(rows->names().size() * internal::lines_behind(lines, offset + text.size()));
    return false;
  });
  records.finish();
  if (!rows) throw csv_error(file, 1, 1, "file is empty");
  if (values.empty()) throw csv_error(file, records.lines() + 1, 1, "file has no rows");
  return {rows->names(), std::move(values)};
}

}  // namespace headroom
