#pragma once

#include <algorithm>  // std::clamp, std::max
#include <cmath>      // std::isfinite, std::sqrt
#include <limits>     // std::numeric_limits

#include <headroom/agents/hedge.hpp>

/// What an adviser's number of replicas would have cost in an interval that is over, so that Hedge can choose among
/// advisers. It is told from what was seen alone: the requests that came do not depend on who decided, and what waited
/// does. So what waited is left out, and with it how long a replica takes to start: this is a hint, and no simulation.
namespace tool {

struct hindsight {
  double wanted = 0;  ///< replicas, as the adviser would have them
  double needed = 0;  ///< replicas that the requests of the interval kept busy
  double usual = 1;   ///< the same of the mean load
};

/// Of a replica too few, in replicas: for a level of 99 % five, for one of 90 % less than two.
[[nodiscard]] inline double hindsight_price(double level) { return 0.5 / std::sqrt(std::clamp(1 - level, 1e-4, 1.0)); }

/// From 0 to 1. A square root of what is needed is to stand by (Halfin and Whitt). What lacks costs `price` times as
/// much as what is there. NaN where it is not known what was needed: Hedge then learns nothing from the interval.
[[nodiscard]] inline double hindsight_cost(const hindsight& h, double price) {
  if (!std::isfinite(h.needed)) return std::numeric_limits<double>::quiet_NaN();
  const double safe = h.needed + std::sqrt(std::max(0.0, h.needed));
  const double cost = h.wanted + price * std::max(0.0, safe - h.wanted);
  return std::clamp(cost / (2 * price * std::max(1e-9, h.usual)), 0.0, 1.0);
}

/// An epoch is a day.
[[nodiscard]] inline headroom::hedge_options hindsight_hedge(double interval_s) {
  return {.horizon = std::max(100.0, 86'400 / interval_s)};
}

}  // namespace tool
