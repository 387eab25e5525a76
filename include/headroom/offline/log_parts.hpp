#pragma once

#include <algorithm>  // std::max, std::sort
#include <cmath>      // std::ceil, std::floor
#include <cstddef>    // std::ptrdiff_t, std::size_t
#include <string>     // std::string
#include <utility>    // std::pair
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/transition.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// The parts of a log that are drawn anew for an interval: its episodes, or, where these are too few, pieces of them.
struct log_parts {
  std::vector<std::pair<std::size_t, std::size_t>> ranges;  ///< [first step, one past the last)
  bool pieces = false;                                      ///< episodes were too few, and were cut into pieces

  [[nodiscard]] std::size_t size() const noexcept { return ranges.size(); }
};

/// Divides a log into its episodes. If there are fewer than `least`, longer ones are cut into pieces of `piece` steps:
/// one recording that never ends is a single episode. A cut is not an end, so nothing is lost by it, but neighbours
/// depend on each other; `piece` must be several times as long as a decision matters.
template <class State>
[[nodiscard]] log_parts parts_of(const std::vector<logged<State>>& log, std::size_t least, std::size_t piece) {
  require(piece >= 1, "parts_of", "steps of a piece", piece, "be at least 1");
  log_parts parts;
  std::size_t first = 0;
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (log[i].status == episode::ongoing && i + 1 < log.size()) continue;
    parts.ranges.emplace_back(first, i + 1);
    first = i + 1;
  }
  if (parts.size() >= least) return parts;
  log_parts cut{{}, true};
  for (const auto& [from, to] : parts.ranges) {
    for (std::size_t at = from; at < to;) {
      const std::size_t end = to - at < 2 * piece ? to : at + piece;  // the last piece of an episode is the longest
      cut.ranges.emplace_back(at, end);
      at = end;
    }
  }
  return cut.size() > parts.size() ? cut : parts;
}

/// How many steps a decision matters at this discount: until a reward is worth a twentieth.
[[nodiscard]] inline std::size_t steps_that_matter(double discount) {
  require(discount >= 0 && discount < 1, "steps_that_matter", "discount", discount, "be in [0, 1)");
  return static_cast<std::size_t>(std::max(1.0, std::ceil(3 / (1 - discount))));
}

/// Every second part of a log as a log of its own, from part `k`, 0 or 1, on. A part that ends within an episode is cut
/// there.
template <class State>
[[nodiscard]] std::vector<logged<State>> half_of(const std::vector<logged<State>>& log, const log_parts& parts,
                                                 std::size_t k) {
  std::vector<logged<State>> half;
  for (std::size_t e = k; e < parts.size(); e += 2) {
    const auto [from, to] = parts.ranges[e];
    half.insert(half.end(), log.begin() + static_cast<std::ptrdiff_t>(from),
                log.begin() + static_cast<std::ptrdiff_t>(to));
    if (half.back().status == episode::ongoing) half.back().status = episode::truncated;
  }
  return half;
}

/// A number that was estimated, with the range that most resamples of the log agree on; none where the log supports no
/// number, and then `why` says what is missing.
struct estimate {
  double value = 0;
  double low = 0;     ///< 95 % of the resamples lie between these two
  double high = 0;    ///< the same
  std::string why{};  ///< empty: the number may be told

  [[nodiscard]] bool told() const noexcept { return why.empty(); }
};

/// A share as a sentence names it, rounded down to a tenth, so that what is too little never reads as enough: "89.9 %".
[[nodiscard]] inline std::string percent_text(double share) {
  return to_text(std::floor(share * 1000 + 1e-9) / 10) + " %";
}

/// The middle 95 % of what resamples gave. Throws std::invalid_argument for fewer than 20.
[[nodiscard]] inline std::pair<double, double> middle_of(std::vector<double> resampled) {
  require(resampled.size() >= 20, "middle_of", "number of resamples", resampled.size(), "be at least 20");
  std::sort(resampled.begin(), resampled.end());
  const auto at = [&](double share) {
    return resampled[static_cast<std::size_t>(share * static_cast<double>(resampled.size() - 1) + 0.5)];
  };
  return {at(0.025), at(0.975)};
}

}  // namespace headroom
