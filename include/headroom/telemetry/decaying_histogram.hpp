#pragma once

#include <algorithm>  // std::clamp, std::max, std::min
#include <bit>        // std::bit_ceil
#include <cmath>      // std::ceil, std::exp2, std::floor, std::isfinite, std::log, std::pow
#include <cstddef>    // std::size_t
#include <limits>     // std::numeric_limits
#include <vector>     // std::vector

#include <headroom/core/check.hpp>

namespace headroom {

/// The options of `decaying_histogram`: those of the Vertical Pod Autoscaler for CPU, with bounds for requests per
/// second.
struct decaying_histogram_options {
  double first_bucket = 0.01;   ///< width of the first bucket, which begins at 0; in the value's unit
  double largest = 1e6;         ///< values from here on share the last bucket
  double growth = 1.05;         ///< width of a bucket divided by that of the one before
  double half_life_s = 86'400;  ///< after this time an observation weighs half
  double percentile = 0.9;      ///< percentile that `forecast` returns, in [0, 1]
  double margin = 0.15;         ///< margin that `forecast` adds, as a fraction
  /// How many buckets these options give.
  [[nodiscard]] double buckets() const {
    return std::ceil(std::log(largest * (growth - 1) / first_bucket + 1) / std::log(growth)) + 1;
  }
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("first_bucket", self.first_bucket);
    a("largest", self.largest);
    a("growth", self.growth);
    a("half_life_s", self.half_life_s);
    a("percentile", self.percentile);
    a("margin", self.margin);
  }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const decaying_histogram_options& checked(const decaying_histogram_options& o) {
  require_positive("decaying_histogram", "first_bucket", o.first_bucket);
  require(o.largest > o.first_bucket && std::isfinite(o.largest), "decaying_histogram", "largest", o.largest,
          "be above first_bucket and finite");
  require(o.growth > 1 && o.growth <= 10, "decaying_histogram", "growth", o.growth, "be in (1, 10]");
  require(o.buckets() <= 1e6, "decaying_histogram", "number of buckets", o.buckets(), "be at most 1000000");
  require_positive("decaying_histogram", "half_life_s", o.half_life_s);
  require_fraction("decaying_histogram", "percentile", o.percentile);
  require_not_negative("decaying_histogram", "margin", o.margin);
  return o;
}

/// Percentiles of the observed values, where older values weigh less. It is the histogram of Kubernetes' Vertical Pod
/// Autoscaler (pkg/recommender/util, decaying_histogram.go and histogram_options.go) and the moving window of Google's
/// Autopilot (Rzadca et al., EuroSys 2020). Buckets grow by 5 %, so a percentile is right to 5 % at any scale. An
/// observation weighs 2^(-age / half-life). A percentile is the end of its bucket. Model of Forecaster: the forecast is
/// `percentile` plus `margin`, for every horizon. Autopilot then takes the largest recommendation of the last hour;
/// here a stabilisation window does so. A value and a percentile cost O(log buckets) (a Fenwick tree of weights; VPA
/// scans all weights). All weights are rescaled once in a hundred half-lives. No allocation after construction.
/// Departure: VPA drops buckets that weigh less than 0.0001.
class decaying_histogram {
 public:
  explicit decaying_histogram(const decaying_histogram_options& options = {})
      : options_(checked(options)),
        size_(static_cast<std::size_t>(options.buckets())),
        scale_((options.growth - 1) / options.first_bucket),
        per_log_(1 / std::log(options.growth)),
        tree_(std::bit_ceil(size_) + 1, 0.0) {}

  /// Takes one value. Ignores values and weights that are negative or not finite, and times that are not finite. A time
  /// before the newest one weighs less than the newest value does. If the clock runs backwards by more than a hundred
  /// half-lives, the histogram forgets everything.
  void observe(double now_s, double value, double weight = 1) {
    if (!std::isfinite(now_s) || !(value >= 0) || !(weight >= 0) || !std::isfinite(value) || !std::isfinite(weight))
      return;
    if (total_ == 0) reference_s_ = now_s;
    const double age = (now_s - reference_s_) / options_.half_life_s;
    if (age < -longest_age) forget();
    if (age < -longest_age) reference_s_ = now_s;
    if (age > longest_age) rescale(now_s);
    const double w = weight * std::exp2((now_s - reference_s_) / options_.half_life_s);
    total_ += w;
    const std::size_t at = bucket(value);
    top_ = std::max(top_, at);
    for (std::size_t i = at + 1; i < tree_.size(); i += i & (~i + 1)) tree_[i] += w;
  }

  /// The value below which `fraction` of the weight lies, rounded up to the end of its bucket; NaN while empty.
  [[nodiscard]] double percentile(double fraction) const {
    if (!(total_ > 0)) return std::numeric_limits<double>::quiet_NaN();
    // The total is what the tree holds. total_ was summed in another order and may differ in its last bits.
    double left = std::max(fraction * tree_.back(), std::numeric_limits<double>::min());
    std::size_t at = 0;  // buckets that certainly lie below
    for (std::size_t half = (tree_.size() - 1) / 2; half > 0; half /= 2) {
      if (tree_[at + half] < left) {
        at += half;
        left -= tree_[at];
      }
    }
    at = std::min(at, top_);  // rounding must not lead beyond the highest bucket that was used
    return at + 1 < size_ ? begin_of(at + 1) : begin_of(at);  // the last bucket has no end
  }

  [[nodiscard]] double forecast(double /*now_s*/, double /*horizon_s*/) const {
    return percentile(options_.percentile) * (1 + options_.margin);
  }

  /// Back to the state after construction.
  void forget() {
    for (double& w : tree_) w = 0;
    total_ = 0;
    top_ = 0;
    reference_s_ = 0;
  }

  [[nodiscard]] bool empty() const noexcept { return !(total_ > 0); }
  [[nodiscard]] const decaying_histogram_options& options() const noexcept { return options_; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("options", self.options_);
    a("tree", self.tree_);
    a("total", self.total_);
    a("top", self.top_);
    a.check(self.top_ < self.size_, "top", self.top_, "be below the number of buckets, " + to_text(self.size_));
    a("reference_s", self.reference_s_);
  }

 private:
  static constexpr double longest_age = 100;  // in half-lives; weights up to 2^100 keep all their bits

  [[nodiscard]] double begin_of(std::size_t b) const {
    return (std::pow(options_.growth, static_cast<double>(b)) - 1) / scale_;
  }
  [[nodiscard]] std::size_t bucket(double value) const {
    const double b = std::floor(std::log(value * scale_ + 1) * per_log_);
    return static_cast<std::size_t>(std::clamp(b, 0.0, static_cast<double>(size_ - 1)));
  }
  void rescale(double now_s) {
    const double factor = std::exp2((reference_s_ - now_s) / options_.half_life_s);
    for (double& w : tree_) w *= factor;
    total_ *= factor;
    reference_s_ = now_s;
  }

  decaying_histogram_options options_;
  std::size_t size_;
  double scale_;
  double per_log_;
  std::vector<double> tree_;  // a Fenwick tree: [0] is not used; the size is a power of two
  double total_ = 0;          // weight
  std::size_t top_ = 0;       // the highest bucket that was ever used
  double reference_s_ = 0;    // an observation of this time weighs 1
};

}  // namespace headroom
