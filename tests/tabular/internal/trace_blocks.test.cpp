#include <headroom/tabular/internal/trace_blocks.hpp>

#include <cstdint>

#include "catch.hpp"

using blocks = headroom::internal::trace_blocks;

TEST_CASE("the ring goes round the valid numbers, forwards and backwards") {
  std::uint32_t b = blocks::first;
  for (std::uint32_t k = 0; k < blocks::count - blocks::first; ++k) {
    REQUIRE(blocks::valid(b));
    REQUIRE(blocks::before(blocks::after(b)) == b);
    REQUIRE(blocks::before(b, 3) == blocks::before(blocks::before(blocks::before(b))));
    b = blocks::after(b);
  }
  REQUIRE(b == blocks::first);
  REQUIRE_FALSE(blocks::valid(blocks::none));
  REQUIRE_FALSE(blocks::valid(blocks::first - 1));
  REQUIRE_FALSE(blocks::valid(blocks::last + 1));
}

TEST_CASE("the blocks that run on lie in two groups") {
  std::uint32_t now = blocks::first;
  for (std::uint32_t k = 0; k < blocks::count - blocks::first; ++k, now = blocks::after(now)) {
    const std::uint32_t mine = now / blocks::group;
    const std::uint32_t previous = blocks::before(mine * blocks::group) / blocks::group;
    for (std::uint32_t n = 0; n < blocks::running; ++n) {
      const std::uint32_t its = blocks::before(now, n) / blocks::group;
      REQUIRE((its == mine || its == previous));
    }
  }
}
