#include <headroom/encoders/standardize.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct sample {
  double queue = 0;
  int replicas = 1;
  double latency = 0;
};

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

auto a_mix() {
  return standardize{between{&sample::queue, 0, 80}, between{&sample::replicas, 1, 33, -1, 1},
                     running{&sample::latency}};
}

// The number that a running feature becomes at the end of `values`, and its moments there.
struct outcome {
  double scaled = 0;
  double mean = 0;
  double deviation = 0;
};
outcome after(const std::vector<double>& values) {
  standardize see{running{&sample::latency}};
  outcome last;
  for (const double v : values) last.scaled = static_cast<double>(see(sample{0, 1, v})[0]);
  last.mean = see.mean(0);
  last.deviation = see.deviation(0);
  return last;
}

}  // namespace

TEST_CASE("standardize: declared ranges become [0, 1], or what was asked for") {
  auto see = a_mix();
  STATIC_REQUIRE(VectorEncoder<decltype(see), sample>);
  STATIC_REQUIRE(see.dimension() == 3);
  const auto s = see(sample{20, 9, 0});
  REQUIRE(s.size() == 3);
  CHECK(s[0] == 0.25F);
  CHECK(s[1] == -0.5F);
  CHECK(see(sample{0, 17, 0})[0] == 0.0F);
  CHECK(see(sample{0, 17, 0})[1] == 0.0F);
  CHECK(see(sample{80, 1, 0})[0] == 1.0F);
  CHECK(see(sample{80, 1, 0})[1] == -1.0F);
  CHECK(see.saturated() == 0);  // on the edge is inside

  // A feature may be computed.
  standardize ratio{between{[](const sample& o) { return o.queue / o.replicas; }, 0, 10}};
  CHECK(ratio(sample{10, 4, 0})[0] == 0.25F);
}

TEST_CASE("standardize: what lies outside its range is clamped, and counted feature by feature") {
  auto see = a_mix();
  CHECK(see(sample{81, 1, 0})[0] == 1.0F);
  CHECK(see(sample{-1e308, 1, 0})[0] == 0.0F);
  const auto s = see(sample{1e308, 34, 0});
  CHECK(s[0] == 1.0F);
  CHECK(s[1] == 1.0F);
  see(sample{40, 5, 0});
  CHECK(see.saturated(0) == 3);
  CHECK(see.saturated(1) == 1);
  CHECK(see.saturated(2) == 0);
  CHECK(see.saturated() == 4);
}

TEST_CASE("standardize: running moments, by hand") {
  CHECK(after({7}).scaled == 0);  // nothing was seen to vary
  CHECK(after({7, 7, 7}).scaled == 0);
  CHECK(after({2, 4}).scaled == 1);  // mean 3, deviation 1
  CHECK(after({4, 2}).scaled == -1);
  const auto textbook = after({2, 4, 4, 4, 5, 5, 7, 9});
  CHECK(textbook.mean == Approx(5).epsilon(1e-15));
  CHECK(textbook.deviation == Approx(2).epsilon(1e-15));
  CHECK(textbook.scaled == 2);
}

