#include <headroom/live/reading.hpp>

#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("live.reading: without a value there is NaN and never zero") {
  CHECK(!reading{}.known());
  CHECK(std::isnan(reading{}.value));
  for (const unknown_why why : {unknown_why::failed, unknown_why::empty, unknown_why::not_finite, unknown_why::stale,
                                unknown_why::several, unknown_why::impossible}) {
    const reading none = reading::none(why);
    CHECK(!none.known());
    CHECK(std::isnan(none.value));
    CHECK(none.why == why);
  }
  CHECK(!reading::none(unknown_why::no).known());
}

TEST_CASE("live.reading: a value that is not finite, or of an age that is not, is not known") {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(reading::of(0).known());
  CHECK(reading::of(-2.5, 3).value == -2.5);
  CHECK(reading::of(-2.5, 3).age_s == 3);
  CHECK(reading::of(nan).why == unknown_why::not_finite);
  CHECK(reading::of(-infinite).why == unknown_why::not_finite);
  CHECK(reading::of(1, nan).why == unknown_why::stale);
  CHECK(reading::of(1, infinite).why == unknown_why::stale);
}

TEST_CASE("live.reading: older than it may be is stale, and so is what comes from the future") {
  CHECK(reading::of(7, 30).not_older_than(30).known());
  CHECK(reading::of(7, 30.01).not_older_than(30).why == unknown_why::stale);
  CHECK(std::isnan(reading::of(7, 31).not_older_than(30).value));
  CHECK(reading::of(7, -2).not_older_than(30).known());
  CHECK(reading::of(7, -3600).not_older_than(30).why == unknown_why::stale);
  CHECK(reading::none(unknown_why::failed).not_older_than(30).why == unknown_why::failed);  // the first reason stays
}

TEST_CASE("live.reading: every reason has a word of its own") {
  std::set<std::string> words;
  for (int why = 0; why <= static_cast<int>(unknown_why::impossible); ++why)
    words.emplace(to_text(static_cast<unknown_why>(why)));
  CHECK(words.size() == 7);
  CHECK(words.count("known") == 1);
}
