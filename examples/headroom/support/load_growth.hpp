#pragma once

#include <cmath>  // std::pow

namespace tool {

/// By how much a load is to be expected to grow from the last third of the training part to what comes after it. If the
/// mean rate goes on as it went from the first third to the last one, two thirds later, by a constant factor each, the
/// middle of the default test part lies 1.14 thirds after that of the last third. A load that fell may rise again, so
/// nothing is expected of it; and no more than a doubling of any.
[[nodiscard]] inline double growth_to_expect(double first_third_per_s, double last_third_per_s) {
  constexpr double thirds_ahead = 0.5 + 0.5 * 3 * 0.3 / 0.7;
  constexpr double noise = 1.02;
  if (!(first_third_per_s > 0) || !(last_third_per_s > first_third_per_s)) return 1;
  const double factor = std::pow(last_third_per_s / first_third_per_s, thirds_ahead / 2);
  return factor < noise ? 1 : factor > 2 ? 2 : factor;
}

}  // namespace tool
