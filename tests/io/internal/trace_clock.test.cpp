#include <headroom/io/internal/trace_clock.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

csv_field field(std::string_view text) { return csv_field::of(text, 0, text.size()); }

}  // namespace

TEST_CASE("a unit is told by a name in any capitalisation, or by the magnitude of a time since 1970") {
  CHECK(time_unit::named("Seconds")->seconds == 1);
  CHECK(time_unit::named("TIME_MS")->seconds == 1e-3);
  CHECK(time_unit::named("bin5min")->seconds == 300);
  CHECK_FALSE(time_unit::named("timestamp"));
  CHECK_FALSE(time_unit::since_1970(99'999'999));
  CHECK(time_unit::since_1970(100'000'000)->seconds == 1);
  CHECK(time_unit::since_1970(99'999'999'999.0)->seconds == 1);
  CHECK(time_unit::since_1970(1e11)->seconds == 1e-3);
  CHECK(time_unit::since_1970(1e14)->seconds == 1e-6);
  CHECK(time_unit::since_1970(1e17)->seconds == 1e-9);
}

TEST_CASE("a clock counts the intervals that have no row") {
  trace_clock clock("t.csv", 1, 0);
  CHECK(clock.next(field("100"), 1) == 0);
  CHECK(clock.next(field("110"), 2) == 0);
  CHECK(clock.next(field("140.5"), 3) == 2);
  CHECK(clock.next(field("150"), 4) == 0);
  CHECK(clock.interval_s() == 10);
  CHECK(clock.unit() == "units as told");
  CHECK_THROWS_WITH(clock.next(field("155"), 5), "t.csv:5:1: time 155 comes too soon, 160 was expected");
}
