#pragma once

#include <array>    // std::array
#include <cmath>    // std::floor
#include <cstddef>  // std::size_t
#include <string>   // std::string
#include <tuple>    // std::apply, std::tuple
#include <utility>  // std::move
#include <vector>   // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/internal/number_of.hpp>

namespace headroom {

/// A feature with `count` possible values, numbered from 0. `Feature` is anything that std::invoke turns into a number:
/// a member pointer, a lambda.
template <class Feature>
struct one_of {
  Feature feature;
  std::size_t count = 1;

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    say_name(self.feature, a);
    a.means("count", self.count);
  }
};
template <class Feature>
one_of(Feature, std::size_t) -> one_of<Feature>;

/// Encodes each feature as `count` numbers: a one at the feature's value, zeros elsewhere. The vectors of all features
/// stand in a row. A network then treats each value as a name: what it learns about one value does not carry over to
/// the next value, and a function that rises and falls between values needs no hidden unit. Where the values form a
/// scale and few are visited, `standardize` generalises better. Model of VectorEncoder; the state is a view of the
/// encoder's own buffer. No allocation.
///     one_hot see{one_of{axis_place{0}, 9}, one_of{&sample::zone, 3}};      // 12 numbers
///
/// A feature that is not a whole number in [0, count) makes the observation refused: an empty state.
template <class... Features>
class one_hot {
  static constexpr std::size_t n = sizeof...(Features);
  static_assert(n > 0, "one_hot: at least one feature");

 public:
  using state_type = vector_state;

  /// Throws std::invalid_argument unless counts are from 1 to 65536.
  explicit one_hot(one_of<Features>... features) : features_(std::move(features)...) {
    std::size_t k = 0;
    std::size_t total = 0;
    std::apply(
        [&](const auto&... f) {
          ((require(f.count >= 1 && f.count <= 65536, "one_hot", "count of feature " + to_text(k++), f.count,
                    "be from 1 to 65536"),
            total += f.count),
           ...);
        },
        features_);
    buffer_.resize(total);
  }

  [[nodiscard]] std::size_t dimension() const noexcept { return buffer_.size(); }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "one_hot");
    a.means("features", n);
    std::size_t k = 0;
    std::apply([&](const auto&... f) { (a("feature_" + to_text(k++), f), ...); }, self.features_);
  }

  template <class Observation>
  requires(FeatureOf<Features, Observation>&&...) state_type operator()(const Observation& o) {
    std::array<std::size_t, n> ones{};
    const bool good = std::apply(
        [&](const auto&... f) {
          std::size_t k = 0;
          std::size_t first = 0;
          return ((place(internal::number_of(f.feature, o), f.count, first, ones[k++])) && ...);
        },
        features_);
    if (!good) return {};
    for (const std::size_t i : last_) buffer_[i] = 0;
    for (const std::size_t i : ones) buffer_[i] = 1;
    last_ = ones;
    return buffer_;
  }

 private:
  static bool place(double value, std::size_t count, std::size_t& first, std::size_t& one) noexcept {
    if (!(value >= 0 && value < static_cast<double>(count)) || value != std::floor(value)) return false;
    one = first + static_cast<std::size_t>(value);
    first += count;
    return true;
  }

  std::tuple<one_of<Features>...> features_;
  std::array<std::size_t, n> last_{};  // places of the ones
  std::vector<float> buffer_;
};

}  // namespace headroom
