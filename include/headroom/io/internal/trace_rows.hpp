#pragma once

#include <algorithm>    // std::find_if, std::max
#include <cmath>        // std::isnan
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_dialect.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/csv_numbers.hpp>
#include <headroom/io/internal/function_table.hpp>
#include <headroom/io/internal/trace_clock.hpp>
#include <headroom/io/internal/trace_columns.hpp>
#include <headroom/io/trace_options.hpp>

namespace headroom {

/// What a row of a recorded load says.
struct trace_row {
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

  double time = 0;   ///< ticks since the first row
  double count = 0;  ///< NaN where it is not known
  std::size_t line = 0;
};

/// The rows of a recorded load, line by line, in any of the shapes that read_trace_csv() names: finds out which, checks
/// each line, and yields its row. Keeps no more than a record (and the sums of a function table), so that it serves files
/// of any length.
class trace_rows {
 public:
  trace_rows(std::string_view who, std::filesystem::path file, trace_csv_options options)
      : file_(std::move(file)),
        options_(std::move(options)),
        clock_(file_, options_.unit_s, options_.interval_s),
        numbers_(options_.separator == 0 ? ',' : options_.separator, options_.decimal) {
    check(who, options_);
  }
  /// Throws std::invalid_argument for options that make no sense.
  static void check(std::string_view who, const trace_csv_options& o) {
    require_not_negative(who, "unit_s", o.unit_s);
    require_not_negative(who, "interval_s", o.interval_s);
    const char mark = o.decimal;
    require(mark == 0 || mark == '.' || mark == ',', who, "decimal", std::string(1, mark), "be . or ,");
    require(!(o.counter && o.arrivals), who, "arrivals", "true", "be false where counter is true");
    require(o.max_rows > 0, who, "max_rows", o.max_rows, "be at least 1");
    static_cast<void>(labels_in(o.series));
  }

  /// Takes a line. Nothing for a header, a comment, a blank line at the end, a row of a function table or of another
  /// series, and for the first lines of a record that goes on.
  [[nodiscard]] std::optional<trace_row> line(std::string_view text) {
    ++line_;
    if (!record_.empty() || text.find('"') != std::string_view::npos) {
      if (!complete(text)) return std::nullopt;
      text = joined_ ? std::string_view(whole_) : text;
    }
    const std::size_t at = joined_ ? record_line_ : line_;
    joined_ = false;
    if (text.find_first_not_of(" \t") == std::string_view::npos) {
      if (blank_line_ == 0) blank_line_ = at;  // harmless, but only at the end of the file
      return std::nullopt;
    }
    if (text.front() == '#') {
      if (!begun_) comment_ = text;
      ++skipped_;
      return std::nullopt;
    }
    if (blank_line_ != 0) refuse(blank_line_, 1, "line is empty");
    if (!begun_ && begin(text, at)) return std::nullopt;
    if (table_) {
      table_->row(text, at);
      return std::nullopt;
    }
    return row(text, at);
  }

  /// After the last line.
  void finish() const {
    if (!record_.empty()) refuse(record_line_, 1, "a quote that begins here never ends: the file may be cut");
  }

  /// Whether this is a function table, whose counts() are known after the last line only.
  [[nodiscard]] bool wide() const noexcept { return table_.has_value(); }
  [[nodiscard]] std::vector<float> counts() const { return table_->counts(line_); }
  /// Whether rows have times.
  [[nodiscard]] bool timed() const noexcept { return columns_.time != trace_columns::none; }
  [[nodiscard]] bool arrivals() const noexcept { return options_.arrivals; }
  /// Whether the only column is called as counts are.
  [[nodiscard]] bool called_count() const { return trace_columns::means_count(count_name_); }
  [[nodiscard]] bool per_second() const noexcept {
    return options_.per_second || trace_columns::means_per_second(count_name_);
  }
  [[nodiscard]] const std::string& count_name() const noexcept { return count_name_; }
  [[nodiscard]] const trace_clock& clock() const noexcept { return clock_; }
  /// Lines so far.
  [[nodiscard]] std::size_t lines() const noexcept { return line_; }
  /// Lines between rows that are none, so that a row's place is not its number.
  [[nodiscard]] std::size_t skipped() const noexcept { return skipped_; }
  [[nodiscard]] bool header() const noexcept { return has_header_; }

  /// The count in a line that was accepted before, of a file whose rows are one line each; nothing if it cannot have
  /// been.
  [[nodiscard]] std::optional<float> count_in(std::string_view text) {
    if (!pick(text, line_)) return std::nullopt;
    const std::optional<double> count = numbers_.read(count_field_);
    if (!count || law_broken_by_count(*count)) return std::nullopt;
    return static_cast<float>(*count);
  }

