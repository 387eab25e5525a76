#pragma once

#include <algorithm>    // std::find, std::sort
#include <cmath>        // std::abs, std::isnan
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move, std::pair
#include <vector>       // std::vector

#include <headroom/calibration/history.hpp>
#include <headroom/calibration/internal/history_columns.hpp>
#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_dialect.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/csv_numbers.hpp>
#include <headroom/io/internal/csv_records.hpp>
#include <headroom/io/internal/file_lines.hpp>
#include <headroom/io/internal/trace_clock.hpp>
#include <headroom/io/internal/trace_columns.hpp>

namespace headroom {

struct history_csv_options {
  /// Which column is what, where its name does not say it: {"wanted", "spec"}. The first is one of time, load, wanted,
  /// ready, in_flight, utilisation, latency, p50, p95, p99.
  std::vector<std::pair<std::string, std::string>> columns{};
  double unit_s = 0;          ///< seconds per unit of a numeric time; 0: its name or its magnitude tells
  double latency_unit_s = 0;  ///< seconds per unit of latencies; 0: their names tell, as in p95_ms
  bool per_second = false;    ///< the load is requests a second, whatever its name says
  bool rows_begin = false;    ///< load, utilisation and latencies are over the time behind a row, not before it
  std::size_t max_rows = 5'000'000;
};

/// How a history was understood. A program tells it to whoever gave the file.
struct history_reading {
  std::vector<std::pair<std::string, std::string>> used{};  ///< what, and the name of its column
  std::vector<std::string> ignored{};                       ///< names of columns that were not read
  std::string times{};                                      ///< the unit of the time column
  bool per_second = false;                                  ///< whether the load was requests a second
};

/// Reads what was recorded of a service: a line of names, then a row at equal distances of time,
///
///     time,requests_per_s,wanted,ready,utilisation,p95_ms
///     2024-05-01 10:00:00,61.2,9,8,0.71,412
///
/// Columns are found by their names (docs/calibration.md lists them) or by options.columns. Time, load and one of
/// wanted and ready are needed. A cell of another column may be empty or NaN: it is not known, which is not zero.
/// Utilisation is a fraction, or percent if its name says so. Throws csv_error with line and column for what does not
/// fit, could be read in several ways, or tells no unit. O(bytes).
[[nodiscard]] inline service_history read_history_csv(const std::filesystem::path& file,
                                                      const history_csv_options& options = {},
                                                      history_reading* told = nullptr) {
  using internal::history_columns;
  const file_lines lines(file);
  csv_records records(file);
  std::optional<history_columns> columns;
  std::optional<trace_clock> clock;
  csv_numbers numbers;
  char separator = ',';
  std::vector<csv_field> fields;
  std::vector<double> time_s;
  std::vector<std::size_t> line_of;
  service_history h;
  const auto refuse = [&](std::size_t line, std::size_t column, const std::string& sentence) {
    throw csv_error(file, line, column, sentence);
  };
  const auto begin = [&](std::string_view record, std::size_t line) {
    const auto mark = separator_of(record, ",;\t|");
    if (!mark) refuse(line, 1, "fields may be separated by one of several marks");
    separator = *mark;
    numbers = csv_numbers(separator);
    split_record(record, separator, fields);
    std::vector<std::string> names;
    names.reserve(fields.size());
    for (const csv_field& f : fields) names.push_back(column_name(f));
    columns.emplace(names, options.columns, options.latency_unit_s,
                    [&](const std::string& sentence) { refuse(line, 1, sentence); });
    clock.emplace(file, options.unit_s, 0.0);
    const std::size_t at = columns->place(history_columns::time);
    clock->named(names[at], line, fields[at].column);
  };
  const auto number = [&](std::size_t what, std::size_t line) {
    const csv_field& f = fields[columns->place(what)];
    if (f.unknown()) return std::numeric_limits<double>::quiet_NaN();
    const std::optional<double> value = numbers.read(f);
    const std::string name = columns->name(what);
    if (!value && numbers.ambiguous(f.text)) {
      refuse(line, f.column, name + " is " + f.quoted() + ", whose mark may be decimal or of thousands");
    }
    if (!value)
      refuse(line, f.column, name + " is '" + f.quoted() + "', must be a number, or empty if it is not known");
    if (!(*value >= 0 && *value <= 1e12))
      refuse(line, f.column, name + " is " + f.quoted() + ", must be from 0 to 1e12");
    return *value;
  };
  const auto row = [&](std::string_view record, std::size_t line) {
    split_record(record, separator, fields);
    if (fields.size() != columns->width()) {
      refuse(line, 1, "row has " + to_text(fields.size()) + " columns, must have " + to_text(columns->width()));
    }
    if (time_s.size() == options.max_rows) refuse(line, 1, "more than " + to_text(options.max_rows) + " rows");
    time_s.push_back(clock->seconds(clock->read(fields[columns->place(history_columns::time)], numbers, line)));
    line_of.push_back(line);
    columns->each(h, [&](std::size_t what, std::vector<double>& column) {
      const double value = number(what, line);
      if (std::isnan(value) && history_columns::needed(what)) {
        refuse(line, fields[columns->place(what)].column,
               columns->name(what) + " is not known, must be in every row: fill it in, or cut the history there");
      }
      const double scaled = value * columns->scale(what);
      if (what == history_columns::utilisation && scaled > 1.0001) {
        refuse(line, fields[columns->place(what)].column,
               columns->name(what) + " is " + to_text(value) +
                   ", must be a fraction up to 1; if it is percent, let its name say so: utilisation_percent");
      }
      column.push_back(scaled);
    });
  };
  lines.each([&](std::string_view text, std::uint64_t) {
    const auto record = records.line(text, columns ? std::string_view(&separator, 1) : std::string_view(",;\t|"));
    if (!record) return false;
    if (record->find_first_not_of(" \t\r") == std::string_view::npos || record->front() == '#') return false;
    columns ? row(*record, records.number()) : begin(*record, records.number());
    return false;
  });
  records.finish();
  if (!columns) refuse(1, 1, "is empty, must be a line of names and rows of numbers");
  if (time_s.size() < 2) refuse(1, 1, "has " + to_text(time_s.size()) + " rows, must have at least 2");

  std::vector<double> steps;
  for (std::size_t i = 1; i < time_s.size(); ++i) steps.push_back(time_s[i] - time_s[i - 1]);
  std::sort(steps.begin(), steps.end());
  h.interval_s = steps[steps.size() / 2];
  for (std::size_t i = 1; i < time_s.size(); ++i) {
    const double step_s = time_s[i] - time_s[i - 1];
    if (h.interval_s > 0 && std::abs(step_s - h.interval_s) <= 0.02 * h.interval_s) continue;
    refuse(line_of[i], 1,
           "the row is " + to_text(step_s) + " s after the one before, most are " + to_text(h.interval_s) +
               " s: rows must be at equal distances, cut the history there or fill the gap in");
  }
  const bool per_second = options.per_second || trace_columns::means_per_second(columns->name(history_columns::load));
  if (!per_second) {
    for (double& load : h.load_per_s) load /= h.interval_s;
  }
  if (options.rows_begin) h = internal::ends_of_rows(h);
  if (told != nullptr) {
    columns->tell(told->used, told->ignored);
    told->times = std::string(clock->unit());
    told->per_second = per_second;
  }
  return h;
}

}  // namespace headroom
