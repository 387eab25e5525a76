#include <headroom/policies/internal/legal_actions.hpp>

#include <cstddef>
#include <utility>
#include <vector>

#include <headroom/core/types.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// As many actions as the observation is long; it says which are legal.
struct menu_of_flags {
  std::size_t actions;
  [[nodiscard]] std::size_t size() const { return actions; }
  [[nodiscard]] bool legal(const std::vector<bool>& flags, action_index i) const { return flags[to_size(i)]; }
};

std::vector<bool> only(std::size_t actions, const std::vector<std::size_t>& legal) {
  std::vector<bool> flags(actions, false);
  for (const std::size_t i : legal) flags[i] = true;
  return flags;
}

}  // namespace

TEST_CASE("the mask says what the menu says, in every word") {
  for (const std::size_t actions : {1U, 63U, 64U, 65U, 130U}) {
    internal::legal_actions seen;
    seen.resize(actions);
    const menu_of_flags menu{actions};
    for (std::size_t one = 0; one < actions; ++one) {
      REQUIRE(seen.look(menu, only(actions, {one})));
      for (std::size_t i = 0; i < actions; ++i) REQUIRE(seen.mask()[i] == (i == one));
    }
  }
}

TEST_CASE("no legal action is told, and counts as no moment") {
  internal::legal_actions seen;
  seen.resize(3);
  for (int k = 0; k < 200; ++k) REQUIRE_FALSE(seen.look(menu_of_flags{3}, only(3, {})));
  REQUIRE(seen.without_choice(3) == 0);
}

TEST_CASE("a hundred moments without a choice are told, unless one had a choice") {
  internal::legal_actions seen;
  seen.resize(3);
  const menu_of_flags menu{3};
  for (int k = 0; k < 99; ++k) REQUIRE(seen.look(menu, only(3, {1})));
  REQUIRE(seen.without_choice(3) == 0);
  REQUIRE(seen.look(menu, only(3, {1})));
  REQUIRE(seen.without_choice(3) == 100);
  REQUIRE(seen.without_choice(1) == 0);  // a menu of one action never leaves a choice
  REQUIRE(seen.look(menu, only(3, {0, 1})));
  REQUIRE(seen.without_choice(3) == 0);
  for (int k = 0; k < 200; ++k) REQUIRE(seen.look(menu, only(3, {1})));
  REQUIRE(seen.without_choice(3) == 0);
}

TEST_CASE("what was moved from is empty") {
  internal::legal_actions seen;
  REQUIRE(seen.empty());
  seen.resize(3);
  REQUIRE_FALSE(seen.empty());
  const internal::legal_actions taken = std::move(seen);
  REQUIRE(seen.empty());  // NOLINT(bugprone-use-after-move): this is what is tried
  REQUIRE_FALSE(taken.empty());
}
