#include <headroom/io/internal/line_ends.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"

using headroom::internal::line_ends;

namespace {

struct cut {
  std::vector<std::string> lines;
  std::string rest;
  std::uint64_t looked_at = 0;
};

cut lines_of(std::string_view text, bool last) {
  cut all;
  line_ends ends;
  std::string_view line;
  while (ends.take(text, last, line)) all.lines.emplace_back(line);
  all.rest = text;
  all.looked_at = ends.looked_at();
  return all;
}
using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("line_ends: LF, CRLF and CR end a line, and the end of the file does") {
  CHECK(lines_of("a\nb\r\nc\rd", true).lines == lines{"a", "b", "c", "d"});
  CHECK(lines_of("\r\r\n\n\r", true).lines == lines{"", "", "", ""});
  CHECK(lines_of("", true).lines.empty());
}

TEST_CASE("line_ends: what has no end yet is left, and so is a CR whose LF may follow") {
  CHECK(lines_of("a\nb", false).rest == "b");
  CHECK(lines_of("a\rb\r", false).rest == "b\r");
  CHECK(lines_of("a\rb\r", false).lines == lines{"a"});
  CHECK(lines_of("a\r\n", false).lines == lines{"a"});
}

TEST_CASE("line_ends: a new text is searched anew") {
  line_ends ends;
  std::string_view line;
  std::string memory = "ab\ncd";
  std::string_view text = memory;
  REQUIRE(ends.take(text, false, line));
  CHECK_FALSE(ends.take(text, false, line));
  memory = "cd\nef\n";  // the same place, as in a buffer that is filled again
  text = memory;
  REQUIRE(ends.take(text, true, line));
  CHECK(line == "cd");
  REQUIRE(ends.take(text, true, line));
  CHECK(line == "ef");
  CHECK_FALSE(ends.take(text, true, line));
}

TEST_CASE("line_ends: no text costs more than two looks at each character, however its lines end") {
  for (const std::string end : {"\r", "\n", "\r\n", "x\r", "\r\rx", "\n\r", ""}) {
    std::string text;
    while (text.size() < 100'000) text += end.empty() ? "x" : end;
    for (const bool last : {false, true}) {
      INFO(end.size() << ' ' << last);
      CHECK(lines_of(text, last).looked_at <= 2 * text.size());
    }
  }
}
