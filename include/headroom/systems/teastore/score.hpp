#pragma once

#include <tuple>    // std::tuple
#include <utility>  // std::move

#include <headroom/core/internal/number_of.hpp>
#include <headroom/run/metric_score.hpp>

namespace headroom::teastore {

namespace internal {

// Where the figures stand in an observation is known when the table has been read.
template <class Columns>
struct metrics {
  static constexpr std::tuple list{
      metric{"total_reward", taken::total, [](const auto&, double reward) { return reward; }},
      metric{"mean_tps", taken::mean_measured,
             [](const auto& r, double, const auto& m) {
               return headroom::internal::number_of(m.columns.out_tps, r.next);
             }},
      metric{
          "mean_cost", taken::mean,
          [](const auto& r, double, const auto& m) { return headroom::internal::number_of(m.columns.cost, r.next); }},
      metric{"changes", taken::total, [](const auto& r, double) { return r.next.cell != r.observation.cell; }},
      metric{"refused", taken::total, [](const auto& r, double) { return r.next.refused_move; }}};
  Columns columns;
};

}  // namespace internal

/// The figures by which policies are compared on the table of measurements. Model of Score. `columns` has the features
/// out_tps and cost (teastore::columns, or another struct as in systems/teastore/published_rewards.hpp).
///   total_reward  of the given reward
///   mean_tps      packets sent per second and pod, mean over the steps where it was measured; 0 where it never was
///   mean_cost     $/h of all pods, mean over the steps
///   changes       steps that led to another configuration
///   refused       moves off the grid
template <class RewardT, class Columns>
class score : public metric_score<internal::metrics<Columns>, RewardT> {
 public:
  score(RewardT reward, Columns columns)
      : metric_score<internal::metrics<Columns>, RewardT>(std::move(reward), {std::move(columns)}) {}
};

}  // namespace headroom::teastore
