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

TEST_CASE("trace_shape: a column may be chosen by its number where there are no names") {
  const auto shape = [](const std::string& time, const std::string& count) {
    return trace_shape("t.csv", "5;7;60", 1, "", {.time_column = time, .count_column = count}).columns;
  };
  CHECK(shape("3", "1").time == 2);
  CHECK(shape("3", "1").count == 0);
  CHECK(shape("1", "2").time == 0);
  CHECK(shape("1", "2").count == 1);
  for (const std::string wrong : {"0", "4", "1x", "-1", "time"}) {
    CHECK_THROWS_WITH(shape(wrong, "1"),
                      "t.csv:1:1: time_column is '" + wrong + "', must be a number from 1 to 3, there are no names");
  }
}
