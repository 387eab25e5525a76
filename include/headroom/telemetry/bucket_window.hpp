#pragma once

#include <algorithm>  // std::clamp, std::fill, std::max, std::min
#include <cmath>      // std::abs, std::ceil, std::floor, std::isfinite, std::pow
#include <cstddef>    // std::size_t
#include <cstdint>    // std::int64_t
#include <vector>     // std::vector

#include <headroom/core/check.hpp>

namespace headroom {

struct bucket_window_options {
  double window_s = 60;      ///< length of the window; rounded up to whole buckets, at most 2^20
  double bucket_s = 1;       ///< length of a bucket; buckets begin at multiples of it
  bool exponential = false;  ///< weigh a bucket of age i by a (1 - a)^i, a = max(0.2, 1 - 0.0001^(1 / buckets))
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const bucket_window_options& checked(const bucket_window_options& o) {
  require_positive("bucket_window", "window_s", o.window_s);
  require_positive("bucket_window", "bucket_s", o.bucket_s);
  require(o.window_s / o.bucket_s <= 1 << 20, "bucket_window", "window_s", o.window_s, "hold at most 2^20 buckets");
  return o;
}

/// The average of the recent samples: the sum of the buckets divided by min(age + 1, buckets). The age counts from the
/// first bucket since the last silence. A bucket without a sample between two that have one counts as 0. Silence of a
/// whole window forgets everything. The average is rounded down to 6 digits, so that the rounding errors of a long
/// running sum do not look like load.
///
/// Source: Knative Serving 1.8.0, pkg/autoscaler/aggregation/bucketing.go, with its arithmetic in the same order.
/// `exponential` is its weighted window, which is neither rounded nor corrected for a short history. Departures:
/// Knative adds up what several reporters send within a bucket; here there is one reporter, and its samples within a
/// bucket are averaged. The sum is computed anew where cancellation left less than 30 bits of it, and where one sample
/// fills the whole window. A sample from before the newest bucket is dropped.
///
/// A record costs O(buckets since the last one), at most a window of them. An average at the time of the last record
/// costs O(1). Never allocates after construction. Times must be finite; the caller must check them.
///     bucket_window recent{{.window_s = 6}};
///     recent.fill(0, 2, 10.0);         // buckets 1 and 2
///     recent.average(2);               // 10
class bucket_window {
 public:
  explicit bucket_window(const bucket_window_options& options = {})
      : bucket_s_(checked(options).bucket_s),
        buckets_(static_cast<std::size_t>(std::ceil(options.window_s / options.bucket_s)), 0.0),
        exponential_(options.exponential) {
    const double n = static_cast<double>(buckets_.size());
    newest_weight_ = std::max(0.2, 1 - std::pow(1 - 0.9999, 1 / n));
    expired_weight_ = newest_weight_ * std::pow(1 - newest_weight_, n);
  }

  /// Forgets everything.
  void clear() noexcept {
    written_ = false;
    wipe();
  }

  /// Records a sample of the bucket at `time_s`. A value that is negative or not finite is ignored.
  void record(double time_s, double value) noexcept {
    if (std::isfinite(value) && value >= 0) put(index(time_s), value);
  }

  /// Records one sample in every bucket after that of `after_s` up to that of `time_s`, and always in the latter.
  void fill(double after_s, double time_s, double value) noexcept {
    if (!std::isfinite(value) || value < 0) return;
    const std::int64_t last = index(time_s);
    std::int64_t first = std::max(index(after_s) + 1, last - size() + 1);
    if (written_) first = std::max(first, last_);
    // A tick of Knative fills two buckets. These always take the general path, also if the window has only two.
    if (last - first + 1 == size() && size() > 2 && !(written_ && first == last_)) {
      fill_all(first, value);
      return;
    }
    put(std::min(first, last), value);
    if (last_ >= last) return;
    double most = 0;
    for (; last_ < last; ++last_) most = std::max(most, turn(value));
    restore(most);
  }

  /// The average at `now_s`. If the silence until `now_s` is shorter than the window, the silent buckets shorten the
  /// window.
  [[nodiscard]] double average(double now_s) const noexcept {
    if (!written_) return 0;
    const std::int64_t silent = std::max<std::int64_t>(0, index(now_s) - last_);
    if (silent >= size()) return 0;
    if (exponential_) return weighted_after(silent);
    double sum = sum_;
    for (std::int64_t i = 0, at = place_; i < silent; ++i) sum -= buckets_[static_cast<std::size_t>(at = after(at))];
    return rounded(sum / static_cast<double>(std::min(last_ - first_ + 1, size() - silent)));
  }

