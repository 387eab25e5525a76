#include "first_failure.hpp"

#include "catch.hpp"

TEST_CASE("the first of many comparisons that fails is reported with its number and values") {
  first_failure equal;
  for (int i = 0; i < 1000; ++i) equal.same(i, i < 17 ? i : i + 1);
  CHECK(equal.report() == "comparison 17 of 1000: 17, must be 18");
}

TEST_CASE("the first condition that does not hold is reported with what it is about") {
  first_failure small;
  for (int i = 0; i < 5; ++i) small.holds(i < 3, i, 3.5);
  CHECK(small.report() == "comparison 3 of 5: does not hold for 3, 3.5");
}

TEST_CASE("comparisons that all hold report nothing, and no comparison at all is a failure") {
  first_failure equal;
  CHECK(equal.report() == "nothing was compared");
  equal.same(1, 1);
  equal.holds(true, 2);
  CHECK(equal.report() == "");
}
