#pragma once

#include <algorithm>  // std::clamp
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/internal/number_of.hpp>

namespace headroom {

/// How many requests of this step missed their deadline, as a reward in [-1, 0]: -1 for `per` requests or more.
/// `in_time` is the fraction in time of the requests finished in the step; `finished` is the running count of all
/// finished requests. The reward counts requests and not windows, so its sum over an episode is the service level; a
/// mean over windows is not. Model of Reward.
///     missed late{&farm::observation::qos_rate, &farm::observation::output_queue, 100};
template <class InTime, class Finished>
class missed {
 public:
  missed(InTime in_time, Finished finished, double per)
      : in_time_(std::move(in_time)), finished_(std::move(finished)), per_(per) {
    require_positive("missed", "per", per);
  }

  template <class Observation, class Action>
  double operator()(const Observation& o, const Action&, const Observation& next) const {
    const double done = internal::number_of(finished_, next) - internal::number_of(finished_, o);
    return -std::clamp((1 - internal::number_of(in_time_, next)) * done / per_, 0.0, 1.0);
  }

  [[nodiscard]] static constexpr double lowest() noexcept { return -1; }
  [[nodiscard]] static constexpr double highest() noexcept { return 0; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "missed");
    a("in_time", named_part<InTime>{self.in_time_});
    a("finished", named_part<Finished>{self.finished_});
    a.means("per", self.per_);
  }

 private:
  InTime in_time_;
  Finished finished_;
  double per_;
};

}  // namespace headroom
