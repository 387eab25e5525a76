#pragma once

#include <algorithm>    // std::clamp
#include <array>        // std::array
#include <cmath>        // std::isfinite, std::sqrt
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <string>       // std::string
#include <tuple>        // std::apply, std::tuple
#include <type_traits>  // std::is_const_v
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/internal/number_of.hpp>

namespace headroom {

/// One feature with a known range [low, high], mapped to [from, to] in a straight line and clamped. The default [0, 1]
/// is min-max scaling. A network learns a little faster from [-1, 1], whose middle is zero (LeCun et al. 1998, section
/// 4.3). `Feature` is anything that std::invoke turns into a number: a member pointer, a lambda.
template <class Feature>
struct between {
  static constexpr bool follows = false;  ///< whether it has running moments
  Feature feature;
  double low = 0;
  double high = 1;
  double from = 0;
  double to = 1;
};
template <class Feature>
between(Feature, double, double) -> between<Feature>;
template <class Feature>
between(Feature, double, double, double, double) -> between<Feature>;

/// One feature with an unknown range: its distance from the mean of all observed values, in standard deviations,
/// clamped to +- `limit`. 0 as long as the observed values did not vary, because a network cannot learn from a
/// constant.
template <class Feature>
struct running {
  static constexpr bool follows = true;
  Feature feature;
  double limit = 10;
};
template <class Feature>
running(Feature) -> running<Feature>;
template <class Feature>
running(Feature, double) -> running<Feature>;

/// The observation as numbers of similar size, one for each feature, for a network. Model of VectorEncoder; the state
/// is a view of the encoder's own buffer. No allocation; a few nanoseconds a feature.
///     standardize see{between{&sample::queue, 0, 80}, between{&sample::replicas, 1, 32}, running{&sample::latency}};
///
/// Running moments use Welford's method (1962) in double. A sum of squares would cancel where the mean is much larger
/// than the deviation, as for a time stamp. An observation is counted before it is scaled. `freeze` stops the moments.
/// Call it before a policy is evaluated or deployed; otherwise the policy may answer the same observation differently
/// each time (`frozen` calls it).
///
/// A feature that is not finite, or so large that the moments would not be finite, makes the observation refused: the
/// state is empty, and the moments do not change.
template <class... Scales>
class standardize {
  static constexpr std::size_t n = sizeof...(Scales);
  static_assert(n > 0, "standardize: at least one feature");

 public:
  using state_type = vector_state;

  /// Throws std::invalid_argument unless ranges are finite and not empty, and limits positive.
  explicit standardize(Scales... scales) : scales_(std::move(scales)...) {
    std::apply([](const auto&... s) { (check(s), ...); }, scales_);
  }

  [[nodiscard]] static constexpr std::size_t dimension() noexcept { return n; }

  template <class Observation>
  requires(FeatureOf<decltype(Scales::feature), Observation>&&...) state_type operator()(const Observation& o) {
    const std::array<double, n> values = std::apply(
        [&o](const auto&... s) { return std::array<double, n>{internal::number_of(s.feature, o)...}; }, scales_);
    for (const double v : values) {
      if (!std::isfinite(v)) return {};
    }
    if constexpr ((Scales::follows || ...)) {
      if (!frozen_ && !follow(values)) return {};
    }
    std::apply(
        [&](const auto&... s) {
          std::size_t k = 0;
          ((buffer_[k] = static_cast<float>(scaled(s, values[k], k)), ++k), ...);
        },
        scales_);
    return buffer_;
  }

  /// The moments stay as they are from now on.
  void freeze() noexcept { frozen_ = true; }
  [[nodiscard]] bool is_frozen() const noexcept { return frozen_; }

  /// How many observations the moments have counted.
  [[nodiscard]] std::uint64_t seen() const noexcept { return seen_; }
  /// Moments of feature k < dimension(); 0 if the feature has none. The deviation is divided by the number of
  /// observations, not by that number less one.
  [[nodiscard]] double mean(std::size_t k) const noexcept { return mean_[k]; }
  [[nodiscard]] double deviation(std::size_t k) const noexcept {
    return seen_ == 0 ? 0.0 : std::sqrt(squares_[k] / static_cast<double>(seen_));
  }

