#pragma once

#include <array>        // std::array
#include <string_view>  // std::string_view
#include <utility>      // std::move

namespace headroom::scheduler {

/// The figures by which the policies of a request scheduler are compared. Model of Score.
///   total_reward     of the given reward
///   violations       fraction of the steps whose response time was above its limit
///   mean_instances   over the steps
///   scaling_actions  steps in which the number of instances changed
template <class RewardT>
class score {
 public:
  static constexpr std::array<std::string_view, 4> names{"total_reward", "violations", "mean_instances",
                                                         "scaling_actions"};

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
    values_[1] += ((r.next.violation ? 1 : 0) - values_[1]) / steps_;
    values_[2] += (r.next.n_instances - values_[2]) / steps_;
    values_[3] += r.next.n_instances != r.observation.n_instances ? 1 : 0;
  }

  [[nodiscard]] std::array<double, 4> values() const { return values_; }

 private:
  RewardT reward_;
  std::array<double, 4> values_{};
  double steps_ = 0;
};

}  // namespace headroom::scheduler
