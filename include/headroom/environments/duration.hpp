#pragma once

#include <algorithm>    // std::max, std::max_element
#include <cmath>        // std::exp, std::log1p, std::sqrt
#include <cstdint>      // std::uint8_t
#include <limits>       // std::numeric_limits
#include <type_traits>  // std::is_const_v
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>

namespace headroom {

/// A random duration in seconds: how long a request is served, how long a replica takes to start. A value, chosen at
/// run time, because a configuration file names it.
///     duration::constant(0.2)        duration::exponential(0.2)        duration::gamma(0.2, 0.5)
///     duration::lognormal(0.2, 1.5)  duration::sample({0.18, 0.2, 0.31})
/// The second argument is the coefficient of variation, the standard deviation divided by the mean. A draw costs one to
/// three uniforms and no allocation. The named constructors throw std::invalid_argument.
class duration {
 public:
  duration() = default;  ///< constant, 0 s

  /// Always `s` seconds, zero or more.
  [[nodiscard]] static duration constant(double s) {
    require_not_negative("duration", "constant", s);
    return {law::constant, s, 0};
  }
  /// It never ends: no timeout, no failure.
  [[nodiscard]] static duration never() { return {law::constant, std::numeric_limits<double>::infinity(), 0}; }
  /// No memory: how much longer it takes does not depend on how long it has taken.
  [[nodiscard]] static duration exponential(double mean_s) {
    require_not_negative("duration", "mean of exponential", mean_s);
    return {law::exponential, mean_s, 1};
  }
  [[nodiscard]] static duration gamma(double mean_s, double variation) {
    require_not_negative("duration", "mean of gamma", mean_s);
    require_positive("duration", "variation of gamma", variation);
    return {law::gamma, mean_s, variation};
  }
  /// Most are short and a few are long, as response times of web services are.
  [[nodiscard]] static duration lognormal(double mean_s, double variation) {
    require_not_negative("duration", "mean of lognormal", mean_s);
    require_positive("duration", "variation of lognormal", variation);
    return {law::lognormal, mean_s, variation};
  }
  /// What was measured: each of `measured_s` is drawn equally often. At least one; each zero or more.
  [[nodiscard]] static duration sample(std::vector<double> measured_s) {
    require(!measured_s.empty(), "duration", "size of sample", measured_s.size(), "be at least 1");
    double mean = 0;
    for (const double s : measured_s) {
      require_not_negative("duration", "value of sample", s);
      mean += s / static_cast<double>(measured_s.size());
    }
    double squares = 0;
    for (const double s : measured_s) squares += (s - mean) * (s - mean) / static_cast<double>(measured_s.size());
    duration d{law::sample, mean, mean > 0 ? std::sqrt(squares) / mean : 0};
    d.measured_s_ = std::move(measured_s);
    d.find_longest();
    return d;
  }

  template <UniformSource G>
  [[nodiscard]] double operator()(G& random) const {
    switch (law_) {
      case law::exponential:
        return headroom::exponential(random, mean_s_);
      case law::gamma: {
        const double shape = 1 / (variation_ * variation_);
        return headroom::gamma(random, shape, mean_s_ / shape);
      }
      case law::lognormal: {
        const double spread = std::log1p(variation_ * variation_);  // variance of the logarithm
        return mean_s_ * std::exp(normal(random, -spread / 2, std::sqrt(spread)));
      }
      case law::sample:
        return measured_s_[random.below(measured_s_.size())];
      case law::constant:
        break;
    }
    return mean_s_;
  }

  /// The whole of the duration that is under way at a random moment: longer ones are met more often, in proportion to
  /// their length (the renewal paradox). A uniform fraction of it is still to go. Infinite for `never`.
  template <UniformSource G>
  [[nodiscard]] double under_way(G& random) const {
    switch (law_) {
      case law::exponential:
        return headroom::gamma(random, 2, mean_s_);
      case law::gamma: {
        const double shape = 1 / (variation_ * variation_);
        return headroom::gamma(random, shape + 1, mean_s_ / shape);
      }
      case law::lognormal: {
        const double spread = std::log1p(variation_ * variation_);
        return mean_s_ * std::exp(normal(random, spread / 2, std::sqrt(spread)));
      }
      case law::sample: {
        if (!(longest_s_ > 0)) return 0;
        double s = (*this)(random);
        while (random.uniform() * longest_s_ >= s) s = (*this)(random);
        return s;
      }
      case law::constant:
        break;
    }
    return mean_s_;
  }

  /// What is left of one that has lasted `age_s`: the rest, given that it has not ended. By rejection, except where
  /// the law has no memory or no choice. Zero if 64 draws were all shorter: it should have ended.
  template <UniformSource G>
  [[nodiscard]] double remaining(G& random, double age_s) const {
    if (law_ == law::exponential) return headroom::exponential(random, mean_s_);
    if (law_ == law::constant) return std::max(0.0, mean_s_ - age_s);
    for (int k = 0; k < 64; ++k) {
      const double s = (*this)(random);
      if (s > age_s) return s - age_s;
    }
    return 0;
  }

  /// Whether what is left does not depend on the age.
  [[nodiscard]] bool memoryless() const noexcept { return law_ == law::exponential; }
  [[nodiscard]] double mean_s() const noexcept { return mean_s_; }
  /// The standard deviation divided by the mean; 0 for a constant.
  [[nodiscard]] double variation() const noexcept { return variation_; }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("law", self.law_);
    a("mean_s", self.mean_s_);
    a("variation", self.variation_);
    a("measured_s", self.measured_s_);
    if constexpr (!std::is_const_v<Self>) self.find_longest();
  }

 private:
  enum class law : std::uint8_t { constant, exponential, gamma, lognormal, sample };
  duration(law l, double mean_s, double variation) : law_(l), mean_s_(mean_s), variation_(variation) {}

  void find_longest() {
    longest_s_ = measured_s_.empty() ? 0 : *std::max_element(measured_s_.begin(), measured_s_.end());
  }

  law law_ = law::constant;
  double mean_s_ = 0;
  double variation_ = 0;
  std::vector<double> measured_s_;
  double longest_s_ = 0;  // of the measured
};

}  // namespace headroom
