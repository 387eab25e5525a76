#pragma once

#include <array>        // std::array
#include <cstddef>      // std::size_t
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/systems/quota/action.hpp>

namespace headroom::quota {

/// The figures by which policies for quotas are compared. Model of Score.
///   total_reward  of the given reward
///   oom_kills     pods killed for want of memory
///   slow          decisions after which the latency had grown by 20 % or more, or could not be measured
///   reserved      part of the cluster that was reserved, mean over the decisions
///   refused       actions for which there was no room
///   hold, apply, migrate, scale_up, scale_down  how often each was asked for
template <class RewardT>
class score {
 public:
  static constexpr std::array<std::string_view, 10> names{
      "total_reward", "oom_kills", "slow", "reserved", "refused", "hold", "apply", "migrate", "scale_up", "scale_down"};

  explicit score(RewardT reward) : reward_(std::move(reward)) {}

  template <class Observation>
  void on_start(const Observation&) {
    values_ = {};
    steps_ = 0;
  }
  template <class Record>
  void on_step(const Record& r) {
    ++steps_;
    values_[0] += reward_(r.observation, r.action, r.next);
    values_[1] += r.next.oom_kills;
    values_[2] += r.next.latency_ratio < 0 || r.next.latency_ratio >= 1.2 ? 1 : 0;
    values_[3] += (r.next.reserved - values_[3]) / steps_;
    values_[4] += r.next.refused ? 1 : 0;
    ++values_[5 + static_cast<std::size_t>(r.action)];
  }

  [[nodiscard]] std::array<double, 10> values() const { return values_; }

 private:
  RewardT reward_;
  std::array<double, 10> values_{};
  double steps_ = 0;
};

}  // namespace headroom::quota
