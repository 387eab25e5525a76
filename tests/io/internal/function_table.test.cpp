#include <headroom/io/internal/function_table.hpp>

#include <string>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

const std::string head = "HashOwner,HashApp,HashFunction,Trigger,1,2,3";

std::vector<float> read(const std::vector<std::string>& lines, const std::string& function = {}) {
  function_table table("t.csv", function, lines.front());
  for (std::size_t i = 1; i < lines.size(); ++i) table.row(lines[i], i + 1);
  return table.counts(lines.size());
}

}  // namespace

TEST_CASE("a file of functions is known by its first column") {
  CHECK(function_table::begins_with(head));
  CHECK(function_table::begins_with("\"HashOwner\" ,x"));
  CHECK(function_table::begins_with("HashOwner"));
  CHECK_FALSE(function_table::begins_with("HashOwnerX,HashApp"));
  CHECK_FALSE(function_table::begins_with("minute,requests"));
}

TEST_CASE("a table of functions has as many minutes as its header") {
  std::string header = "HashOwner,HashApp,HashFunction,Trigger";
  std::string row = "o,a,f,http";
  for (int minute = 1; minute <= 1440; ++minute) {
    header += "," + std::to_string(minute);
    row += "," + std::to_string(minute % 10);
  }
  const std::vector<float> counts = read({header, row, row});
  REQUIRE(counts.size() == 1440);
  for (std::size_t k = 0; k < counts.size(); ++k) REQUIRE(counts[k] == static_cast<float>(2 * ((k + 1) % 10)));
}

TEST_CASE("every row of a table of functions is checked, asked for or not") {
  const auto refused = [](const std::string& row, const std::string& sentence) {
    INFO(row);
    for (const std::string function : {"", "f"}) {
      CHECK_THROWS_WITH(read({head, "o,a,f,http,1,2,3", row}, function), "t.csv:3:" + sentence);
    }
  };
  refused("o,a,g,http,1,2", "15: row has 6 columns, must have 7");
  refused("o,a,g", "6: row has 3 columns, must have 7");
  refused("o,a,g,http,1,2,3,4", "18: row has more than 7 columns");
  refused("o,a,g,http,1,2,", "16: minute 3 is '', must be a number");
  refused("o,a,g,http,1, x,3", "15: minute 2 is 'x', must be a number");
  refused("o,a,g,http,-1,2,3", "12: minute 1 is '-1', must not be negative");
  refused("o,a,g,http,1,inf,3", "14: minute 2 is 'inf', must be finite");
  refused("o,a,g,http,1,nan,3", "14: minute 2 is 'nan', must be finite");
}

TEST_CASE("another header is refused where it differs") {
  const auto refused = [](const std::string& header, const std::string& sentence) {
    CHECK_THROWS_WITH(read({header, "o,a,f,http,1,2,3"}), "t.csv:1:" + sentence);
  };
  refused("HashOwner,HashApp,HashFunction,Average,Count", "32: column 4 is named 'Average', must be 'Trigger'");
  refused("HashOwner,HashApp,HashFunction,Trigger,0,1,2", "40: column 5 is named '0', must be '1'");
  refused("HashOwner,HashApp,HashFunction,Trigger,1,2,4", "44: column 7 is named '4', must be '3'");
  refused("HashOwner,HashApp,HashFunction,Trigger", "39: header has 4 columns, must have the minutes");
  refused("HashOwner", "10: header has 1 columns, must have the minutes");
}

TEST_CASE("a table without rows, without the function, or beyond a float is refused") {
  CHECK_THROWS_WITH(read({head}), "t.csv:2:1: file has no rows");
  CHECK_THROWS_WITH(read({head, "o,a,f,http,1,2,3"}, "g"), "t.csv:1:1: there is no function 'g'");
  CHECK_THROWS_WITH(read({head, "o,a,f,http,1,2e38,3", "o,a,g,http,1,2e38,3"}),
                    "t.csv:1:1: minute 2 sums up to 4e+38, must be below 3.4028235e+38");
}
