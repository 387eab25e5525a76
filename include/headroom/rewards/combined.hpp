#pragma once

#include <algorithm>  // std::max, std::min
#include <cmath>      // std::isfinite
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/feature_names.hpp>

/// Rewards made of rewards, as bounded as these.
namespace headroom {

/// The product of two rewards: each counts only as far as the other is good.
template <class A, class B>
class product {
 public:
  product(A a, B b) : a_(std::move(a)), b_(std::move(b)) {}

  template <class Observation, class Action>
  double operator()(const Observation& o, const Action& action, const Observation& next) const {
    return a_(o, action, next) * b_(o, action, next);
  }

  [[nodiscard]] double lowest() const {
    return std::min({a_.lowest() * b_.lowest(), a_.lowest() * b_.highest(), a_.highest() * b_.lowest(),
                     a_.highest() * b_.highest()});
  }
  [[nodiscard]] double highest() const {
    return std::max({a_.lowest() * b_.lowest(), a_.lowest() * b_.highest(), a_.highest() * b_.lowest(),
                     a_.highest() * b_.highest()});
  }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "product");
    say_part("first", self.a_, a);
    say_part("second", self.b_, a);
  }

 private:
  A a_;
  B b_;
};

/// The inner reward, or `value` where the inner reward is not finite, for example because a feature was not measured.
template <class RewardT>
class finite_or {
 public:
  finite_or(double value, RewardT inner) : value_(value), inner_(std::move(inner)) {
    require_finite("finite_or", "value", value);
  }

  template <class Observation, class Action>
  double operator()(const Observation& o, const Action& a, const Observation& next) const {
    const double r = inner_(o, a, next);
    return std::isfinite(r) ? r : value_;
  }

  [[nodiscard]] double lowest() const { return std::min(value_, inner_.lowest()); }
  [[nodiscard]] double highest() const { return std::max(value_, inner_.highest()); }
  [[nodiscard]] const RewardT& inner() const noexcept { return inner_; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "finite_or");
    a.means("value", self.value_);
    say_part("of", self.inner_, a);
  }

 private:
  double value_;
  RewardT inner_;
};

/// The inner reward, or `value` where the environment refused the move (`refused_move` of the next observation). A
/// refused move changes nothing, so it has no measurement of its own.
template <class RewardT>
class if_refused {
 public:
  if_refused(double value, RewardT inner) : value_(value), inner_(std::move(inner)) {
    require_finite("if_refused", "value", value);
  }

  template <class Observation, class Action>
  double operator()(const Observation& o, const Action& a, const Observation& next) const {
    return next.refused_move ? value_ : inner_(o, a, next);
  }

  [[nodiscard]] double lowest() const { return std::min(value_, inner_.lowest()); }
  [[nodiscard]] double highest() const { return std::max(value_, inner_.highest()); }
  [[nodiscard]] const RewardT& inner() const noexcept { return inner_; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "if_refused");
    a.means("value", self.value_);
    say_part("of", self.inner_, a);
  }

 private:
  double value_;
  RewardT inner_;
};

}  // namespace headroom
