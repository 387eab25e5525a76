#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t, std::uint64_t
#include <string>       // std::string
#include <string_view>  // std::string_view

namespace headroom {

/// What a reader of recorded loads does about an interval without a row, and about a row whose count is not known
/// (empty, NaN, null).
enum class trace_gap : std::uint8_t {
  refuse,      ///< the file is refused, where the first one is
  zero,        ///< nothing came: for exporters that leave out what is 0
  hold,        ///< as much as in the last interval that is known
  interpolate  ///< on the line between the two known intervals around it
};

/// The options of `read_trace_csv`, `streamed_trace` and `trace_file`.
struct trace_csv_options {
  double unit_s = 0;                  ///< seconds per unit of a numeric time column; 0: from its name or its magnitude
  double interval_s = 0;              ///< seconds from row to row; 0: the times tell, 1 s where there are none
  std::size_t max_rows = 50'000'000;  ///< read_trace_csv refuses more; a row takes four bytes
  std::string function{};             ///< of an Azure Functions table, the function with this hash; empty: all of them
  trace_gap gap = trace_gap::refuse;
  bool counter = false;  ///< the counts only ever rise, until a restart: their differences are the requests
};

/// How a reader understood a file. A program tells it to whoever gave the file.
struct trace_reading {
  std::uint64_t rows = 0;           ///< of the load, filled ones included
  std::uint64_t filled = 0;         ///< of them, those that the rule for gaps made
  std::uint64_t resets = 0;         ///< of a counter
  double interval_s = 1;            ///< from row to row
  std::string_view times = "none";  ///< the unit of the time column: seconds, epoch milliseconds, dates, ...
};

}  // namespace headroom
