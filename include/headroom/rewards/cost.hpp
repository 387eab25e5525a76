#pragma once

#include <algorithm>  // std::clamp
#include <cmath>      // std::abs
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/internal/number_of.hpp>

namespace headroom {

/// What a resource costs, as a reward in [-1, 0]: 0 for none, -1 for `capacity` or more. Model of Reward; reads the
/// next observation. Throws std::invalid_argument unless `capacity` is positive and finite.
///     cost replicas{&sample::replicas, 32};
template <class Feature>
class cost {
 public:
  cost(Feature feature, double capacity) : feature_(std::move(feature)), capacity_(capacity) {
    require_positive("cost", "capacity", capacity);
  }

  template <class Observation, class Action>
  double operator()(const Observation&, const Action&, const Observation& next) const {
    return -std::clamp(internal::number_of(feature_, next) / capacity_, 0.0, 1.0);
  }

  [[nodiscard]] static constexpr double lowest() noexcept { return -1; }
  [[nodiscard]] static constexpr double highest() noexcept { return 0; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "cost");
    say_name(self.feature_, a);
    a.means("capacity", self.capacity_);
  }

 private:
  Feature feature_;
  double capacity_;
};

/// The cost of churn, as a reward in [-1, 0]: -|delta| / largest. Model of Reward; reads the action.
class churn {
 public:
  explicit churn(double largest = 1) : largest_(largest) { require_positive("churn", "largest", largest); }

  template <class Observation, class Action>
  double operator()(const Observation&, const Action& delta, const Observation&) const {
    return -std::clamp(std::abs(static_cast<double>(delta)) / largest_, 0.0, 1.0);
  }

  [[nodiscard]] static constexpr double lowest() noexcept { return -1; }
  [[nodiscard]] static constexpr double highest() noexcept { return 0; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "churn");
    a.means("largest", self.largest_);
  }

 private:
  double largest_;
};

}  // namespace headroom
