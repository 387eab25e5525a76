#pragma once

#include <algorithm>    // std::min
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/file_lines.hpp>
#include <headroom/io/internal/trace_reader.hpp>
#include <headroom/io/trace_options.hpp>
#include <headroom/workloads/trace.hpp>

namespace headroom {

/// Reads a recorded load from a CSV of one of three shapes. Time and requests in the interval that begins then, with an
/// optional header:
///
///     minute,requests              timestamp,count
///     0,22545                      2024-01-31T23:58:00Z,22545
///     1,24102                      2024-01-31T23:59:00Z,24102
///
/// A number's unit is told by the name of the first column in any capitalisation (seconds, time_s, minutes, bin5min,
/// hours, milliseconds, time_ms), else by its magnitude if it is a time since 1970 (1.7e9 are seconds, 1.7e12
/// milliseconds, ...); set unit_s for any other. A first column without a name holds row numbers; set interval_s then.
/// Rows may come a tenth of an interval early or late; the interval is the median of all. What a gap means says `gap`.
/// The trace begins at its first row whatever time that has. Or one count a line, with an optional header that does not
/// begin like a number; interval_s then tells how long each is, 1 s unless set. Or the wide table of the Azure
/// Functions traces (function_table).
///
/// Fields are separated by commas, or by semicolons or tabs where there is no comma, or as a first line `sep=;` says;
/// they may be quoted (RFC 4180). Lines that begin with # before the first row are comments. CRLF, CR and a missing
/// last newline are fine. A counter (a column named ..._total, or counts that only rise) is refused unless `counter` is
/// set, and so are the times of single arrivals.
///
/// The file is streamed in blocks of 1 MiB; memory is four bytes a row. Throws csv_error for whatever does not fit,
/// std::invalid_argument for bad options, file_error for a device that fails. `told`: what the file was understood to
/// be.
[[nodiscard]] inline trace read_trace_csv(const std::filesystem::path& file, const trace_csv_options& options = {},
                                          trace_reading* told = nullptr) {
  trace_rows::check("read_trace_csv", options);
  const file_lines lines(file);
  trace_reader reader("read_trace_csv", lines, options);
  std::vector<float> counts;
  const auto keep = [&](float count, std::uint64_t offset) {
    if (counts.size() == options.max_rows) {
      reader.rows().refuse(reader.rows().lines(), 1,
                           "more than " + to_text(options.max_rows) + " rows, raise max_rows");
    }
    counts.push_back(count);
    // After a few rows: as many as the file will have if they go on like this, so that the counts are not copied while
    // they grow.
    constexpr std::size_t few = 50'000;
    if (counts.size() == few && reader.plain()) {
      const double expected =
          static_cast<double>(few) * static_cast<double>(lines.state().size) / static_cast<double>(offset);
      counts.reserve(static_cast<std::size_t>(std::min(expected + 1024, static_cast<double>(options.max_rows))));
    }
  };
  if (!reader.stream(keep)) {
    counts = std::vector<float>();
    counts = reader.gather();
  }
  trace_reading reading = reader.reading();
  if (reader.rows().wide()) {
    counts = reader.rows().counts();
    reading = function_table::reading();
  }
  reading.rows = counts.size();
  if (told != nullptr) *told = reading;
  return {reading.interval_s, std::move(counts)};
}

}  // namespace headroom