  /// How often feature k was clamped, and the sum over all features. Watch it in operation: outside of the training
  /// ranges, the policy sees only the edge of the range.
  [[nodiscard]] std::uint64_t saturated(std::size_t k) const noexcept { return saturated_[k]; }
  [[nodiscard]] std::uint64_t saturated() const noexcept {
    std::uint64_t sum = 0;
    for (const auto count : saturated_) sum += count;
    return sum;
  }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "standardize");
    a.means("features", n);
    std::apply(
        [&a](const auto&... s) {
          std::size_t k = 0;
          (configuration(s, "feature_" + to_text(k++), a), ...);
        },
        self.scales_);
    a("seen", self.seen_);
    a("mean", self.mean_);
    a("squares", self.squares_);
    for (const double x : self.squares_) a.check(x >= 0, "squares", x, "be zero or more");
    a("frozen", self.frozen_);
    if (a.training()) a("saturated", self.saturated_);
    if constexpr (!std::is_const_v<Self>) {
      for (std::size_t k = 0; k < n; ++k) self.rate_[k] = self.rate_of(k);
    }
  }

 private:
  template <class Feature>
  static void check(const between<Feature>& s) {
    require(s.low < s.high && std::isfinite(s.high - s.low), "standardize", "high of a feature", s.high,
            "be finite and above low, " + to_text(s.low));
    require(s.from < s.to && std::isfinite(s.to - s.from), "standardize", "to of a feature", s.to,
            "be finite and above from, " + to_text(s.from));
  }
  template <class Feature>
  static void check(const running<Feature>& s) {
    require_positive("standardize", "limit of a feature", s.limit);
  }

  template <class Feature, class Archive>
  static void configuration(const between<Feature>& s, const std::string& name, Archive& a) {
    a(name, named_part<Feature>{s.feature});
    a.same(name + ".low", s.low);
    a.same(name + ".high", s.high);
    a.same(name + ".from", s.from);
    a.same(name + ".to", s.to);
  }
  template <class Feature, class Archive>
  static void configuration(const running<Feature>& s, const std::string& name, Archive& a) {
    a(name, named_part<Feature>{s.feature});
    a.same(name + ".limit", s.limit);
  }

  template <class Feature>
  double scaled(const between<Feature>& s, double value, std::size_t k) noexcept {
    return clamped(s.from + (value - s.low) / (s.high - s.low) * (s.to - s.from), s.from, s.to, k);
  }
  template <class Feature>
  double scaled(const running<Feature>& s, double value, std::size_t k) noexcept {
    // Without a deviation, the distance may be infinite, and infinity times 0 is not a number.
    return rate_[k] > 0 ? clamped((value - mean_[k]) * rate_[k], -s.limit, s.limit, k) : 0.0;
  }
  double clamped(double value, double low, double high, std::size_t k) noexcept {
    saturated_[k] += value < low || value > high ? 1U : 0U;
    return std::clamp(value, low, high);
  }

  // Updates all moments, or none: false if a moment would not be finite.
  bool follow(const std::array<double, n>& values) noexcept {
    constexpr std::array<bool, n> follows{Scales::follows...};
    const double count = static_cast<double>(seen_ + 1);
    auto mean = mean_;
    auto squares = squares_;
    for (std::size_t k = 0; k < n; ++k) {
      if (!follows[k]) continue;
      const double away = values[k] - mean[k];
      mean[k] += away / count;
      squares[k] += away * (values[k] - mean[k]);
      if (!std::isfinite(squares[k])) return false;
    }
    mean_ = mean;
    squares_ = squares;
    ++seen_;
    for (std::size_t k = 0; k < n; ++k) rate_[k] = rate_of(k);
    return true;
  }

  // 1 / deviation, or 0 without a deviation. Stored, so that a frozen encoder needs neither a division nor a root.
  [[nodiscard]] double rate_of(std::size_t k) const noexcept {
    const double d = deviation(k);
    return d > 0 ? 1 / d : 0.0;
  }

  std::tuple<Scales...> scales_;
  std::array<double, n> mean_{};
  std::array<double, n> squares_{};  // sum of the squared distances from the mean
  std::array<double, n> rate_{};
  std::array<std::uint64_t, n> saturated_{};
  std::uint64_t seen_ = 0;
  bool frozen_ = false;
  std::array<float, n> buffer_{};
};

}  // namespace headroom
