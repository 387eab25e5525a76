#pragma once

#include <algorithm>    // std::min
#include <cstddef>      // std::size_t
#include <filesystem>   // std::filesystem::path
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/trace_options.hpp>

namespace headroom {

/// The load in one file of the Azure Functions traces (Shahrad et al., "Serverless in the Wild", 2020): a row for each
/// function with its invocations in each minute of a day,
///
///     HashOwner,HashApp,HashFunction,Trigger,1,2,3,...,1440
///
/// summed over all functions, or those of one. Fed line by line; keeps one number a minute whatever the number of rows.
/// Throws csv_error for a header, a row or a cell that does not fit, wherever it is: also in rows that are not asked
/// for.
class function_table {
 public:
  static constexpr double interval_s = 60;
  [[nodiscard]] static trace_reading reading() { return {.interval_s = interval_s, .times = "minutes, a column each"}; }

  /// Whether a file that begins with this line is one.
  [[nodiscard]] static bool begins_with(std::string_view line) {
    return csv_field::of(line, 0, std::min(line.find(','), line.size())).text == names[0];
  }

  /// `function`: the HashFunction to read; empty for all.
  function_table(std::filesystem::path file, std::string function, std::string_view header)
      : file_(std::move(file)), function_(std::move(function)) {
    std::size_t column = 0;
    each_field(header, [&](const csv_field& f) {
      const std::string name = column < 4 ? std::string(names[column]) : to_text(column - 3);
      if (f.text != name) {
        throw csv_error(file_, 1, f.column,
                        "column " + to_text(column + 1) + " is named '" + f.quoted() + "', must be '" + name + "'");
      }
      ++column;
    });
    if (column < 5) {
      throw csv_error(file_, 1, header.size() + 1, "header has " + to_text(column) + " columns, must have the minutes");
    }
    sums_.resize(column - 4);
  }

  void row(std::string_view text, std::size_t line) {
    std::size_t column = 0;
    bool wanted = function_.empty();
    each_field(text, [&](const csv_field& f) {
      ++column;
      if (column == 3 && f.text == function_) wanted = true;
      if (column <= 4) return;
      if (column > sums_.size() + 4) {
        throw csv_error(file_, line, f.column, "row has more than " + to_text(sums_.size() + 4) + " columns");
      }
      const std::optional<double> count = f.number();
      const auto refuse = [&](const std::string& law) {
        throw csv_error(file_, line, f.column, "minute " + to_text(column - 4) + " is '" + f.quoted() + "', " + law);
      };
      if (!count) refuse("must be a number");
      if (const auto law = law_broken_by_count(*count)) refuse(*law);
      if (wanted) sums_[column - 5] += *count;
    });
    if (column < sums_.size() + 4) {
      throw csv_error(file_, line, text.size() + 1,
                      "row has " + to_text(column) + " columns, must have " + to_text(sums_.size() + 4));
    }
    any_ = true;
    found_ = found_ || wanted;
  }

  /// Requests of each minute. `lines`: how many the file has.
  [[nodiscard]] std::vector<float> counts(std::size_t lines) const {
    if (!any_) throw csv_error(file_, lines + 1, 1, "file has no rows");
    if (!found_) throw csv_error(file_, 1, 1, "there is no function '" + csv_field{function_}.quoted() + "'");
    std::vector<float> counts;
    for (const double sum : sums_) {
      if (law_broken_by_count(sum)) {
        throw csv_error(file_, 1, 1,
                        "minute " + to_text(counts.size() + 1) + " sums up to " + to_text(sum) + ", must be below " +
                            to_text(std::numeric_limits<float>::max()));
      }
      counts.push_back(static_cast<float>(sum));
    }
    return counts;
  }

 private:
  static constexpr std::string_view names[] = {"HashOwner", "HashApp", "HashFunction", "Trigger"};

  template <class F>
  static void each_field(std::string_view line, F&& f) {
    for (std::size_t begin = 0;;) {
      const std::size_t end = std::min(line.find(',', begin), line.size());
      f(csv_field::of(line, begin, end));
      if (end == line.size()) return;
      begin = end + 1;
    }
  }

  std::filesystem::path file_;
  std::string function_;
  std::vector<double> sums_;  // by minute
  bool any_ = false;
  bool found_ = false;
};

}  // namespace headroom
