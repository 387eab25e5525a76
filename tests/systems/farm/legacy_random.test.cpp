#include <headroom/systems/farm/legacy_random.hpp>

#include <cstdint>
#include <random>

#include <headroom/core/random.hpp>

#include "catch.hpp"

using namespace headroom;

static_assert(UniformSource<farm::mersenne_twister>);

TEST_CASE("from_seed is NumPy's legacy seeding") {
  auto random = farm::mersenne_twister::from_seed(42);
  for (const std::uint32_t expected : {1608637542U, 3421126067U, 4083286876U, 787846414U}) CHECK(random() == expected);
  for (int i = 4; i < 999; ++i) random();
  CHECK(random() == 1946654618U);  // the 1000th: the second block of 624
}

TEST_CASE("from_seed agrees with the standard's engine") {
  auto random = farm::mersenne_twister::from_seed(5489);
  for (int i = 0; i < 9999; ++i) random();
  CHECK(random() == 4123659995U);  // the standard's own check of its 10000th number
  for (const std::uint32_t seed : {0U, 1U, 0xffffffffU}) {
    auto ours = farm::mersenne_twister::from_seed(seed);
    std::mt19937 theirs(seed);
    int wrong = 0;
    for (int i = 0; i < 2000; ++i) wrong += ours() == theirs() ? 0 : 1;
    CHECK(wrong == 0);
  }
}

TEST_CASE("from_seed yields NumPy's legacy doubles") {
  auto random = farm::mersenne_twister::from_seed(42);
  CHECK(random.uniform() == 0x1.7f8771e5f51ecp-2);
  CHECK(random.uniform() == 0x1.e6c4068bbd654p-1);
}

TEST_CASE("from_words is CPython's seeding, for one word and for two") {
  // random.seed(s), then random.random() three times
  const struct {
    std::uint64_t seed;
    double first;
    double second;
    double third;
  } rows[] = {{42, 0x1.4762f307200c5p-1, 0x1.99c6b5eeb2060p-6, 0x1.19a1491f589dcp-2},
              {0, 0x1.b0580f98a7dbep-1, 0x1.84129978f9c1ap-1, 0x1.aeaa51052e978p-2},
              {1, 0x1.132d8f91b7584p-3, 0x1.b1e2d5b3584f8p-1, 0x1.870d778409f13p-1},
              {4294967301, 0x1.4218067c49768p-3, 0x1.21442cf1e9172p-2, 0x1.357affb575f81p-1}};
  for (const auto& row : rows) {
    INFO("seed " << row.seed);
    auto random = farm::mersenne_twister::from_words(row.seed);
    CHECK(random.uniform() == row.first);
    CHECK(random.uniform() == row.second);
    CHECK(random.uniform() == row.third);
  }
}

TEST_CASE("from_words goes on like CPython beyond the first block") {
  auto random = farm::mersenne_twister::from_words(42);
  for (int i = 0; i < 999; ++i) random.uniform();
  CHECK(random.uniform() == 0x1.b5fd9157363f8p-1);
  auto bits = farm::mersenne_twister::from_words(42);
  for (const std::uint32_t expected : {2746317213U, 478163327U, 107420369U}) CHECK(bits() == expected);
}

TEST_CASE("gamma draws what CPython's gammavariate draws") {
  // random.seed(42), random.gammavariate(4, 0.375) three times
  auto random = farm::mersenne_twister::from_words(42);
  for (const double expected : {1.8626353140018028, 1.039897047780763, 2.212010982269076}) {
    CHECK(headroom::gamma(random, 4, 0.375) == Approx(expected).epsilon(1e-14));
  }
}

TEST_CASE("poisson draws what NumPy's legacy generator draws, by both of its methods") {
  // Seed 42, 20000 draws of each mean, computed apart from the published formulas: the first four, the sum, the sum of
  // squares, and the uniform that follows, which tells how many were used up.
  const struct {
    double mean;
    double first[4];
    double sum;
    double squares;
    double next;
  } rows[] = {{3, {4, 1, 3, 3}, 59990, 239632, 0x1.4ce787023b42ap-1},
              {10, {12, 6, 11, 14}, 199735, 2192281, 0x1.73e0ff0de9154p-2},
              {20, {23, 15, 21, 25}, 399698, 8382802, 0x1.c7d3afad19c78p-4},
              {200, {195, 210, 184, 204}, 3998836, 803506198, 0x1.fdcbe4a9a9fcdp-1}};
  for (const auto& row : rows) {
    INFO("mean " << row.mean);
    auto random = farm::mersenne_twister::from_seed(42);
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < 20'000; ++i) {
      const double k = poisson(random, row.mean);
      if (i < 4) CHECK(k == row.first[i]);
      sum += k;
      squares += k * k;
    }
    CHECK(sum == row.sum);
    CHECK(squares == row.squares);
    CHECK(random.uniform() == row.next);
  }
}
