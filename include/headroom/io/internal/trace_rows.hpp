#pragma once

#include <algorithm>    // std::min
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/function_table.hpp>
#include <headroom/io/internal/trace_clock.hpp>
#include <headroom/io/trace_options.hpp>

namespace headroom {

/// Where the count stands in a line.
struct trace_shape {
  char separator = ',';
  bool timed = false;  ///< whether rows have a time before the count
};

/// The rows of a recorded load, line by line, in any of the shapes that read_trace_csv() names: finds out which, checks
/// each line, and yields its count. Keeps no more than a line before (and the sums of a function table), so that it
/// serves files of any length.
class trace_rows {
 public:
  trace_rows(std::string_view who, std::filesystem::path file, trace_csv_options options)
      : file_(std::move(file)), options_(std::move(options)), clock_(file_, options_.unit_s, options_.interval_s) {
    require_not_negative(who, "unit_s", options_.unit_s);
    require_not_negative(who, "interval_s", options_.interval_s);
  }

  /// Takes a line and calls `emit(float)` for each interval that is known by it: none for a header, a comment, a blank
  /// line at the end or a row of a function table; several where a gap ends.
  template <class Emit>
  void line(std::string_view text, Emit&& emit) {
    ++line_;
    if (text.find_first_not_of(" \t") == std::string_view::npos) {
      if (blank_line_ == 0) blank_line_ = line_;  // harmless, but only at the end of the file
      return;
    }
    if (blank_line_ != 0) refuse(blank_line_, 1, "line is empty");
    if (!begun_) {
      if (begin(text)) return;
    } else if (table_) {
      table_->row(text, line_);
      return;
    }
    const row r = split(text);
    const std::uint64_t missing = shape_.timed ? clock_.next(r.time, line_) : 0;
    if (missing > 0 && options_.gap == trace_gap::refuse) clock_.refuse_gap(r.time);
    unknown_ += missing;
    const std::optional<double> count = count_of(r.requests);
    if (count) {
      take(*count, emit);
    } else {
      ++unknown_;
    }
  }

  /// After the last line: fills what is missing at the end, if that is to be nothing or as before.
  template <class Emit>
  void finish(Emit&& emit) {
    if (options_.gap == trace_gap::zero || (options_.gap == trace_gap::hold && told_ > 0)) {
      fill(options_.gap == trace_gap::hold ? last_ : 0, emit);
    }
    if (told_ == 0 || shape_.timed) return;
    refuse_arrival_times();
  }

  /// After finish(): what the file was understood to be. Throws csv_error if it was none of a trace.
  [[nodiscard]] trace_reading reading() const {
    if (table_) return {.interval_s = function_table::interval_s, .times = "minutes, a column each"};
    if (told_ == 0) refuse(line_ + 1, 1, line_ == 0 ? "file is empty" : "file has no rows");
    trace_reading r{.rows = told_, .filled = filled_, .resets = resets_};
    r.interval_s = shape_.timed ? clock_.interval_s() : options_.interval_s > 0 ? options_.interval_s : 1;
    if (shape_.timed) r.times = clock_.unit();
    refuse_counter();
    return r;
  }

  /// Whether this is a function table, whose counts() are known after the last line only.
  [[nodiscard]] bool wide() const noexcept { return table_.has_value(); }
  [[nodiscard]] std::vector<float> counts() const { return table_->counts(line_); }
  /// Whether each row holds its count as it is, so that count_in() finds it again.
  [[nodiscard]] bool plain() const noexcept {
    return !table_ && !options_.counter && options_.gap == trace_gap::refuse;
  }
  [[nodiscard]] const trace_shape& shape() const noexcept { return shape_; }
  /// Lines so far.
  [[nodiscard]] std::size_t lines() const noexcept { return line_; }

  /// The count in a line that was accepted before, of a plain() file; nothing if it cannot have been.
  [[nodiscard]] static std::optional<float> count_in(std::string_view text, const trace_shape& shape) {
    const std::size_t end = csv_field::end_of(text, 0, shape.separator);
    if (shape.timed != (end < text.size())) return std::nullopt;
    const std::optional<double> count = csv_field::of(text, shape.timed ? end + 1 : 0, text.size()).number();
    if (!count || law_broken_by_count(*count)) return std::nullopt;
    return static_cast<float>(*count);
  }

 private:
  struct row {
    csv_field time;
    csv_field requests;
  };

  [[noreturn]] void refuse(std::size_t line, std::size_t column, const std::string& sentence) const {
    throw csv_error(file_, line, column, sentence);
  }
  [[noreturn]] void refuse(const csv_field& f, const std::string& sentence) const { refuse(line_, f.column, sentence); }