  [[noreturn]] void refuse(std::size_t line, std::size_t column, const std::string& sentence) const {
    throw csv_error(file_, line, column, sentence);
  }
  /// For a counter that nobody said is one.
  [[noreturn]] void refuse_counter(const std::string& why) const {
    refuse(
        count_line_, count_column_,
        why + ": set counter, and its differences are read, or set rising if these are the requests of each interval");
  }
  [[nodiscard]] bool called_counter() const { return lower_case(count_name_).ends_with("_total"); }

 private:
  // Joins the lines of a record with quotes. False if it goes on.
  bool complete(std::string_view text) {
    const std::string_view separators = begun_ ? std::string_view(&separator_, 1) : std::string_view(",;\t|");
    if (record_.empty()) {
      if (!quote_is_open(text, separators)) return true;
      record_ = text;
      record_line_ = line_;
      return false;
    }
    if (record_.size() > most_in_a_record) {
      refuse(record_line_, 1, "a quote that begins here does not end for " + to_text(most_in_a_record) + " characters");
    }
    // Whether the quote ends can change only where there is one.
    record_.append(1, '\n').append(text);
    if (text.find('"') == std::string_view::npos || quote_is_open(record_, separators)) return false;
    whole_ = std::move(record_);
    record_.clear();
    joined_ = true;
    skipped_ += line_ - record_line_;
    return true;
  }

  // The first record tells the shape. True if it is none of the rows.
  bool begin(std::string_view text, std::size_t at) {
    if (const auto told = separator_told(text)) {
      if (options_.separator == 0) options_.separator = *told;
      return true;
    }
    begun_ = true;
    if (function_table::begins_with(text)) {
      if (options_.interval_s > 0 && options_.interval_s != function_table::interval_s) {
        refuse(1, 1, "columns are minutes, interval_s is " + to_text(options_.interval_s));
      }
      table_.emplace(file_, options_.function, text);
      return true;
    }
    if (!options_.function.empty()) {
      refuse(1, 1,
             "is no table of functions, which would begin with HashOwner, and has no function '" +
                 csv_field{options_.function}.quoted() + "'");
    }
    const auto separator = options_.separator != 0 ? options_.separator : separator_of(text, ",;\t|");
    if (!separator) refuse(at, 1, "fields may be separated by one of several marks: set separator");
    separator_ = *separator;
    numbers_ = csv_numbers(separator_, options_.decimal);
    split_record(text, separator_, fields_);
    has_header_ = names_columns();
    // A separator behind the last column is no column of its own.
    if (fields_.size() > 2 && fields_.back().text.empty()) fields_.pop_back();
    if (fields_.size() == 1 && separator_ != ',' && options_.decimal == 0 && text.find(',') != std::string_view::npos) {
      refuse(at, 1, "has commas, which may separate fields or be decimal: set separator or decimal");
    }
    std::vector<std::string> names;
    if (has_header_) {
      for (const csv_field& f : fields_) names.push_back(column_name(f));
    } else {
      names = names_in_a_comment();
    }
    if (!options_.arrivals && arrivals_alone(names)) options_.arrivals = true;
    columns_ = trace_columns::chosen(names, fields_.size(), options_,
                                     [&](const std::string& sentence) { refuse(at, 1, sentence); });
    if (names.empty()) return false;
    if (columns_.time != trace_columns::none) {
      time_name_ = names[columns_.time];
      clock_.named(time_name_, at, fields_[columns_.time].column);
    }
    if (columns_.count != trace_columns::none) {
      count_name_ = names[columns_.count];
      count_line_ = at;
      count_column_ = fields_[columns_.count].column;
    }
    return has_header_;
  }
  // The last comment before the first row may name the columns, as some programs write it: "# minute,requests".
  [[nodiscard]] std::vector<std::string> names_in_a_comment() const {
    const std::size_t begin = comment_.find_first_not_of("# \t");
    std::vector<std::string> names;
    if (fields_.size() < 2 || begin == std::string::npos) return names;
    std::vector<csv_field> fields;
    split_record(std::string_view(comment_).substr(begin), separator_, fields);
    if (fields.size() != fields_.size()) return names;
    for (const csv_field& f : fields) names.push_back(column_name(f));
    return names;
  }
  // Whether the first record names the columns: none of its fields is a number, a time, or a count that is not known.
  [[nodiscard]] bool names_columns() {
    bool all_unknown = true;
    for (const csv_field& f : fields_) {
      if (numbers_.read(f) || numbers_.ambiguous(f.text) || time_stamp::of(f.text)) return false;
      if (fields_.size() == 1 && !f.text.empty() && f.text.find_first_of("0123456789+-.") == 0) return false;
      all_unknown = all_unknown && f.unknown();
    }
    return !all_unknown;
  }
  // One column of times, as its name or a date says.
  [[nodiscard]] bool arrivals_alone(const std::vector<std::string>& names) const {
    if (fields_.size() != 1 || options_.counter) return false;
    return names.empty() ? time_stamp::of(fields_[0].text).has_value() : trace_columns::means_time(names[0]);
  }

