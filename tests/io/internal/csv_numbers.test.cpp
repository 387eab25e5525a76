#include <headroom/io/internal/csv_numbers.hpp>

#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

std::optional<double> read(csv_numbers& numbers, const std::string& text) { return numbers.read(csv_field{text}); }

}  // namespace

TEST_CASE("a number that can be read in one way only tells how all are written") {
  const struct {
    char separator;
    std::string text;
    std::optional<double> value;
  } cases[] = {{',', "12.5", 12.5},
               {',', "12,5", 12.5},
               {',', "0,500", 0.5},
               {',', "1234,567", 1234.567},
               {',', "1,234,567", 1234567},
               {',', "1,234.5", 1234.5},
               {',', "1.234,5", 1234.5},
               {',', "-1,5", -1.5},
               {',', "+3", 3},
               {',', "1,5e3", 1500},
               {',', "1.234", 1.234},
               {';', "1.234.567", 1234567},
               {';', "12.5", 12.5},
               {';', "0.123", 0.123},
               {',', "1,23,4", {}},
               {',', "1,2345.6", {}},
               {',', "1.2.3", {}},
               {',', ",5", 0.5},
               {',', "abc", {}},
               {',', "", {}},
               {',', "1,", {}},
               {',', "1,e3", {}},
               {',', "2,x", {}},
               {',', "+-3", {}},
               {',', "12,345,6", {}},
               {',', "1.23,456.7", {}}};
  for (const auto& [separator, text, value] : cases) {
    INFO(text);
    csv_numbers numbers(separator);
    CHECK(read(numbers, text) == value);
    CHECK_FALSE(numbers.ambiguous(text));
  }
}

TEST_CASE("a mark that may be decimal or of thousands is not guessed") {
  for (const std::string text : {"1,234", "-1,234", "999,000"}) {
    INFO(text);
    csv_numbers numbers;
    CHECK_FALSE(read(numbers, text));
    CHECK(numbers.ambiguous(text));
  }
  csv_numbers semicolons(';');
  CHECK_FALSE(read(semicolons, "1.234"));
  CHECK(semicolons.ambiguous("1.234"));
  CHECK(read(semicolons, "12345") == 12345.0);
  // Once a number has told, the others are read like it.
  CHECK(read(semicolons, "0,5") == 0.5);
  CHECK(read(semicolons, "1,234") == 1.234);
  CHECK(read(semicolons, "1.234") == 1234.0);
  CHECK_FALSE(read(semicolons, "1.5"));
  csv_numbers point;
  CHECK(read(point, "1,234.5") == 1234.5);
  CHECK(read(point, "1,234") == 1234.0);
  CHECK_FALSE(read(point, "1,5"));
  csv_numbers told(';', '.');
  CHECK(read(told, "1.234") == 1.234);
  CHECK(read(told, "1,234") == 1234.0);
  csv_numbers comma(',', ',');
  CHECK(read(comma, "1,234") == 1.234);
  CHECK(read(comma, "1.234") == 1234.0);
}
