#pragma once

#include <cmath>   // std::round
#include <vector>  // std::vector

#include "scaling/autoscalers.hpp"

/// What the two files of autoscalers share.
namespace tool {

/// 0.4, 0.45, ..., 0.95, without the dust of adding up.
[[nodiscard]] inline std::vector<double> steps(double from, double to, double by) {
  std::vector<double> list;
  for (int k = 0; from + k * by <= to + by / 2; ++k) list.push_back(std::round((from + k * by) * 1e6) / 1e6);
  return list;
}

/// The autoscalers that the world runs.
[[nodiscard]] std::vector<autoscaler> published_autoscalers(const scaled_service& s);

}  // namespace tool