  // Finds the fields that are read. False for another number of fields.
  bool pick(std::string_view text, std::size_t at) {
    found_ = 0;
    bool wanted = true;
    for (std::size_t begin = 0;; ++found_) {
      const std::size_t end = csv_field::end_of(text, begin, separator_);
      const bool last = end == text.size();
      const csv_field f = csv_field::of(text, begin, end);
      if (found_ == columns_.width) {
        if (last && f.text.empty()) break;
        if (at != 0) over_ = f.column;
        return false;
      }
      if (found_ == columns_.time) time_field_ = f;
      if (found_ == columns_.count) count_field_ = f;
      if (!columns_.filter.empty()) wanted = wanted && passes(f);
      if (last) {
        ++found_;
        break;
      }
      begin = end + 1;
    }
    of_this_series_ = wanted;
    return found_ >= columns_.width;
  }
  [[nodiscard]] bool passes(const csv_field& f) const {
    for (const auto& [column, value] : columns_.filter) {
      if (column == found_ && column_name(f) != value) return false;
    }
    return true;
  }

  [[nodiscard]] std::optional<trace_row> row(std::string_view text, std::size_t at) {
    over_ = 0;
    if (!pick(text, at)) {
      const std::string must = to_text(columns_.width) + (columns_.width == 1 ? " column" : " columns");
      if (over_ > 0) refuse(at, over_, "row has more than " + must);
      refuse(at, text.size() + 1,
             "row has " + to_text(found_) + (found_ == 1 ? " column" : " columns") + ", must have " +
                 to_text(columns_.width));
    }
    if (!of_this_series_) {
      ++skipped_;
      return std::nullopt;
    }
    if (has_header_ && rows_ == 0 && !unit_row_ && timed() && unit_row()) {
      unit_row_ = true;
      ++skipped_;
      return std::nullopt;
    }
    trace_row r{.line = at};
    if (timed()) r.time = clock_.read(time_field_, numbers_, at);
    r.count = options_.arrivals ? 1 : count(at);
    ++rows_;
    return r;
  }
  // A row of units under the header: no number, and a unit where the time would be.
  [[nodiscard]] bool unit_row() {
    if (numbers_.read(time_field_) || time_stamp::of(time_field_.text)) return false;
    if (columns_.count != trace_columns::none && numbers_.read(count_field_)) return false;
    return lower_case(column_name(time_field_)) != lower_case(time_name_) && clock_.unit_row(time_field_.text);
  }

  [[nodiscard]] double count(std::size_t at) {
    const csv_field& f = count_field_;
    const std::optional<double> count = numbers_.read(f);
    if (count && *count >= 0 && *count <= static_cast<double>(std::numeric_limits<float>::max())) return *count;
    if (options_.gap != trace_gap::refuse && (count ? std::isnan(*count) : f.unknown())) return trace_row::unknown;
    const std::string what = count_name_.empty() ? "requests" : csv_field{count_name_}.quoted();
    if (!count && numbers_.ambiguous(f.text)) {
      refuse(at, f.column, what + " is " + f.quoted() + ", whose mark may be decimal or of thousands: set decimal");
    }
    const char* const way = f.unknown() ? "; set gap, and it is filled" : "";
    if (!count) refuse(at, f.column, what + " is '" + f.quoted() + "', must be a number" + way);
    refuse(at, f.column, what + " is " + f.quoted() + ", " + law_broken_by_count(*count).value_or("") + way);
  }

  static constexpr std::size_t most_in_a_record = std::size_t{1} << 20U;

  std::filesystem::path file_;
  trace_csv_options options_;
  trace_clock clock_;
  csv_numbers numbers_;
  trace_columns columns_{};
  std::optional<function_table> table_{};
  std::vector<csv_field> fields_{};
  char separator_ = ',';
  bool begun_ = false;
  bool has_header_ = false;
  bool unit_row_ = false;
  std::string time_name_{};
  std::string count_name_{};
  std::size_t count_line_ = 1;
  std::size_t count_column_ = 1;
  // Of the row that is read.
  csv_field time_field_{};
  csv_field count_field_{};
  std::size_t found_ = 0;
  std::size_t over_ = 0;  // where a column begins that must not be
  bool of_this_series_ = true;
  std::string comment_{};  // the last one before the first record
  // Of a record of several lines.
  std::string record_{};
  std::string whole_{};
  std::size_t record_line_ = 0;
  bool joined_ = false;
  std::size_t line_ = 0;
  std::size_t blank_line_ = 0;
  std::size_t skipped_ = 0;
  std::uint64_t rows_ = 0;
};

}  // namespace headroom
