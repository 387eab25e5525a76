#pragma once

#include <algorithm>    // std::clamp, std::max, std::min
#include <array>        // std::array
#include <cmath>        // std::abs, std::isfinite, std::llround, std::round
#include <cstddef>      // std::size_t
#include <cstdint>      // std::int64_t, std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/time_stamp.hpp>

namespace headroom {

/// A unit in which files count time.
struct time_unit {
  double seconds = 1;
  std::string_view name = "seconds";

  /// Of a column with this name, in any capitalisation; nothing if the name tells none.
  [[nodiscard]] static std::optional<time_unit> named(std::string_view column) {
    struct row {
      std::string_view column;
      double seconds;
      std::string_view name;
    };
    static constexpr row rows[] = {{"second", 1, "seconds"},          {"seconds", 1, "seconds"},
                                   {"time_s", 1, "seconds"},          {"timestamp_s", 1, "seconds"},
                                   {"ms", 1e-3, "milliseconds"},      {"millisecond", 1e-3, "milliseconds"},
                                   {"time_ms", 1e-3, "milliseconds"}, {"timestamp_ms", 1e-3, "milliseconds"},
                                   {"minute", 60, "minutes"},         {"minutes", 60, "minutes"},
                                   {"bin5min", 300, "five minutes"},  {"hour", 3600, "hours"},
                                   {"hours", 3600, "hours"},          {"milliseconds", 1e-3, "milliseconds"}};
    const std::string small = lower_case(column);
    for (const row& r : rows) {
      if (r.column == small) return time_unit{r.seconds, r.name};
    }
    return std::nullopt;
  }

  /// Of a time since 1970, told by its magnitude: 1.7e9 are seconds, 1.7e12 milliseconds, and so on, from 1973 to 5138.
  /// Nothing for a smaller number, which can be anything.
  [[nodiscard]] static std::optional<time_unit> since_1970(double time) {
    if (!(time >= 1e8)) return std::nullopt;
    if (time < 1e11) return time_unit{1, "epoch seconds"};
    if (time < 1e14) return time_unit{1e-3, "epoch milliseconds"};
    if (time < 1e17) return time_unit{1e-6, "epoch microseconds"};
    return time_unit{1e-9, "epoch nanoseconds"};
  }
};

/// The time column of a recorded load: finds out its unit, checks that each row lies one interval after the row before
/// (within a tenth: scrapes come a little early or late), counts the intervals between that have no row, and finds the
/// interval, which is the median of all. O(1) a row.
class trace_clock {
 public:
  /// @param unit_s      seconds per unit of numeric times; 0: the name of the column or the magnitude tells
  /// @param interval_s  seconds from row to row; 0: the rows tell
  trace_clock(std::filesystem::path file, double unit_s, double interval_s)
      : file_(std::move(file)), asked_unit_s_(unit_s), asked_interval_s_(interval_s) {}

  /// The name of the time column, which stands in line 1 or behind comments.
  void named(const csv_field& header, std::size_t line) {
    header_ = header.quoted();
    header_line_ = line;
    header_column_ = header.column;
    has_header_ = true;
  }

  /// Takes the time of a row. Returns how many intervals without a row lie before it; refuses a time that repeats, runs
  /// backwards, or lies between two intervals.
  std::uint64_t next(const csv_field& f, std::size_t line) {
    line_ = line;
    if (kind_ == kind::unknown) begin(f);
    const double time = read(f);
    std::uint64_t missing = 0;
    if (rows_ > 0) missing = follows(f, time);
    if (rows_ == 0) first_time_ = part_time_ = time;
    time_ = time;
    ++rows_;
    return missing;
  }
  /// Refuses the row last taken, because rows are missing before it.
  [[noreturn]] void refuse_gap(const csv_field& f) const {
    refuse(f, "time " + f.quoted() + " leaves a gap, " + shown(before_ + interval_) + " was expected");
  }

  /// After the last row: seconds from row to row.
  [[nodiscard]] double interval_s() const {
    if (index_) return asked_interval_s_;
    if (!(interval_ > 0)) throw csv_error(file_, line_, 1, "one row tells no interval, set interval_s");
    if (slots_ == 0) return asked_interval_s_;
    const double median = median_gap();
    const double mean = (time_ - first_time_) / static_cast<double>(slots_);
    const auto apart = [median](double other) { return std::abs(other - median) > 0.02 * median; };
    const auto shown_s = [this](double x) { return to_text(x * unit_.seconds) + " s"; };
    if (asked_interval_s_ > 0) {
      if (!apart(asked_interval_s_ / unit_.seconds)) return asked_interval_s_;
      throw csv_error(file_, line_, 1,
                      "rows are " + shown_s(median) + " apart, interval_s is " + to_text(asked_interval_s_));
    }
    if (!apart(mean)) return median * unit_.seconds;
    // Times that come now early, now late: the mean is the step then, of each part as of the whole.
    if (!(highest_ - lowest_ > 0.02 * mean)) return mean * unit_.seconds;
    throw csv_error(file_, line_, 1,
                    "rows keep no step: their median distance is " + shown_s(median) + ", the mean is " +
                        shown_s(mean) + "; write them at equal distances");
  }
  /// In which unit times were understood.
  [[nodiscard]] std::string_view unit() const noexcept {
    return index_ ? "row numbers" : kind_ == kind::stamp ? "dates" : unit_.name;
  }

 private:
  enum class kind { unknown, number, stamp };
  static constexpr double tolerance = 0.1;
  static constexpr std::size_t bins = 401;  // of distances, a twentieth of a percent each
  struct bin {
    std::uint64_t count = 0;
    double sum = 0;
  };

  [[noreturn]] void refuse(const csv_field& f, const std::string& sentence) const {
    throw csv_error(file_, line_, f.column, sentence);
  }

