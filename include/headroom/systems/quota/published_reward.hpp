#pragma once

#include <algorithm>  // std::max

#include <headroom/core/check.hpp>
#include <headroom/rewards/weighted.hpp>

namespace headroom::quota {

struct reward_options {
  double oom = 10;          ///< what killed pods cost, and the most that anything does
  double threshold = 1.2;   ///< latency after to latency before, below which nothing is wrong
  double per_percent = 20;  ///< per cent of latency that cost 1
  double unmeasured = 5;    ///< what a latency costs that could not be measured: as much as a doubled one

  /// The published program fails where there is no latency, and the feedback is lost.
  [[nodiscard]] static constexpr reward_options published() { return {10, 1.2, 20, 0}; }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const reward_options& checked(const reward_options& o) {
  require_positive("quota::published_reward", "oom", o.oom);
  require(o.threshold >= 1, "quota::published_reward", "threshold", o.threshold, "be at least 1");
  require_positive("quota::published_reward", "per_percent", o.per_percent);
  require(o.unmeasured >= 0 && o.unmeasured <= o.oom, "quota::published_reward", "unmeasured", o.unmeasured,
          "be from 0 to oom, " + to_text(o.oom));
  return o;
}

/// The published feedback of the quota system: -10 if pods were killed; -min(10, p / 20) if the latency grew by p
/// percent and p reached the threshold; 0 otherwise. The feedback is never positive, so a policy that does nothing is
/// nearly the best one: add a reward for savings (`saving`). In the published program no decision depends on the
/// feedback. Reads `oom_kills` and `latency_ratio` (negative: unmeasured) of the next observation; in [-oom, 0]. Model
/// of Reward.
class published_reward {
 public:
  explicit published_reward(const reward_options& options = {}) : o_(checked(options)) {}

  template <class Observation, class Action>
  double operator()(const Observation&, const Action&, const Observation& next) const {
    if (next.oom_kills > 0) return -o_.oom;
    if (next.latency_ratio < 0) return -o_.unmeasured;
    if (next.latency_ratio < o_.threshold) return 0;
    return std::max(-o_.oom, -100 * (next.latency_ratio - 1) / o_.per_percent);
  }

  [[nodiscard]] double lowest() const noexcept { return -o_.oom; }
  [[nodiscard]] static constexpr double highest() noexcept { return 0; }

 private:
  reward_options o_;
};

/// The resources that a decision freed, divided by what its deployment had reserved, in [-1, 1]. The published system
/// was built to save resources, but its feedback does not count them. Reads `saving` of the next observation. Model of
/// Reward.
struct saving {
  template <class Observation, class Action>
  double operator()(const Observation&, const Action&, const Observation& next) const {
    return next.saving;
  }

  [[nodiscard]] static constexpr double lowest() noexcept { return -1; }
  [[nodiscard]] static constexpr double highest() noexcept { return 1; }
};

/// Service first: with weight 1 a reservation given back whole is worth 20 % of latency.
[[nodiscard]] inline auto objective(double saving = 1, const reward_options& options = {}) {
  return weighted{term{"service", 1, published_reward{options}}, term{"saving", saving, quota::saving{}}};
}

}  // namespace headroom::quota
