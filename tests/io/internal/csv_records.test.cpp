#include <headroom/io/internal/csv_records.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

std::vector<std::string> records_of(const std::vector<std::string>& lines) {
  csv_records records("t.csv");
  std::vector<std::string> all;
  for (const std::string& line : lines) {
    if (const auto record = records.line(line, ",;")) all.emplace_back(*record);
  }
  records.finish();
  return all;
}

}  // namespace

TEST_CASE("a record goes on where a quoted field does") {
  using lines = std::vector<std::string>;
  CHECK(records_of({"a,b", "1,2"}) == lines{"a,b", "1,2"});
  CHECK(records_of({"a,\"b", "c\",d", "1,2"}) == lines{"a,\"b\nc\",d", "1,2"});
  CHECK(records_of({"\"x\"\"", "\",2"}) == lines{"\"x\"\"\n\",2"});
  CHECK(records_of({"\"x", "y", "\"\"z\"", "w"}) == lines{"\"x\ny\n\"\"z\"", "w"});
  CHECK(records_of({"5\" disk,1", "2"}) == lines{"5\" disk,1", "2"});  // no quote that begins a field
  CHECK(records_of({"a; \"b", "c\""}) == lines{"a; \"b\nc\""});
  CHECK_THROWS_WITH(records_of({"a", "\"b", "c"}),
                    "t.csv:2:1: a quote that begins here never ends: the file may be cut");
  const std::vector<std::string> endless(20, std::string(100'000, 'x'));
  std::vector<std::string> open{"\"b"};
  open.insert(open.end(), endless.begin(), endless.end());
  CHECK_THROWS_WITH(records_of(open), "t.csv:1:1: a quote that begins here does not end for 1048576 characters");
}

TEST_CASE("csv_records: a record is as long as the bound says, and no longer") {
  const auto fits = [](std::size_t first, std::size_t second) {
    csv_records records("t.csv");
    CHECK_FALSE(records.line("\"" + std::string(first - 1, 'x'), ","));
    return !records.line(std::string(second, 'x'), ",");
  };
  CHECK(fits(700'000, 348'576));  // 1 MiB together
  CHECK_THROWS_AS(fits(700'000, 348'577), csv_error);
  CHECK_THROWS_AS(fits(700'000, 700'000), csv_error);
}

TEST_CASE("csv_records: it says how many lines there were, where the last record began, and how many were joined") {
  csv_records records("t.csv");
  CHECK(records.lines() == 0);
  CHECK(records.joined() == 0);
  CHECK(records.line("a,b", ","));
  CHECK(records.lines() == 1);
  CHECK(records.number() == 1);
  CHECK(records.joined() == 0);
  CHECK_FALSE(records.line("\"one", ","));
  CHECK_FALSE(records.line("two", ","));
  CHECK(records.line("three\",4", ","));
  CHECK(records.lines() == 4);
  CHECK(records.number() == 2);
  CHECK(records.joined() == 2);
  CHECK_FALSE(records.line("\"five", ","));
  CHECK(records.line("six\"", ","));
  CHECK(records.line("seven", ","));
  CHECK(records.lines() == 7);
  CHECK(records.number() == 7);
  CHECK(records.joined() == 3);
  records.finish();
}

TEST_CASE("the first record tells its separator where that is one") {
  CHECK(separator_of("a,b", ",;\t|") == ',');
  CHECK(separator_of("a;b", ",;\t|") == ';');
  CHECK(separator_of("a\tb", ",;\t|") == '\t');
  CHECK(separator_of("a|b", ",;\t|") == '|');
  CHECK(separator_of("a", ",;\t|") == ',');
  CHECK(separator_of("\"a;b\",c", ",;\t|") == ',');
  CHECK(separator_of("0;1,5", ",;\t|") == ';');
  CHECK(separator_of("2024-01-01 00:00:00,250;7", ",;\t|") == ';');
  CHECK_FALSE(separator_of("time;requests, of shop", ",;\t|"));
  CHECK(separator_told("sep=;") == ';');
  CHECK(separator_told("\"SEP=,\"") == ',');
  CHECK(separator_told("sep=\t") == '\t');
  CHECK_FALSE(separator_told("sep=;;"));
  CHECK_FALSE(separator_told("step"));
  CHECK(column_name(csv_field{"{app=\"\"shop\"\"}"}) == "{app=\"shop\"}");
  CHECK(column_name(csv_field{"two\nlines"}) == "two lines");
}
