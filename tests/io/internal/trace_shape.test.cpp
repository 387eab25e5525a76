#include <headroom/io/internal/trace_shape.hpp>

#include <string>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("trace_shape: one field with commas is not guessed where another separator was told") {
  const auto shape = [](const std::string& record, const trace_csv_options& options) {
    return trace_shape("t.csv", record, 1, "", options);
  };
  const std::string refusal =
      "t.csv:1:1: has commas, which may separate fields or be decimal: set separator or decimal";
  CHECK_THROWS_WITH(shape("1,5", {.separator = ';'}), refusal);
  CHECK_NOTHROW(shape("15", {.interval_s = 60, .separator = ';'}));
  CHECK_NOTHROW(shape("1,5", {.interval_s = 60, .separator = ';', .decimal = ','}));
  CHECK(shape("1;5", {.separator = ';'}).separator == ';');
  CHECK(shape("1,5", {}).separator == ',');
}