TEST_CASE("standardize: the deviation survives a mean that is large beside it") {
  // 4, 7, 13 and 16 have mean 10 and variance 22.5. The squares of these numbers exceed 2^53 a hundred times over, so
  // that their mean minus the squared mean is noise (and negative for some compilers).
  const auto shifted = after({1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16});
  CHECK(shifted.mean == 1e9 + 10);
  CHECK(shifted.deviation == Approx(std::sqrt(22.5)).epsilon(1e-14));
  CHECK(shifted.scaled == Approx(6 / std::sqrt(22.5)).epsilon(1e-7));  // a float

  // 1, 2, ..., n about a distant zero: the variance is (n^2 - 1) / 12.
  std::vector<double> row;
  for (int k = 1; k <= 10'001; ++k) row.push_back(1e12 + k);
  const auto long_row = after(row);
  CHECK(long_row.mean - 1e12 == Approx(5'001).epsilon(1e-9));
  CHECK(long_row.deviation == Approx(std::sqrt((10'001.0 * 10'001 - 1) / 12)).epsilon(1e-9));
}

TEST_CASE("standardize: an outlier is clamped to the limit") {
  // The last of n numbers, the others being equal, is sqrt(n - 1) deviations from the mean, whatever it is.
  standardize see{running{&sample::latency, 3}};
  for (int k = 0; k < 9; ++k) see(sample{});
  CHECK(see(sample{0, 1, 1})[0] == Approx(3).epsilon(1e-6));
  standardize longer{running{&sample::latency, 3}};
  for (int k = 0; k < 16; ++k) longer(sample{});
  CHECK(longer.saturated() == 0);
  CHECK(longer(sample{0, 1, -1})[0] == -3.0F);  // and not -4
  CHECK(longer.saturated(0) == 1);
}

TEST_CASE("standardize: frozen, it answers the same question the same way") {
  auto see = a_mix();
  see(sample{0, 1, 2});
  see(sample{0, 1, 4});
  CHECK_FALSE(see.is_frozen());
  see.freeze();
  CHECK(see.is_frozen());
  for (int k = 0; k < 5; ++k) {
    CHECK(see(sample{0, 1, 8})[2] == 5.0F);  // (8 - 3) / 1
    CHECK(see(sample{0, 1, 100})[2] == 10.0F);
  }
  CHECK(see.seen() == 2);
  CHECK(see.mean(2) == 3);
  CHECK(see.deviation(2) == 1);
  CHECK(see.saturated(2) == 5);  // an operator still hears of it

  // Frozen before anything was seen to vary, it has nothing to say.
  standardize early{running{&sample::latency}};
  early(sample{0, 1, 2});
  early.freeze();
  CHECK(early(sample{0, 1, 50})[0] == 0.0F);
}

TEST_CASE("standardize: what is not finite is refused, and moves nothing") {
  for (const double bad : {not_a_number, infinity, -infinity}) {
    for (const sample& o : {sample{bad, 1, 0}, sample{0, 1, bad}, sample{90, 1, bad}}) {
      auto see = a_mix();
      see(sample{0, 1, 2});
      see(sample{0, 1, 4});
      CHECK(see(o).empty());
      CHECK(see.seen() == 2);
      CHECK(see.mean(2) == 3);
      CHECK(see.deviation(2) == 1);
      CHECK(see.saturated() == 0);
      CHECK(see(sample{0, 1, 3})[2] == 0.0F);  // and the next one is seen as if it had not been
      CHECK(see.seen() == 3);
      see.freeze();
      CHECK(see(o).empty());
    }
  }
}

TEST_CASE("standardize: a number too large for its square is refused as well") {
  standardize see{running{&sample::latency}, running{&sample::queue}};
  see(sample{2, 1, 2});
  see(sample{4, 1, 4});
  CHECK(see(sample{100, 1, 1e200}).empty());
  CHECK(see.seen() == 2);
  CHECK(see.mean(0) == 3);
  CHECK(see.mean(1) == 3);  // which could have been taken in, but belongs to the same observation
  CHECK(see(sample{3, 1, 3})[0] == 0.0F);
  see.freeze();
  CHECK(see(sample{3, 1, 1e308})[0] == 10.0F);  // nothing moves, nothing overflows
}

TEST_CASE("standardize: copies go their own ways, with buffers of their own") {
  auto one = a_mix();
  one(sample{0, 1, 2});
  const auto seen_by_one = one(sample{20, 1, 4});
  auto other = one;
  const auto seen_by_other = other(sample{40, 1, 9});
  CHECK(seen_by_one[0] == 0.25F);
  CHECK(seen_by_other[0] == 0.5F);
  CHECK(seen_by_one.data() != seen_by_other.data());
  CHECK(one.seen() == 2);
  CHECK(other.seen() == 3);

  auto moved = std::move(other);
  const auto seen_by_moved = moved(sample{60, 1, 5});
  CHECK(seen_by_moved[0] == 0.75F);
  CHECK(moved.seen() == 4);
  const auto inside = [](const auto& object, const void* p) {
    return p >= static_cast<const void*>(&object) && p < static_cast<const void*>(&object + 1);
  };
  CHECK(inside(moved, seen_by_moved.data()));
  CHECK(inside(one, seen_by_one.data()));
}

TEST_CASE("standardize: allocates nothing") {
  auto see = a_mix();
  CHECK(allocations_in([&] {
          for (int k = 0; k < 10; ++k) see(sample{1.0 * k, k, 2.0 * k});
        }) == 0);
}

TEST_CASE("standardize: bad configuration is refused") {
  const auto with = [](auto scale) { return standardize{scale}; };
  CHECK_THROWS_WITH(with(between{&sample::queue, 5, 5}),
                    "standardize: high of a feature is 5, must be finite and above low, 5");
  CHECK_THROWS_WITH(with(between{&sample::queue, not_a_number, 1}),
                    "standardize: high of a feature is 1, must be finite and above low, nan");
  CHECK_THROWS_WITH(with(between{&sample::queue, 0, infinity}),
                    "standardize: high of a feature is inf, must be finite and above low, 0");
  CHECK_THROWS_WITH(with(between{&sample::queue, -1e308, 1e308}),  // of which the difference is not finite
                    "standardize: high of a feature is 1e+308, must be finite and above low, -1e+308");
  CHECK_THROWS_WITH(with(between{&sample::queue, 0, 1, 1, 0}),
                    "standardize: to of a feature is 0, must be finite and above from, 1");
  CHECK_THROWS_WITH(with(running{&sample::queue, 0}),
                    "standardize: limit of a feature is 0, must be positive and finite");
  CHECK_THROWS_WITH(with(running{&sample::queue, not_a_number}),
                    "standardize: limit of a feature is nan, must be positive and finite");
}

TEST_CASE("standardize: saved and restored, it goes on as if nothing had happened") {
  auto see = a_mix();
  for (int k = 0; k < 7; ++k) see(sample{20.0 * k, k, 0.3 * k * k});
  checkpoint file;
  store(see, file, "see");
  auto other = a_mix();
  other(sample{1, 1, 100});
  restore(other, file, "see");
  CHECK(other.seen() == 7);
  CHECK(other.saturated(0) == 2);
  CHECK(other.saturated(1) == 1);
  for (int k = 7; k < 20; ++k) {
    if (k == 15) {  // frozen as well, with moments that were never taken here
      see.freeze();
      checkpoint later;
      store(see, later, {}, keep::decisions);
      other = a_mix();
      restore(other, later, {}, keep::decisions);
      CHECK(other.is_frozen());
    }
    const sample o{3.0 * k, k, 0.3 * k * k};
    const auto a = see(o);
    const auto b = other(o);
    CHECK(std::vector<float>(a.begin(), a.end()) == std::vector<float>(b.begin(), b.end()));
  }

  standardize wider{between{&sample::queue, 0, 90}, between{&sample::replicas, 1, 33, -1, 1},
                    running{&sample::latency}};
  CHECK_THROWS_WITH(restore(wider, file, "see"), "checkpoint: see.feature_0.high is 80 in the file, must be 90");
}

TEST_CASE("standardize: a value infinitely far from a constant is 0, as long as there is no deviation") {
  standardize see{running{&sample::latency}};
  const double most = std::numeric_limits<double>::max();
  for (int k = 0; k < 3; ++k) CHECK(see(sample{1, 1, most})[0] == 0);
  see.freeze();
  CHECK(see(sample{1, 1, -most})[0] == 0);
}