  // The lines before the first row tell the shape. True if this is none of the rows.
  bool begin(std::string_view text) {
    if (text.front() == '#') return true;
    if (lower_case(text.substr(0, 4)) == "sep=" && text.size() == 5) {
      shape_.separator = text[4];
      separator_told_ = true;
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
    if (!separator_told_) shape_.separator = separator_of(text);
    shape_.timed = csv_field::end_of(text, 0, shape_.separator) < text.size();
    const row r = split(text);
    if (r.requests.number() || (shape_.timed && (r.time.number() || time_stamp::of(r.time.text)))) return false;
    if (!shape_.timed && !r.requests.text.empty() && r.requests.text.find_first_of("0123456789+-.") == 0) return false;
    if (r.requests.unknown()) return false;  // a count that is not known is no name of a column
    clock_.named(r.time, line_);
    count_name_ = r.requests.quoted();
    count_line_ = line_;
    count_column_ = r.requests.column;
    return true;
  }
  // A tab, or a semicolon where there is no comma: a count has neither.
  [[nodiscard]] static char separator_of(std::string_view text) {
    if (text.find(',') != std::string_view::npos) return ',';
    if (text.find(';') != std::string_view::npos) return ';';
    return text.find('\t') != std::string_view::npos ? '\t' : ',';
  }

  [[nodiscard]] row split(std::string_view text) const {
    const std::size_t first = csv_field::end_of(text, 0, shape_.separator);
    if (first == text.size()) {
      if (shape_.timed) refuse(line_, text.size() + 1, "row has 1 column, must have 2");
      return {{}, csv_field::of(text, 0, text.size())};
    }
    if (!shape_.timed) refuse(line_, first + 2, "row has more than 1 column");
    const std::size_t second = csv_field::end_of(text, first + 1, shape_.separator);
    if (second < text.size()) refuse(line_, second + 2, "row has more than 2 columns");
    return {csv_field::of(text, 0, first), csv_field::of(text, first + 1, text.size())};
  }

  // Nothing where the count is not known and the rule for gaps says what that means.
  [[nodiscard]] std::optional<double> count_of(const csv_field& f) const {
    if (options_.gap != trace_gap::refuse && f.unknown()) return std::nullopt;
    const std::optional<double> count = f.number();
    if (!count) refuse(f, "requests is '" + f.quoted() + "', must be a number");
    if (const auto law = law_broken_by_count(*count)) refuse(f, "requests is " + f.quoted() + ", " + *law);
    return count;
  }

  template <class Emit>
  void take(double count, Emit& emit) {
    watch(count);
    if (options_.counter) {
      if (rows_++ == 0) {
        counted_ = count;
        unknown_ = 0;
        return;
      }
      // What came since the last known value, spread evenly over the intervals between.
      resets_ += count < counted_ ? 1U : 0U;
      const double since = count < counted_ ? count : count - counted_;
      counted_ = count;
      const double each = since / static_cast<double>(unknown_ + 1);
      fill(each, emit);
      tell(each, emit);
      return;
    }
    ++rows_;
    const double steps = static_cast<double>(unknown_ + 1);
    if (options_.gap == trace_gap::interpolate && told_ > 0) {
      const double from = last_;
      for (double k = 1; unknown_ > 0; ++k, --unknown_, ++filled_) tell(from + (count - from) * k / steps, emit);
    } else if (options_.gap == trace_gap::zero || (options_.gap == trace_gap::hold && told_ > 0)) {
      fill(options_.gap == trace_gap::hold ? last_ : 0, emit);
    }
    unknown_ = 0;  // before the first known count there is nothing to hold: the trace begins with it
    tell(count, emit);
  }
  template <class Emit>
  void fill(double count, Emit& emit) {
    for (; unknown_ > 0; --unknown_, ++filled_) tell(count, emit);
  }
  template <class Emit>
  void tell(double count, Emit& emit) {
    ++told_;
    last_ = count;
    emit(static_cast<float>(count));
  }

  // What looks like another kind of file is not read as counts.
  void watch(double count) {
    if (rows_ == 0) first_count_ = count;
    rising_ = rising_ && (rows_ == 0 || count > seen_);
    seen_ = count;
  }
  void refuse_arrival_times() const {
    if (!rising_ || rows_ < 3 || first_count_ < 1e8 || options_.counter) return;
    refuse(1, 1,
           "looks like the times of single arrivals (rising numbers since " + to_text(first_count_) +
               "), must be one count of requests a line: count the arrivals of each interval first");
  }
  void refuse_counter() const {
    if (options_.counter) return;
    const std::string name = lower_case(count_name_);
    const bool called = name.size() > 6 && name.compare(name.size() - 6, 6, "_total") == 0;
    // A load may rise for long, but not from row to row without end to many times of what it was.
    const bool looks = rising_ && rows_ >= 20 && seen_ > 10 * first_count_;
    if (called || looks) {
      refuse(
          called ? count_line_ : 1, called ? count_column_ : 1,
          (called ? "column is named '" + count_name_ + "', as a counter is"
                  : "counts rise from row to row, from " + to_text(first_count_) + " to " + to_text(seen_) +
                        ", as those of a counter do") +
              ": set counter, and its differences are read; rename the column if these are requests of each interval");
    }
  }

  std::filesystem::path file_;
  trace_csv_options options_;
  trace_clock clock_;
  std::optional<function_table> table_{};
  trace_shape shape_{};
  bool separator_told_ = false;
  bool begun_ = false;
  std::string count_name_{};
  std::size_t count_line_ = 1;
  std::size_t count_column_ = 1;
  std::size_t line_ = 0;
  std::size_t blank_line_ = 0;
  std::uint64_t rows_ = 0;     // whose count is known
  std::uint64_t unknown_ = 0;  // intervals before the next known count
  std::uint64_t told_ = 0;
  std::uint64_t filled_ = 0;
  std::uint64_t resets_ = 0;
  double last_ = 0;         // count told
  double counted_ = 0;      // value of the counter
  double first_count_ = 0;  // as written
  double seen_ = 0;         // as written, in the row before
  bool rising_ = true;
};

}  // namespace headroom
