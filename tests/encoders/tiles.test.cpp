#include <headroom/encoders/tiles.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <set>

#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "first_failure.hpp"

using namespace headroom;

namespace {

struct point {
  double x = 0;
  double y = 0;
};

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

template <std::size_t N>
std::size_t shared(const active_features<N>& a, const active_features<N>& b) {
  std::size_t n = 0;
  for (std::size_t t = 0; t < N; ++t) n += a.index[t] == b.index[t] ? 1U : 0U;
  return n;
}

}  // namespace

TEST_CASE("tiles: size counts one more tile an axis than asked for, in each tiling") {
  CHECK(tiles{tilings<1>, axis{&point::x, 0.0, 1.0, 4}}.size() == 5);
  CHECK(tiles{tilings<8>, axis{&point::x, 0.0, 1.0, 4}, axis{&point::y, -1.0, 1.0, 10}}.size() == 8 * 5 * 11);
}

TEST_CASE("tiles: one tile of each tiling is active, each tiling has indices of its own, all within size") {
  tiles see{tilings<8>, axis{&point::x, 0.0, 10.0, 7}, axis{&point::y, -1.0, 1.0, 3}};
  static_assert(DiscreteEncoder<decltype(see), point>);
  constexpr std::size_t grid = 8 * 4;
  REQUIRE(see.size() == 8 * grid);
  engine random(1);
  std::set<std::size_t> met;
  first_failure own;
  for (int i = 0; i < 100'000; ++i) {
    // Also outside the axes, where the outer tiles serve.
    const auto s = see(point{uniform(random, -2, 12), uniform(random, -1.5, 1.5)});
    for (std::size_t t = 0; t < 8; ++t) {
      own.same(s.index[t] / grid, t);
      met.insert(s.index[t]);
    }
  }
  CHECK(own.report() == "");
  // Tiling 0 is not displaced and never needs its extra tiles. Axis 0 displaces tiling t by t / 8, axis 1 by 3 t mod 8
  // eighths: every other tiling is displaced along both axes and uses all of its tiles.
  CHECK(met.size() == 7 * 3 + 7 * grid);
}

TEST_CASE("tiles: tiling t is displaced by t (2 d + 1) mod N parts of a tile along axis d") {
  // With tiles of width 1, tile k of tiling t is [k - shift, k + 1 - shift).
  tiles see{tilings<4>, axis{&point::x, 0.0, 5.0, 5}, axis{&point::y, 0.0, 5.0, 5}};
  const double shift_x[] = {0, 0.25, 0.5, 0.75};
  const double shift_y[] = {0, 0.75, 0.5, 0.25};  // 0, 3, 6 mod 4 = 2, 9 mod 4 = 1
  engine random(2);
  first_failure same;
  for (int i = 0; i < 10'000; ++i) {
    const point p{uniform(random, 0, 5), uniform(random, 0, 5)};
    const auto s = see(p);
    for (std::size_t t = 0; t < 4; ++t) {
      const auto column = static_cast<std::size_t>(std::floor(p.x + shift_x[t]));
      const auto row = static_cast<std::size_t>(std::floor(p.y + shift_y[t]));
      same.same(s.index[t], t * 36 + column * 6 + row);
    }
  }
  CHECK(same.report() == "");
}

TEST_CASE("tiles: points k / N of a tile apart along an axis differ in exactly k tilings") {
  // N is a power of two and 2 d + 1 is odd, so the N displacements along an axis are the N multiples of 1 / N: moving
  // by 1 / N crosses the border of exactly one tiling.
  tiles see{tilings<8>, axis{&point::x, 0.0, 10.0, 10}, axis{&point::y, 0.0, 10.0, 10}};
  engine random(3);
  for (int k = 0; k <= 8; ++k) {
    first_failure exact_x;
    first_failure exact_y;
    for (int i = 0; i < 1000; ++i) {
      const point p{uniform(random, 0, 9), uniform(random, 0, 9)};
      const auto here = see(p);
      exact_x.same(shared(here, see(point{p.x + k / 8.0, p.y})), static_cast<std::size_t>(8 - k));
      exact_y.same(shared(here, see(point{p.x, p.y + k / 8.0})), static_cast<std::size_t>(8 - k));
    }
    INFO(k << " eighths of a tile");
    CHECK(exact_x.report() == "");
    CHECK(exact_y.report() == "");
  }
}

