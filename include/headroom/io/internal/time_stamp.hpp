#pragma once

#include <chrono>       // std::chrono::sys_days, std::chrono::year_month_day
#include <cstddef>      // std::size_t
#include <cstdint>      // std::int64_t
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view

namespace headroom {

/// A moment as people write it: ISO 8601 with a T or a blank between date and time, as in `2024-01-31T23:59:00.250Z`,
/// `2024-01-31 23:59`, `2024-01-31` or `20240131T2359Z`. Whole nanoseconds, because the distance of two moments is what
/// a trace needs and doubles since 1970 would round it.
struct time_stamp {
  std::int64_t nanoseconds = 0;  ///< since 1970-01-01 00:00:00, in UTC if the text names a zone
  bool zoned = false;            ///< whether the text names a zone: Z, UTC, or ±HH:MM

  /// Nothing unless the whole text is a valid moment from 1900 to 2199. Seconds may be missing; a fraction has up to
  /// nine digits. No leap seconds.
  [[nodiscard]] static std::optional<time_stamp> of(std::string_view text) {
    using std::chrono::day, std::chrono::month, std::chrono::year;
    const auto y = digits(text, 4);
    const bool dashed = after(text, "-");  // else the basic form, 20240131T235900Z
    const auto m = digits(text, 2);
    const auto d = !dashed || after(text, "-") ? digits(text, 2) : std::nullopt;
    if (!y || !m || !d || *y < 1900 || *y > 2199) return std::nullopt;
    const std::chrono::year_month_day date(year{static_cast<int>(*y)}, month{static_cast<unsigned>(*m)},
                                           day{static_cast<unsigned>(*d)});
    if (!date.ok()) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    if (dashed && text.empty()) return time_stamp{days * 86'400 * 1'000'000'000, false};
    if (!after(text, dashed ? "Tt " : "Tt")) return std::nullopt;
    const auto hour = digits(text, 2);
    const auto minute = !dashed || after(text, ":") ? digits(text, 2) : std::nullopt;
    if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
    std::int64_t second = 0;
    std::int64_t fraction = 0;
    const bool seconds_follow = dashed ? after(text, ":") : !text.empty() && text.front() >= '0' && text.front() <= '9';
    if (seconds_follow) {
      const auto s = digits(text, 2);
      if (!s || *s > 59) return std::nullopt;
      second = *s;
      if (after(text, ".,")) {
        std::int64_t unit = 1'000'000'000;
        for (std::optional<std::int64_t> one; unit > 1 && (one = digits(text, 1)); fraction += *one * unit) unit /= 10;
        if (unit == 1'000'000'000) return std::nullopt;
      }
    }
    if (text.size() > 1 && text.front() == ' ') text.remove_prefix(1);  // before a zone, as some write it
    time_stamp result;
    std::int64_t east = 0;  // minutes
    if (text == "UTC" || text == "Z" || text == "z") {
      text = {};
      result.zoned = true;
    } else if (!text.empty()) {
      const std::int64_t sign = text.front() == '-' ? -1 : 1;
      if (!after(text, "+-")) return std::nullopt;
      const auto h = digits(text, 2);
      const bool minutes_follow = after(text, ":") || !text.empty();
      const auto min = minutes_follow ? digits(text, 2) : std::optional<std::int64_t>(0);
      if (!h || !min || *h > 14 || *min > 59) return std::nullopt;
      east = sign * (60 * *h + *min);
      result.zoned = true;
    }
    if (!text.empty()) return std::nullopt;
    const std::int64_t seconds = ((days * 24 + *hour) * 60 + *minute - east) * 60 + second;
    result.nanoseconds = seconds * 1'000'000'000 + fraction;
    return result;
  }

  /// `2024-01-31 23:59:00`, with a fraction where there is one and a Z where the zone is known.
  [[nodiscard]] std::string text() const {
    const auto moment = std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(nanoseconds));
    const auto midnight = std::chrono::floor<std::chrono::days>(moment);
    const std::chrono::year_month_day date(midnight);
    const std::int64_t rest = (moment - midnight).count();
    const std::int64_t seconds = rest / 1'000'000'000;
    std::string t = padded(static_cast<int>(date.year()), 4) + '-' + padded(static_cast<unsigned>(date.month()), 2) +
                    '-' + padded(static_cast<unsigned>(date.day()), 2) + ' ' + padded(seconds / 3600, 2) + ':' +
                    padded(seconds / 60 % 60, 2) + ':' + padded(seconds % 60, 2);
    if (rest % 1'000'000'000 != 0) {
      t += '.' + padded(rest % 1'000'000'000, 9);
      t.erase(t.find_last_not_of('0') + 1);
    }
    return zoned ? t + 'Z' : t;
  }

 private:
  // Removes `n` digits from the front. If there are fewer, removes and returns nothing.
  static std::optional<std::int64_t> digits(std::string_view& text, std::size_t n) {
    if (text.size() < n) return std::nullopt;
    std::int64_t value = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (text[i] < '0' || text[i] > '9') return std::nullopt;
      value = 10 * value + (text[i] - '0');
    }
    text.remove_prefix(n);
    return value;
  }
  // Removes one of these characters from the front, if it is there.
  static bool after(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
  }
  static std::string padded(std::int64_t value, std::size_t width) {
    const std::string digits = std::to_string(value);
    return std::string(width > digits.size() ? width - digits.size() : 0, '0') + digits;
  }
};

}  // namespace headroom
