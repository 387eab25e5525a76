#include <headroom/io/internal/json_writer.hpp>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include <nlohmann/json.hpp>

#include <headroom/core/random.hpp>

#include "catch.hpp"

using headroom::internal::json_number;
using headroom::internal::json_text;
using headroom::internal::json_writer;
using nlohmann::json;

TEST_CASE("json_text: any bytes are written as nlohmann/json writes them") {
  headroom::engine random(5, headroom::stream::exploration);
  const std::string likely =
      "a\"\\\b\f\n\r\t\x01\x1f\x7f\x80\xbf\xc0\xc3\xa9\xe2\x82\xac\xed\xa0\xf0\x9f\x98\x80\xf4\x90\xff";
  for (int k = 0; k < 20'000; ++k) {
    std::string text;
    for (std::size_t n = random() % 12; n > 0; --n) text += likely[random() % likely.size()];
    for (const bool ascii : {false, true}) {
      REQUIRE(json_text(text, ascii) == json(text).dump(-1, ' ', ascii, json::error_handler_t::replace));
    }
  }
}

TEST_CASE("json_number: reads back as the same double, in the form that nlohmann/json gives it") {
  for (const double x : {0.0, -0.0, 1.0, -1.0, 0.1, 0.0001, 0.00001, 123456.75, 1e14, 1e15, 123456789012345.0, 1e16,
                         1e22, -2.5e-7, 1e100, 1e-100, 5e-324, std::numeric_limits<double>::max(), 1.0 / 3}) {
    CHECK(json_number(x) == json(x).dump());
  }
  headroom::engine random(7, headroom::stream::exploration);
  std::size_t same = 0;
  for (int k = 0; k < 20'000; ++k) {
    const auto x = std::bit_cast<double>(static_cast<std::uint64_t>(random()));
    if (!std::isfinite(x)) continue;
    const std::string text = json_number(x);
    REQUIRE(json::parse(text).get<double>() == x);
    REQUIRE(text.size() <= json(x).dump().size());  // theirs is not the shortest in one of a thousand
    same += text == json(x).dump() ? 1 : 0;
  }
  CHECK(same > 19'000);
}

TEST_CASE("json_writer: in one line and with a line for each value, as nlohmann/json") {
  for (const int spaces : {0, 4}) {
    json_writer w(static_cast<std::size_t>(spaces));
    w.open('{').name("a").open('[').whole(1).number(0.5).null().close(']').name("b").open('{').close('}');
    w.name("c").open('[').close(']').name("d").text("x\n").close('}');
    const auto expected = nlohmann::ordered_json::parse(R"({"a":[1,0.5,null],"b":{},"c":[],"d":"x\n"})");
    CHECK(w.json() == expected.dump(spaces == 0 ? -1 : spaces));
  }
}
