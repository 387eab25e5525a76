#pragma once

#include <cstddef>      // std::size_t
#include <filesystem>   // std::filesystem::path
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_dialect.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/csv_numbers.hpp>
#include <headroom/io/internal/time_stamp.hpp>
#include <headroom/io/internal/trace_columns.hpp>
#include <headroom/io/trace_options.hpp>

namespace headroom {

/// What the first record of a recorded load tells of all: how fields are separated, what the columns are called, and
/// which of them are read.
struct trace_shape {
  static constexpr std::string_view separators = ",;\t|";

  char separator = ',';
  bool header = false;    ///< whether the record is a line of names
  bool arrivals = false;  ///< whether each row is one request
  trace_columns columns{};
  // Of the columns that are read: their names, empty where there is none, and where these stand in the record.
  std::string time_name{};
  std::string count_name{};
  std::size_t time_at = 1;
  std::size_t count_at = 1;
  bool named = false;

  /// `comment`: the last one before the record, which may name the columns, as some programs write it: "# minute,n".
  /// Throws csv_error for what could be read in several ways.
  trace_shape(const std::filesystem::path& file, std::string_view record, std::size_t line, std::string_view comment,
              const trace_csv_options& options)
      : arrivals(options.arrivals) {
    const auto refuse = [&](const std::string& sentence) { throw csv_error(file, line, 1, sentence); };
    const auto told = options.separator != 0 ? options.separator : separator_of(record, separators);
    if (!told) refuse("fields may be separated by one of several marks: set separator");
    separator = *told;
    std::vector<csv_field> fields;
    split_record(record, separator, fields);
    csv_numbers numbers(separator, options.decimal);
    header = names_columns(fields, numbers);
    // A separator behind the last column is no column of its own.
    if (fields.size() > 2 && fields.back().text.empty()) fields.pop_back();
    if (fields.size() == 1 && separator != ',' && options.decimal == 0 && record.find(',') != std::string_view::npos) {
      refuse("has commas, which may separate fields or be decimal: set separator or decimal");
    }
    std::vector<std::string> names;
    if (header) {
      for (const csv_field& f : fields) names.push_back(column_name(f));
    } else if (fields.size() > 1) {
      names = names_in(comment, fields.size());
    }
    arrivals = arrivals || (!options.counter && arrivals_alone(fields, names));
    trace_csv_options asked = options;
    asked.arrivals = arrivals;
    columns = trace_columns::chosen(names, fields.size(), asked, refuse);
    named = !names.empty();
    if (!named) return;
    if (columns.time != trace_columns::none) {
      time_name = names[columns.time];
      time_at = fields[columns.time].column;
    }
    if (columns.count != trace_columns::none) {
      count_name = names[columns.count];
      count_at = fields[columns.count].column;
    }
  }

 private:
  // Whether a record names columns: none of its fields is a number, a time, or a count that is not known.
  [[nodiscard]] static bool names_columns(const std::vector<csv_field>& fields, csv_numbers& numbers) {
    bool all_unknown = true;
    for (const csv_field& f : fields) {
      if (numbers.read(f) || numbers.ambiguous(f.text) || time_stamp::of(f.text)) return false;
      if (fields.size() == 1 && !f.text.empty() && f.text.find_first_of("0123456789+-.") == 0) return false;
      all_unknown = all_unknown && f.unknown();
    }
    return !all_unknown;
  }
  [[nodiscard]] std::vector<std::string> names_in(std::string_view comment, std::size_t width) const {
    std::vector<std::string> names;
    const std::size_t begin = comment.find_first_not_of("# \t");
    if (begin == std::string_view::npos) return names;
    std::vector<csv_field> fields;
    split_record(comment.substr(begin), separator, fields);
    if (fields.size() != width) return names;
    for (const csv_field& f : fields) names.push_back(column_name(f));
    return names;
  }
  // One column of times, as its name or a date says.
  [[nodiscard]] static bool arrivals_alone(const std::vector<csv_field>& fields,
                                           const std::vector<std::string>& names) {
    if (fields.size() != 1) return false;
    return names.empty() ? time_stamp::of(fields[0].text).has_value() : trace_columns::means_time(names[0]);
  }
};

}  // namespace headroom
