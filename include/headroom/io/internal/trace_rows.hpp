#pragma once

#include <cmath>        // std::abs, std::isfinite, std::llround
#include <cstddef>      // std::size_t
#include <cstdint>      // std::int64_t
#include <filesystem>   // std::filesystem::path
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/function_table.hpp>
#include <headroom/io/internal/time_stamp.hpp>

namespace headroom {

struct trace_csv_options {
  double unit_s = 0;                  ///< seconds per unit of a numeric time column; 0: from the header, 1 without one
  double interval_s = 0;              ///< seconds from row to row; 0: from the first two times, 1 s without times
  std::size_t max_rows = 50'000'000;  ///< read_trace_csv refuses more; a row takes four bytes
  std::string function{};             ///< for an Azure Functions table: the function with this hash; empty: all of them
};

/// The rows of a recorded load, line by line, in all formats of read_trace_csv(): finds the format, checks each line,
/// and returns its count. Keeps only the last line (and the sums of a function table), so files may have any length.
class trace_rows {
 public:
  trace_rows(std::string_view who, std::filesystem::path file, trace_csv_options options)
      : file_(std::move(file)), options_(std::move(options)) {
    require_not_negative(who, "unit_s", options_.unit_s);
    require_not_negative(who, "interval_s", options_.interval_s);
    unit_s_ = options_.unit_s > 0 ? options_.unit_s : 1;
  }

  /// The count in this line; nothing for a header, a blank line at the end, or a row of a function table.
  std::optional<float> line(std::string_view text) {
    ++line_;
    if (text.find_first_not_of(" \t") == std::string_view::npos) {
      if (blank_line_ == 0) blank_line_ = line_;  // allowed, but only at the end of the file
      return std::nullopt;
    }
    if (blank_line_ != 0) refuse(blank_line_, 1, "line is empty");
    if (line_ == 1) {
      if (begin(text)) return std::nullopt;
    } else if (table_) {
      table_->row(text, line_);
      return std::nullopt;
    }
    const row r = split(text);
    const std::optional<double> requests = r.requests.number();
    if (timed_) check_time(r.time);
    if (!requests) refuse(r.requests, "requests is '" + r.requests.quoted() + "', must be a number");
    if (const auto law = law_broken_by_count(*requests))
      refuse(r.requests, "requests is " + r.requests.quoted() + ", " + *law);
    ++rows_;
    return static_cast<float>(*requests);
  }

  /// After the last line: seconds from row to row. Throws csv_error if the file was none of a trace.
  [[nodiscard]] double interval_s() const {
    if (table_) return function_table::interval_s;
    if (rows_ == 0) refuse(line_ + 1, 1, line_ == 0 ? "file is empty" : "file has no rows");
    if (!timed_) return options_.interval_s > 0 ? options_.interval_s : 1;
    if (!(interval_ > 0)) refuse(line_, 1, "one row tells no interval, set interval_s");
    return interval_ * unit_s_;
  }

  /// Whether this is a function table, whose counts() are known after the last line only.
  [[nodiscard]] bool wide() const noexcept { return table_.has_value(); }
  [[nodiscard]] std::vector<float> counts() const { return table_->counts(line_); }
  /// Whether rows have a time, or the count alone.
  [[nodiscard]] bool timed() const noexcept { return timed_; }
  /// Lines so far.
  [[nodiscard]] std::size_t lines() const noexcept { return line_; }

  /// The count of a line that was accepted before; nothing if the line cannot have been accepted.
  [[nodiscard]] static std::optional<float> count_in(std::string_view text, bool timed) {
    const std::size_t comma = text.find(',');
    if (timed != (comma != std::string_view::npos)) return std::nullopt;
    const std::optional<double> count = csv_field::of(text, timed ? comma + 1 : 0, text.size()).number();
    if (!count || law_broken_by_count(*count)) return std::nullopt;
    return static_cast<float>(*count);
  }

 private:
  struct row {
    csv_field time;
    csv_field requests;
  };
  enum class clock { unknown, number, stamp };

  [[noreturn]] void refuse(std::size_t line, std::size_t column, const std::string& sentence) const {
    throw csv_error(file_, line, column, sentence);
  }
  [[noreturn]] void refuse(const csv_field& f, const std::string& sentence) const { refuse(line_, f.column, sentence); }

