#include <headroom/io/internal/trace_clock.hpp>

#include <string>
#include <string_view>

#include "catch.hpp"

using namespace headroom;

namespace {

csv_field field(std::string_view text) { return csv_field::of(text, 0, text.size()); }

}  // namespace

TEST_CASE("a unit is told by a name in any capitalisation, or by the magnitude of a time since 1970") {
  CHECK(time_unit::named("Seconds")->seconds == 1);
  CHECK(time_unit::named("TIME_MS")->seconds == 1e-3);
  CHECK(time_unit::named("bin5min")->seconds == 300);
  CHECK(time_unit::named("time (ms)")->seconds == 1e-3);
  CHECK(time_unit::named("Elapsed [min]")->seconds == 60);
  CHECK(time_unit::named("timestampNs")->seconds == 1e-9);
  CHECK(time_unit::named("epoch_us")->seconds == 1e-6);
  CHECK(time_unit::named("days")->seconds == 86'400);
  CHECK_FALSE(time_unit::named("timestamp"));
  CHECK_FALSE(time_unit::named("times"));
  CHECK_FALSE(time_unit::named(""));
  CHECK_FALSE(time_unit::since_1970(99'999'999));
  CHECK(time_unit::since_1970(100'000'000)->seconds == 1);
  CHECK(time_unit::since_1970(99'999'999'999.0)->seconds == 1);
  CHECK(time_unit::since_1970(1e11)->seconds == 1e-3);
  CHECK(time_unit::since_1970(1e14)->seconds == 1e-6);
  CHECK(time_unit::since_1970(1e17)->seconds == 1e-9);
  CHECK(time_unit::surely_since_1970(1.7e9));
  CHECK(time_unit::surely_since_1970(1.7e18));
  CHECK_FALSE(time_unit::surely_since_1970(5e9));
  CHECK_FALSE(time_unit::surely_since_1970(8e8));
}

TEST_CASE("a clock counts in ticks of its column since the first time") {
  csv_numbers numbers;
  trace_clock seconds("t.csv", 0, 0);
  CHECK(seconds.read(field("1714671060.5"), numbers, 1) == 0);
  CHECK(seconds.read(field("1714671120.5"), numbers, 2) == 60);
  CHECK(seconds.unit() == "epoch seconds");
  CHECK(seconds.shown(60) == "1714671120.5");
  // Doubles since 1970 would round to 256 ns.
  trace_clock nanoseconds("t.csv", 0, 0);
  CHECK(nanoseconds.read(field("1714671060000000000"), numbers, 1) == 0);
  CHECK(nanoseconds.read(field("1714671060000000001"), numbers, 2) == 1);
  CHECK(nanoseconds.seconds(1e9) == 1);
  CHECK(nanoseconds.ticks(1) == 1e9);
  trace_clock dates("t.csv", 60, 0);
  CHECK(dates.read(field("2024-03-31 01:30+01:00"), numbers, 1) == 0);
  CHECK(dates.read(field("2024-03-31T01:30:00Z"), numbers, 2) == 3600);
  CHECK(dates.seconds(3600) == 3600);
  CHECK(dates.into_interval(3600, 0) == 1800);
  CHECK(dates.into_interval(3600, 1800) == 0);
  CHECK_THROWS_WITH(dates.read(field("2024-03-31 02:30"), numbers, 3),
                    "t.csv:3:1: time 2024-03-31 02:30 does not name a zone, unlike the first: must be written alike");
  trace_clock rows("t.csv", 0, 60);
  rows.named("", 1, 1);
  CHECK(rows.read(field("7"), numbers, 2) == 0);
  CHECK(rows.read(field("9"), numbers, 3) == 2);
  CHECK(rows.index());
  CHECK(rows.seconds(2) == 120);
}
