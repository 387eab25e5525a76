#include <headroom/io/internal/safetensors.hpp>
#include <headroom/io/internal/safetensors_reader.hpp>

#include "catch.hpp"
#include "scratch.hpp"

using headroom::check_layout;
using headroom::checkpoint_error;
using headroom::parse_safetensors_header;
using headroom::safetensors_header;

namespace {

std::string parsing(const std::string& text) {
  return refusal<checkpoint_error>([&] { (void)parse_safetensors_header("f", text); });
}
// One tensor, `entry` being its object.
std::string parsing_tensor(const std::string& entry) { return parsing(R"({"q":)" + entry + "}"); }

std::string layout(const std::string& text, std::uint64_t data_bytes) {
  return refusal<checkpoint_error>([&] { (void)check_layout("f", parse_safetensors_header("f", text), data_bytes); });
}
std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

}  // namespace

TEST_CASE("safetensors: a header as another tool writes it") {
  const auto h = parse_safetensors_header("f", R"({ "a\u00e9\n" : {"shape": [2, 3],
    "data_offsets": [0, 48], "dtype": "F64"}, "__metadata__": {"k\u0000": "\ud83d\ude00"} }   )");
  REQUIRE(h.tensors.size() == 1);
  const auto& t = h.tensors.at("a\xc3\xa9\n");
  CHECK(t.dtype == "F64");
  CHECK(t.shape == std::vector<std::uint64_t>{2, 3});
  CHECK(t.begin == 0);
  CHECK(t.end == 48);
  CHECK(h.metadata == std::map<std::string, std::string>{{std::string("k\0", 2), "\xf0\x9f\x98\x80"}});
}

TEST_CASE("safetensors: json() is compact, sorted, and parses back to itself") {
  safetensors_header h;
  h.metadata = {{"z", "1"}, {"a", "\x01\"\\/\t\x7f\xc3\xa9"}};
  h.tensors = {{"q", {"F64", {}, 0, 8}}, {"B", {"U8", {0, 18446744073709551615U}, 8, 8}}};
  const std::string text = h.json();
  CHECK(text ==
        "{\"B\":{\"data_offsets\":[8,8],\"dtype\":\"U8\",\"shape\":[0,18446744073709551615]},"
        "\"__metadata__\":{\"a\":\"\\u0001\\\"\\\\/\\t\x7f\xc3\xa9\",\"z\":\"1\"},"
        "\"q\":{\"data_offsets\":[0,8],\"dtype\":\"F64\",\"shape\":[]}}");
  CHECK(parse_safetensors_header("f", text).json() == text);
  CHECK(safetensors_header{}.json() == R"({"__metadata__":{}})");
}

TEST_CASE("safetensors: what is not JSON") {
  CHECK(parsing("") == "f: header does not begin with {, must be a JSON object");
  CHECK(parsing("[]") == "f: header does not begin with {, must be a JSON object");
  CHECK(parsing("\xef\xbb\xbf{}") == "f: header does not begin with {, must be a JSON object");
  CHECK(parsing(" {}") == "f: header does not begin with {, must be a JSON object");
  CHECK(parsing("{") == "f: header is not JSON from its byte 2 on, must be a JSON object");
  CHECK(parsing("{}}") == "f: header is not JSON from its byte 3 on, must be a JSON object");
  CHECK(parsing(R"({"a":})") == "f: header is not JSON from its byte 6 on, must be a JSON object");
  CHECK(parsing("{\"a\xff\":1}") == "f: header is not JSON from its byte 4 on, must be a JSON object");
  CHECK(parsing("{/**/}") == "f: header is not JSON from its byte 2 on, must be a JSON object");
  CHECK(parsing(R"({"__metadata__":{"a":"b",}})") ==
        "f: header is not JSON from its byte 26 on, must be a JSON object");
  CHECK(parsing(std::string("{}\0{", 4)) == "f: header has a zero byte at 2, must be JSON");
  CHECK(parsing("{}  \n") == "accepted");
}

TEST_CASE("safetensors: nesting is refused at its first bracket too many, however deep it goes") {
  const std::string deep(1'000'000, '[');
  CHECK(parsing_tensor(deep) == "f: tensor \"q\" is an array, must be an object");
  CHECK(parsing_tensor("{\"shape\":" + deep) ==
        "f: tensor \"q\": \"shape\" holds an array, must hold whole numbers from 0 to 2^64 - 1");
  CHECK(parsing_tensor("{\"dtype\":" + deep) == "f: tensor \"q\": \"dtype\" is an array, must be a string");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"__metadata__":)";
  CHECK(parsing(objects) == "f: metadata \"__metadata__\" is an object, must be a string");
}

