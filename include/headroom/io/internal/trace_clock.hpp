#pragma once

#include <charconv>      // std::from_chars
#include <cmath>         // std::fmod, std::isfinite, std::llround
#include <cstddef>       // std::size_t
#include <cstdint>       // std::int64_t
#include <filesystem>    // std::filesystem::path
#include <optional>      // std::optional
#include <string>        // std::string
#include <string_view>   // std::string_view
#include <system_error>  // std::errc
#include <utility>       // std::move

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/csv_numbers.hpp>
#include <headroom/io/internal/time_stamp.hpp>
#include <headroom/io/internal/time_unit.hpp>

namespace headroom {

/// The time column of a recorded load: finds out by its name or its first number in which unit it counts, and reads
/// each time as ticks since the first, because doubles since 1970 would round nanoseconds. A tick is a unit of the
/// column, or a second of dates.
class trace_clock {
 public:
  /// @param unit_s      seconds per unit of numeric times; 0: the name of the column or the magnitude tells
  /// @param interval_s  seconds from row to row; 0: the rows tell
  trace_clock(std::filesystem::path file, double unit_s, double interval_s)
      : file_(std::move(file)), asked_unit_s_(unit_s), asked_interval_s_(interval_s) {}

  /// The name of the time column, and where it stands.
  void named(std::string name, std::size_t line, std::size_t column) {
    header_ = std::move(name);
    header_line_ = line;
    header_column_ = column;
    has_header_ = true;
  }
  /// Of numbers since 1970 that are in seconds whatever their size, as in JSON of Prometheus.
  void epoch_seconds() { asked_unit_s_ = 1; }
  /// A row under the header that says the unit. False if this is none.
  [[nodiscard]] bool unit_row(std::string_view text) {
    while (!text.empty() && (text.front() == '(' || text.front() == '[')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ')' || text.back() == ']')) text.remove_suffix(1);
    const std::optional<time_unit> unit = time_unit::of_word(lower_case(text));
    if (unit && asked_unit_s_ == 0) header_ = std::string(unit->name);
    return unit.has_value();
  }

  /// The time in a row, in ticks since the first that was read.
  [[nodiscard]] double read(const csv_field& f, csv_numbers& numbers, std::size_t line) {
    if (kind_ == kind::unknown) begin(f, numbers, line);
    if (kind_ == kind::stamp) {
      const std::optional<time_stamp> time = time_stamp::of(f.text);
      if (!time) refuse(f, line, "time is '" + f.quoted() + "', must be a time as in 2024-01-31 23:59:00");
      if (time->zoned != first_stamp_.zoned) {
        refuse(f, line,
               "time " + f.quoted() + (time->zoned ? " names" : " does not name") +
                   " a zone, unlike the first: must be written alike");
      }
      return static_cast<double>(time->nanoseconds - first_stamp_.nanoseconds) / 1e9;
    }
    if (whole_) {
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(f.text.data(), f.text.data() + f.text.size(), value);
      if (error == std::errc() && end == f.text.data() + f.text.size() && value >= 0) {
        return static_cast<double>(value - first_whole_);
      }
    }
    return number(f, numbers, line) - first_number_;
  }

  /// So many ticks in seconds.
  [[nodiscard]] double seconds(double ticks) const {
    return index_ ? ticks * asked_interval_s_ : kind_ == kind::stamp ? ticks : unit_.in_seconds(ticks);
  }
  /// So many seconds in ticks.
  [[nodiscard]] double ticks(double seconds) const {
    return index_ ? seconds / asked_interval_s_ : kind_ == kind::stamp ? seconds : unit_.of_seconds(seconds);
  }
  /// By how much a time in ticks may differ from what was meant: the rounding of a double.
  [[nodiscard]] double noise(double time) const { return 8 * 2.3e-16 * (first_number_ + time); }
  /// Whether times are numbers of rows.
  [[nodiscard]] bool index() const noexcept { return index_; }
  /// In which unit times were understood.
  [[nodiscard]] std::string_view unit() const noexcept {
    if (index_) return "row numbers";
    return kind_ == kind::stamp ? (first_stamp_.zoned ? "dates" : "dates without a zone") : unit_.name;
  }
  /// A time as the file writes it.
  [[nodiscard]] std::string shown(double time) const {
    if (kind_ != kind::stamp) return to_text(first_number_ + time);
    time_stamp t = first_stamp_;
    t.nanoseconds += static_cast<std::int64_t>(std::llround(time * 1e9));
    return t.text();
  }
  /// How long before a time the last multiple of the interval was, both in ticks.
  [[nodiscard]] double into_interval(double interval, double time) const {
    if (kind_ != kind::stamp) return std::fmod(first_number_ + time, interval);
    const auto whole = static_cast<std::int64_t>(std::llround(interval * 1e9));
    const std::int64_t at = first_stamp_.nanoseconds + static_cast<std::int64_t>(std::llround(time * 1e9));
    const std::int64_t rest = whole > 0 ? at % whole : 0;
    return static_cast<double>(rest < 0 ? rest + whole : rest) / 1e9;
  }

