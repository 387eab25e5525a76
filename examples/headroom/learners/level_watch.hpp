#pragma once

#include <cmath>   // std::isfinite
#include <limits>  // std::numeric_limits

#include <headroom/core/types.hpp>

namespace tool {

/// The fraction in time of the episodes that a run plays, for who waits: an observer. The mean of the first hundred,
/// then one that forgets what is older. NaN until an episode has ended that says how it was kept.
class level_watch {
 public:
  template <class Observation>
  void on_stop(const Observation& last, headroom::episode) {
    const double level = of(last);
    if (!std::isfinite(level)) return;
    if (count_ < 100) count_ += 1;
    mean_ += (level - mean_) / count_;
  }
  [[nodiscard]] double mean() const noexcept { return count_ > 0 ? mean_ : std::numeric_limits<double>::quiet_NaN(); }

 private:
  template <class Observation>
  [[nodiscard]] static double of(const Observation& last) {
    if constexpr (requires { last.final_qos; })
      return last.final_qos;
    else if constexpr (requires { last.in_time; })
      return last.in_time;
    else
      return std::numeric_limits<double>::quiet_NaN();
  }

  double mean_ = 0;
  double count_ = 0;
};

}  // namespace tool
