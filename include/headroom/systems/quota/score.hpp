#pragma once

#include <tuple>  // std::tuple

#include <headroom/run/metric_score.hpp>
#include <headroom/systems/quota/action.hpp>

namespace headroom::quota {

namespace internal {

struct metrics {
  static constexpr std::tuple list{
      metric{"total_reward", taken::total, [](const auto&, double reward) { return reward; }},
      metric{"oom_kills", taken::total, [](const auto& r, double) { return r.next.oom_kills; }},
      metric{"slow", taken::total,
             [](const auto& r, double) { return r.next.latency_ratio < 0 || r.next.latency_ratio >= 1.2; }},
      metric{"reserved", taken::mean, [](const auto& r, double) { return r.next.reserved; }},
      metric{"refused", taken::total, [](const auto& r, double) { return r.next.refused; }},
      metric{"hold", taken::total, [](const auto& r, double) { return r.action == action::hold; }},
      metric{"apply", taken::total, [](const auto& r, double) { return r.action == action::apply; }},
      metric{"migrate", taken::total, [](const auto& r, double) { return r.action == action::migrate; }},
      metric{"scale_up", taken::total, [](const auto& r, double) { return r.action == action::scale_up; }},
      metric{"scale_down", taken::total, [](const auto& r, double) { return r.action == action::scale_down; }}};
};

}  // namespace internal

/// The figures by which policies for quotas are compared. Model of Score.
///   total_reward  of the given reward
///   oom_kills     pods killed for want of memory
///   slow          decisions after which the latency had grown by 20 % or more, or could not be measured
///   reserved      part of the cluster that was reserved, mean over the decisions
///   refused       actions for which there was no room
///   hold, apply, migrate, scale_up, scale_down  how often each was asked for
template <class RewardT>
class score : public metric_score<internal::metrics, RewardT> {
 public:
  using metric_score<internal::metrics, RewardT>::metric_score;
};
template <class RewardT>
score(RewardT) -> score<RewardT>;

}  // namespace headroom::quota
