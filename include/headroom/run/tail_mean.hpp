#pragma once

#include <algorithm>  // std::max, std::min, std::sort
#include <cmath>      // std::floor
#include <cstddef>    // std::size_t
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/run/statistics.hpp>

namespace headroom {

/// The bad end of a sample, of what episodes cost for instance.
struct tail_summary {
  std::size_t count = 0;  ///< of the whole sample
  double worst = 1;       ///< the fraction of it that is the tail
  double mean = 0;        ///< of the tail
  double quantile = 0;    ///< where the tail begins: the value at risk
  double low = 0;         ///< 95 % confidence interval of the tail's mean; equal to the mean for fewer than two
  double high = 0;
};

/// The mean of the worst fraction of a sample, where large is bad: conditional value at risk, or expected shortfall.
/// It is the least value of  t + mean(max(x - t, 0)) / worst  over t (Rockafellar and Uryasev 2000), which is exact on
/// a sample: where `worst` times the count is not whole, one value counts in part. A fraction of 1 is the plain mean.
///
/// For who fears bad days: of two policies with the same mean, that with the smaller tail mean has fewer disasters. The
/// interval is that of the mean of  t + max(x - t, 0) / worst  at the best t, by Student's t. It is as wide as if only
/// the tail had been seen, so a tenth of 200 episodes says little, and in small samples it covers less than it claims
/// (a test states how much less). O(n log n). Throws std::invalid_argument unless 0 < worst <= 1, and for a value that
/// is not finite. An empty sample has a mean of 0 and a count of 0.
[[nodiscard]] inline tail_summary tail_mean(std::vector<double> sample, double worst) {
  require(worst > 0 && worst <= 1, "tail_mean", "worst", worst, "be in (0, 1]");
  for (const double x : sample) require_finite("tail_mean", "a value", x);
  tail_summary s;
  s.count = sample.size();
  s.worst = worst;
  if (sample.empty()) return s;
  std::sort(sample.begin(), sample.end(), [](double a, double b) { return a > b; });
  const auto n = static_cast<double>(sample.size());
  // The rounding of a product like 0.1 * 30 must not move the tail by a value.
  const double tail = std::max(worst * n, 1e-9);
  const auto whole = std::min(static_cast<std::size_t>(std::floor(tail + 1e-9)), sample.size());
  s.quantile = sample[std::min(whole, sample.size() - 1)];
  double above = 0;
  for (double& x : sample) {
    x = std::max(x - s.quantile, 0.0) / worst;
    above += x;
  }
  s.mean = s.quantile + above / n;
  const summary all = summarize(sample);
  s.low = s.mean - (all.high - all.mean);
  s.high = s.mean + (all.high - all.mean);
  return s;
}

}  // namespace headroom
