#pragma once

#include <array>        // std::array
#include <cstddef>      // std::size_t
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <tuple>        // std::tuple, std::apply
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/feature_names.hpp>

namespace headroom {

/// One named part of a weighted reward. Its reward must state its bounds: `lowest()` and `highest()`.
template <class RewardT>
struct term {
  std::string name;
  double weight = 1;
  RewardT reward;

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("name", self.name);
    a.means("weight", self.weight);
    say_part("of", self.reward, a);
  }
};
template <class RewardT>
term(const char*, double, RewardT) -> term<RewardT>;

/// The part of one term in one reward.
struct contribution {
  std::string_view name;  ///< valid as long as the weighted reward exists
  double value = 0;       ///< with the weight
};

/// A sum of named, bounded terms. `breakdown` gives each term separately, so an operator sees which term caused a
/// decision. Model of Reward.
///     weighted objective{term{"slo", 10, slo{...}}, term{"replicas", 1, cost{&sample::replicas, 32}}};
template <class... Rewards>
class weighted {
 public:
  explicit weighted(term<Rewards>... terms) : terms_(std::move(terms)...) {
    const auto check = [](const auto& t) {
      require_finite("weighted", "weight of " + t.name, t.weight);
      require(t.reward.lowest() <= t.reward.highest(), "weighted", "lowest of " + t.name, t.reward.lowest(),
              "not be above highest");
    };
    std::apply([&](const auto&... t) { (check(t), ...); }, terms_);
  }

  template <class Observation, class Action>
  double operator()(const Observation& o, const Action& a, const Observation& next) const {
    return std::apply([&](const auto&... t) { return ((t.weight * t.reward(o, a, next)) + ... + 0.0); }, terms_);
  }

  /// The same reward, term by term. No allocation.
  template <class Observation, class Action>
  [[nodiscard]] std::array<contribution, sizeof...(Rewards)> breakdown(const Observation& o, const Action& a,
                                                                       const Observation& next) const {
    return std::apply(
        [&](const auto&... t) {
          return std::array<contribution, sizeof...(Rewards)>{contribution{t.name, t.weight * t.reward(o, a, next)}...};
        },
        terms_);
  }

  /// Every value lies between these two.
  [[nodiscard]] double lowest() const {
    return bound([](const auto& r, bool positive) { return positive ? r.lowest() : r.highest(); });
  }
  [[nodiscard]] double highest() const {
    return bound([](const auto& r, bool positive) { return positive ? r.highest() : r.lowest(); });
  }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "weighted");
    a.means("terms", sizeof...(Rewards));
    std::size_t k = 0;
    std::apply([&](const auto&... t) { (a("term_" + to_text(k++), t), ...); }, self.terms_);
  }

 private:
  template <class Pick>
  [[nodiscard]] double bound(Pick pick) const {
    return std::apply([&](const auto&... t) { return ((t.weight * pick(t.reward, t.weight >= 0)) + ... + 0.0); },
                      terms_);
  }

  std::tuple<term<Rewards>...> terms_;
};

}  // namespace headroom
