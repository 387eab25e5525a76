#include <headroom/core/types.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "catch.hpp"

using namespace headroom;

// An action is not a state, and neither is a number: that is what the types are for.
static_assert(!std::convertible_to<std::size_t, state_index>);
static_assert(!std::convertible_to<state_index, std::size_t>);
static_assert(!std::convertible_to<action_index, state_index>);
static_assert(sizeof(state_index) == sizeof(std::size_t));

static_assert(to_size(state_index{7}) == 7);
static_assert(to_size(action_index{9}) == 9);

TEST_CASE("no_state lies outside every table") {
  const std::size_t largest_table = static_cast<std::size_t>(-1) - 1;
  CHECK_FALSE(to_size(no_state) < largest_table);
  CHECK(no_state != state_index{0});
}

TEST_CASE("a step result goes on unless it says otherwise") {
  const step_result<int> r{5};
  CHECK(r.observation == 5);
  CHECK(r.status == episode::ongoing);
}

TEST_CASE("a default mask allows everything") {
  const action_mask all;
  CHECK(all.everything());
  for (const std::size_t i : {0U, 63U, 64U, 100'000U}) CHECK(all[i]);
  CHECK(all.word(3) == ~std::uint64_t{0});
}

TEST_CASE("a mask reads its words, least significant bit first") {
  const std::array<std::uint64_t, 2> words{(std::uint64_t{1} << 63U) | 1U, 2U};
  const action_mask mask(words.data());
  CHECK_FALSE(mask.everything());
  for (std::size_t i = 0; i < 128; ++i) {
    INFO("action " << i);
    CHECK(mask[i] == (i == 0 || i == 63 || i == 65));
  }
  CHECK(mask.word(0) == words[0]);
  CHECK(mask.word(1) == words[1]);
}

TEST_CASE("a mask needs one word for each 64 actions") {
  CHECK(action_mask::words(0) == 0);
  CHECK(action_mask::words(1) == 1);
  CHECK(action_mask::words(64) == 1);
  CHECK(action_mask::words(65) == 2);
  CHECK(action_mask::words(1024) == 16);
}
