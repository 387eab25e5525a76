#pragma once

#include <algorithm>  // std::upper_bound
#include <cstddef>    // std::size_t
#include <string>     // std::string
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>

namespace headroom {

/// One level: `rate_per_s` from `at_s` until the next level begins.
struct load_level {
  double at_s = 0;        ///< seconds since the start of the episode
  double rate_per_s = 0;  ///< requests per second, zero or more
};

/// Levels that change in jumps: use it to measure the reaction time of a policy. The rate is 0 before the first level;
/// the last level holds for ever. Model of Workload, O(log levels).
///
///     step_load{{{0, 5}, {60, 20}, {120, 5}}}
class step_load {
 public:
  explicit step_load(std::vector<load_level> levels) : levels_(std::move(levels)) {
    require(!levels_.empty(), "step_load", "number of levels", levels_.size(), "be at least 1");
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      const std::string which = " of level " + to_text(i);
      require_finite("step_load", "at_s" + which, levels_[i].at_s);
      require_not_negative("step_load", "rate_per_s" + which, levels_[i].rate_per_s);
      const bool later = i == 0 || levels_[i].at_s > levels_[i - 1].at_s;
      require(later, "step_load", "at_s" + which, levels_[i].at_s, "come after the level before");
    }
  }

  double operator()(double t_s) const noexcept {
    const auto earlier = [](double t, const load_level& level) { return t < level.at_s; };
    const auto after = std::upper_bound(levels_.begin(), levels_.end(), t_s, earlier);
    return after == levels_.begin() ? 0 : (after - 1)->rate_per_s;
  }

 private:
  std::vector<load_level> levels_;
};

}  // namespace headroom
