#include "support/trace_parts.hpp"

#include "catch.hpp"

TEST_CASE("trace_parts: the newest piece is the last third of the training part, and no shorter than a window") {
  CHECK(tool::newest_from(9'000, 600, 1) == 6'000.0);
  CHECK(tool::newest_from(2'520, 600, 1) == 1'680.0);
  CHECK(tool::newest_from(1'500, 600, 1) == 900.0);
  CHECK(tool::newest_from(601, 600, 1) == 1.0);
}

TEST_CASE("trace_parts: where the newest piece would be all there is, or the part is repeated, there is none") {
  CHECK_FALSE(tool::newest_from(600, 600, 1).has_value());
  CHECK_FALSE(tool::newest_from(500, 600, 1).has_value());
  CHECK_FALSE(tool::newest_from(9'000, 600, 2).has_value());
}
