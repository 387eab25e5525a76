#pragma once

#include <algorithm>  // std::fill
#include <cmath>      // std::abs, std::sqrt
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>

namespace headroom {

struct linucb_options {
  double exploration = 1;  ///< deviations that an arm's reward is believed to be higher than estimated (alpha)
  double ridge = 1;        ///< penalty of the coefficients; larger: longer until an arm's cases count
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const linucb_options& checked(const linucb_options& o) {
  require_not_negative("linucb", "exploration", o.exploration);
  require_positive("linucb", "ridge", o.ridge);
  return o;
}

/// What an operator must know of a bandit.
struct linucb_health {
  std::uint64_t learned = 0;           ///< rewards that were learned
  std::uint64_t refused_rewards = 0;   ///< not finite, or beyond 1e9
  std::uint64_t refused_contexts = 0;  ///< not finite, or beyond 1e6: nothing was learned from them
};

/// A contextual bandit: of a few arms, each with a reward that is linear in what is seen, it pulls the one whose reward
/// may be highest, theta . x + alpha sqrt(x' A^-1 x) (LinUCB with disjoint arms; Li, Chu, Langford and Schapire 2010).
/// Nothing is bootstrapped, so it learns in hundreds of steps what a value function needs thousands for; it is right
/// where a decision's consequences are seen within the step that is rewarded. Features should be of size 1 or so, and
/// one of them a constant 1.
///
/// O(arms d^2) for a choice, O(d^2) for a reward (Sherman and Morrison's update); no allocation after construction.
///     linucb bandit(3, 2, {.exploration = 0.5});
///     const std::size_t arm = bandit.choose(x);
///     bandit.learn(arm, x, reward);
class linucb {
 public:
  /// Throws std::invalid_argument for options out of range, and for no arms or no features.
  linucb(std::size_t arms, std::size_t features, const linucb_options& options = {})
      : options_(checked(options)), arms_(arms), features_(features) {
    require(arms >= 1 && arms <= 100'000, "linucb", "number of arms", arms, "be from 1 to 100000");
    require(features >= 1 && features <= 1'000, "linucb", "number of features", features, "be from 1 to 1000");
    inverse_.resize(arms * features * features);
    moments_.resize(arms * features);
    theta_.resize(arms * features);
    gain_.resize(features);
    forget();
  }

  [[nodiscard]] std::size_t arms() const noexcept { return arms_; }
  [[nodiscard]] std::size_t features() const noexcept { return features_; }

  /// The arm to pull, the first among equals; 0 for a context that cannot be used. Throws std::invalid_argument for
  /// another number of features.
  [[nodiscard]] std::size_t choose(std::span<const double> x) const { return best(x, options_.exploration); }
  /// The arm that is best as far as is known, without exploration.
  [[nodiscard]] std::size_t greedy(std::span<const double> x) const { return best(x, 0); }

  /// The reward that is expected of an arm.
  [[nodiscard]] double expected(std::size_t arm, std::span<const double> x) const {
    double sum = 0;
    for (std::size_t i = 0; i < features_; ++i) sum += theta_[arm * features_ + i] * x[i];
    return sum;
  }
  /// Its standard deviation, in deviations of a reward: 1 / sqrt(pulls) or so.
  [[nodiscard]] double uncertainty(std::size_t arm, std::span<const double> x) const {
    double sum = 0;
    for (std::size_t i = 0; i < features_; ++i) {
      double row = 0;
      for (std::size_t j = 0; j < features_; ++j) row += inverse_[(arm * features_ + i) * features_ + j] * x[j];
      sum += x[i] * row;
    }
    return std::sqrt(sum > 0 ? sum : 0);
  }

  /// What an arm brought in a context. Refuses what is not finite or too large, and counts it.
  void learn(std::size_t arm, std::span<const double> x, double reward) {
    HEADROOM_ASSERT(arm < arms_, "linucb: the arm is none");
    if (!usable(x)) {
      ++health_.refused_contexts;
      return;
    }
    if (!(std::abs(reward) <= 1e9)) {
      ++health_.refused_rewards;
      return;
    }
    double* const inverse = &inverse_[arm * features_ * features_];
    double total = 1;
    for (std::size_t i = 0; i < features_; ++i) {
      gain_[i] = 0;
      for (std::size_t j = 0; j < features_; ++j) gain_[i] += inverse[i * features_ + j] * x[j];
      total += gain_[i] * x[i];
    }
    for (std::size_t i = 0; i < features_; ++i) {
      for (std::size_t j = 0; j < features_; ++j) inverse[i * features_ + j] -= gain_[i] * gain_[j] / total;
    }
    for (std::size_t i = 0; i < features_; ++i) moments_[arm * features_ + i] += reward * x[i];
    for (std::size_t i = 0; i < features_; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < features_; ++j) sum += inverse[i * features_ + j] * moments_[arm * features_ + j];
      theta_[arm * features_ + i] = sum;
    }
    ++health_.learned;
  }

  /// Back to the state after construction.
  void forget() {
    std::fill(inverse_.begin(), inverse_.end(), 0.0);
    std::fill(moments_.begin(), moments_.end(), 0.0);
    std::fill(theta_.begin(), theta_.end(), 0.0);
    for (std::size_t a = 0; a < arms_; ++a) {
      for (std::size_t i = 0; i < features_; ++i) inverse_[(a * features_ + i) * features_ + i] = 1 / options_.ridge;
    }
  }
  [[nodiscard]] const linucb_health& health() const noexcept { return health_; }
  /// The coefficients of an arm.
  [[nodiscard]] std::span<const double> coefficients(std::size_t arm) const {
    return std::span<const double>(theta_).subspan(arm * features_, features_);
  }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("arms", self.arms_);
    a.same("features", self.features_);
    a("theta", self.theta_);
    a("inverse", self.inverse_);
    a("moments", self.moments_);
  }

 private:
  [[nodiscard]] bool usable(std::span<const double> x) const {
    if (x.size() != features_) require(false, "linucb", "number of features", x.size(), "be " + to_text(features_));
    for (const double v : x) {
      if (!(std::abs(v) <= 1e6)) return false;
    }
    return true;
  }
  [[nodiscard]] std::size_t best(std::span<const double> x, double exploration) const {
    if (!usable(x)) return 0;
    std::size_t arm = 0;
    double highest = 0;
    for (std::size_t a = 0; a < arms_; ++a) {
      const double value = expected(a, x) + (exploration > 0 ? exploration * uncertainty(a, x) : 0);
      if (a == 0 || value > highest) {
        arm = a;
        highest = value;
      }
    }
    return arm;
  }

  linucb_options options_;
  std::size_t arms_;
  std::size_t features_;
  std::vector<double> inverse_;  // [arm][feature][feature]
  std::vector<double> moments_;  // [arm][feature]: sum of reward * x
  std::vector<double> theta_;    // [arm][feature]
  std::vector<double> gain_;
  linucb_health health_;
};

}  // namespace headroom