TEST_CASE("safetensors: names that appear twice") {
  const std::string t = entry("U8", "[1]", "[0,1]");
  CHECK(parsing(R"({"q":)" + t + R"(,"q":)" + t + "}") == "f: tensor \"q\" appears twice, must appear once");
  CHECK(parsing(R"({"q":)" + t + R"(,"\u0071":)" + t + "}") == "f: tensor \"q\" appears twice, must appear once");
  CHECK(parsing(R"({"__metadata__":{},"__metadata__":{}})") == "f: __metadata__ appears twice, must appear once");
  CHECK(parsing(R"({"__metadata__":{"a":"1","a":"1"}})") == "f: metadata \"a\" appears twice, must appear once");
  CHECK(parsing_tensor(R"({"dtype":"U8","dtype":"U8"})") ==
        "f: tensor \"q\": \"dtype\" appears twice, must appear once");
  CHECK(parsing_tensor(R"({"shape":[],"shape":[]})") == "f: tensor \"q\": \"shape\" appears twice, must appear once");
}

TEST_CASE("safetensors: values of the wrong kind") {
  CHECK(parsing(R"({"__metadata__":1})") == "f: __metadata__ is a number, must be an object");
  CHECK(parsing(R"({"__metadata__":{"a":1}})") == "f: metadata \"a\" is a number, must be a string");
  CHECK(parsing(R"({"__metadata__":{"a":null}})") == "f: metadata \"a\" is null, must be a string");
  CHECK(parsing(R"({"__metadata__":{"a":[]}})") == "f: metadata \"a\" is an array, must be a string");
  CHECK(parsing_tensor("true") == "f: tensor \"q\" is a boolean, must be an object");
  CHECK(parsing_tensor("\"x\"") == "f: tensor \"q\" is a string, must be an object");
  CHECK(parsing_tensor("{}") == "f: tensor \"q\" has 0 fields, must have dtype, shape and data_offsets");
  CHECK(parsing_tensor(R"({"dtype":"U8","shape":[1]})") ==
        "f: tensor \"q\" has 2 fields, must have dtype, shape and data_offsets");
  CHECK(parsing_tensor(R"({"strides":[1]})") ==
        "f: tensor \"q\": \"strides\" is unknown, must be dtype, shape or data_offsets");
  CHECK(parsing_tensor(R"({"dtype":1})") == "f: tensor \"q\": \"dtype\" is a number, must be a string");
  CHECK(parsing_tensor(R"({"shape":4})") == "f: tensor \"q\": \"shape\" is a number, must be an array");
  CHECK(parsing_tensor(R"({"shape":{}})") == "f: tensor \"q\": \"shape\" is an object, must be an array");
}

TEST_CASE("safetensors: shapes and offsets hold whole numbers from 0 to 2^64 - 1") {
  const std::string law = ", must hold whole numbers from 0 to 2^64 - 1";
  const std::string who = "f: tensor \"q\": \"shape\" holds ";
  CHECK(parsing_tensor(R"({"shape":[-1]})") == who + "a negative number" + law);
  CHECK(parsing_tensor(R"({"shape":[-0]})") == who + "a negative number" + law);
  CHECK(parsing_tensor(R"({"shape":[1.0]})") == who + "a number that is not whole or too large" + law);
  CHECK(parsing_tensor(R"({"shape":[1e3]})") == who + "a number that is not whole or too large" + law);
  CHECK(parsing_tensor(R"({"shape":[18446744073709551616]})") == who + "a number that is not whole or too large" + law);
  CHECK(parsing_tensor(R"({"shape":["1"]})") == who + "a string" + law);
  CHECK(parsing_tensor(R"({"shape":[null]})") == who + "null" + law);
  CHECK(parsing_tensor(R"({"data_offsets":[0,-8]})") ==
        "f: tensor \"q\": \"data_offsets\" holds a negative number" + law);
  CHECK(parsing_tensor(R"({"data_offsets":[0]})") == "f: tensor \"q\": \"data_offsets\" has 1 numbers, must have two");
  CHECK(parsing_tensor(R"({"data_offsets":[0,1,2]})") == "f: tensor \"q\": \"data_offsets\" has more than two numbers");
  std::string ones = "1";
  for (int i = 1; i < 32; ++i) ones += ",1";
  CHECK(parsing_tensor(entry("U8", "[" + ones + "]", "[0,1]")) == "accepted");
  CHECK(parsing_tensor(entry("U8", "[" + ones + ",1]", "[0,1]")) ==
        "f: tensor \"q\": \"shape\" has more than 32 dimensions");
}

