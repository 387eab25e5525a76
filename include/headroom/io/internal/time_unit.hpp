#pragma once

#include <cmath>        // std::round
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/io/internal/csv_fields.hpp>

namespace headroom {

/// A unit in which files count time.
struct time_unit {
  double seconds = 1;
  std::string_view name = "seconds";

  /// So many of them, in seconds: divided where that is exact and a product is not, as 60,000 ms are.
  [[nodiscard]] double in_seconds(double ticks) const {
    return seconds < 1 ? ticks / std::round(1 / seconds) : ticks * seconds;
  }

  [[nodiscard]] double of_seconds(double time) const {
    return seconds < 1 ? time * std::round(1 / seconds) : time / seconds;
  }

  /// That a word names, as in an option or in the header `time (ms)`.
  [[nodiscard]] static std::optional<time_unit> of_word(std::string_view word) {
    struct row {
      std::string_view word;
      double seconds;
      std::string_view name;
    };
    static constexpr row rows[] = {{"s", 1, "seconds"},
                                   {"sec", 1, "seconds"},
                                   {"secs", 1, "seconds"},
                                   {"second", 1, "seconds"},
                                   {"seconds", 1, "seconds"},
                                   {"ms", 1e-3, "milliseconds"},
                                   {"msec", 1e-3, "milliseconds"},
                                   {"millis", 1e-3, "milliseconds"},
                                   {"millisecond", 1e-3, "milliseconds"},
                                   {"milliseconds", 1e-3, "milliseconds"},
                                   {"us", 1e-6, "microseconds"},
                                   {"usec", 1e-6, "microseconds"},
                                   {"\xc2\xb5s", 1e-6, "microseconds"},
                                   {"micros", 1e-6, "microseconds"},
                                   {"microsecond", 1e-6, "microseconds"},
                                   {"microseconds", 1e-6, "microseconds"},
                                   {"ns", 1e-9, "nanoseconds"},
                                   {"nsec", 1e-9, "nanoseconds"},
                                   {"nanos", 1e-9, "nanoseconds"},
                                   {"nanosecond", 1e-9, "nanoseconds"},
                                   {"nanoseconds", 1e-9, "nanoseconds"},
                                   {"min", 60, "minutes"},
                                   {"mins", 60, "minutes"},
                                   {"minute", 60, "minutes"},
                                   {"minutes", 60, "minutes"},
                                   {"h", 3600, "hours"},
                                   {"hr", 3600, "hours"},
                                   {"hrs", 3600, "hours"},
                                   {"hour", 3600, "hours"},
                                   {"hours", 3600, "hours"},
                                   {"day", 86'400, "days"},
                                   {"days", 86'400, "days"},
                                   {"bin5min", 300, "five minutes"}};
    for (const row& r : rows) {
      if (r.word == word) return time_unit{r.seconds, r.name};
    }
    return std::nullopt;
  }

  /// Of a column with this name, in any capitalisation: minutes, time_ms, Time (s), elapsed [min], timestampMs. Nothing
  /// if the name tells none.
  [[nodiscard]] static std::optional<time_unit> named(std::string_view column) {
    const std::string small = lower_case(column);
    std::string_view name(small);
    if (const auto whole = of_word(name)) return whole;
    if (!name.empty() && (name.back() == ')' || name.back() == ']')) name.remove_suffix(1);
    const std::size_t mark = name.find_last_of("_ ([-/");
    if (mark != std::string_view::npos) return of_word(name.substr(mark + 1));
    for (const std::string_view base :
         {std::string_view("timestamp"), std::string_view("time"), std::string_view("epoch"), std::string_view("ts")}) {
      if (name.starts_with(base) && name.size() > base.size() + 1) return of_word(name.substr(base.size()));
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
  /// Whether a number can hardly be anything but a time since 1970: from 1998 to 2100 in one of the units.
  [[nodiscard]] static bool surely_since_1970(double time) {
    const auto unit = since_1970(time);
    if (!unit) return false;
    const double seconds = unit->in_seconds(time);
    return seconds >= 9e8 && seconds < 4.1e9;
  }
};

}  // namespace headroom
