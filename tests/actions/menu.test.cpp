#include <headroom/actions/menu.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("actions knows its length and its actions when compiling") {
  constexpr actions scale{-1, 0, +1};
  static_assert(ActionSet<actions<int, 3>, int>);
  static_assert(std::is_same_v<decltype(scale), const actions<int, 3>>);
  static_assert(scale.size() == 3);
  static_assert(scale[action_index{0}] == -1 && scale[action_index{1}] == 0 && scale[action_index{2}] == 1);
  static_assert(index_of(scale, 1) == action_index{2});
  static_assert(index_of(scale, 2) == std::nullopt);
  CHECK(&scale[action_index{1}] == &scale.items[1]);
}

TEST_CASE("menu takes its actions from a configuration") {
  const menu scale(std::vector<int>{-2, 5, 5});
  static_assert(ActionSet<menu<int>, int>);
  CHECK(scale.size() == 3);
  CHECK(scale[action_index{0}] == -2);
  CHECK(scale[action_index{1}] == 5);
  CHECK_THROWS_WITH(menu<int>({}), "menu: number of actions is 0, must be at least 1");
  CHECK_THROWS_AS(menu<int>({}), std::invalid_argument);
}

TEST_CASE("index_of finds the first of equal actions, or nothing") {
  const menu scale(std::vector<int>{-2, 5, 5});
  CHECK(index_of(scale, 5) == action_index{1});
  CHECK(index_of(scale, -2) == action_index{0});
  CHECK(index_of(scale, 0) == std::nullopt);
}

TEST_CASE("a menu may hold any type of action") {
  const menu<std::string> named({"hold", "double", "halve"});
  static_assert(ActionSet<menu<std::string>, std::string>);
  static_assert(!ActionSet<menu<std::string>, int>);
  CHECK(index_of(named, std::string("halve")) == action_index{2});
}