TEST_CASE("safetensors: type, shape and offsets must agree, and no product overflows") {
  const auto one = [](const char* dtype, const char* shape, const char* offsets, std::uint64_t bytes) {
    return layout(R"({"q":)" + entry(dtype, shape, offsets) + "}", bytes);
  };
  CHECK(one("BF16", "[1]", "[0,2]", 2) ==
        "f: tensor \"q\": dtype is \"BF16\", must be F64, F32, I64, U64, I32, U32 or U8");
  CHECK(one("", "[1]", "[0,2]", 2) == "f: tensor \"q\": dtype is \"\", must be F64, F32, I64, U64, I32, U32 or U8");
  CHECK(one("F64", "[2,3]", "[0,40]", 40) ==
        "f: tensor \"q\": data_offsets are [0, 40], must span 48 bytes for shape [2, 3] of F64");
  CHECK(one("F32", "[]", "[0,8]", 8) ==
        "f: tensor \"q\": data_offsets are [0, 8], must span 4 bytes for shape [] of F32");
  CHECK(one("U8", "[8]", "[8,0]", 8) == "f: tensor \"q\": data_offsets are [8, 0], must not decrease");
  CHECK(one("U8", "[4294967296,4294967296]", "[0,0]", 0) ==
        "f: tensor \"q\": shape is [4294967296, 4294967296], must take less than 2^64 bytes");
  CHECK(one("F64", "[2305843009213693952]", "[0,0]", 0) ==
        "f: tensor \"q\": shape is [2305843009213693952], must take less than 2^64 bytes");
  CHECK(one("F64", "[2305843009213693951]", "[0,18446744073709551608]", 8) ==
        "f: data section is 8 bytes, must be the 18446744073709551608 of the tensors");
  CHECK(one("F64", "[0,18446744073709551615,18446744073709551615]", "[0,0]", 0) == "accepted");
  CHECK(one("F64", "[]", "[0,8]", 8) == "accepted");
}

TEST_CASE("safetensors: data without overlap, gap or rest, whatever the order of the names") {
  const auto two = [](const char* first, const char* second, std::uint64_t bytes) {
    return layout(R"({"a":)" + entry("U8", "[4]", first) + R"(,"b":)" + entry("U8", "[4]", second) + "}", bytes);
  };
  CHECK(two("[0,4]", "[4,8]", 8) == "accepted");
  CHECK(two("[4,8]", "[0,4]", 8) == "accepted");
  CHECK(two("[0,4]", "[3,7]", 7) ==
        "f: tensor \"b\": data begins at byte 3, must begin at 4 where the data before it ends");
  CHECK(two("[0,4]", "[0,4]", 4) ==
        "f: tensor \"b\": data begins at byte 0, must begin at 4 where the data before it ends");
  CHECK(two("[0,4]", "[5,9]", 9) ==
        "f: tensor \"b\": data begins at byte 5, must begin at 4 where the data before it ends");
  CHECK(two("[1,5]", "[5,9]", 9) ==
        "f: tensor \"a\": data begins at byte 1, must begin at 0 where the data before it ends");
  CHECK(two("[0,4]", "[4,8]", 7) == "f: data section is 7 bytes, must be the 8 of the tensors");
  CHECK(two("[0,4]", "[4,8]", 9) == "f: data section is 9 bytes, must be the 8 of the tensors");
  CHECK(layout("{}", 1) == "f: data section is 1 bytes, must be the 0 of the tensors");

  const auto h =
      parse_safetensors_header("f", R"({"a":)" + entry("U8", "[4]", "[2,6]") + R"(,"b":)" +
                                        entry("U8", "[2]", "[0,2]") + R"(,"c":)" + entry("F64", "[0]", "[2,2]") + "}");
  CHECK(check_layout("f", h, 6) == std::vector<std::string>{"b", "c", "a"});
}

TEST_CASE("safetensors: a hostile name cannot flood or steer the terminal that shows the message") {
  CHECK(headroom::in_quotes("\x1b[2J\n") == "\"\\u001b[2J\\n\"");
  CHECK(headroom::in_quotes(std::string(1'000'000, 'x')) == "\"" + std::string(64, 'x') + "\"...");
  CHECK(headroom::in_quotes("\xff") == "\"\xef\xbf\xbd\"");
}
