#pragma once

#include <algorithm>  // std::clamp
#include <cmath>      // std::abs, std::exp, std::isfinite, std::tanh
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/internal/number_of.hpp>
#include <headroom/rewards/combined.hpp>

/// Small bounded parts for a weighted reward. All are models of Reward, read the next observation, and state their
/// bounds. If a feature is NaN (not measured), the part is NaN. A learner refuses and counts a NaN; wrap the part in
/// `finite_or` to give a number instead. Rewards that are made of rewards, as that one, stand in combined.hpp.
namespace headroom {

/// One feature divided by another, clamped to [0, most]: requests answered / requests expected, CPU used / CPU given.
///     ratio_clip served{&sample::requests, &sample::expected};
template <class Above, class Below>
class ratio_clip {
 public:
  ratio_clip(Above above, Below below, double most = 1)
      : above_(std::move(above)), below_(std::move(below)), most_(most) {
    require_positive("ratio_clip", "most", most);
  }

  template <class Observation, class Action>
  double operator()(const Observation&, const Action&, const Observation& next) const {
    const double above = internal::number_of(above_, next);
    return std::clamp(above / internal::number_of(below_, next), 0.0, most_);
  }

  [[nodiscard]] static constexpr double lowest() noexcept { return 0; }
  [[nodiscard]] double highest() const noexcept { return most_; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "ratio_clip");
    a("above", named_part<Above>{self.above_});
    a("below", named_part<Below>{self.below_});
    a.means("most", self.most_);
  }

 private:
  Above above_;
  Below below_;
  double most_;
};
template <class Above, class Below>
ratio_clip(Above, Below) -> ratio_clip<Above, Below>;
template <class Above, class Below>
ratio_clip(Above, Below, double) -> ratio_clip<Above, Below>;

/// How well a feature stays within a reference, in [0, 1]: 1 up to `reference`, then reference / feature. Published for
/// response times.
///     within_reference fast{&sample::response_ms, 20};
template <class Feature>
class within_reference {
 public:
  within_reference(Feature feature, double reference) : feature_(std::move(feature)), reference_(reference) {
    require_positive("within_reference", "reference", reference);
  }

  template <class Observation, class Action>
  double operator()(const Observation&, const Action&, const Observation& next) const {
    return std::clamp(reference_ / internal::number_of(feature_, next), 0.0, 1.0);
  }

  [[nodiscard]] static constexpr double lowest() noexcept { return 0; }
  [[nodiscard]] static constexpr double highest() noexcept { return 1; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "within_reference");
    say_name(self.feature_, a);
    a.means("reference", self.reference_);
  }

 private:
  Feature feature_;
  double reference_;
};

/// A feature with a known range, mapped to [0, 1] in a straight line and clamped.
///     minmax throughput{&sample::requests_per_s, 0, 400};
template <class Feature>
class minmax {
 public:
  minmax(Feature feature, double low, double high) : feature_(std::move(feature)), low_(low), high_(high) {
    require_finite("minmax", "low", low);
    require(std::isfinite(high) && high > low, "minmax", "high", high, "be finite and above low");
  }

  template <class Observation, class Action>
  double operator()(const Observation&, const Action&, const Observation& next) const {
    return std::clamp((internal::number_of(feature_, next) - low_) / (high_ - low_), 0.0, 1.0);
  }

  [[nodiscard]] static constexpr double lowest() noexcept { return 0; }
  [[nodiscard]] static constexpr double highest() noexcept { return 1; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "minmax");
    say_name(self.feature_, a);
    a.means("low", self.low_);
    a.means("high", self.high_);
  }

 private:
  Feature feature_;
  double low_;
  double high_;
};

namespace internal {

// A limit in [0, 1] with soft edges: Shape has a name, for errors, and the value at (centre - x) / width.
template <class Shape, class Feature>
class soft_limit {
 public:
  soft_limit(Feature feature, double centre, double width)
      : feature_(std::move(feature)), centre_(centre), width_(width) {
    require_finite(Shape::name, "centre", centre);
    require(std::isfinite(width) && width != 0, Shape::name, "width", width, "be finite and not 0");
  }

  template <class Observation, class Action>
  double operator()(const Observation&, const Action&, const Observation& next) const {
    return Shape::at((centre_ - internal::number_of(feature_, next)) / width_);
  }

  [[nodiscard]] static constexpr double lowest() noexcept { return 0; }
  [[nodiscard]] static constexpr double highest() noexcept { return 1; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", Shape::name);
    say_name(self.feature_, a);
    a.means("centre", self.centre_);
    a.means("width", self.width_);
  }

 private:
  Feature feature_;
  double centre_;
  double width_;
};
struct tanh_shape {
  static constexpr auto name = "tanh_limit";
  static double at(double z) { return (std::tanh(z) + 1) / 2; }
};
struct sigmoid_shape {
  static constexpr auto name = "sigmoid_limit";
  static double at(double z) { return 1 / (1 + std::exp(-z)); }
};

}  // namespace internal

/// Soft limits in [0, 1]: 1/2 at `centre`, falling as the feature grows. A smaller `width` falls more steeply; a
/// negative `width` rises. tanh_limit is (tanh((centre - x) / width) + 1) / 2. sigmoid_limit is the logistic function
/// of (centre - x) / width. A tanh_limit equals a sigmoid_limit with half its width.
template <class Feature>
class tanh_limit : public internal::soft_limit<internal::tanh_shape, Feature> {
 public:
  using internal::soft_limit<internal::tanh_shape, Feature>::soft_limit;
};
template <class Feature>
tanh_limit(Feature, double, double) -> tanh_limit<Feature>;
template <class Feature>
class sigmoid_limit : public internal::soft_limit<internal::sigmoid_shape, Feature> {
 public:
  using internal::soft_limit<internal::sigmoid_shape, Feature>::soft_limit;
};
template <class Feature>
sigmoid_limit(Feature, double, double) -> sigmoid_limit<Feature>;

/// The cost of moving a feature, in [-1, 0]: the distance from one observation to the next, divided by the range. If
/// the action itself tells the distance, use `churn`.
///     switching restarts{&sample::cpu, 8};
template <class Feature>
class switching {
 public:
  switching(Feature feature, double range) : feature_(std::move(feature)), range_(range) {
    require_positive("switching", "range", range);
  }

  template <class Observation, class Action>
  double operator()(const Observation& o, const Action&, const Observation& next) const {
    const double moved = internal::number_of(feature_, next) - internal::number_of(feature_, o);
    return -std::clamp(std::abs(moved) / range_, 0.0, 1.0);
  }

  [[nodiscard]] static constexpr double lowest() noexcept { return -1; }
  [[nodiscard]] static constexpr double highest() noexcept { return 0; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "switching");
    say_name(self.feature_, a);
    a.means("range", self.range_);
  }

 private:
  Feature feature_;
  double range_;
};

}  // namespace headroom
