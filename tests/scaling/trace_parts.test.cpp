#include "support/trace_parts.hpp"

#include <cmath>
#include <cstddef>

#include "catch.hpp"
#include "support/load_growth.hpp"

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

TEST_CASE("trace_parts: a load that grows is expected to go on by the same factor") {
  // The middles of the first and the last third are two thirds apart, that of the test part is 1.143 thirds later.
  CHECK(tool::growth_to_expect(1, 4) == Approx(2));  // 2^1.143 is more than a doubling
  CHECK(tool::growth_to_expect(1, 2) == Approx(std::pow(2, 1.142857 / 2)));
  CHECK(tool::growth_to_expect(10, 12.1) == Approx(std::pow(1.1, 1.142857)));
  CHECK(tool::growth_to_expect(1, 100) == 2);
}

TEST_CASE("trace_parts: a load that falls, stays or begins with nothing is not expected to grow") {
  CHECK(tool::growth_to_expect(2, 1) == 1);
  CHECK(tool::growth_to_expect(2, 2) == 1);
  CHECK(tool::growth_to_expect(2, 2.02) == 1);
  CHECK(tool::growth_to_expect(0, 2) == 1);
}
