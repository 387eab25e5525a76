#include "support/trace_parts.hpp"

#include <cstddef>

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

TEST_CASE("trace_parts: even stretches cover every place once, in the order of time") {
  for (const std::size_t places : {1UL, 7UL, 60UL, 1'000UL}) {
    for (const std::size_t stretches : {1UL, 2UL, 7UL, 33UL}) {
      if (stretches > places) continue;
      std::size_t next = 0;
      for (std::size_t k = 0; k < stretches; ++k) {
        const tool::even_stretch s = tool::stretch_of(places, k, stretches);
        CHECK(s.from == next);
        CHECK(s.to > s.from);
        CHECK(s.to - s.from <= places / stretches + 1);
        next = s.to;
      }
      CHECK(next == places);
    }
  }
}

TEST_CASE("trace_parts: more stretches than places repeat places, and none lies outside") {
  std::size_t last = 0;
  for (std::size_t k = 0; k < 10; ++k) {
    const tool::even_stretch s = tool::stretch_of(3, k, 10);
    CHECK(s.to == s.from + 1);
    CHECK(s.to <= 3);
    CHECK(s.from >= last);
    last = s.from;
  }
  CHECK(last == 2);
}