  // The first line tells the shape. True if it was a header.
  bool begin(std::string_view text) {
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
    timed_ = text.find(',') != std::string_view::npos;
    const row r = split(text);
    if (r.requests.number() || (timed_ && (r.time.number() || time_stamp::of(r.time.text)))) return false;
    if (!timed_ && !r.requests.text.empty() && r.requests.text.find_first_of("0123456789+-.") == 0) return false;
    header_ = r.time.quoted();
    header_column_ = r.time.column;
    return true;
  }

  [[nodiscard]] row split(std::string_view text) const {
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos) {
      if (timed_) refuse(line_, text.size() + 1, "row has 1 column, must have 2");
      return {{}, csv_field::of(text, 0, text.size())};
    }
    if (!timed_) refuse(line_, comma + 2, "row has more than 1 column");
    const std::size_t second = text.find(',', comma + 1);
    if (second != std::string_view::npos) refuse(line_, second + 2, "row has more than 2 columns");
    return {csv_field::of(text, 0, comma), csv_field::of(text, comma + 1, text.size())};
  }

  void check_time(const csv_field& f) {
    if (clock_ == clock::unknown) begin_time(f);
    double time = 0;
    if (clock_ == clock::number) {
      const std::optional<double> read = f.number();
      if (!read) refuse(f, "time is '" + f.quoted() + "', must be a number");
      if (!std::isfinite(*read)) refuse(f, "time is " + f.quoted() + ", must be finite");
      if (*read < 0) refuse(f, "time is " + f.quoted() + ", must not be negative");
      time = *read;
    } else {
      const std::optional<time_stamp> read = time_stamp::of(f.text);
      if (!read) refuse(f, "time is '" + f.quoted() + "', must be a time as in 2024-01-31 23:59:00");
      if (rows_ == 0) first_ = *read;
      time = static_cast<double>(read->nanoseconds - first_.nanoseconds) / 1e9;
    }
    if (rows_ > 0) follows(f, time);
    time_ = time;
  }

  // Whether times are numbers, which need a unit, or time stamps, which do not. The first row decides.
  void begin_time(const csv_field& f) {
    if (f.number()) {
      clock_ = clock::number;
      if (!header_.empty() && !(options_.unit_s > 0)) unit_s_ = unit_named(header_);
    } else if (time_stamp::of(f.text)) {
      clock_ = clock::stamp;
      unit_s_ = 1;
    } else {
      refuse(f, "time is '" + f.quoted() + "', must be a number or a time as in 2024-01-31 23:59:00");
    }
    interval_ = options_.interval_s / unit_s_;
  }

  // A time is compared with the row before, not with the first, so that times rounded to a few decimals do not drift.
  // This rounding may cost 2 % of an interval.
  void follows(const csv_field& f, double time) {
    const double moved = time - time_;
    if (moved == 0) refuse(f, "time " + f.quoted() + " repeats the row before");
    if (moved < 0) refuse(f, "time " + f.quoted() + " runs backwards, the row before has " + shown(time_));
    if (!(interval_ > 0)) interval_ = moved;
    const double expected = time_ + interval_;
    if (std::abs(time - expected) > 0.02 * interval_) {
      const std::string how = time > expected ? " leaves a gap, " : " comes too soon, ";
      refuse(f, "time " + f.quoted() + how + shown(expected) + " was expected");
    }
  }
  [[nodiscard]] std::string shown(double time) const {
    if (clock_ == clock::number) return to_text(time);
    time_stamp t = first_;
    t.nanoseconds += static_cast<std::int64_t>(std::llround(time * 1e9));
    return t.text();
  }

  [[nodiscard]] double unit_named(std::string_view name) const {
    if (name == "second" || name == "seconds" || name == "time_s" || name == "timestamp") return 1;
    if (name == "minute" || name == "minutes") return 60;
    if (name == "bin5min") return 300;
    if (name == "hour" || name == "hours") return 3600;
    refuse(1, header_column_, "time column is named '" + header_ + "', which tells no unit, set unit_s");
  }

  std::filesystem::path file_;
  trace_csv_options options_;
  std::optional<function_table> table_{};
  std::string header_{};  // the name of the time column
  std::size_t header_column_ = 1;
  bool timed_ = false;
  clock clock_ = clock::unknown;
  time_stamp first_{};   // of the first row
  double unit_s_ = 1;    // of the time column
  double interval_ = 0;  // in that unit; 0: not known yet
  double time_ = 0;      // of the row before, in that unit
  std::size_t line_ = 0;
  std::size_t blank_line_ = 0;
  std::size_t rows_ = 0;
};

}  // namespace headroom