 private:
  enum class kind { unknown, number, stamp };

  [[noreturn]] void refuse(const csv_field& f, std::size_t line, const std::string& sentence) const {
    throw csv_error(file_, line, f.column, sentence);
  }

  // Whether times are numbers, which need a unit, or dates, which do not: the first row tells.
  void begin(const csv_field& f, csv_numbers& numbers, std::size_t line) {
    if (const auto stamp = time_stamp::of(f.text)) {
      kind_ = kind::stamp;
      first_stamp_ = *stamp;
      return;
    }
    if (!numbers.read(f) && !numbers.ambiguous(f.text)) {
      refuse(f, line, "time is '" + f.quoted() + "', must be a number or a time as in 2024-01-31 23:59:00");
    }
    first_number_ = number(f, numbers, line);
    const auto [end, error] = std::from_chars(f.text.data(), f.text.data() + f.text.size(), first_whole_);
    whole_ = error == std::errc() && end == f.text.data() + f.text.size();
    unit_ = unit_of(first_number_);
    kind_ = kind::number;
  }
  [[nodiscard]] double number(const csv_field& f, csv_numbers& numbers, std::size_t line) const {
    const std::optional<double> time = numbers.read(f);
    if (!time && numbers.ambiguous(f.text)) {
      refuse(f, line, "time is " + f.quoted() + ", whose mark may be decimal or of thousands: set decimal");
    }
    if (!time) refuse(f, line, "time is '" + f.quoted() + "', must be a number");
    if (!std::isfinite(*time)) refuse(f, line, "time is " + f.quoted() + ", must be finite");
    if (*time < 0) refuse(f, line, "time is " + f.quoted() + ", must not be negative");
    return *time;
  }

  [[nodiscard]] time_unit unit_of(double time) {
    if (asked_unit_s_ > 0) return {asked_unit_s_, "units as told"};
    const std::optional<time_unit> since = time_unit::since_1970(time);
    if (!has_header_) return since.value_or(time_unit{1, "seconds (assumed, there is no header)"});
    if (const auto unit = time_unit::named(header_)) {
      if (!time_unit::surely_since_1970(time)) return *unit;
      // The name says how long a unit is; the number must say the same.
      if (since->seconds == unit->seconds) return *since;
      refuse_header("time column is named '" + shown_header() + "', and " + to_text(time) + " looks like " +
                    std::string(since->name) + ": set unit_s");
    }
    const std::string name = lower_case(header_);
    const bool nameless = name.empty() || name == "index" || name == "unnamed: 0" || name == "#" || name == "row";
    if (nameless && asked_interval_s_ > 0 && !time_unit::surely_since_1970(time)) {
      index_ = true;  // the number of the row, as some programs write it
      return {1, "row numbers"};
    }
    if (since && (!nameless || time_unit::surely_since_1970(time))) return *since;
    if (name == "timestamp") return {};
    refuse_header(nameless ? "time column has no name, which tells no unit, set unit_s or interval_s"
                           : "time column is named '" + shown_header() + "', which tells no unit, set unit_s");
  }
  [[nodiscard]] std::string shown_header() const { return csv_field{header_}.quoted(); }
  [[noreturn]] void refuse_header(const std::string& sentence) const {
    throw csv_error(file_, header_line_, header_column_, sentence);
  }

  std::filesystem::path file_;
  double asked_unit_s_;
  double asked_interval_s_;
  std::string header_{};
  std::size_t header_line_ = 1;
  std::size_t header_column_ = 1;
  bool has_header_ = false;
  bool index_ = false;
  bool whole_ = false;  // the first time is a whole number
  kind kind_ = kind::unknown;
  time_unit unit_{};
  time_stamp first_stamp_{};
  double first_number_ = 0;
  std::int64_t first_whole_ = 0;
};

}  // namespace headroom
