#pragma once

#include <string>  // std::string

#include <headroom/workloads/arrivals.hpp>

namespace tool {

struct pattern_options {
  std::string name;
  double mean_per_s = 1;
  double peak_ratio = 2;
  double length_s = 3'600;
};

/// Poisson arrivals whose rate has a shape. Where the shape lies in time is drawn for each episode from its seed, so
/// that no schedule knows it: the hour of the peak of `diurnal`, the beginnings and heights of the bursts of `bursty`,
/// the moment of the crowd of `flash`, direction and moment of the climb of `ramp`. The mean over many episodes is
/// mean_per_s; the highest rate is peak_ratio times as much. Throws std::invalid_argument.
[[nodiscard]] headroom::arrival_source pattern_arrivals(const pattern_options& o);

/// "steady, diurnal, bursty, flash or ramp".
[[nodiscard]] std::string pattern_names();

}  // namespace tool
