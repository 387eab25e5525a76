#pragma once

#include <algorithm>    // std::min
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <optional>     // std::optional
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/file_lines.hpp>
#include <headroom/io/internal/trace_rows.hpp>
#include <headroom/workloads/trace.hpp>

namespace headroom {

/// Reads a recorded load from a CSV of one of three shapes. Time and requests in the interval that begins then, with an
/// optional header:
///
///     minute,requests              timestamp,count
///     0,22545                      2024-01-31T23:58:00Z,22545
///     1,24102                      2024-01-31T23:59:00Z,24102
///
/// A number's unit is told by the first column's name, second(s), time_s or timestamp, minute(s), bin5min, hour(s); set
/// unit_s for any other. Rows follow each other without a gap; the trace begins at its first row whatever time that
/// has. Or one count a line, with an optional header that does not begin like a number; interval_s then tells how long
/// each is, 1 s unless set. Or the wide table of the Azure Functions traces (function_table).
///
/// CRLF and a missing last newline are fine. The file is streamed in blocks of 1 MiB; memory is four bytes a row.
/// Throws csv_error for whatever does not fit, std::invalid_argument for bad options, file_error for a device that
/// fails.
[[nodiscard]] inline trace read_trace_csv(const std::filesystem::path& file, const trace_csv_options& options = {}) {
  trace_rows rows("read_trace_csv", file, options);
  require(options.max_rows > 0, "read_trace_csv", "max_rows", options.max_rows, "be at least 1");
  const file_lines lines(file);
  std::vector<float> counts;
  lines.each([&](std::string_view text, std::uint64_t offset) {
    const std::optional<float> count = rows.line(text);
    if (!count) return false;
    if (counts.size() == options.max_rows) {
      throw csv_error(file, rows.lines(), 1, "more than " + to_text(options.max_rows) + " rows, raise max_rows");
    }
    counts.push_back(*count);
    // After a few rows, reserves memory for the expected number of rows, so that the counts are not copied while they
    // grow.
    constexpr std::size_t few = 50'000;
    if (counts.size() == few && lines.regular()) {
      const double expected = few * static_cast<double>(lines.state().size) / static_cast<double>(offset + text.size());
      counts.reserve(static_cast<std::size_t>(std::min(expected + 1024, static_cast<double>(options.max_rows))));
    }
    return false;
  });
  const double interval_s = rows.interval_s();
  if (rows.wide()) counts = rows.counts();
  return {interval_s, std::move(counts)};
}

}  // namespace headroom
