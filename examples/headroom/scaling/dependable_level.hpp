#pragma once

#include <algorithm>  // std::clamp, std::min
#include <cmath>      // std::sqrt
#include <cstddef>    // std::size_t
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/run/statistics.hpp>

namespace tool {

/// What is asked of the level of a policy on episodes of the training part.
struct level_question {
  double wanted = 0.99;        ///< fraction of requests in time
  bool in_time_order = false;  ///< the episodes lie one after the other in the training part; else they are independent
  /// Of episodes in the order of time: how long what comes next is, in lengths of what they cover. That of the default
  /// --trace-split.
  double next = 0.3 / 0.7;
};

/// A tenth of later stretches is kept worse than a dependable level says, if they are drawn from where the training
/// part is.
///
/// Pieces of the training part that lie side by side are alike, so a mean over many episodes of it looks more certain
/// than it is. What counts is by how much long pieces differ, ten at most: by that much the next stretch will differ,
/// too. This is a one-sided prediction interval for the mean of the next stretch, by Student's t, of independent
/// pieces. Independent episodes have no next stretch of the same kind: there it is the interval of their mean.
inline constexpr std::size_t most_pieces = 10;
/// Of the requests that may be late, by how much more are tolerated in that tenth of the cases.
inline constexpr double tolerated = 0.2;

/// The 90 % quantile of Student's t with n degrees of freedom, n at least 1 (Cornish-Fisher; exact for 1).
[[nodiscard]] inline double t_quantile_90(std::size_t n) {
  if (n == 1) return 3.0777;
  const double z = 1.2815515655446004;
  const double v = static_cast<double>(n);
  const double z2 = z * z;
  return z * (1 + (z2 + 1) / (4 * v) + ((5 * z2 + 16) * z2 + 3) / (96 * v * v) +
              (((3 * z2 + 19) * z2 + 17) * z2 - 15) / (384 * v * v * v));
}

/// The level that a search or a choice counts with: the mean of these levels, unless the worst tenth of what may come
/// is below the wanted level by more than is tolerated; then so much less than the mean. A policy keeps what is wanted
/// if this is at least the wanted level. O(n).
[[nodiscard]] inline double dependable_level(std::span<const double> levels, const level_question& q) {
  if (levels.empty()) return 0;
  const double mean = headroom::summarize(levels).mean;
  const std::size_t pieces = q.in_time_order ? std::min(most_pieces, levels.size()) : levels.size();
  if (pieces < 2) return mean;
  std::vector<double> of_piece;
  for (std::size_t k = 0; k < pieces; ++k) {
    const std::size_t from = k * levels.size() / pieces;
    of_piece.push_back(headroom::summarize(levels.subspan(from, (k + 1) * levels.size() / pieces - from)).mean);
  }
  const double count = static_cast<double>(pieces);
  const double next = q.in_time_order ? 1 / (q.next * count) : 0;
  const double doubt =
      t_quantile_90(pieces - 1) * headroom::summarize(of_piece).deviation * std::sqrt(1 / count + next);
  return std::clamp(std::min(mean, mean - doubt + tolerated * (1 - q.wanted)), 0.0, 1.0);
}

}  // namespace tool
