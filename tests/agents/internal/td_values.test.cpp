#include <headroom/agents/internal/td_values.hpp>

#include <cstddef>
#include <limits>
#include <stdexcept>
#include <vector>

#include <headroom/agents/td_options.hpp>
#include <headroom/core/types.hpp>
#include <headroom/core/features.hpp>
#include <headroom/explorations/best_of.hpp>
#include <headroom/tabular/q_table.hpp>

#include "catch.hpp"

using namespace headroom;
using internal::td_values;

namespace {

constexpr std::size_t two_states = 2;
constexpr std::size_t three_actions = 3;

td_options with_decay(double decay, double threshold = 1e-3) {
  return {.learning_rate = 0.5, .discount = 1, .trace_decay = decay, .trace_threshold = threshold};
}

}  // namespace

TEST_CASE("each of the three methods makes the same first step") {
  for (const double decay : {0.0, 0.1, 0.99}) {
    td_values<state_index> values(two_states, three_actions, with_decay(decay));
    REQUIRE(values.with_traces() == (decay > 0));
    values.update(state_index{1}, action_index{2}, 8);
    REQUIRE(values.value(state_index{1}, action_index{2}) == 4);
    REQUIRE(values.value(state_index{1}, action_index{1}) == 0);
    REQUIRE(values.value(state_index{0}, action_index{2}) == 0);
    REQUIRE(values.values(state_index{1})[2] == 4);
    REQUIRE(values.greedy(state_index{1}, {}, tie_break::smallest_index) == action_index{2});
    const q_table copy = values.table();
    REQUIRE(copy.row(1)[2] == 4);
  }
}

TEST_CASE("with traces a later step moves what was visited before, by the decay") {
  for (const double decay : {0.1, 0.99}) {
    td_values<state_index> values(two_states, three_actions, with_decay(decay));
    values.update(state_index{0}, action_index{0}, 0);
    REQUIRE(values.active_traces() == 1);
    values.update(state_index{1}, action_index{1}, 2);
    REQUIRE(values.value(state_index{1}, action_index{1}) == 1);
    REQUIRE(values.value(state_index{0}, action_index{0}) == Approx(decay * 1));
    values.clear_traces();
    REQUIRE(values.active_traces() == 0);
    values.update(state_index{1}, action_index{1}, 3);
    REQUIRE(values.value(state_index{0}, action_index{0}) == Approx(decay * 1));
  }
}

TEST_CASE("the tiles of a state share its value and the learning rate") {
  td_values<active_features<2>> values(4, three_actions, {.learning_rate = 0.5, .trace_decay = 0, .initial_value = 6});
  const active_features<2> here{{0, 2}};
  const active_features<2> neighbour{{0, 3}};
  REQUIRE(values.value(here, action_index{1}) == 6);
  values.update(here, action_index{1}, 10);
  REQUIRE(values.value(here, action_index{1}) == 8);
  REQUIRE(values.value(neighbour, action_index{1}) == 7);  // one tile of two in common
  REQUIRE_FALSE(values.untouched(6));
}

TEST_CASE("with traces, a step of tiles starts from the sum of their values") {
  for (const double decay : {0.1, 0.99}) {
    td_values<active_features<2>> values(
        4, three_actions, {.learning_rate = 0.5, .discount = 1, .trace_decay = decay, .initial_value = 6});
    const active_features<2> here{{0, 2}};
    values.update(here, action_index{1}, 10);
    REQUIRE(values.value(here, action_index{1}) == 8);
  }
}

TEST_CASE("a step beyond the largest is counted and not made") {
  for (const double decay : {0.1, 0.99}) {
    td_values<state_index> values(two_states, three_actions, with_decay(decay));
    values.update(state_index{0}, action_index{0}, std::numeric_limits<double>::infinity());
    REQUIRE(values.diverged() == 1);
    REQUIRE(values.untouched(0));
    values.update(state_index{0}, action_index{0}, 1e101);
    REQUIRE(values.diverged() == 2);
    REQUIRE(values.untouched(0));
  }
}

TEST_CASE("a table is adopted whole, or refused and nothing is changed") {
  for (const double decay : {0.0, 0.1, 0.99}) {
    td_values<state_index> values(two_states, three_actions, with_decay(decay));
    values.update(state_index{0}, action_index{0}, 2);
    q_table table(two_states, three_actions, 5);
    table.row(1)[0] = 9;
    values.adopt(table, "test");
    REQUIRE(values.value(state_index{0}, action_index{0}) == 5);
    REQUIRE(values.value(state_index{1}, action_index{0}) == 9);
    REQUIRE(values.active_traces() == 0);
    table.row(0)[0] = 1e151;
    REQUIRE_THROWS_AS(values.adopt(table, "test"), std::invalid_argument);
    REQUIRE_THROWS_AS(values.adopt(q_table(3, three_actions), "test"), std::invalid_argument);
    REQUIRE_THROWS_AS(values.adopt(q_table(two_states, 2), "test"), std::invalid_argument);
    REQUIRE(values.value(state_index{0}, action_index{0}) == 5);
  }
}
