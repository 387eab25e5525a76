#pragma once

#include <algorithm>  // std::min
#include <array>      // std::array
#include <bit>        // std::bit_cast
#include <cmath>      // std::ceil
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint32_t, std::uint64_t
#include <limits>     // std::numeric_limits

namespace headroom {

/// Quantiles of latencies, right to 0.8 %. Latencies are counted in buckets from a quarter of a millisecond to 4,096 s;
/// each power of two has 64 of them. A latency outside this range counts in the first or the last bucket; the maximum
/// is exact. An addition costs a few instructions: the number of the bucket is the upper bits of the latency itself, as
/// in HdrHistogram. Two histograms can be added. 6 KiB, no allocation.
class latency_histogram {
 public:
  /// Counts one latency, in seconds, zero or more.
  void add(double latency_s) noexcept {
    ++counts_[bucket(latency_s)];
    ++size_;
    if (latency_s > maximum_s_) maximum_s_ = latency_s;
  }
  /// Counts the same latency `times` times. Zero times count nothing.
  void add(double latency_s, std::uint32_t times) noexcept {
    if (times == 0) return;
    counts_[bucket(latency_s)] += times;
    size_ += times;
    if (latency_s > maximum_s_) maximum_s_ = latency_s;
  }
  latency_histogram& operator+=(const latency_histogram& other) noexcept {
    for (std::size_t k = 0; k < buckets; ++k) counts_[k] += other.counts_[k];
    size_ += other.size_;
    if (other.maximum_s_ > maximum_s_) maximum_s_ = other.maximum_s_;
    return *this;
  }
  void clear() noexcept { *this = {}; }

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// The largest, in seconds; NaN without one.
  [[nodiscard]] double maximum_s() const noexcept { return size_ > 0 ? maximum_s_ : missing; }
  /// The smallest latency that a fraction `q` of all do not exceed, in seconds: the middle of its bucket, at most the
  /// maximum. NaN without a latency. `q` in (0, 1].
  [[nodiscard]] double quantile(double q) const noexcept {
    if (size_ == 0) return missing;
    const double wanted = std::ceil(q * static_cast<double>(size_));
    double seen = 0;
    for (std::size_t k = 0; k < buckets; ++k) {
      seen += counts_[k];
      if (seen >= wanted && seen > 0) return std::min(middle_s(k), maximum_s_);
    }
    return maximum_s_;
  }

 private:
  static constexpr double missing = std::numeric_limits<double>::quiet_NaN();
  static constexpr unsigned shift = 52 - 6;  // of the 52 bits of the fraction, 6 tell the bucket within a power of two
  static constexpr double lowest_s = 0x1p-12;
  static constexpr double highest_s = 0x1p12;
  static constexpr std::uint64_t first = std::bit_cast<std::uint64_t>(lowest_s) >> shift;
  static constexpr std::size_t buckets =
      static_cast<std::size_t>((std::bit_cast<std::uint64_t>(highest_s) >> shift) - first);

  [[nodiscard]] static std::size_t bucket(double s) noexcept {
    if (!(s > lowest_s)) return 0;
    if (s >= highest_s) return buckets - 1;
    return static_cast<std::size_t>((std::bit_cast<std::uint64_t>(s) >> shift) - first);
  }
  [[nodiscard]] static double middle_s(std::size_t k) noexcept {
    const double low = std::bit_cast<double>((first + k) << shift);
    const double high = std::bit_cast<double>((first + k + 1) << shift);
    return (low + high) / 2;
  }

  std::array<std::uint32_t, buckets> counts_{};
  std::uint64_t size_ = 0;
  double maximum_s_ = 0;
};

}  // namespace headroom
