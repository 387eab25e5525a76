#include <headroom/encoders/one_hot.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct sample {
  int zone = 0;
  double step = 0;
};
auto encoder() {
  return one_hot{one_of{&sample::zone, 3}, one_of{[](const sample& o) { return 2 * o.step; }, 4}};
}
std::vector<float> numbers(vector_state s) { return {s.begin(), s.end()}; }

}  // namespace

TEST_CASE("one_hot: a one at the place of each feature, zeros elsewhere") {
  auto see = encoder();
  STATIC_REQUIRE(VectorEncoder<decltype(see), sample>);
  CHECK(see.dimension() == 7);
  CHECK(numbers(see(sample{0, 0})) == std::vector<float>{1, 0, 0, 1, 0, 0, 0});
  CHECK(numbers(see(sample{2, 1.5})) == std::vector<float>{0, 0, 1, 0, 0, 0, 1});
  CHECK(numbers(see(sample{2, 0.5})) == std::vector<float>{0, 0, 1, 0, 1, 0, 0});
  CHECK(allocations_in([&] { static_cast<void>(see(sample{1, 1})); }) == 0);
  auto copy = see;
  CHECK(numbers(copy(sample{0, 0})) == std::vector<float>{1, 0, 0, 1, 0, 0, 0});
  CHECK(numbers(see(sample{1, 1})) == std::vector<float>{0, 1, 0, 0, 0, 1, 0});  // its own buffer
}

TEST_CASE("one_hot: what is no place is refused, and leaves no trace") {
  auto see = encoder();
  static_cast<void>(see(sample{1, 1}));
  CHECK(see(sample{3, 0}).empty());
  CHECK(see(sample{-1, 0}).empty());
  CHECK(see(sample{0, 2}).empty());
  CHECK(see(sample{0, 0.25}).empty());  // between two places
  CHECK(see(sample{0, std::nan("")}).empty());
  CHECK(see(sample{0, std::numeric_limits<double>::infinity()}).empty());
  CHECK(numbers(see(sample{0, 1})) == std::vector<float>{1, 0, 0, 0, 0, 1, 0});
  CHECK_THROWS_WITH((one_hot{one_of{&sample::zone, 3}, one_of{&sample::step, 0}}),
                    "one_hot: count of feature 1 is 0, must be from 1 to 65536");
}
