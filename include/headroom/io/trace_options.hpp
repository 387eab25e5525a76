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

/// What a reader of recorded loads does about rows of one time whose counts differ. Rows that are alike are one row.
enum class trace_repeat : std::uint8_t {
  refuse,  ///< the file is refused
  sum,     ///< the requests of all of them: a row a shard, for instance
  last     ///< the row that stands last in the file: a correction, for instance
};

/// The options of `read_trace_csv`, `streamed_trace` and `trace_file`. None is needed for a file that says itself what
/// it means; a refusal names the one that settles what it does not say.
struct trace_csv_options {
  double unit_s = 0;                  ///< seconds per unit of a numeric time column; 0: from its name or its magnitude
  double interval_s = 0;              ///< seconds from row to row; 0: the times tell, 1 s where there are none
  std::size_t max_rows = 50'000'000;  ///< more are refused where they are kept in memory; a row takes four bytes
  std::string function{};             ///< of an Azure Functions table, the function with this hash; empty: all of them
  trace_gap gap = trace_gap::refuse;
  trace_repeat repeat = trace_repeat::refuse;
  bool rising = false;         ///< counts that only rise, or are called ..._total, are requests and no counter's
  bool counter = false;        ///< the counts only ever rise, until a restart: their differences are the requests
  bool arrivals = false;       ///< each row is one request at its time; they are counted in intervals
  bool per_second = false;     ///< the counts are requests a second, whatever the interval
  std::string time_column{};   ///< its name in any capitalisation, or its number from 1; empty: its name tells
  std::string count_column{};  ///< likewise
  std::string series{};        ///< of several series the one with app=shop, or with app=shop,code=200
  char separator = 0;          ///< of fields; 0: the first line tells
  char decimal = 0;            ///< . or , in 1.5 or 1,5; 0: the numbers tell
};

/// How a reader understood a file. A program tells it to whoever gave the file.
struct trace_reading {
  std::uint64_t rows = 0;           ///< of the load, filled ones included
  std::uint64_t filled = 0;         ///< of them, those that the rule for gaps made
  std::uint64_t resets = 0;         ///< of a counter
  std::uint64_t repeated = 0;       ///< rows that came twice, with the same time and the same count
  std::uint64_t out_of_order = 0;   ///< rows that were earlier than the one before them
  bool resampled = false;           ///< rows that keep no step were spread over intervals of their median distance
  bool cut = false;                 ///< the file ends within a row, which is left out
  bool open_end = false;            ///< the last line has no line end, so that its last number may be cut
  double interval_s = 1;            ///< from row to row
  std::string_view times = "none";  ///< the unit of the time column: seconds, epoch milliseconds, dates, ...
  /// What a number in the file is: requests, requests a second, the value of a counter, a single arrival.
  std::string_view counts = "requests";
};

}  // namespace headroom
