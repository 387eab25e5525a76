#include <headroom/io/internal/time_stamp.hpp>

#include <cstdint>
#include <string>

#include "catch.hpp"

using namespace headroom;

namespace {

std::int64_t nanoseconds(const std::string& text) {
  const auto t = time_stamp::of(text);
  REQUIRE(t);
  return t->nanoseconds;
}
constexpr std::int64_t second = 1'000'000'000;

}  // namespace

TEST_CASE("a time stamp is read to the nanosecond") {
  CHECK(nanoseconds("1970-01-01T00:00:00Z") == 0);
  CHECK(nanoseconds("1970-01-01 00:00") == 0);
  CHECK(nanoseconds("1969-12-31T23:59:59.000000001") == -second + 1);
  CHECK(nanoseconds("2024-02-29 12:34:56.789") == 1'709'210'096'789'000'000);
  CHECK(nanoseconds("2024-02-29t12:34:56,7z") == 1'709'210'096'700'000'000);
  CHECK(nanoseconds("2001-09-09T01:46:40Z") == second * second);
  CHECK(nanoseconds("2199-12-31 23:59:59") - nanoseconds("2199-12-31 00:00:00") == 86'399 * second);
  CHECK(nanoseconds("2000-03-01 00:00") - nanoseconds("2000-02-28 00:00") == 2 * 86'400 * second);
  CHECK(nanoseconds("2100-03-01 00:00") - nanoseconds("2100-02-28 00:00") == 86'400 * second);
}

TEST_CASE("a zone is taken off") {
  CHECK(nanoseconds("2024-01-01T02:00:00+02:00") == nanoseconds("2024-01-01T00:00:00Z"));
  CHECK(nanoseconds("2023-12-31T20:15-0345") == nanoseconds("2024-01-01T00:00:00Z"));
  CHECK(time_stamp::of("2024-01-01T00:00Z")->zoned);
  CHECK(time_stamp::of("2024-01-01T00:00+00:00")->zoned);
  CHECK_FALSE(time_stamp::of("2024-01-01T00:00")->zoned);
}

TEST_CASE("a time stamp is written as it could have been read") {
  for (const std::string text : {"1999-12-31 23:59:59", "2024-02-29 00:00:00.25Z", "1970-01-01 00:00:00Z",
                                 "1969-07-20 20:17:40.000000001", "1900-01-01 00:00:00"}) {
    CHECK(time_stamp::of(text)->text() == text);
  }
  CHECK(time_stamp::of("2024-01-01T01:00+02:00")->text() == "2023-12-31 23:00:00Z");
}

TEST_CASE("what is no moment is none") {
  for (const std::string text : {"",
                                 "2024",
                                 "2024-01-01 ",
                                 "2024-01-01 1:00",
                                 "2024-13-01 00:00",
                                 "2024-00-01 00:00",
                                 "2023-02-29 00:00",
                                 "2024-01-32 00:00",
                                 "2024-01-01 24:00",
                                 "2024-01-01 00:60",
                                 "2024-01-01 00:00:60",
                                 "2024-01-01 00:00:00.",
                                 "2024-01-01 00:00:00.1234567890",
                                 "2024-01-01 00:00 ",
                                 " 2024-01-01 00:00",
                                 "2024-01-01T00:00:00Q",
                                 "2024-01-01T00:00+",
                                 "2024-01-01T00:00+1",
                                 "2024-01-01T00:00+15:00",
                                 "2024-01-01T00:00+02:00Z",
                                 "2024/01/01 00:00",
                                 "1899-12-31 23:59",
                                 "2200-01-01 00:00",
                                 "24-01-01 00:00",
                                 "2024-01-01--00:00",
                                 "2024-01-01 00:00:0x"}) {
    INFO(text);
    CHECK_FALSE(time_stamp::of(text));
  }
}
