#pragma once

#include <algorithm>  // std::max_element
#include <cmath>      // std::isfinite
#include <cstddef>    // std::ptrdiff_t, std::size_t
#include <numeric>    // std::accumulate
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/workloads/trace_grid.hpp>

namespace headroom {

/// A recorded load: how many requests came in each interval. Counts are floats, four bytes a row: a year by the second
/// fits in 126 MB, and a count below 2^24 is still exact. Model of Workload (the count over the interval, 0 outside).
/// Throws std::invalid_argument for an empty series, an interval that is not positive, a count that is negative or not
/// finite.
class trace {
 public:
  trace(double interval_s, std::vector<float> counts) : interval_s_(interval_s), counts_(std::move(counts)) {
    require_positive("trace", "interval_s", interval_s);
    require(!counts_.empty(), "trace", "number of intervals", counts_.size(), "be at least 1");
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] >= 0 && std::isfinite(counts_[i])) continue;  // the message is built only for a refusal
      require_not_negative("trace", "count " + to_text(i), static_cast<double>(counts_[i]));
    }
  }

  /// Requests per second at `t_s` seconds after the first interval began.
  double operator()(double t_s) const noexcept {
    const double place = t_s / interval_s_;
    if (!(place >= 0 && place < static_cast<double>(counts_.size()))) return 0;
    return static_cast<double>(counts_[static_cast<std::size_t>(place)]) / interval_s_;
  }

  [[nodiscard]] double interval_s() const noexcept { return interval_s_; }
  [[nodiscard]] const std::vector<float>& counts() const& noexcept { return counts_; }
  [[nodiscard]] std::vector<float> counts() && noexcept { return std::move(counts_); }  // a view would dangle
  [[nodiscard]] std::size_t size() const noexcept { return counts_.size(); }
  [[nodiscard]] double duration_s() const noexcept { return interval_s_ * static_cast<double>(counts_.size()); }
  /// O(size).
  [[nodiscard]] double mean_per_s() const {
    return std::accumulate(counts_.begin(), counts_.end(), 0.0) / duration_s();
  }
  /// Requests per second of the busiest interval. O(size).
  [[nodiscard]] double peak_per_s() const { return peak() / interval_s_; }

  /// The same shape with another mean, in requests per second: fits a recorded load to a service of another size.
  /// Throws std::invalid_argument for a trace without requests, because no factor can scale it.
  [[nodiscard]] trace scaled_to_mean(double requests_per_s) const {
    return scaled(trace_grid::factor("mean to scale to", requests_per_s, mean_per_s(), peak()));
  }
  /// The same shape with another peak, in requests per second.
  [[nodiscard]] trace scaled_to_peak(double requests_per_s) const {
    return scaled(trace_grid::factor("peak to scale to", requests_per_s, peak_per_s(), peak()));
  }

  /// The intervals that begin in [from_s, to_s), as a new trace that begins at 0.
  [[nodiscard]] trace slice(double from_s, double to_s) const {
    const trace_grid::part p = grid().slice(from_s, to_s);
    const auto at = [this](std::size_t i) { return counts_.begin() + static_cast<std::ptrdiff_t>(i); };
    return {interval_s_, std::vector<float>(at(p.first), at(p.last))};
  }

  /// This trace, repeated `times` times.
  [[nodiscard]] trace repeated(std::size_t times) const {
    require(times >= 1 && times <= counts_.max_size() / counts_.size(), "trace", "number of repetitions", times,
            "be at least 1, and the intervals still countable");
    std::vector<float> counts;
    counts.reserve(times * counts_.size());
    for (std::size_t k = 0; k < times; ++k) counts.insert(counts.end(), counts_.begin(), counts_.end());
    return {interval_s_, std::move(counts)};
  }

  [[nodiscard]] trace_grid grid() const noexcept { return {interval_s_, counts_.size()}; }
  /// The first interval that begins at or after `t_s`, `size()` if none does.
  [[nodiscard]] std::size_t index_from(double t_s) const noexcept { return grid().index_from(t_s); }

 private:
  [[nodiscard]] double peak() const { return static_cast<double>(*std::max_element(counts_.begin(), counts_.end())); }
  [[nodiscard]] trace scaled(double factor) const {
    trace result = *this;
    for (float& count : result.counts_) count = static_cast<float>(static_cast<double>(count) * factor);
    return result;
  }

  double interval_s_;
  std::vector<float> counts_;
};

}  // namespace headroom
