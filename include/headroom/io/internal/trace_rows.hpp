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
#include <headroom/io/internal/csv_records.hpp>
#include <headroom/io/internal/function_table.hpp>
#include <headroom/io/internal/trace_clock.hpp>
#include <headroom/io/internal/trace_columns.hpp>
#include <headroom/io/internal/trace_shape.hpp>
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
/// each line, and yields its row. Keeps no more than a record (and the sums of a function table), so that it serves
/// files of any length.
class trace_rows {
 public:
  trace_rows(std::string_view who, std::filesystem::path file, trace_csv_options options)
      : file_(std::move(file)),
        options_(std::move(options)),
        clock_(file_, options_.unit_s, options_.interval_s),
        records_(file_) {
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
  /// series, for the first lines of a record that goes on, and for a last one that is cut: `ended` tells whether the
  /// line has an end.
  [[nodiscard]] std::optional<trace_row> line(std::string_view line, bool ended = true) {
    open_end_ = !ended;
    const char one = shape_ ? shape_->separator : 0;
    const auto record = records_.line(line, shape_ ? std::string_view(&one, 1) : trace_shape::separators);
    if (!record) return std::nullopt;
    const std::string_view text = *record;
    const std::size_t at = records_.number();
    if (text.find_first_not_of(" \t") == std::string_view::npos) {
      if (blank_line_ == 0) blank_line_ = at;  // harmless, but only at the end of the file
      return std::nullopt;
    }
    if (text.front() == '#' && is_comment()) {
      if (!shape_) comment_ = text;
      ++skipped_;
      return std::nullopt;
    }
    if (blank_line_ != 0) refuse(blank_line_, 1, "line is empty");
    if (!shape_ && !table_ && begin(text, at)) return std::nullopt;
    if (table_) {
      table_->row(text, at);
      return std::nullopt;
    }
    return row(text, at);
  }

  /// After the last line.
  void finish() const { records_.finish(); }

  /// Whether this is a function table, whose counts() are known after the last line only.
  [[nodiscard]] bool wide() const noexcept { return table_.has_value(); }
  [[nodiscard]] std::vector<float> counts() const { return table_->counts(records_.lines()); }
  /// Whether rows have times.
  [[nodiscard]] bool timed() const noexcept { return shape_ && shape_->columns.time != trace_columns::none; }
  [[nodiscard]] bool arrivals() const noexcept { return shape_ && shape_->arrivals; }
  /// Whether the only column is called as counts are.
  [[nodiscard]] bool called_count() const { return trace_columns::means_count(shape_->count_name); }
  [[nodiscard]] bool per_second() const noexcept {
    return options_.per_second || (shape_ && trace_columns::means_per_second(shape_->count_name));
  }
  [[nodiscard]] const std::string& count_name() const noexcept { return shape_->count_name; }
  [[nodiscard]] const trace_clock& clock() const noexcept { return clock_; }
  /// Lines so far.
  [[nodiscard]] std::size_t lines() const noexcept { return records_.lines(); }
  /// Lines between rows that are none, so that a row's place is not its number.
  [[nodiscard]] std::size_t skipped() const noexcept { return skipped_ + records_.joined(); }

  /// The count in a line that was accepted before, of a file whose rows are one line each; nothing if it cannot have
  /// been.
  [[nodiscard]] std::optional<float> count_in(std::string_view text) {
    if (!pick(text)) return std::nullopt;
    const std::optional<double> count = numbers_.read(count_field_);
    if (!count || law_broken_by_count(*count)) return std::nullopt;
    return static_cast<float>(*count);
  }

  [[noreturn]] void refuse(std::size_t line, std::size_t column, const std::string& sentence) const {
    throw csv_error(file_, line, column, sentence);
  }
  /// For a counter that nobody said is one. JSON has no shape, and so no place.
  [[noreturn]] void refuse_counter(const std::string& why) const {
    refuse(
        shape_line_, shape_ ? shape_->count_at : 1,
        why + ": set counter, and its differences are read, or set rising if these are the requests of each interval");
  }
  /// After the last line: whether it had no end, and whether it was left out, because a row needs more.
  [[nodiscard]] bool open_end() const noexcept { return open_end_; }
  [[nodiscard]] bool cut() const noexcept { return cut_; }
  [[nodiscard]] bool called_counter() const { return lower_case(shape_->count_name).ends_with("_total"); }

 private:
  // A line that begins with # is a row only where its first column is not read.
  [[nodiscard]] bool is_comment() const {
    if (!shape_) return true;
    const trace_columns& c = shape_->columns;
    return c.time == 0 || c.count == 0 || c.filters(0);
  }

  // The first record tells the shape. True if it is none of the rows.
  bool begin(std::string_view text, std::size_t at) {
    if (const auto told = separator_told(text)) {
      if (options_.separator == 0) options_.separator = *told;
      return true;
    }
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
    shape_.emplace(file_, text, at, comment_, options_);
    numbers_ = csv_numbers(shape_->separator, options_.decimal);
    if (shape_->named && timed()) clock_.named(shape_->time_name, at, shape_->time_at);
    shape_line_ = at;
    return shape_->header;
  }

  // Finds the fields that are read. False for another number of fields.
  bool pick(std::string_view text) {
    found_ = 0;
    bool wanted = true;
    for (std::size_t begin = 0;; ++found_) {
      const std::size_t end = csv_field::end_of(text, begin, shape_->separator);
      const bool last = end == text.size();
      const csv_field f = csv_field::of(text, begin, end);
      if (found_ == shape_->columns.width) {
        if (last && f.text.empty()) break;
        over_ = f.column;
        return false;
      }
      if (found_ == shape_->columns.time) time_field_ = f;
      if (found_ == shape_->columns.count) count_field_ = f;
      if (!shape_->columns.filter.empty()) wanted = wanted && passes(f);
      if (last) {
        ++found_;
        break;
      }
      begin = end + 1;
    }
    of_this_series_ = wanted;
    return found_ >= shape_->columns.width;
  }
  [[nodiscard]] bool passes(const csv_field& f) const {
    for (const auto& [column, value] : shape_->columns.filter) {
      if (column == found_ && column_name(f) != value) return false;
    }
    return true;
  }

  [[nodiscard]] std::optional<trace_row> row(std::string_view text, std::size_t at) {
    over_ = 0;
    if (!pick(text)) {
      if (open_end_ && over_ == 0 && rows_ > 0) {
        cut_ = true;
        return std::nullopt;
      }
      const std::string must = to_text(shape_->columns.width) + (shape_->columns.width == 1 ? " column" : " columns");
      if (over_ > 0) refuse(at, over_, "row has more than " + must);
      refuse(at, text.size() + 1,
             "row has " + to_text(found_) + (found_ == 1 ? " column" : " columns") + ", must have " +
                 to_text(shape_->columns.width));
    }
    if (!of_this_series_) {
      ++skipped_;
      return std::nullopt;
    }
    if (shape_->header && rows_ == 0 && !unit_row_ && timed() && unit_row()) {
      unit_row_ = true;
      ++skipped_;
      return std::nullopt;
    }
    if (open_end_ && rows_ > 0 && cut_in_count()) {
      cut_ = true;
      return std::nullopt;
    }
    trace_row r{.line = at};
    if (timed()) r.time = clock_.read(time_field_, numbers_, at);
    r.count = shape_->arrivals ? 1 : count(at);
    ++rows_;
    return r;
  }
  // Whether the count is no number, and can be the beginning of one.
  [[nodiscard]] bool cut_in_count() {
    if (shape_->arrivals || shape_->columns.width == 1) return false;
    const csv_field& f = count_field_;
    return f.text.find_first_not_of("0123456789+-.,eE") == std::string_view::npos && !numbers_.read(f) &&
           !numbers_.ambiguous(f.text);
  }
  // A row of units under the header: no number, and a unit where the time would be.
  [[nodiscard]] bool unit_row() {
    if (numbers_.read(time_field_) || time_stamp::of(time_field_.text)) return false;
    if (shape_->columns.count != trace_columns::none && numbers_.read(count_field_)) return false;
    if (lower_case(column_name(time_field_)) == lower_case(shape_->time_name)) return false;  // the header once more
    if (!clock_.unit_row(time_field_.text)) return false;
    shape_->count_name.append(" (").append(count_field_.text).append(")");
    return true;
  }

  [[nodiscard]] double count(std::size_t at) {
    const csv_field& f = count_field_;
    const std::optional<double> count = numbers_.read(f);
    if (count && *count >= 0 && *count <= static_cast<double>(std::numeric_limits<float>::max())) return *count;
    if (options_.gap != trace_gap::refuse && (count ? std::isnan(*count) : f.unknown())) return trace_row::unknown;
    const std::string what = shape_->count_name.empty() ? "requests" : csv_field{shape_->count_name}.quoted();
    if (!count && numbers_.ambiguous(f.text)) {
      refuse(at, f.column, what + " is " + f.quoted() + ", whose mark may be decimal or of thousands: set decimal");
    }
    const char* const way = f.unknown() ? "; set gap, and it is filled" : "";
    if (!count) refuse(at, f.column, what + " is '" + f.quoted() + "', must be a number" + way);
    refuse(at, f.column, what + " is " + f.quoted() + ", " + law_broken_by_count(*count).value_or("") + way);
  }

  std::filesystem::path file_;
  trace_csv_options options_;
  trace_clock clock_;
  csv_numbers numbers_;
  csv_records records_;
  std::optional<trace_shape> shape_{};
  std::optional<function_table> table_{};
  std::string comment_{};  // the last one before the first record
  std::size_t shape_line_ = 1;
  bool unit_row_ = false;
  bool open_end_ = false;
  bool cut_ = false;
  // Of the row that is read.
  csv_field time_field_{};
  csv_field count_field_{};
  std::size_t found_ = 0;
  std::size_t over_ = 0;  // where a column begins that must not be
  bool of_this_series_ = true;
  std::size_t blank_line_ = 0;
  std::size_t skipped_ = 0;
  std::uint64_t rows_ = 0;
};

}  // namespace headroom
