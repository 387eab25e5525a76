#pragma once

#include <algorithm>  // std::clamp, std::max, std::min
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/internal/number_of.hpp>

namespace headroom {

/// A reward that grows with time: the inner reward times the length of the step in decision intervals. Use it where an
/// action can lengthen its own step (a slow scaling call that blocks). With a cost per step, a policy would gain by
/// blocking, because the same hour then has fewer steps. At most `most` intervals count, so the reward stays bounded.
/// Model of Reward.
///     over_time paid{cost{&farm::observation::workers, 32}, &farm::observation::time_s, 8};
template <class RewardT, class Time>
class over_time {
 public:
  over_time(RewardT reward, Time time, double interval_s, double most = 100)
      : reward_(std::move(reward)), time_(std::move(time)), interval_s_(interval_s), most_(most) {
    require_positive("over_time", "interval_s", interval_s);
    require_positive("over_time", "most", most);
  }

  template <class Observation, class Action>
  double operator()(const Observation& o, const Action& a, const Observation& next) const {
    const double elapsed_s = internal::number_of(time_, next) - internal::number_of(time_, o);
    return reward_(o, a, next) * std::clamp(elapsed_s / interval_s_, 0.0, most_);
  }

  [[nodiscard]] double lowest() const { return std::min(0.0, reward_.lowest() * most_); }
  [[nodiscard]] double highest() const { return std::max(0.0, reward_.highest() * most_); }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "over_time");
    say_part("of", self.reward_, a);
    a("time", named_part<Time>{self.time_});
    a.means("interval_s", self.interval_s_);
    a.means("most", self.most_);
  }

 private:
  RewardT reward_;
  Time time_;
  double interval_s_;
  double most_;
};
template <class RewardT, class Time>
over_time(RewardT, Time, double) -> over_time<RewardT, Time>;
template <class RewardT, class Time>
over_time(RewardT, Time, double, double) -> over_time<RewardT, Time>;

}  // namespace headroom
