#pragma once

#include <algorithm>     // std::min
#include <charconv>      // std::from_chars
#include <cmath>         // std::abs, std::isfinite
#include <cstddef>       // std::size_t
#include <cstring>       // std::memmove
#include <filesystem>    // std::filesystem::path
#include <fstream>       // std::ifstream
#include <limits>        // std::numeric_limits
#include <optional>      // std::optional
#include <stdexcept>     // std::invalid_argument
#include <string>        // std::string
#include <string_view>   // std::string_view
#include <system_error>  // std::errc, std::error_code
#include <utility>       // std::move
#include <vector>        // std::vector

#include <headroom/core/check.hpp>
#include <headroom/workloads/trace.hpp>

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

struct trace_csv_options {
  double unit_s = 0;                  ///< seconds per unit of the time column; 0: from the header, 1 without one
  double interval_s = 0;              ///< seconds from row to row; 0: the first two rows tell
  std::size_t max_rows = 50'000'000;  ///< more are refused; a row takes four bytes
};

/// Reads one file; read_trace_csv() below is the way in.
class trace_csv_reader {
 public:
  trace_csv_reader(const std::filesystem::path& file, const trace_csv_options& options)
      : file_(file), options_(options) {
    require_not_negative("read_trace_csv", "unit_s", options.unit_s);
    require_not_negative("read_trace_csv", "interval_s", options.interval_s);
    require(options.max_rows > 0, "read_trace_csv", "max_rows", options.max_rows, "be at least 1");
    unit_s_ = options.unit_s > 0 ? options.unit_s : 1;
    interval_ = options.interval_s / unit_s_;
  }

  [[nodiscard]] trace read() {
    std::error_code ignored;
    if (std::filesystem::is_directory(file_, ignored)) refuse(1, 1, "is a directory");
    std::ifstream in(file_, std::ios::binary);
    if (!in) refuse(1, 1, "cannot be opened");
    std::vector<char> buffer(std::size_t{1} << 20U);
    std::size_t kept = 0;  // the beginning of a line whose end has not been read yet
    for (;;) {
      in.read(buffer.data() + kept, static_cast<std::streamsize>(buffer.size() - kept));
      const std::size_t end = kept + static_cast<std::size_t>(in.gcount());
      if (in.bad()) refuse(line_ + 1, 1, "cannot be read");
      const bool last = in.eof();
      kept = lines({buffer.data(), end}, last);
      if (last) break;
      if (kept == buffer.size()) refuse(line_ + 1, 1, "line is longer than " + to_text(buffer.size()) + " characters");
      std::memmove(buffer.data(), buffer.data() + end - kept, kept);
      reserve(end - kept);
    }
    if (counts_.empty()) refuse(line_ + 1, 1, line_ == 0 ? "file is empty" : "file has no rows");
    if (!(interval_ > 0)) refuse(line_, 1, "one row tells no interval, set interval_s");
    return {interval_ * unit_s_, std::move(counts_)};
  }

 private:
  struct field {
    std::string_view text;   // without blanks around it
    std::size_t column = 1;  // of its first character
  };
  struct row {
    field time;
    field requests;
  };

  [[noreturn]] void refuse(std::size_t line, std::size_t column, const std::string& sentence) const {
    throw csv_error(file_, line, column, sentence);
  }
  [[noreturn]] void refuse(const field& f, const std::string& sentence) const { refuse(line_, f.column, sentence); }

  // Takes the whole lines of `text`, and the rest of it too if it is the `last`. Returns how many characters are left
  // over.
  std::size_t lines(std::string_view text, bool last) {
    while (!text.empty()) {
      const std::size_t newline = text.find('\n');
      if (newline == std::string_view::npos && !last) return text.size();
      const std::size_t length = std::min(newline, text.size());
      std::string_view one = text.substr(0, length);
      if (!one.empty() && one.back() == '\r') one.remove_suffix(1);
      line(one);
      text.remove_prefix(std::min(text.size(), length + 1));
    }
    return 0;
  }