  // Whether times are numbers, which need a unit, or dates, which do not: the first row tells.
  void begin(const csv_field& f) {
    if (const std::optional<double> time = f.number()) {
      kind_ = kind::number;
      unit_ = unit_of(*time);
    } else if (time_stamp::of(f.text)) {
      kind_ = kind::stamp;
    } else {
      refuse(f, "time is '" + f.quoted() + "', must be a number or a time as in 2024-01-31 23:59:00");
    }
    interval_ = index_ ? 1 : asked_interval_s_ / unit_.seconds;
  }
  [[nodiscard]] time_unit unit_of(double time) {
    if (asked_unit_s_ > 0) return {asked_unit_s_, "units as told"};
    if (!has_header_) return time_unit::since_1970(time).value_or(time_unit{});
    if (const auto unit = time_unit::named(header_)) return *unit;
    const std::string name = lower_case(header_);
    const bool nameless = name.empty() || name == "index" || name == "unnamed: 0";
    if (nameless && asked_interval_s_ > 0) {
      index_ = true;  // the number of the row, as some programs write it
      return {1, "row numbers"};
    }
    if (const auto unit = time_unit::since_1970(time); unit && !nameless) return *unit;
    if (name == "timestamp") return {};
    throw csv_error(file_, header_line_, header_column_,
                    nameless ? "time column has no name, which tells no unit, set unit_s or interval_s"
                             : "time column is named '" + header_ + "', which tells no unit, set unit_s");
  }

  [[nodiscard]] double read(const csv_field& f) {
    if (kind_ == kind::number) {
      const std::optional<double> time = f.number();
      if (!time) refuse(f, "time is '" + f.quoted() + "', must be a number");
      if (!std::isfinite(*time)) refuse(f, "time is " + f.quoted() + ", must be finite");
      if (*time < 0) refuse(f, "time is " + f.quoted() + ", must not be negative");
      return *time;
    }
    const std::optional<time_stamp> time = time_stamp::of(f.text);
    if (!time) refuse(f, "time is '" + f.quoted() + "', must be a time as in 2024-01-31 23:59:00");
    if (rows_ == 0) first_stamp_ = *time;
    return static_cast<double>(time->nanoseconds - first_stamp_.nanoseconds) / 1e9;
  }

  // Compared with the row before and not with the first, so that times that were rounded to a few decimals do not drift
  // away.
  [[nodiscard]] std::uint64_t follows(const csv_field& f, double time) {
    const double moved = time - time_;
    if (moved == 0) refuse(f, "time " + f.quoted() + " repeats the row before");
    if (moved < 0) refuse(f, "time " + f.quoted() + " runs backwards, the row before has " + shown(time_));
    if (!(interval_ > 0)) interval_ = moved;
    const double steps = std::round(moved / interval_);
    if (steps < 1 || steps > 1e15 || std::abs(moved - steps * interval_) > tolerance * interval_) {
      const bool late = moved > interval_;
      refuse(f, "time " + f.quoted() + (late ? " leaves a gap, " : " comes too soon, ") + shown(time_ + interval_) +
                    " was expected");
    }
    before_ = time_;
    slots_ += static_cast<std::uint64_t>(steps);
    if (steps == 1) count(moved);
    if (slots_ - part_slots_ >= 16) {
      const double mean = (time - part_time_) / static_cast<double>(slots_ - part_slots_);
      lowest_ = std::min(lowest_, mean);
      highest_ = std::max(highest_, mean);
      part_slots_ = slots_;
      part_time_ = time;
    }
    return static_cast<std::uint64_t>(steps) - 1;
  }
  void count(double moved) {
    const double place = (moved / interval_ - 1 + tolerance) / (2 * tolerance) * static_cast<double>(bins - 1);
    bin& b = gaps_[static_cast<std::size_t>(std::clamp(std::round(place), 0.0, static_cast<double>(bins - 1)))];
    ++b.count;
    b.sum += moved;
  }
  // The mean of the distances in the bin in which the median lies: exact where all are alike.
  [[nodiscard]] double median_gap() const {
    std::uint64_t all = 0;
    for (const bin& b : gaps_) all += b.count;
    std::uint64_t below = 0;
    for (const bin& b : gaps_) {
      below += b.count;
      if (b.count > 0 && 2 * below >= all) return b.sum / static_cast<double>(b.count);
    }
    return interval_;
  }

  [[nodiscard]] std::string shown(double time) const {
    if (kind_ == kind::number) return to_text(time);
    time_stamp t = first_stamp_;
    t.nanoseconds += static_cast<std::int64_t>(std::llround(time * 1e9));
    return t.text();
  }

  std::filesystem::path file_;
  double asked_unit_s_;
  double asked_interval_s_;
  std::string header_{};
  std::size_t header_line_ = 1;
  std::size_t header_column_ = 1;
  bool has_header_ = false;
  bool index_ = false;  // times are numbers of rows
  kind kind_ = kind::unknown;
  time_unit unit_{};
  time_stamp first_stamp_{};
  double interval_ = 0;  // in the unit of the column; 0: not known yet
  double first_time_ = 0;
  double before_ = 0;  // time of the row before the last
  double time_ = 0;    // of the last row
  std::uint64_t rows_ = 0;
  std::uint64_t slots_ = 0;       // intervals from the first row to the last
  std::uint64_t part_slots_ = 0;  // where a part of at least 16 intervals begins, and when
  double part_time_ = 0;
  double lowest_ = std::numeric_limits<double>::infinity();  // mean interval of a part
  double highest_ = -std::numeric_limits<double>::infinity();
  std::size_t line_ = 0;
  std::array<bin, bins> gaps_{};
};

}  // namespace headroom
