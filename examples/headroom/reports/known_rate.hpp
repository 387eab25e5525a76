#pragma once

#include <cmath>    // std::abs, std::isfinite
#include <cstddef>  // std::size_t
#include <limits>   // std::numeric_limits
#include <string>   // std::string
#include <vector>   // std::vector

#include <headroom/run/evaluate.hpp>
#include <headroom/run/pareto.hpp>

/// What a policy reaches that is told the rate of the load, and not its arrivals: the line that a learner is measured
/// by.
namespace tool {

/// The policy at one price of a late request, over all episodes: means.
struct known_rate_point {
  double price = 0;     ///< replicas that all requests are worth
  double level = 0;     ///< fraction in time, as it is reported
  double replicas = 0;  ///< mean
  double promised = 0;  ///< what its plan costs in the model: replicas + price * fraction late
  double paid = 0;      ///< what it cost in the simulator
};

struct known_rate_line {
  std::vector<known_rate_point> points{};  ///< by ascending price
  std::size_t episodes = 0;                ///< the first so many of the reported ones
  bool stopped = false;                    ///< before all of these were played: says nothing then
  std::string leaves_out{};                ///< what its model does not know of the system, in a clause; empty: nothing

  /// Mean replicas with which it keeps a level, between two prices a mixture of both; NaN where no price keeps it, or
  /// even the lowest keeps more.
  [[nodiscard]] double at(double level) const {
    std::vector<headroom::operating_point> all;
    double least = std::numeric_limits<double>::infinity();
    for (const known_rate_point& p : points) {
      all.push_back({p.level, p.replicas});
      least = p.level < least ? p.level : least;
    }
    const double replicas = headroom::cost_curve(all).mixed(level);
    return level < least || !std::isfinite(replicas) ? std::numeric_limits<double>::quiet_NaN() : replicas;
  }
  /// The point that lies nearest to a level; null without points.
  [[nodiscard]] const known_rate_point* nearest(double level) const {
    const known_rate_point* best = nullptr;
    for (const known_rate_point& p : points) {
      if (best == nullptr || std::abs(p.level - level) < std::abs(best->level - level)) best = &p;
    }
    return best;
  }
  /// How many replicas more a policy needs than this line at the policy's own level, over the same episodes. NaN as
  /// `at`.
  [[nodiscard]] double regret(const headroom::evaluation& e, std::string_view level, std::string_view replicas) const {
    double kept = 0;
    double cost = 0;
    for (std::size_t k = 0; k < episodes; ++k) {
      kept += e.of(level)[k] / static_cast<double>(episodes);
      cost += e.of(replicas)[k] / static_cast<double>(episodes);
    }
    return cost - at(kept);
  }
};

}  // namespace tool
