#pragma once

#include <array>        // std::array
#include <cmath>        // std::isfinite
#include <cstddef>      // std::size_t
#include <limits>       // std::numeric_limits
#include <tuple>        // std::tuple, std::apply
#include <type_traits>  // std::integral_constant
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/internal/number_of.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// One axis of a tile coder: [low, high] of a feature, cut into `count` tiles. Values outside are clamped to the outer
/// tiles.
template <class Feature>
struct axis {
  Feature feature;
  double low = 0;
  double high = 1;
  std::size_t count = 8;

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    say_name(self.feature, a);
    a.means("low", self.low);
    a.means("high", self.high);
    a.means("count", self.count);
  }
};
template <class Feature>
axis(Feature, double, double, std::size_t) -> axis<Feature>;

/// The number of tilings of a coder. A power of two of at least four times the number of axes works best (Sutton and
/// Barto, 9.5.4).
template <std::size_t N>
inline constexpr std::integral_constant<std::size_t, N> tilings{};

/// Tile coding (Sutton and Barto, section 9.5.4): N grids over the same axes, each shifted by another fraction of a
/// tile; one tile of each grid is active. Tile coding generalises between neighbouring observations; `bins` does not.
/// It costs N times as much. The shift of tiling t along axis d is t (2 d + 1) mod N, in units of 1/N tile: the
/// asymmetrical shifts avoid diagonal artefacts. Dense, no hashing. Model of DiscreteEncoder; `size()` counts tiles. A
/// non-finite feature makes the observation refused.
///     tiles see{tilings<8>, axis{&sample::queue, 0, 100, 10}, axis{&sample::replicas, 1, 33, 8}};
template <std::size_t N, class... Features>
class tiles {
 public:
  static_assert(N > 0, "tiles: at least one tiling");
  static_assert(sizeof...(Features) > 0, "tiles: at least one axis");
  using state_type = active_features<N>;

  explicit tiles(std::integral_constant<std::size_t, N>, axis<Features>... axes) : axes_(std::move(axes)...) {
    const auto accept = [this](const auto& a) {
      require(std::isfinite(a.low) && std::isfinite(a.high) && a.low < a.high, "tiles", "high of an axis", a.high,
              "be finite and above low, " + to_text(a.low));
      require(a.count >= 1, "tiles", "count of an axis", a.count, "be at least 1");
      require(a.count < std::numeric_limits<std::size_t>::max() / 2 / grid_, "tiles", "count of an axis", a.count,
              "leave the number of tiles within std::size_t");
      grid_ *= a.count + 1;  // a shifted grid needs one more tile to cover the axis
    };
    std::apply([&](const auto&... a) { (accept(a), ...); }, axes_);
    require(grid_ <= std::numeric_limits<std::size_t>::max() / 2 / N, "tiles", "tiles of one grid", grid_,
            "leave the number of tiles within std::size_t");
  }

  /// The number of tiles of all grids together.
  [[nodiscard]] std::size_t size() const noexcept { return grid_ * N; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "tiles");
    a.means("features", sizeof...(Features));
    a.means("tilings", N);
    std::size_t k = 0;
    std::apply([&](const auto&... x) { (a("feature_" + to_text(k++), x), ...); }, self.axes_);
  }

  template <class Observation>
  requires(FeatureOf<Features, Observation>&&...) state_type operator()(const Observation& o) const {
    state_type s;
    bool finite = true;
    std::size_t d = 0;
    const auto add = [&](const auto& a) {
      const double v = internal::number_of(a.feature, o);
      finite = finite && std::isfinite(v);
      double place = (v - a.low) / (a.high - a.low) * static_cast<double>(a.count);
      place = place > 0 ? place : 0.0;  // also turns NaN into 0, so that the conversion below is defined
      place = place < static_cast<double>(a.count) ? place : static_cast<double>(a.count) * (1 - 1e-12);
      for (std::size_t t = 0; t < N; ++t) {
        const double shift = static_cast<double>(t * (2 * d + 1) % N) / static_cast<double>(N);
        s.index[t] = s.index[t] * (a.count + 1) + static_cast<std::size_t>(place + shift);
      }
      ++d;
    };
    std::apply([&](const auto&... a) { (add(a), ...); }, axes_);
    for (std::size_t t = 0; t < N; ++t) s.index[t] = finite ? s.index[t] + t * grid_ : to_size(no_state);
    return s;
  }

 private:
  std::tuple<axis<Features>...> axes_;
  std::size_t grid_ = 1;
};

}  // namespace headroom
