#pragma once

#include <algorithm>    // std::copy_n, std::max, std::min
#include <cstddef>      // std::ptrdiff_t, std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <optional>     // std::optional
#include <span>         // std::span
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/file_lines.hpp>
#include <headroom/io/internal/function_table.hpp>
#include <headroom/io/internal/trace_reader.hpp>
#include <headroom/io/internal/trace_rows.hpp>
#include <headroom/io/trace_options.hpp>
#include <headroom/workloads/trace_grid.hpp>

namespace headroom {

/// A recorded load that stays on disk, in any of the shapes of read_trace_csv(). Construction reads the file once,
/// checks every row and keeps where each 4096th begins, with the sum and the peak of those that follow: 24 bytes for
/// 4096 rows, 59 kB for ten million. After that any rows are read by one seek, and parsed. A function table becomes one
/// number a minute, which is kept; with a rule for gaps or of a counter all counts are kept, four bytes a row. max_rows
/// does not apply.
///
/// Errors: csv_error for whatever does not fit; file_error for what is no regular file, and later by every function
/// that reads, once the file is not the one that was checked (its size, its time of modification or its rows tell; a
/// file that was replaced by a rename is still the old one); reading_stopped if `progress` said so. const functions may
/// run in several threads.
class trace_file {
 public:
  static constexpr std::size_t rows_per_block = 4096;

  /// `progress` is called after each block of 1 MiB.
  explicit trace_file(const std::filesystem::path& file, const trace_csv_options& options = {},
                      const read_progress& progress = {})
      : lines_(opened(file)), checked_(lines_.state()) {
    trace_reader reader("trace_file", lines_, options);
    const bool plain = reader.plain();  // else a row is not found again by its place, and all counts are kept
    const bool streams = reader.stream(
        [&](float count, std::uint64_t offset) {
          if (!plain) {
            counts_.push_back(count);
            if (counts_.size() > options.max_rows) {
              reader.rows().refuse(reader.rows().lines(), 1,
                                   "more than " + to_text(options.max_rows) + " rows, raise max_rows");
            }
          }
          keep(count, offset);
        },
        progress);
    if (!streams) {
      blocks_.clear();
      all_ = {};
      grid_.size = 0;
      counts_ = reader.gather(progress);
      for (const float count : counts_) keep(count, 0);
    }
    require_unchanged();
    reading_ = reader.reading();
    if (reader.rows().wide()) {
      reading_ = function_table::reading();
      counts_ = reader.rows().counts();
      blocks_.clear();
      all_ = {};
      grid_.size = 0;
      for (const float count : counts_) keep(count, 0);
    }
    rows_ = reader.rows();
    grid_.interval_s = reading_.interval_s;
    reading_.rows = grid_.size;
  }

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return lines_.file(); }
  [[nodiscard]] const trace_grid& grid() const noexcept { return grid_; }
  [[nodiscard]] std::size_t size() const noexcept { return grid_.size; }
  /// What the file was understood to be.
  [[nodiscard]] const trace_reading& reading() const noexcept { return reading_; }

  /// Fills `out` with the counts of the rows from `first` on.
  void read(std::size_t first, std::span<float> out) const {
    require(first <= size() && out.size() <= size() - first, "trace_file", "the last row", first + out.size(),
            "be one of " + to_text(size()));
    if (!counts_.empty()) {
      std::copy_n(counts_.begin() + static_cast<std::ptrdiff_t>(first), out.size(), out.begin());
      return;
    }
    if (out.empty()) return;
    const std::size_t after = (first + out.size() - 1) / rows_per_block + 1;
    const std::uint64_t end = after < blocks_.size() ? blocks_[after].offset : checked_.size;
    std::size_t skipped = first % rows_per_block;
    trace_rows rows = *rows_;  // each reader has its own place
    std::size_t filled = 0;
    lines_.each(
        [&](std::string_view text, std::uint64_t) {
          if (skipped > 0) return --skipped, false;
          const std::optional<float> count = rows.count_in(text);
          if (!count) changed();
          out[filled++] = *count;
          return filled == out.size();
        },
        blocks_[first / rows_per_block].offset, end);
    if (filled < out.size()) changed();
    require_unchanged();
  }

  struct summary {
    double sum = 0;   ///< of requests
    double peak = 0;  ///< the largest count
  };
  /// Of the rows [first, last). O(size / 4096), and up to 8190 rows are read.
  [[nodiscard]] summary over(std::size_t first, std::size_t last) const {
    if (first == 0 && last == size()) return all_;
    summary s;
    std::vector<float> edge;
    while (first < last) {
      const std::size_t end = std::min(last, (first / rows_per_block + 1) * rows_per_block);
      if (first % rows_per_block == 0 && (end % rows_per_block == 0 || end == size())) {
        const block& whole = blocks_[first / rows_per_block];
        s.sum += whole.sum;
        s.peak = std::max(s.peak, static_cast<double>(whole.peak));
      } else {
        edge.resize(end - first);
        read(first, edge);
        for (const float count : edge) {
          s.sum += static_cast<double>(count);
          s.peak = std::max(s.peak, static_cast<double>(count));
        }
      }
      first = end;
    }
    return s;
  }

 private:
  struct block {
    std::uint64_t offset = 0;  // of its first row
    double sum = 0;
    float peak = 0;
  };

  static file_lines opened(const std::filesystem::path& file) {
    file_lines lines(file);
    if (!lines.regular())
      throw file_error(file, "is a special file, must be a regular file: it is read again and again");
    return lines;
  }

  void keep(float count, std::uint64_t offset) {
    if (grid_.size++ % rows_per_block == 0) blocks_.push_back({.offset = offset});
    const auto value = static_cast<double>(count);
    blocks_.back().sum += value;
    blocks_.back().peak = std::max(blocks_.back().peak, count);
    all_.sum += value;  // in the order of the rows, so that it equals the sum of a trace in memory
    all_.peak = std::max(all_.peak, value);
  }

  [[noreturn]] void changed() const { throw file_error(file(), "changed after it was checked"); }
  void require_unchanged() const {
    if (lines_.state() != checked_) changed();
  }

  file_lines lines_;
  file_lines::stamp checked_;
  trace_grid grid_{.interval_s = 1, .size = 0};
  std::optional<trace_rows> rows_{};
  trace_reading reading_{};
  summary all_;
  std::vector<block> blocks_;
  std::vector<float>
      counts_;  // of a function table, and where gaps or a counter make a row another number than stands there
};

}  // namespace headroom
