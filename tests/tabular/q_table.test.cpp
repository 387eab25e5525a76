#include <headroom/tabular/q_table.hpp>

#include <cstddef>
#include <limits>
#include <span>
#include <stdexcept>
#include <utility>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("q_table: every value begins as told") {
  const q_table q(3, 4, -1.5);
  CHECK(q.states() == 3);
  CHECK(q.actions() == 4);
  REQUIRE(q.all().size() == 12);
  for (const double v : q.all()) CHECK(v == -1.5);
  const q_table zeros(2, 2);
  for (const double v : zeros.all()) CHECK(v == 0);
}

TEST_CASE("q_table: rows lie one behind the other, in the spans as in the storage") {
  q_table q(3, 4);
  for (std::size_t s = 0; s < 3; ++s) {
    for (std::size_t a = 0; a < 4; ++a) q.row(s)[a] = static_cast<double>(10 * s + a);
  }
  const q_table& read = q;
  for (std::size_t s = 0; s < 3; ++s) {
    REQUIRE(read.row(s).size() == 4);
    for (std::size_t a = 0; a < 4; ++a) {
      const auto expected = static_cast<double>(10 * s + a);
      CHECK(read.row(s)[a] == expected);
      CHECK(read(state_index{s}, action_index{a}) == expected);
      CHECK(read.at(state_index{s}, action_index{a}) == expected);
      CHECK(read.all()[s * 4 + a] == expected);
    }
  }
  CHECK(read.row(0).data() == read.all().data());
}

TEST_CASE("q_table: checked access refuses what is outside") {
  const q_table q(3, 4);
  CHECK_THROWS_WITH(q.at(state_index{3}, action_index{0}), "q_table: state is 3, must be below 3");
  CHECK_THROWS_WITH(q.at(state_index{0}, action_index{4}), "q_table: action is 4, must be below 4");
  CHECK_THROWS_AS(q.at(no_state, action_index{0}), std::out_of_range);
}

TEST_CASE("q_table: impossible shapes and values are refused before memory is taken") {
  CHECK_THROWS_WITH(q_table(0, 4), "q_table: number of states is 0, must be at least 1");
  CHECK_THROWS_WITH(q_table(3, 0), "q_table: number of actions is 0, must be at least 1");
  CHECK_THROWS_WITH(q_table(std::size_t{1} << 40U, 2),
                    "q_table: number of states is 1099511627776, must leave at most 2^40 entries");
  CHECK_THROWS_WITH(q_table(std::size_t{1} << 62U, 8),  // the product wraps around to none
                    "q_table: number of states is 4611686018427387904, must leave at most 2^40 entries");
  CHECK_THROWS_WITH(q_table(1, 1, nan_value), "q_table: initial_value is nan, must be finite");
  CHECK_THROWS_WITH(q_table(1, 1, -inf), "q_table: initial_value is -inf, must be finite");
}

TEST_CASE("q_table: takes over values from elsewhere, if they are finite and any") {
  const std::vector<double> values{0, 1, 2, 3, 4, 5};
  const q_table q(2, 3, values);
  CHECK(q.states() == 2);
  CHECK(q.actions() == 3);
  CHECK(q(state_index{1}, action_index{2}) == 5);

  for (const double bad : {nan_value, inf}) {
    auto wrong = values;
    wrong[3] = bad;
    CHECK_THROWS_AS(q_table(2, 3, wrong), std::invalid_argument);
  }
  auto wrong = values;
  wrong[5] = nan_value;
  CHECK_THROWS_WITH(q_table(2, 3, wrong), "q_table: an action value is nan, must be finite");
  CHECK_THROWS_WITH(q_table(3, 3, values), "q_table: number of values is 6, must be 9");
  CHECK_THROWS_WITH(q_table(0, 3, std::vector<double>()), "q_table: number of states is 0, must be at least 1");
  CHECK_THROWS_WITH(q_table(2, 0, std::vector<double>()), "q_table: number of actions is 0, must be at least 1");
}

TEST_CASE("q_table: a copy is a table of its own, and access does not allocate") {
  q_table q(3, 4);
  q_table copy = q;
  copy.row(1)[2] = 9;
  CHECK(q(state_index{1}, action_index{2}) == 0);
  CHECK(copy(state_index{1}, action_index{2}) == 9);
  CHECK(allocations_in([&] {
          q.row(1)[2] += q(state_index{0}, action_index{0});
          (void)q.at(state_index{2}, action_index{3});
          (void)q.all();
        }) == 0);
}
