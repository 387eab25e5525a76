#include <headroom/systems/quota/rising_counter.hpp>

#include <cstdint>
#include <initializer_list>

#include "catch.hpp"

using namespace headroom;

namespace {

quota::rising_counter after(std::initializer_list<std::uint64_t> counters,
                            const quota::rising_counter_options& options = {}) {
  quota::rising_counter r(options);
  std::uint64_t iteration = 0;
  for (const std::uint64_t c : counters) r.record(++iteration, c);
  return r;
}

}  // namespace

TEST_CASE("three records that go up by one are a fight") {
  CHECK_FALSE(after({}).rising());
  CHECK_FALSE(after({1, 2}).rising());
  CHECK(after({1, 2, 3}).rising());
  CHECK(after({0, 0, 5, 6, 7}).rising());
  CHECK_FALSE(after({1, 2, 2}).rising());
  CHECK_FALSE(after({1, 2, 4}).rising());
  CHECK_FALSE(after({1, 2, 3, 3}).rising());
  CHECK_FALSE(after({3, 2, 1}).rising());
}

TEST_CASE("level is the last three equal, and a fourth before them") {
  CHECK_FALSE(after({4, 4, 4}).level());
  CHECK(after({3, 4, 4, 4}).level());
  CHECK_FALSE(after({4, 4, 4, 5}).level());
}

TEST_CASE("how many records it takes is a setting") {
  CHECK(after({1, 2}, {.rises = 2}).rising());
  CHECK_FALSE(after({1, 2, 3, 4}, {.rises = 5}).rising());
  CHECK(after({1, 2, 3, 4, 5}, {.rises = 5}).rising());
}

TEST_CASE("published: what was recorded is forgotten at the end of each window") {
  const quota::rising_counter_options wiped{.rises = 3, .window = 5, .wipe = true};
  CHECK_FALSE(after({0, 0, 0, 1, 2}, wiped).rising());
  CHECK_FALSE(after({0, 0, 0, 1, 2, 3, 4}, wiped).rising());
  CHECK(after({0, 0, 0, 1, 2, 3, 4, 5}, wiped).rising());
  CHECK(after({0, 0, 0, 1, 2, 3}, {.rises = 3, .window = 5}).rising());
}

TEST_CASE("rising_counter refuses what cannot be counted") {
  CHECK_THROWS_WITH(quota::rising_counter({.rises = 1}), "rising_counter: rises is 1, must be from 2 to 1000");
  CHECK_THROWS_WITH(quota::rising_counter({.rises = 3, .window = 3}),
                    "rising_counter: window is 3, must be above rises, 3");
}
