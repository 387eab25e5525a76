#pragma once

#include <cmath>    // std::isfinite
#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint16_t
#include <span>     // std::span
#include <utility>  // std::move
#include <vector>   // std::vector

#include <headroom/core/check.hpp>
#include <headroom/planning/step_values.hpp>

namespace headroom {

/// The policy that is told the rate of an episode in advance, and not its arrivals: what foresight of the load alone is
/// worth. Backward induction over (time, replicas by what starts, requests in the system), on a table of one-step
/// samples. `plan` an episode, then ask it decision by decision.
///
/// It is the best policy of the table's model. How far it is from the best of the environment is not proven. But it is
/// told: play it, and compare what it costs there with what the plan promises (`promised`). Where the model is exact,
/// the promise is the least cost that any policy can have which knows the rate, and both agree up to luck. Where they
/// differ, the model does not know something: the grids, the arrivals, the ages of starting replicas.
///
/// A plan takes O(intervals x choices x in_system x width); memory two bytes for each of intervals x states x
/// in_system. A decision is O(log in_system), without allocation.
class rate_known {
 public:
  /// Table and moves of `model` must outlive it.
  explicit rate_known(const step_table& table, const replica_moves& moves)
      : model_(table, moves),
        per_step_(moves.states() * table.in_system().size()),
        now_(per_step_),
        next_(per_step_),
        choices_(moves.choices() * table.in_system().size()) {}

  /// `rates[k]`: the mean rate of decision interval k, requests per second. Nothing is paid after the last. Throws
  /// std::invalid_argument for a rate that is negative or not finite.
  void plan(std::span<const double> rates, const step_prices& prices) {
    checked(prices);
    for (const double rate : rates) {
      if (!(rate >= 0 && std::isfinite(rate))) require_not_negative("rate_known", "rate", rate);
    }
    const std::size_t width = model_.table().in_system().size();
    options_.resize(rates.size() * per_step_);
    next_.assign(per_step_, 0.0);
    for (std::size_t k = rates.size(); k-- > 0;) {
      model_.back(rates[k], prices, next_, choices_, now_);
      for (std::size_t x = 0; x < model_.moves().states(); ++x) {
        for (std::size_t j = 0; j < width; ++j) {
          options_[k * per_step_ + x * width + j] =
              static_cast<std::uint16_t>(model_.best(choices_, x, j, prices.move).option);
        }
      }
      now_.swap(next_);
    }
    steps_ = rates.size();
  }

  /// What the episode costs from its beginning, in the model: replicas summed over intervals, and the prices.
  [[nodiscard]] double promised(int ready, int starting, double in_system) const {
    const std::size_t width = model_.table().in_system().size();
    const std::size_t x = model_.moves().index_of(ready, starting);
    const step_grid::place p = model_.table().in_system().at(in_system);
    const double* const row = next_.data() + x * width;
    return (1 - p.share) * row[p.below] + p.share * row[p.below + 1];
  }
  /// Replicas more or less at decision k; 0 after the last.
  [[nodiscard]] int decide(std::size_t k, int ready, int starting, double in_system) const noexcept {
    if (k >= steps_) return 0;
    const std::size_t width = model_.table().in_system().size();
    const std::size_t x = model_.moves().index_of(ready, starting);
    const std::size_t j = model_.table().in_system().nearest(in_system);
    return model_.moves().options(x)[options_[k * per_step_ + x * width + j]].delta;
  }
  [[nodiscard]] std::size_t steps() const noexcept { return steps_; }  ///< of the episode that was planned

 private:
  step_values model_;
  std::size_t per_step_;
  std::size_t steps_ = 0;
  std::vector<double> now_;
  std::vector<double> next_;
  std::vector<double> choices_;
  std::vector<std::uint16_t> options_{};
};

}  // namespace headroom
