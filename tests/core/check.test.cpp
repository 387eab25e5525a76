#include <headroom/core/check.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

#include "catch.hpp"

using namespace headroom;

namespace {
const double nan_value = std::nan("");
const double infinity = std::numeric_limits<double>::infinity();
}  // namespace

TEST_CASE("to_text gives the shortest text that reads back") {
  CHECK(to_text(0.1) == "0.1");
  CHECK(to_text(1.0) == "1");
  CHECK(to_text(1.5f) == "1.5");
  CHECK(to_text(0.1f) == "0.1");
  CHECK(to_text(1e300) == "1e+300");
  CHECK(to_text(-0.0) == "-0");
  CHECK(to_text(nan_value) == "nan");
  CHECK(to_text(-infinity) == "-inf");
  CHECK(to_text(-3) == "-3");
  CHECK(to_text(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(to_text(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(to_text(true) == "true");
  CHECK(to_text(std::string("as it is")) == "as it is");
  CHECK(to_text(std::numeric_limits<double>::denorm_min()) == "5e-324");
  for (const double x : {1.0 / 3, 2.0 / 3, 1e-7, 123456789.123456789}) CHECK(std::stod(to_text(x)) == x);
}

TEST_CASE("require says who, what, the value and the law") {
  CHECK_NOTHROW(require(true, "sarsa", "learning_rate", 1.5, "be in (0, 1]"));
  CHECK_THROWS_AS(require(false, "sarsa", "learning_rate", 1.5, "be in (0, 1]"), std::invalid_argument);
  CHECK_THROWS_WITH(require(false, "sarsa", "learning_rate", 1.5, "be in (0, 1]"),
                    "sarsa: learning_rate is 1.5, must be in (0, 1]");
  CHECK_THROWS_WITH(require(false, "bins", "cuts", std::string("unsorted"), "ascend"),
                    "bins: cuts is unsorted, must ascend");
  CHECK_THROWS_WITH(require(false, "x", "flag", false, "be set"), "x: flag is false, must be set");
}

TEST_CASE("the recurring laws hold at their borders and refuse beyond") {
  for (const double x : {0.0, 0.5, 1.0}) CHECK_NOTHROW(require_fraction("x", "y", x));
  for (const double x : {-1e-300, 1.0000000000000002, nan_value}) CHECK_THROWS(require_fraction("x", "y", x));
  for (const double x : {5e-324, 1.0}) CHECK_NOTHROW(require_step_size("x", "y", x));
  for (const double x : {0.0, 1.0000000000000002, nan_value}) CHECK_THROWS(require_step_size("x", "y", x));
  for (const double x : {5e-324, 1e308}) CHECK_NOTHROW(require_positive("x", "y", x));
  for (const double x : {0.0, -1.0, infinity, nan_value}) CHECK_THROWS(require_positive("x", "y", x));
  for (const double x : {0.0, 1e308}) CHECK_NOTHROW(require_not_negative("x", "y", x));
  for (const double x : {-5e-324, infinity, nan_value}) CHECK_THROWS(require_not_negative("x", "y", x));
  for (const double x : {0.0, -1e308}) CHECK_NOTHROW(require_finite("x", "y", x));
  for (const double x : {infinity, -infinity, nan_value}) CHECK_THROWS(require_finite("x", "y", x));
}

TEST_CASE("the recurring laws have these sentences") {
  CHECK_THROWS_WITH(require_fraction("a", "b", 2), "a: b is 2, must be in [0, 1]");
  CHECK_THROWS_WITH(require_step_size("a", "b", 0), "a: b is 0, must be in (0, 1]");
  CHECK_THROWS_WITH(require_positive("a", "b", -0.5), "a: b is -0.5, must be positive and finite");
  CHECK_THROWS_WITH(require_not_negative("a", "b", nan_value), "a: b is nan, must be zero or more, and finite");
  CHECK_THROWS_WITH(require_finite("a", "b", infinity), "a: b is inf, must be finite");
}
