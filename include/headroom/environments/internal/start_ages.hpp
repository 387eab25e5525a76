#pragma once

#include <cmath>    // std::ceil
#include <cstddef>  // std::ptrdiff_t, std::size_t
#include <limits>   // std::numeric_limits
#include <vector>   // std::vector

#include <headroom/core/random.hpp>
#include <headroom/environments/duration.hpp>
#include <headroom/environments/service_observation.hpp>
#include <headroom/environments/service_state.hpp>

namespace headroom::internal {

/// When the replicas that start were asked for, as far as it was watched, and how long they still take.
class start_ages {
 public:
  explicit start_ages(double interval_s) : interval_s_(interval_s) {}

  /// Observations in order. One that is not later than the last begins an episode.
  void watch(const service_observation& o) {
    if (!(o.time_s > last_s_)) {
      asked_s_.clear();
      last_s_ = o.time_s;
    }
    // An action took effect when it was decided, which was at the observation before.
    for (int k = 0; k < o.applied; ++k) asked_s_.push_back(last_s_);
    // A scale-down takes the newest of those that start.
    for (int k = 0; k > o.applied && !asked_s_.empty(); --k) asked_s_.pop_back();
    const auto starting = static_cast<std::size_t>(o.starting);
    // The oldest are ready. Of those that are more than were asked for, nothing is known.
    if (asked_s_.size() > starting) {
      asked_s_.erase(asked_s_.begin(), asked_s_.end() - static_cast<std::ptrdiff_t>(starting));
    }
    asked_s_.insert(asked_s_.begin(), starting - asked_s_.size(), unknown);
    last_s_ = o.time_s;
  }
  /// Whether `o` is the one that was watched last.
  [[nodiscard]] bool knows(const service_observation& o) const noexcept {
    return o.time_s == last_s_ && asked_s_.size() == static_cast<std::size_t>(o.starting);
  }

  /// How long the k-th that starts, the newest last, still takes.
  [[nodiscard]] double rest_s(const duration& law, int k, const service_state& s, bool known, engine& random) const {
    if (law.memoryless()) return law(random);
    const double asked_s = known ? asked_s_[static_cast<std::size_t>(k)] : unknown;
    if (asked_s > unknown) {
      const double rest = law.remaining(random, s.time_s - asked_s);
      return rest > 0 ? rest : interval_s_ * random.uniform();
    }
    return unwatched_s(law, random);
  }

 private:
  static constexpr double unknown = -std::numeric_limits<double>::infinity();
  static constexpr int tries = 16;

  // It was asked for at an earlier decision, n intervals ago with n >= 1, and a delay of d is still running at
  // ceil(d / interval) - 1 of these. So delays are drawn in proportion to that number, out of sixteen, and n uniformly.
  [[nodiscard]] double unwatched_s(const duration& law, engine& random) const {
    double sum = 0;
    double delay_s = 0;
    double places = 0;
    for (int k = 0; k < (law.variation() > 0 ? tries : 1); ++k) {
      const double d = law(random);
      const double n = std::ceil(d / interval_s_) - 1;
      if (!(n > 0)) continue;
      sum += n;
      if (random.uniform() * sum >= n) continue;
      delay_s = d;
      places = n;
    }
    if (!(places > 0)) return law(random) * random.uniform();  // too short to be seen at all
    return delay_s - interval_s_ * static_cast<double>(1 + random.below(static_cast<std::size_t>(places)));
  }

  double interval_s_;
  double last_s_ = std::numeric_limits<double>::infinity();
  std::vector<double> asked_s_;  // oldest first
};

}  // namespace headroom::internal
