#pragma once

#include <algorithm>  // std::max, std::min
#include <cstddef>    // std::size_t
#include <span>       // std::span
#include <vector>     // std::vector

namespace headroom {

/// How many replicas are ready, averaged over each interval, if `wanted` were asked for right after the row before and
/// each took `delay` intervals to start. A scale-down takes back the newest that start, then ready ones. The first row
/// is as wanted. O(rows + changes).
[[nodiscard]] inline std::vector<double> ready_after(std::span<const double> wanted, double delay) {
  std::vector<double> ready(wanted.size(), wanted.empty() ? 0 : wanted.front());
  struct batch {
    double at;  // in rows
    double replicas;
  };
  std::vector<batch> starting;  // by time
  std::size_t first = 0;
  double now = wanted.empty() ? 0 : wanted.front();
  for (std::size_t i = 1; i < wanted.size(); ++i) {
    const auto begin = static_cast<double>(i - 1);
    double change = wanted[i] - wanted[i - 1];
    if (change > 0) starting.push_back({begin + delay, change});
    while (change < 0 && starting.size() > first) {
      const double back = std::min(-change, starting.back().replicas);
      starting.back().replicas -= back;
      change += back;
      if (starting.back().replicas > 0) break;
      starting.pop_back();
    }
    if (change < 0) now += change;
    double sum = now;
    for (; first < starting.size() && starting[first].at <= begin + 1; ++first) {
      sum += starting[first].replicas * (begin + 1 - std::max(begin, starting[first].at));
      now += starting[first].replicas;
    }
    ready[i] = sum;
  }
  return ready;
}

}  // namespace headroom
