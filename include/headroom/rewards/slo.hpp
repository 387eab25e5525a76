#pragma once

#include <algorithm>  // std::clamp
#include <cstdint>    // std::uint8_t
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/internal/number_of.hpp>

namespace headroom {

/// On which side of its objective a service level is good.
enum class good_when : std::uint8_t { below, above };

/// How far a service level misses its objective, as a reward in [-1, 0]: 0 while the objective holds, falling linearly
/// to -1 at `worst`, constant beyond. The bound keeps one terrible step from erasing what was learned before. Model of
/// Reward; reads the next observation.
///     slo latency{&sample::p95_s, good_when::below, 0.2, 2.0};
///     slo quality{&sample::qos_rate, good_when::above, 0.95, 0.0};
template <class Feature>
class slo {
 public:
  slo(Feature feature, good_when side, double objective, double worst)
      : feature_(std::move(feature)),
        sign_(side == good_when::below ? 1.0 : -1.0),
        objective_(objective),
        worst_(worst) {
    require_finite("slo", "objective", objective);
    require_finite("slo", "worst", worst);
    require(sign_ * (worst - objective) > 0, "slo", "worst", worst, "lie on the bad side of the objective");
  }

  template <class Observation, class Action>
  double operator()(const Observation&, const Action&, const Observation& next) const {
    const double miss = sign_ * (internal::number_of(feature_, next) - objective_);
    return -std::clamp(miss / (sign_ * (worst_ - objective_)), 0.0, 1.0);
  }

  [[nodiscard]] static constexpr double lowest() noexcept { return -1; }
  [[nodiscard]] static constexpr double highest() noexcept { return 0; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "slo");
    say_name(self.feature_, a);
    a.means("good_when", self.sign_ > 0 ? "below" : "above");
    a.means("objective", self.objective_);
    a.means("worst", self.worst_);
  }

 private:
  Feature feature_;
  double sign_;
  double objective_;
  double worst_;
};

}  // namespace headroom
