#pragma once

#include <algorithm>   // std::max, std::min
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <limits>      // std::numeric_limits
#include <memory>      // std::make_shared, std::shared_ptr
#include <span>        // std::span
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/trace_file.hpp>
#include <headroom/io/trace_options.hpp>
#include <headroom/workloads/arrivals.hpp>
#include <headroom/workloads/trace_grid.hpp>
#include <headroom/workloads/window_plan.hpp>

namespace headroom {

/// A recorded load on disk, with the interface of `trace`: it can be scaled, sliced and repeated, and gives the same
/// counts to the last bit. These operations are arithmetic on a shared trace_file; the file is read only in read().
/// Throws what trace throws.
class streamed_trace {
 public:
  explicit streamed_trace(const std::filesystem::path& file, const trace_csv_options& options = {},
                          const read_progress& progress = {})
      : file_(std::make_shared<const trace_file>(file, options, progress)),
        period_(file_->size()),
        size_(file_->size()) {}

  /// What the file was understood to be: all of it, whatever part or scale of it this is.
  [[nodiscard]] const trace_reading& reading() const noexcept { return file_->reading(); }
  [[nodiscard]] double interval_s() const noexcept { return file_->grid().interval_s; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] trace_grid grid() const noexcept { return {interval_s(), size_}; }
  [[nodiscard]] double duration_s() const noexcept { return grid().duration_s(); }
  [[nodiscard]] std::size_t index_from(double t_s) const noexcept { return grid().index_from(t_s); }
  /// The mean of the counts in the file times the scale, without the rounding of each scaled count to a float.
  [[nodiscard]] double mean_per_s() const { return over().sum * factor_ / duration_s(); }
  /// Of the busiest interval.
  [[nodiscard]] double peak_per_s() const { return scaled(over().peak) / interval_s(); }

  [[nodiscard]] streamed_trace scaled_to_mean(double requests_per_s) const {
    return times(trace_grid::factor("mean to scale to", requests_per_s, mean_per_s(), scaled(over().peak)));
  }
  [[nodiscard]] streamed_trace scaled_to_peak(double requests_per_s) const {
    return times(trace_grid::factor("peak to scale to", requests_per_s, peak_per_s(), scaled(over().peak)));
  }

  /// The intervals that begin in [from_s, to_s).
  [[nodiscard]] streamed_trace slice(double from_s, double to_s) const {
    const trace_grid::part p = grid().slice(from_s, to_s);
    streamed_trace t = *this;
    t.offset_ = (offset_ + p.first) % period_;
    t.size_ = p.last - p.first;
    if (t.offset_ + t.size_ <= period_) {  // the slice lies within one repetition, so it may be repeated itself
      t.first_ += t.offset_;
      t.offset_ = 0;
      t.period_ = t.size_;
    }
    return t;
  }

  /// This trace, repeated `times` times. Throws std::invalid_argument for a slice that crosses the end of a repetition.
  [[nodiscard]] streamed_trace repeated(std::size_t times) const {
    require(times >= 1 && times <= std::numeric_limits<std::size_t>::max() / 2 / size_, "trace",
            "number of repetitions", times, "be at least 1, and the intervals still countable");
    require(offset_ == 0 && size_ % period_ == 0, "trace", "the part to repeat", size_,
            "be whole repetitions of " + to_text(period_) + " intervals");
    streamed_trace t = *this;
    t.size_ *= times;
    return t;
  }

  /// Fills `out` with the counts of the intervals from `first` on.
  void read(std::size_t first, std::span<float> out) const {
    require(first <= size_ && out.size() <= size_ - first, "trace", "the last interval", first + out.size(),
            "be one of " + to_text(size_));
    std::size_t place = (offset_ + first) % period_;
    while (!out.empty()) {
      const std::span<float> piece = out.first(std::min(out.size(), period_ - place));
      file_->read(first_ + place, piece);
      for (float& count : piece) count = static_cast<float>(scaled(static_cast<double>(count)));
      out = out.subspan(piece.size());
      place = 0;
    }
  }

 private:
  // Rounds in the order of trace. A trace scaled twice is rounded twice there, once here.
  [[nodiscard]] double scaled(double count) const { return static_cast<double>(static_cast<float>(count * factor_)); }
  [[nodiscard]] streamed_trace times(double factor) const {
    streamed_trace t = *this;
    t.factor_ *= factor;
    return t;
  }

  [[nodiscard]] trace_file::summary over() const {
    const std::size_t head = std::min(size_, period_ - offset_);
    trace_file::summary s = file_->over(first_ + offset_, first_ + offset_ + head);
    const auto add = [&](std::size_t length, std::size_t times) {
      if (length == 0 || times == 0) return;
      const trace_file::summary more = file_->over(first_, first_ + length);
      s.sum += static_cast<double>(times) * more.sum;
      s.peak = std::max(s.peak, more.peak);
    };
    add(period_, (size_ - head) / period_);
    add((size_ - head) % period_, 1);
    return s;
  }

  std::shared_ptr<const trace_file> file_;
  std::size_t first_ = 0;   // first row of the repeated part
  std::size_t period_ = 0;  // rows of the repeated part
  std::size_t offset_ = 0;  // row of the repeated part at which this trace begins
  std::size_t size_ = 0;
  double factor_ = 1;
};

/// trace_windows for a trace on disk: the same episodes for the same seeds, to the last bit. Reads the counts of a
/// window when it is drawn. Memory: one window, and up to 1 MiB while it is read.
class streamed_windows {
 public:
  explicit streamed_windows(streamed_trace recorded, const trace_windows_options& options = {})
      : trace_(std::move(recorded)), plan_("trace_windows", trace_.grid(), options) {}

  void operator()(std::uint64_t seed, arrivals& out) const {
    plan_.play(
        seed,
        [this](std::size_t begin, std::size_t length) {
          std::vector<float> counts(length);
          trace_.read(begin, counts);
          return counts;
        },
        out);
  }

  /// Where in the trace the window of this seed begins, in seconds.
  [[nodiscard]] double begin_s(std::uint64_t seed) const { return plan_.begin_s(seed); }
  /// How many different windows there are.
  [[nodiscard]] std::size_t places() const noexcept { return plan_.places(); }

 private:
  streamed_trace trace_;
  window_plan plan_;
};

}  // namespace headroom
