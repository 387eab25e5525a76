#pragma once

#include <algorithm>  // std::min, std::sort, std::upper_bound
#include <cmath>      // std::ceil, std::isfinite
#include <cstddef>    // std::size_t
#include <limits>     // std::numeric_limits
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/telemetry/internal/slot_mean.hpp>

namespace headroom {

struct conditional_quantile_options {
  double slot_s = 60;       ///< length of a slot; the series is the mean of each slot
  std::size_t ahead = 1;    ///< slots that a forecast looks ahead
  double quantile = 0.9;    ///< of what came then, in (0, 1)
  std::size_t levels = 12;  ///< bins of the last value
  std::size_t trends = 3;   ///< bins of its rise since the slot before, in each bin of the last value; 1: one for all
  std::size_t fewest = 20;  ///< a bin with fewer cases of the training part answers as its level does, over all trends
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("slot_s", self.slot_s);
    a("ahead", self.ahead);
    a("quantile", self.quantile);
    a("levels", self.levels);
    a("trends", self.trends);
    a("fewest", self.fewest);
  }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const conditional_quantile_options& checked(const conditional_quantile_options& o) {
  const char* const who = "conditional_quantile";
  require_positive(who, "slot_s", o.slot_s);
  require(o.ahead >= 1 && o.ahead <= 1'000'000, who, "ahead", o.ahead, "be from 1 to 1000000");
  require(o.quantile > 0 && o.quantile < 1, who, "quantile", o.quantile, "be in (0, 1)");
  require(o.levels >= 1 && o.levels <= 10'000, who, "levels", o.levels, "be from 1 to 10000");
  require(o.trends >= 1 && o.trends <= 1'000, who, "trends", o.trends, "be from 1 to 1000");
  require(o.fewest >= 1, who, "fewest", o.fewest, "be at least 1");
  return o;
}

/// A quantile of the load some slots ahead, by what happened in a training part in the same situation. The situation is
/// the present value and its rise since the slot before; both are put into bins. For each bin the model keeps the
/// empirical quantile of the rise until the slot that is forecast, and a forecast adds it to the present value. The
/// bins of the value hold equally many cases, and so do the bins of the rise within each. No shape of a distribution is
/// assumed: large loads may swing more than small ones, and a rise may be followed by another, if it was so in the
/// training part. For values that the training part never had, the outermost bin answers.
///
/// Model of Forecaster for one horizon: any other horizon gives NaN, and so does a model that was not fitted. It does
/// not learn after `fit`. A forecast costs two binary searches, no allocation. Memory: a double a bin, and its edges.
///     conditional_quantile model{{.slot_s = 60, .ahead = 2, .quantile = 0.95}};
///     model.fit(requests_per_s_of_each_minute_of_last_week);
class conditional_quantile {
 public:
  explicit conditional_quantile(const conditional_quantile_options& options = {})
      : options_(checked(options)),
        slot_(options.slot_s),
        level_edges_(options.levels - 1),
        trend_edges_(options.levels * (options.trends - 1)),
        rise_(options.levels * options.trends) {}

  /// Learns a series of slot means; a value that is not finite is a gap. Throws std::invalid_argument unless there are
  /// `fewest` cases for each level. O(n log n).
  void fit(std::span<const double> series) {
    std::vector<one> cases;
    for (std::size_t t = 1; t + options_.ahead < series.size(); ++t) {
      const one c{series[t], series[t] - series[t - 1], series[t + options_.ahead] - series[t]};
      if (std::isfinite(c.trend) && std::isfinite(c.rise)) cases.push_back(c);
    }
    require(cases.size() >= options_.levels * options_.fewest, "conditional_quantile", "number of cases in the series",
            cases.size(), "be at least levels * fewest, " + to_text(options_.levels * options_.fewest));
    sort_by(cases, &one::value);
    for (std::size_t i = 0; i < options_.levels; ++i) {
      const auto part = share(cases, i, options_.levels);
      if (i > 0) level_edges_[i - 1] = part.front().value;
      fit_level(i, part);
    }
    fitted_ = true;
    forget();
  }

  /// Takes one value. Ignores a value or a time that is not finite. If the clock runs back into an earlier slot, the
  /// model forgets the last values.
  void observe(double now_s, double value) {
    slot_.observe(
        now_s, value, slot_.has_value(), [this] { forget(); },
        [this](double slot) {
          before_ = slot == slot_.number() + 1 ? slot_.mean() : std::numeric_limits<double>::quiet_NaN();
        });
  }

  /// The quantile of the slot that contains `now_s + horizon_s`, which must lie `ahead` slots ahead. NaN before the
  /// second slot, and where there is no fit.
  [[nodiscard]] double forecast(double now_s, double horizon_s) const {
    const double ahead = slot_.slot_at(now_s + horizon_s) - slot_.number();
    if (!fitted_ || !slot_.has_value() || !std::isfinite(before_) || ahead != static_cast<double>(options_.ahead)) {
      return std::numeric_limits<double>::quiet_NaN();
    }
    const std::size_t level = bin(level_edges_, slot_.mean());
    const std::size_t edges = options_.trends - 1;
    const std::size_t trend =
        bin(std::span<const double>(trend_edges_).subspan(level * edges, edges), slot_.mean() - before_);
    return slot_.mean() + rise_[level * options_.trends + trend];
  }

  /// Forgets the last values, and not what was fitted.
  void forget() {
    before_ = std::numeric_limits<double>::quiet_NaN();
    slot_.clear();
  }

  [[nodiscard]] const conditional_quantile_options& options() const noexcept { return options_; }

  /// What a checkpoint stores, between episodes.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("options", self.options_);
    a("fitted", self.fitted_);
    a("level_edges", self.level_edges_);
    a("trend_edges", self.trend_edges_);
    a("rise", self.rise_);
  }

 private:
  struct one {
    double value = 0;
    double trend = 0;  // since the slot before
    double rise = 0;   // until the slot that is forecast
  };

  static void sort_by(std::span<one> cases, double one::*what) {
    std::sort(cases.begin(), cases.end(), [what](const one& a, const one& b) { return a.*what < b.*what; });
  }
  // Part i of n, all as large as each other to one.
  static std::span<one> share(std::span<one> cases, std::size_t i, std::size_t n) {
    const std::size_t from = cases.size() * i / n;
    return cases.subspan(from, cases.size() * (i + 1) / n - from);
  }
  static std::size_t bin(std::span<const double> edges, double x) {
    return static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), x) - edges.begin());
  }
  // The value of rank ceil(quantile * (n + 1)), which is covered with at least that probability.
  [[nodiscard]] double quantile_of(std::span<one> cases) const {
    sort_by(cases, &one::rise);
    const double rank = std::ceil(options_.quantile * static_cast<double>(cases.size() + 1) - 1e-9);
    return cases[std::min(static_cast<std::size_t>(rank), cases.size()) - 1].rise;
  }
  void fit_level(std::size_t level, std::span<one> cases) {
    const double of_level = quantile_of(cases);
    sort_by(cases, &one::trend);
    for (std::size_t j = 0; j < options_.trends; ++j) {
      const auto part = share(cases, j, options_.trends);
      if (j > 0) trend_edges_[level * (options_.trends - 1) + j - 1] = part.empty() ? 0 : part.front().trend;
      rise_[level * options_.trends + j] = part.size() >= options_.fewest ? quantile_of(part) : of_level;
    }
  }

  conditional_quantile_options options_;
  internal::slot_mean slot_;
  bool fitted_ = false;
  std::vector<double> level_edges_;                           // between the bins of the value
  std::vector<double> trend_edges_;                           // [level][between the bins of the trend]
  std::vector<double> rise_;                                  // [level][trend]: the answer
  double before_ = std::numeric_limits<double>::quiet_NaN();  // mean of the slot before the current one
};

}  // namespace headroom
