#include <headroom/core/features.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("a row of a table is the case of one feature") {
  CHECK(features(state_index{7}) == std::array<std::size_t, 1>{7});
  CHECK(features(no_state)[0] == to_size(no_state));
}

TEST_CASE("the features of a tile-coded state are handed out without a copy") {
  const active_features<3> s{{4, 9, 11}};
  CHECK(features(s) == std::array<std::size_t, 3>{4, 9, 11});
  CHECK(&features(s) == &s.index);
  CHECK(s == active_features<3>{{4, 9, 11}});
  CHECK_FALSE(s == active_features<3>{{4, 9, 12}});
  static_assert(std::is_trivially_copyable_v<active_features<16>>);
}

TEST_CASE("within refuses whatever lies outside the table, and no_state from every table") {
  CHECK(within(state_index{9}, 10));
  CHECK_FALSE(within(state_index{10}, 10));
  CHECK_FALSE(within(state_index{0}, 0));
  CHECK_FALSE(within(no_state, to_size(no_state)));

  // Each of the features counts, not only the first one.
  CHECK(within(active_features<3>{{0, 5, 9}}, 10));
  for (std::size_t wrong = 0; wrong < 3; ++wrong) {
    active_features<3> s{{0, 5, 9}};
    s.index[wrong] = 10;
    CHECK_FALSE(within(s, 10));
    s.index[wrong] = to_size(no_state);
    CHECK_FALSE(within(s, 10));
  }
}

TEST_CASE("within refuses a vector of another dimension, and an empty one from everything") {
  const float row[3] = {1, 2, 3};
  CHECK(within(vector_state{row}, 3));
  CHECK_FALSE(within(vector_state{row}, 2));
  CHECK_FALSE(within(vector_state{row}, 4));
  CHECK_FALSE(within(vector_state{}, 3));
  CHECK_FALSE(within(vector_state{}, 0));
}
