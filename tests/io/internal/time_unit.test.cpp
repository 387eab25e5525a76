#include <headroom/io/internal/time_unit.hpp>

#include <string>

#include "catch.hpp"

using headroom::time_unit;

namespace {

// How the unit of a column with this name is understood; empty if it names none.
std::string named(const std::string& column) {
  const auto unit = time_unit::named(column);
  return unit ? std::string(unit->name) : "";
}

}  // namespace

TEST_CASE("time_unit: there and back is exact, below a second too") {
  const time_unit ms{1e-3, "milliseconds"};
  CHECK(ms.in_seconds(60'000) == 60);
  CHECK(ms.of_seconds(60) == 60'000);
  CHECK(ms.in_seconds(1'714'671'060'123) == 1'714'671'060.123);
  const time_unit ns{1e-9, "nanoseconds"};
  CHECK(ns.in_seconds(300e9) == 300);
  CHECK(ns.of_seconds(300) == 300e9);
  const time_unit second;
  CHECK(second.in_seconds(7) == 7);
  CHECK(second.of_seconds(7) == 7);
  const time_unit minute{60, "minutes"};
  CHECK(minute.in_seconds(3) == 180);
  CHECK(minute.of_seconds(180) == 3);
}

TEST_CASE("time_unit: a name tells its unit at its end, and a name that only looks like one tells none") {
  CHECK(named("minutes") == "minutes");
  CHECK(named("Time (s)") == "seconds");
  CHECK(named("elapsed [min]") == "minutes");
  CHECK(named("TIME_MS") == "milliseconds");
  CHECK(named("timestampMs") == "milliseconds");
  CHECK(named("epochseconds") == "seconds");
  CHECK(named("timems") == "milliseconds");
  CHECK(named("timesec") == "seconds");
  for (const std::string none : {"", "time", "timestamp", "ts", "epoch", "times", "timestamps", "tss", "epochs",
                                 "timeh", "count", "time_of", "when"}) {
    INFO(none);
    CHECK(named(none).empty());
  }
}

TEST_CASE("time_unit: the magnitude of a time since 1970 tells its unit") {
  const struct {
    double time;
    double seconds;  // 0: none
  } cases[] = {{0, 0},         {99'999'999, 0}, {1e8, 1},       {1.7e9, 1},   {99'999'999'999, 1},
               {1e11, 1e-3},   {1.7e12, 1e-3},  {9.9e13, 1e-3}, {1e14, 1e-6}, {1.7e15, 1e-6},
               {9.9e16, 1e-6}, {1e17, 1e-9},    {1.7e18, 1e-9}};
  for (const auto& [time, seconds] : cases) {
    INFO(time);
    const auto unit = time_unit::since_1970(time);
    CHECK((unit ? unit->seconds : 0) == seconds);
  }
  CHECK_FALSE(time_unit::surely_since_1970(12));
  CHECK_FALSE(time_unit::surely_since_1970(8.99e8));
  CHECK(time_unit::surely_since_1970(9e8));  // 1998
  CHECK(time_unit::surely_since_1970(4.09e9));
  CHECK_FALSE(time_unit::surely_since_1970(4.1e9));  // 2099
  CHECK(time_unit::surely_since_1970(1.7e12));
  CHECK_FALSE(time_unit::surely_since_1970(8.9e11));
}