TEST_CASE("tiles: points more than a tile apart share nothing") {
  tiles see{tilings<8>, axis{&point::x, 0.0, 10.0, 10}, axis{&point::y, 0.0, 10.0, 10}};
  CHECK(shared(see(point{2.3, 5}), see(point{3.4, 5})) == 0);
  CHECK(shared(see(point{5, 2.3}), see(point{5, 3.4})) == 0);
}

TEST_CASE("tiles: values outside an axis are clamped to its ends") {
  tiles see{tilings<8>, axis{&point::x, 0.0, 10.0, 10}, axis{&point::y, -1.0, 1.0, 4}};
  CHECK(see(point{-1e-9, 0}) == see(point{0, 0}));
  CHECK(see(point{-1e300, 0}) == see(point{0, 0}));
  CHECK(see(point{1e300, 0}) == see(point{10, 0}));
  CHECK(see(point{5, 1e300}) == see(point{5, 1}));
  CHECK(see(point{5, -1e300}) == see(point{5, -1}));
  // The upper end itself lies in the last tile of an undisplaced tiling.
  CHECK(see(point{10, 0}).index[0] == 9 * 5 + 2);
  CHECK(within(see(point{1e300, 1e300}), see.size()));
  CHECK_FALSE(see(point{0, 0}) == see(point{10, 0}));
}

TEST_CASE("tiles: an observation that is not finite lies in no table") {
  tiles see{tilings<4>, axis{&point::x, 0.0, 10.0, 10}, axis{&point::y, -1.0, 1.0, 4}};
  for (const double bad : {nan_value, inf, -inf}) {
    for (const point p : {point{bad, 0}, point{0, bad}}) {
      const auto s = see(p);
      for (const std::size_t f : s.index) CHECK(f == to_size(no_state));
      CHECK_FALSE(within(s, see.size()));
    }
  }
}

TEST_CASE("tiles: impossible axes are refused") {
  const auto with = [](double low, double high, std::size_t count) {
    return tiles{tilings<8>, axis{&point::x, low, high, count}, axis{&point::y, 0.0, 1.0, 1U << 20U}};
  };
  CHECK(with(0, 1, 1).size() == 8 * std::size_t{2} * ((1U << 20U) + 1));
  CHECK_THROWS_WITH(with(1, 1, 4), "tiles: high of an axis is 1, must be finite and above low, 1");
  CHECK_THROWS_WITH(with(2, 1, 4), "tiles: high of an axis is 1, must be finite and above low, 2");
  CHECK_THROWS_WITH(with(0, inf, 4), "tiles: high of an axis is inf, must be finite and above low, 0");
  CHECK_THROWS_WITH(with(nan_value, 1, 4), "tiles: high of an axis is 1, must be finite and above low, nan");
  CHECK_THROWS_WITH(with(0, 1, 0), "tiles: count of an axis is 0, must be at least 1");
  // 2^43 * 2^20 tiles a grid exceed 2^63.
  CHECK_THROWS_WITH(with(0, 1, std::size_t{1} << 43U),
                    "tiles: count of an axis is 1048576, must leave the number of tiles within std::size_t");
  CHECK_THROWS_WITH(
      with(0, 1, std::numeric_limits<std::size_t>::max()),
      "tiles: count of an axis is 18446744073709551615, must leave the number of tiles within std::size_t");
  // One grid of (2^41 + 1) (2^20 + 1) tiles fits, eight do not.
  CHECK_THROWS_WITH(
      with(0, 1, std::size_t{1} << 41U),
      "tiles: tiles of one grid is 2305845208237998081, must leave the number of tiles within std::size_t");
}

TEST_CASE("tiles: encoding does not allocate") {
  tiles see{tilings<16>, axis{&point::x, 0.0, 10.0, 10}, axis{&point::y, -1.0, 1.0, 4}};
  CHECK(allocations_in([&] { (void)see(point{3, 0.2}); }) == 0);
}