  void line(std::string_view text) {
    ++line_;
    if (line_ == 1 && text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // byte order mark
    if (text.find_first_not_of(" \t") == std::string_view::npos) {
      if (blank_line_ == 0) blank_line_ = line_;  // harmless, but only at the end of the file
      return;
    }
    if (blank_line_ != 0) refuse(blank_line_, 1, "line is empty");
    const row r = split(text);
    const std::optional<double> time = number(r.time);
    const std::optional<double> requests = number(r.requests);
    if (line_ == 1 && !time && !requests) return header(r);
    if (!time) refuse(r.time, "time is '" + quoted(r.time) + "', must be a number");
    if (!requests) refuse(r.requests, "requests is '" + quoted(r.requests) + "', must be a number");
    if (!std::isfinite(*time)) refuse(r.time, "time is " + quoted(r.time) + ", must be finite");
    if (*time < 0) refuse(r.time, "time is " + quoted(r.time) + ", must not be negative");
    if (!(*requests <= static_cast<double>(std::numeric_limits<float>::max()) && *requests >= 0)) {
      const std::string law = *requests < 0 ? ", must not be negative" : ", must be finite";
      refuse(r.requests, "requests is " + quoted(r.requests) + law);
    }
    if (counts_.size() == options_.max_rows) {
      refuse(line_, 1, "more than " + to_text(options_.max_rows) + " rows, raise max_rows");
    }
    keep_time(r.time, *time);
    counts_.push_back(static_cast<float>(*requests));
  }

  // Compared with the row before and not with the first, so that times that were rounded to a few decimals do not drift
  // away; 2 % of an interval is what that rounding may cost.
  void keep_time(const field& f, double time) {
    const double moved = time - time_;
    if (!counts_.empty()) {
      if (moved == 0) refuse(f, "time " + quoted(f) + " repeats the row before");
      if (moved < 0) refuse(f, "time " + quoted(f) + " runs backwards, the row before has " + to_text(time_));
      if (!(interval_ > 0)) interval_ = moved;
      const double expected = time_ + interval_;
      if (std::abs(time - expected) > 0.02 * interval_) {
        const std::string how = time > expected ? " leaves a gap, " : " comes too soon, ";
        refuse(f, "time " + quoted(f) + how + to_text(expected) + " was expected");
      }
    }
    time_ = time;
  }

  void header(const row& r) {
    if (options_.unit_s > 0) return;
    const std::string_view name = r.time.text;
    if (name == "second" || name == "seconds" || name == "time_s" || name == "timestamp")
      unit_s_ = 1;
    else if (name == "minute" || name == "minutes")
      unit_s_ = 60;
    else if (name == "bin5min")
      unit_s_ = 300;
    else if (name == "hour" || name == "hours")
      unit_s_ = 3600;
    else
      refuse(r.time, "time column is named '" + quoted(r.time) + "', which tells no unit, set unit_s");
    interval_ = options_.interval_s / unit_s_;
  }

  [[nodiscard]] row split(std::string_view text) const {
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos) refuse(line_, text.size() + 1, "row has 1 column, must have 2");
    const std::size_t second = text.find(',', comma + 1);
    if (second != std::string_view::npos) refuse(line_, second + 2, "row has more than 2 columns");
    return {trimmed(text, 0, comma), trimmed(text, comma + 1, text.size())};
  }

  [[nodiscard]] static field trimmed(std::string_view text, std::size_t begin, std::size_t end) {
    while (begin < end && (text[begin] == ' ' || text[begin] == '\t')) ++begin;
    while (end > begin && (text[end - 1] == ' ' || text[end - 1] == '\t')) --end;
    return {text.substr(begin, end - begin), begin + 1};
  }

  // Nothing if the text is not a number from its first character to its last; too large a one is infinite.
  [[nodiscard]] static std::optional<double> number(const field& f) {
    double value = 0;
    const char* end = f.text.data() + f.text.size();
    const auto [stop, error] = std::from_chars(f.text.data(), end, value);
    if (stop != end || error == std::errc::invalid_argument) return std::nullopt;
    if (error == std::errc::result_out_of_range) return std::numeric_limits<double>::infinity();
    return value;
  }

  // A file may hold anything; an error message should not.
  [[nodiscard]] static std::string quoted(const field& f) {
    std::string text(f.text.substr(0, 40));
    for (char& c : text) c = c >= ' ' && c <= '~' ? c : '?';
    return f.text.size() > text.size() ? text + "..." : text;
  }

  // After the first block: as many rows as the file will have if they go on like this, so that the counts are not
  // copied while they grow.
  void reserve(std::size_t characters) {
    if (reserved_ || counts_.empty()) return;
    reserved_ = true;
    std::error_code no_size;
    const auto size = std::filesystem::file_size(file_, no_size);
    if (no_size) return;
    const double rows_per_character = static_cast<double>(counts_.size()) / static_cast<double>(characters);
    const double rows = rows_per_character * static_cast<double>(size) + 1024;
    counts_.reserve(static_cast<std::size_t>(std::min(rows, static_cast<double>(options_.max_rows))));
  }

  std::filesystem::path file_;
  trace_csv_options options_;
  double unit_s_ = 1;
  double interval_ = 0;  // in the file's unit; 0: not known yet
  double time_ = 0;      // of the row before, in the file's unit
  std::size_t line_ = 0;
  std::size_t blank_line_ = 0;
  bool reserved_ = false;
  std::vector<float> counts_;
};

/// Reads a load from a CSV of two columns, time and requests in the interval that begins then, with an optional header:
///
///     minute,requests
///     0,22545
///     1,24102
///
/// The first column's name gives its unit: second(s), time_s or timestamp, minute(s), bin5min, hour(s); set unit_s for
/// any other. Rows follow each other without a gap; the trace begins at its first row whatever time that has. CRLF and
/// a missing last newline are fine. The file is streamed in blocks of 1 MiB; memory is four bytes a row. Throws
/// csv_error for whatever does not fit, std::invalid_argument for bad options.
[[nodiscard]] inline trace read_trace_csv(const std::filesystem::path& file, const trace_csv_options& options = {}) {
  return trace_csv_reader(file, options).read();
}

}  // namespace headroom
