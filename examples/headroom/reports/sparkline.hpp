#pragma once

#include <algorithm>    // std::clamp, std::sort
#include <array>        // std::array
#include <cstddef>      // std::size_t
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

namespace tool::report {

/// Ten bars for a sample: its least value, its deciles and its greatest, in that order. A bar's height is where the
/// value lies between `least` and `most`, in eighths. Empty for an empty sample.
[[nodiscard]] inline std::string sparkline(std::vector<double> sample, double least, double most) {
  constexpr std::array<std::string_view, 8> bars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::size_t count = 10;
  std::string line;
  if (sample.empty()) return line;
  std::sort(sample.begin(), sample.end());
  for (std::size_t k = 0; k < count; ++k) {
    const double v = sample[k * (sample.size() - 1) / (count - 1)];
    const double share = most > least ? (v - least) / (most - least) : 1;
    line += bars[static_cast<std::size_t>(std::clamp(share * 7 + 0.5, 0.0, 7.0))];
  }
  return line;
}

}  // namespace tool::report
