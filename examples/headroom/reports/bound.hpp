#pragma once

#include <cstddef>  // std::size_t
#include <limits>   // std::numeric_limits
#include <vector>   // std::vector

#include <headroom/planning/clairvoyant.hpp>

/// The clairvoyant bound of an environment: what no policy can beat, and what was found to come near it.
namespace tool {

/// One price of a request out of time, over all episodes.
struct bound_point {
  double price = 0;             ///< workers that all requests are worth
  double lower = 0;             ///< proven: mean workers + price * missed is at least this
  double replayed_level = 0;    ///< what the schedules that were found keep in the simulator, final_qos_all
  double replayed_workers = 0;  ///< with so many workers
  std::size_t exact = 0;        ///< episodes of which the relaxation was solved, with no state merged
};

struct clairvoyant_bound {
  std::vector<bound_point> points{};  ///< by ascending price
  headroom::clairvoyant_curve values{};
  std::size_t episodes = 0;
  double most = std::numeric_limits<double>::infinity();  ///< workers that there can be
  bool stopped = false;                                   ///< before all episodes were searched: says nothing then

  /// Proven: no policy with these moves keeps `level` (final_qos_all, mean over these episodes) with fewer mean
  /// workers.
  [[nodiscard]] double lower_at(double level) const { return values.lower_at(level); }
  /// Fewest workers with which schedules were found that keep `level`; infinite where there are none.
  [[nodiscard]] double found_at(double level) const { return values.found_at(level); }
};

}  // namespace tool
