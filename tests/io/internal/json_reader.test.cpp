#include <headroom/io/internal/json_reader.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <headroom/core/random.hpp>
#include <headroom/io/internal/json_events.hpp>

#include "catch.hpp"

using headroom::internal::hand_over;
using headroom::internal::json_reader;

namespace {

// Writes down what it is handed, from our reader and from nlohmann's alike, so that the two can be compared: the
// tokens, and where and why the reading ended.
struct listener {
  std::string heard;

  void add(char kind, const std::string& what = {}) { heard.append(1, kind).append(what).append(1, '\n'); }
  static std::string bits(double x) { return nlohmann::json(x).dump(); }

  void null() { add('n'); }
  void boolean(bool b) { add(b ? 't' : 'f'); }
  void whole(std::uint64_t n) { add('u', std::to_string(n)); }
  void negative(double n) { add('i', bits(n)); }
  void real(double n) { add('d', bits(n)); }
  void text(const std::string& s) { add('s', s); }
  void key(const std::string& s) { add('k', s); }
  void open(bool object) { add(object ? '{' : '['); }
  void close(bool object) { add(object ? '}' : ']'); }
  void broken(const json_reader& in) {
    add('!', std::to_string(in.position()) + (in.why() == json_reader::failure::number_too_large ? " range" : ""));
  }
};

struct nlohmann_listener : listener {
  using json = nlohmann::json;
  bool null() { return listener::null(), true; }
  bool boolean(bool b) { return listener::boolean(b), true; }
  bool number_integer(std::int64_t n) { return negative(static_cast<double>(n)), true; }
  bool number_unsigned(std::uint64_t n) { return whole(n), true; }
  bool number_float(double n, const std::string&) { return real(n), true; }
  bool string(std::string& s) { return text(s), true; }
  bool binary(json::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(true), true; }
  bool end_object() { return close(true), true; }
  bool start_array(std::size_t) { return open(false), true; }
  bool end_array() { return close(false), true; }
  bool key(std::string& s) { return listener::key(s), true; }
  template <class Exception>
  bool parse_error(std::size_t position, const std::string&, const Exception& e) {
    add('!', std::to_string(position) + (e.id == 406 ? " range" : ""));
    return false;
  }
};

std::string ours(std::string_view text) {
  listener to;
  json_reader in(text);
  hand_over(in, to);
  return to.heard;
}
std::string theirs(const std::string& text) {
  nlohmann_listener to;
  nlohmann::json::sax_parse(text.begin(), text.end(), &to);
  return to.heard;
}

const std::vector<std::string> documents{
    R"({"a": [1, -2, 3.5e-3, 0, -0, true, false, null], "b": {"c": "d\n\u0041\u00e9\ud83d\ude00\/"}, "": []})",
    R"([[[[]]], {}, {"x": {"y": [{}]}}])",
    R"( "caf)"
    "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\" ",
    "[18446744073709551615, 18446744073709551616, -9223372036854775808, -9223372036854775809, 1e308, 4.9e-324]",
    "\xEF\xBB\xBF{\"mark\": 0.1}",
    "\t-12.25E+2\r\n"};

}  // namespace

TEST_CASE("json_reader: whole documents read as nlohmann/json reads them") {
  for (const std::string& d : documents) {
    INFO(d);
    REQUIRE(theirs(d).find('!') == std::string::npos);
    CHECK(ours(d) == theirs(d));
  }
}

TEST_CASE("json_reader: every document cut anywhere is refused as nlohmann/json refuses it, at the same byte") {
  for (const std::string& d : documents) {
    // A file that begins with half of the mark of the byte order is refused by both, each at a byte of its own.
    for (std::size_t n = d.starts_with('\xEF') ? 3 : 0; n < d.size(); ++n) {
      const std::string cut = d.substr(0, n);
      INFO(cut);
      CHECK(ours(cut) == theirs(cut));
    }
  }
}

TEST_CASE("json_reader: every document with bytes changed at random is read or refused as nlohmann/json does") {
  headroom::engine random(11, headroom::stream::exploration);
  const std::string_view likely =
      "{}[]:,\"\\/0123456789-+.eEtrufalsn \n\x01\x7f\x80\xbf\xc0\xc2\xe0\xed\xa0\xf0\xf4\xf5\xff";
  std::size_t accepted = 0;
  for (int k = 0; k < 60'000; ++k) {
    std::string d = documents[random() % documents.size()];
    for (std::size_t changes = 1 + random() % 3; changes > 0; --changes) {
      const std::size_t at = d.starts_with('\xEF') ? 3 + random() % (d.size() - 3) : random() % d.size();
      const char c = likely[random() % likely.size()];
      if (random() % 2 == 0)
        d[at] = c;
      else
        d.insert(at, 1, c);
    }
    const std::string expected = theirs(d);
    accepted += expected.find('!') == std::string::npos ? 1 : 0;
    if (ours(d) != expected) {
      INFO(d);
      REQUIRE(ours(d) == expected);
    }
  }
  CHECK(accepted > 1000);
}

TEST_CASE("json_reader: numbers beyond double are refused, numbers too small for it are zero") {
  for (const char* text : {"1e309", "-1e309", "[17976931348623159e293]", "1e99999999999999999999",
                           "3333000e9223372036854775807", "0.001e312"}) {
    INFO(text);
    CHECK(ours(text).find(" range") != std::string::npos);
  }
  for (const char* text :
       {"1e-400", "-1e-400", "1e-99999999999999999999", "0.00001e-9223372036854775808", "0.0000001e-320", "0e999"}) {
    INFO(text);
    CHECK(ours(text) == theirs(text));
  }
  CHECK(ours("1e-400") == "d0.0\n");
  CHECK(ours("-1e-400") == "d-0.0\n");
}

TEST_CASE("json_reader: a document that nests a million deep takes a bit a level") {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  json_reader in(deep);
  std::size_t opened = 0;
  json_reader::token t = in.next();
  for (; t == json_reader::token::list || t == json_reader::token::end_list; t = in.next()) {
    opened += t == json_reader::token::list ? 1 : 0;
  }
  CHECK(t == json_reader::token::end);
  CHECK(opened == 1'000'000);
}

TEST_CASE("json_reader: once it has failed it stays failed") {
  json_reader in("[1,,2]");
  CHECK(in.next() == json_reader::token::list);
  CHECK(in.next() == json_reader::token::whole);
  CHECK(in.next() == json_reader::token::error);
  CHECK(in.why() == json_reader::failure::syntax);
  CHECK(in.position() == 4);
  CHECK(in.next() == json_reader::token::error);
  json_reader cut("[1,");
  while (cut.next() != json_reader::token::error) {
  }
  CHECK(cut.why() == json_reader::failure::early_end);
}