  /// Whether nothing was recorded since construction or `clear`.
  [[nodiscard]] bool empty() const noexcept { return !written_; }
  /// How many buckets the window has.
  [[nodiscard]] std::int64_t size() const noexcept { return static_cast<std::int64_t>(buckets_.size()); }
  /// The number of the bucket at `time_s`. A time that is below a multiple by a rounding error counts as that multiple.
  [[nodiscard]] std::int64_t index(double time_s) const noexcept {
    constexpr double far = 4e18;  // the difference of two indices is an index
    return static_cast<std::int64_t>(std::clamp(std::floor(time_s / bucket_s_ + 1e-9), -far, far));
  }

 private:
  [[nodiscard]] std::int64_t after(std::int64_t place) const noexcept { return place + 1 == size() ? 0 : place + 1; }

  void wipe() noexcept {
    std::fill(buckets_.begin(), buckets_.end(), 0.0);
    sum_ = weighted_ = 0;
  }

  void put(std::int64_t i, double value) noexcept {
    if (written_ && i < last_) return;
    if (!written_ || i - last_ >= size()) {
      if (written_) wipe();
      written_ = true;
      first_ = last_ = i;
      samples_ = 0;
    }
    if (last_ < i) {
      double most = 0;
      for (; last_ < i; ++last_) most = std::max(most, turn(0));
      restore(most);
      samples_ = 0;
    }
    double& bucket = buckets_[static_cast<std::size_t>(place_)];
    samples_ += 1;
    const double change = samples_ == 1 ? value : (value - bucket) / samples_;
    bucket += change;
    sum_ += change;
    weighted_ += newest_weight_ * change;
  }

  /// The oldest bucket becomes the newest, with one sample. Returns the oldest bucket's value.
  double turn(double value) noexcept {
    place_ = after(place_);
    samples_ = 1;
    double& bucket = buckets_[static_cast<std::size_t>(place_)];
    const double gone = bucket;
    bucket = value;
    sum_ = (sum_ - gone) + value;  // in the order of Knative's code
    if (exponential_) weighted_ = (1 - newest_weight_) * weighted_ - expired_weight_ * gone + newest_weight_ * value;
    return gone;
  }

  /// Called after buckets left, the largest of which was `gone`. If `gone` is a billion times the remaining sum, the
  /// sum consists of rounding errors and is computed anew. This is rare, because that bucket has left then.
  void restore(double gone) noexcept {
    if (std::isfinite(sum_) && gone <= 1e9 * std::abs(sum_)) return;
    sum_ = 0;
    for (const double b : buckets_) sum_ += b;
  }

  void fill_all(std::int64_t first, double value) noexcept {
    std::fill(buckets_.begin(), buckets_.end(), value);
    written_ = true;
    first_ = first;
    last_ = first + size() - 1;
    samples_ = 1;
    sum_ = static_cast<double>(size()) * value;
    weighted_ = (1 - expired_weight_ / newest_weight_) * value;
  }

  [[nodiscard]] double weighted_after(std::int64_t silent) const noexcept {
    double value = weighted_;
    for (std::int64_t i = 0, at = place_; i < silent; ++i) {
      at = after(at);
      value = (1 - newest_weight_) * value - expired_weight_ * buckets_[static_cast<std::size_t>(at)];
    }
    return std::max(0.0, value);
  }

  [[nodiscard]] static double rounded(double value) noexcept {
    const double down = std::floor(value * 1e6) / 1e6;
    return std::max(0.0, std::isfinite(down) ? down : value);
  }

  double bucket_s_;
  std::vector<double> buckets_;  ///< a ring, newest at place_
  bool exponential_;
  double newest_weight_ = 0;
  double expired_weight_ = 0;  ///< weight of a bucket when it leaves the window

  bool written_ = false;
  std::int64_t place_ = 0;
  std::int64_t first_ = 0;  ///< index of the first bucket since the last silence
  std::int64_t last_ = 0;   ///< index of the newest
  double samples_ = 0;      ///< how many samples the newest bucket has
  double sum_ = 0;
  double weighted_ = 0;
};

}  // namespace headroom
