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

/// Reads a recorded load: time and requests in the interval that begins then, with an optional header,
///
///     minute,requests              timestamp,count
///     0,22545                      2024-01-31T23:58:00Z,22545
///     1,24102                      2024-01-31T23:59:00Z,24102
///
/// or one count a line, the wide table of the Azure Functions traces (function_table), the JSON with which Prometheus
/// answers to query_range (prometheus_range), or the times of single requests. docs/files.md lists the dialects and
/// what each option settles. The trace begins at its first row whatever time that has.
///
/// A file whose rows are complete and one step apart is streamed in blocks of 1 MiB, four bytes a row. Throws csv_error
/// for whatever does not fit or could be read in several ways, std::invalid_argument for bad options, file_error for a
/// device that fails. `told`: what the file was understood to be.
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
