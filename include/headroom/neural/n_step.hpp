#pragma once

#include <algorithm>  // std::copy
#include <cmath>      // std::pow
#include <cstddef>    // std::size_t
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// Returns over n steps (Sutton and Barto, section 7.1): a transition is complete when n rewards have followed it, or
/// when its episode ends. Holds the open ones; `emit` receives those that are complete:
///     emit(observation, action, sum of discount^k reward, discount^steps)
/// No allocation after construction.
class n_step {
 public:
  /// @param steps      at least 1; 1: a transition is complete with its own reward
  /// @param dimension  numbers of an observation
  /// @param discount   per step, in [0, 1]
  n_step(std::size_t steps, std::size_t dimension, double discount)
      : dimension_(dimension), observations_(steps * dimension), open_(steps) {
    require(steps >= 1 && steps <= 1'000, "n_step", "steps", steps, "be from 1 to 1000");
    for (std::size_t k = 0; k <= steps; ++k) powers_.push_back(std::pow(discount, static_cast<double>(k)));
  }

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

  /// Drops all open transitions.
  void clear() noexcept { count_ = 0; }

  /// Action `a` was chosen in `observation`. The action before it must have its reward by now.
  void add(std::span<const float> observation, action_index a) {
    HEADROOM_ASSERT(count_ < open_.size(), "n_step: the oldest transition is not complete");
    const std::size_t slot = (first_ + count_++) % open_.size();
    std::copy(observation.begin(), observation.end(), at(slot));
    open_[slot] = {a, 0, 0};
  }
  /// The last action was overridden.
  void executed(action_index a) noexcept {
    if (count_ > 0) open_[(first_ + count_ - 1) % open_.size()].action = a;
  }

  /// The last action was rewarded: completes the oldest transition if it has all of its rewards.
  template <class Emit>
  void reward(double r, Emit emit) {
    for (std::size_t k = 0; k < count_; ++k) {
      transition& t = open_[(first_ + k) % open_.size()];
      t.sum += powers_[t.rewards++] * r;
    }
    if (count_ > 0 && open_[first_].rewards == open_.size()) pop(emit);
  }
  /// The episode is over: completes all open transitions with the rewards so far.
  template <class Emit>
  void finish(Emit emit) {
    while (count_ > 0) pop(emit);
  }

 private:
  struct transition {
    action_index action{};
    double sum = 0;
    std::size_t rewards = 0;
  };

  [[nodiscard]] float* at(std::size_t slot) noexcept { return observations_.data() + slot * dimension_; }

  template <class Emit>
  void pop(Emit& emit) {
    const transition& t = open_[first_];
    emit(std::span<const float>(at(first_), dimension_), t.action, t.sum, powers_[t.rewards]);
    first_ = (first_ + 1) % open_.size();
    --count_;
  }

  std::size_t dimension_;
  std::vector<float> observations_;
  std::vector<transition> open_;  // a ring
  std::vector<double> powers_;    // of the discount
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace headroom
