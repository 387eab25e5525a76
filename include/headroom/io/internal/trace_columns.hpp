#pragma once

#include <charconv>     // std::from_chars
#include <cstddef>      // std::size_t
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::pair
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/time_unit.hpp>
#include <headroom/io/trace_options.hpp>

namespace headroom {

/// The pairs in app=shop,code=200, by which one of several series is asked for. A value may be quoted.
using series_labels = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] inline series_labels labels_in(std::string_view text) {
  series_labels labels;
  while (!text.empty()) {
    const std::size_t comma = csv_field::end_of(text, 0, ',');
    const std::string_view one = text.substr(0, comma);
    const std::size_t equals = one.find('=');
    require(equals != std::string_view::npos && equals > 0, "series", "the choice", text,
            "be pairs as in app=shop,code=200");
    const std::string_view value = csv_field::of(one, equals + 1, one.size()).text;
    labels.emplace_back(csv_field::of(one, 0, equals).text, value);
    text.remove_prefix(std::min(text.size(), comma + 1));
  }
  return labels;
}

/// Which columns of a recorded load are read. Found by the names, or by the options; what could be several is refused.
struct trace_columns {
  static constexpr std::size_t none = ~std::size_t{0};

  std::size_t width = 1;
  std::size_t time = none;
  std::size_t count = 0;
  std::vector<std::pair<std::size_t, std::string>> filter{};  ///< columns that must hold a value, of a long table

  /// Whether people call the time so.
  [[nodiscard]] static bool means_time(std::string_view name) {
    constexpr std::string_view words[] = {"time",       "timestamp",  "ts",         "t",           "date",
                                          "datetime",   "date_time",  "date time",  "ds",          "when",
                                          "epoch",      "clock",      "@timestamp", "_time",       "local time",
                                          "start_time", "start time", "starttime",  "time_bucket", "bucket",
                                          "utc",        "period",     "minute",     "hour",        "second"};
    const std::string small = lower_case(name);
    for (const std::string_view word : words) {
      if (small == word) return true;
    }
    return false;
  }
  /// Whether the name ends in a unit of time, as the time does where no column is called by one of its names.
  [[nodiscard]] static bool means_unit(std::string_view name) { return time_unit::named(name).has_value(); }
  /// Whether people call the requests so.
  [[nodiscard]] static bool means_count(std::string_view name) {
    constexpr std::string_view words[] = {"count", "counts", "value",  "values", "invocations", "y",
                                          "n",     "hits",   "calls",  "load",   "rps",         "qps",
                                          "views", "req",    "_value", "reqs",   "request",     "arrivals"};
    const std::string small = lower_case(name);
    for (const std::string_view word : words) {
      if (small == word) return true;
    }
    return small.find("requests") != std::string::npos || small.find("request_count") != std::string::npos;
  }
  /// Whether the name says that the numbers are requests a second.
  [[nodiscard]] static bool means_per_second(std::string_view name) {
    const std::string small = lower_case(name);
    for (const std::string_view end :
         {std::string_view("per_second"), std::string_view("per_s"), std::string_view("per_sec"),
          std::string_view("per second"), std::string_view("/s"), std::string_view("/sec"), std::string_view("/s)"),
          std::string_view("rps"), std::string_view("qps")}) {
      if (small.ends_with(end)) return true;
    }
    return false;
  }

  [[nodiscard]] bool filters(std::size_t column) const {
    for (const auto& one : filter) {
      if (one.first == column) return true;
    }
    return false;
  }

  /// `names`: of a header, or empty for a file without one, whose first row has `width` fields. `refuse` is called with
  /// a sentence and must throw.
  template <class Refuse>
  [[nodiscard]] static trace_columns chosen(const std::vector<std::string>& names, std::size_t width,
                                            const trace_csv_options& o, Refuse&& refuse) {
    trace_columns c{.width = width};
    const auto all = [&names] {
      std::string list;
      for (std::size_t i = 0; i < names.size() && i < 30; ++i) {
        list.append(list.empty() ? "" : ", ").append(csv_field{names[i]}.quoted());
      }
      return names.size() > 30 ? list + ", ..." : list;
    };
    const auto asked = [&](const std::string& name, const char* option) {
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (lower_case(names[i]) == lower_case(name)) return i;
      }
      std::size_t number = 0;
      const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
      if (error == std::errc() && end == name.data() + name.size() && number >= 1 && number <= width) return number - 1;
      refuse(std::string(option) + " is '" + csv_field{name}.quoted() + "', must be " +
             (names.empty() ? "a number from 1 to " + to_text(width) + ", there are no names" : "one of " + all()));
      return none;
    };
    for (const auto& [label, value] : labels_in(o.series)) c.filter.emplace_back(asked(label, "series"), value);
    // Of the columns that may be it, those whose name says so; or the only one.
    const auto by_name = [&](bool (*means)(std::string_view), std::size_t other, const char* what, const char* option) {
      std::vector<std::size_t> free;
      std::vector<std::size_t> said;
      for (std::size_t i = 0; i < width; ++i) {
        if (i == other || c.filters(i)) continue;
        free.push_back(i);
        if (!names.empty() && means(names[i])) said.push_back(i);
      }
      if (said.empty() && means == means_time) {
        for (const std::size_t i : free) {
          if (!names.empty() && means_unit(names[i])) said.push_back(i);
        }
      }
      if (said.size() == 1) return said.front();
      if (said.empty() && free.size() == 1) return free.front();
      if (names.empty()) {
        refuse("row has " + to_text(width) + " columns without names, which of them is the " + what + "? set " +
               option + " to its number");
      }
      refuse((said.empty() ? "no column is surely the " : "more than one column may be the ") + std::string(what) +
             ", there are " + all() + ": set " + option);
      return none;
    };

    if (!o.time_column.empty()) c.time = asked(o.time_column, "time_column");
    if (!o.count_column.empty()) c.count = asked(o.count_column, "count_column");
    if (c.time != none && c.time == c.count && !o.count_column.empty()) {
      refuse("time_column and count_column are the same column");
    }
    if (o.arrivals) {
      if (c.time == none) c.time = width == 1 ? 0 : by_name(means_time, none, "time", "time_column");
      c.count = none;
      return c;
    }
    if (width == 1) return c;
    if (c.time == none) {
      std::size_t said = 0;
      for (const std::string& name : names) said += means_time(name) || means_unit(name) ? 1U : 0U;
      const std::size_t other = o.count_column.empty() ? none : c.count;
      // The first of two columns is the time where no name tells.
      const bool first = said == 0 && width - c.filter.size() == 2 && other != 0 && !c.filters(0);
      c.time = first ? 0 : by_name(means_time, other, "time", "time_column");
    }
    if (o.count_column.empty()) c.count = by_name(means_count, c.time, "count of requests", "count_column");
    return c;
  }
};

}  // namespace headroom
