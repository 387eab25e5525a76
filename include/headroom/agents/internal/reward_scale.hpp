#pragma once

#include <cmath>    // std::abs, std::sqrt
#include <cstdint>  // std::uint64_t

namespace headroom::internal {

/// The standard deviation of all rewards so far, by Welford's method: O(1) a reward, no allocation. An agent divides
/// rewards by it when it learns from them, not when it stores them, so that a deviation that settles late is right for
/// the early ones, too.
class reward_scale {
 public:
  void measure(double reward) noexcept {
    ++seen_;
    const double away = reward - mean_;
    mean_ += away / static_cast<double>(seen_);
    squares_ += away * (reward - mean_);
  }
  /// 1 before the second reward, and where rewards never differ: those stay as they are.
  [[nodiscard]] double deviation() const {
    if (seen_ < 2) return 1;
    const double spread = std::sqrt(squares_ / static_cast<double>(seen_));
    return spread > 1e-9 * (std::abs(mean_) + 1e-9) ? spread : 1;
  }

  /// What a checkpoint stores, among the fields of the agent.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("rewards_seen", self.seen_);
    a("rewards_mean", self.mean_);
    a("rewards_squares", self.squares_);
    a.check(self.squares_ >= 0, "rewards_squares", self.squares_, "not be negative");
  }

 private:
  std::uint64_t seen_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

}  // namespace headroom::internal
