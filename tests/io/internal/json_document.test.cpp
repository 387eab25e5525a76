#include <headroom/io/internal/json_document.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "allocations.hpp"
#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;
using internal::json_document;
using internal::json_value;

namespace {

std::string repeated(const std::string& what, std::size_t n) {
  std::string all;
  for (std::size_t k = 0; k < n; ++k) all += (k > 0 ? "," : "") + what;
  return all;
}
std::string distinct_names(std::size_t n) {
  std::string all;
  for (std::size_t k = 0; k < n; ++k) all += (k > 0 ? ",\"" : "\"") + std::to_string(k) + "\":0";
  return all;
}

}  // namespace

TEST_CASE("json_document: values are found by name and in lists, whatever stands beside them") {
  const scratch_folder folder;
  write_bytes(folder / "d",
              R"({"x": {"a": [1, {"b": [2]}], "n\u0061me": -3.5}, "y": [true, null, "t", 18446744073709551615]})");
  const json_document d(folder / "d", {});
  const json_value x = d.at(d.root(), "x", "");
  CHECK(d.at(x, "name", "x").number == -3.5);
  CHECK(d.size(d.at(x, "a", "x"), "x.a") == 2);
  CHECK_FALSE(d.find(x, "b"));
  CHECK_FALSE(d.find(d.at(x, "a", "x"), "b"));
  std::vector<json_value::is> kinds;
  d.each(d.at(d.root(), "y", ""), "y", [&](const json_value& v) { kinds.push_back(v.kind); });
  CHECK(kinds ==
        std::vector{json_value::is::boolean, json_value::is::null, json_value::is::text, json_value::is::whole});
  CHECK_THROWS_WITH(d.at(x, "z", "x"), (folder / "d").string() + ": there is no x.z, must be there");
  CHECK_THROWS_WITH(d.numbers(x, "x"), (folder / "d").string() + ": x is an object, must be a list");
}

TEST_CASE("json_document: a name that comes twice is found, however it is written and wherever it stands") {
  const scratch_folder folder;
  const auto said = [&](const std::string& text) {
    write_bytes(folder / "d", text);
    const std::string all = refusal<file_error>([&] { json_document(folder / "d", {}); });
    return all == "accepted" ? all : all.substr((folder / "d").string().size() + 2);
  };
  CHECK(said(R"({"a": 1, "b": {"a": 1, "c": {"a": 2}}, "d": [{"a": 1}, {"a": 1}]})") == "accepted");
  CHECK(said(R"({"x": {"b": 1, "a": {"b": 2}, "b": 1}})") == R"(entry "b" appears twice, must appear once)");
  CHECK(said(R"({"abc": 1, "x": {}, "\u0061bc": 1})") == R"(entry "abc" appears twice, must appear once)");
  CHECK(said("{" + distinct_names(1000) + ",\"500\":1}") == R"(entry "500" appears twice, must appear once)");
}

TEST_CASE("json_document: the work and the memory are proportional to the file, whatever it holds") {
  const scratch_folder folder;
  const auto measure = [&](const std::string& text) {
    write_bytes(folder / "d", text);
    std::uint64_t work = 0;
    const std::int64_t bytes = most_bytes_in([&] {
      const json_document d(folder / "d", {});
      CHECK_FALSE(d.find(d.root(), "none"));
      if (const auto list = d.find(d.root(), "x")) {
        d.each(*list, "x", [&](const json_value& v) { static_cast<void>(d.find(v, "none")); });
      }
      work = d.looked_at();
    });
    CHECK(static_cast<double>(work) <= 6.0 * static_cast<double>(text.size()));
    CHECK(static_cast<double>(bytes) <= 4.0 * static_cast<double>(text.size()) + 4096);
  };
  for (const std::size_t n : {1'000U, 10'000U, 100'000U}) {
    for (const char* const what : {"{}", "[]", "0", "\"\"", "{\"a\":[{},{}]}", "[[],[{}]]"}) {
      INFO(what << " times " << n);
      measure("{\"x\":[" + repeated(what, n) + "]}");
    }
    measure("{" + distinct_names(n) + "}");
    measure("{\"x\":[{" + distinct_names(n) + "}]}");
  }
}

TEST_CASE("json_document: numbers take their eight bytes each and no room to spare") {
  const scratch_folder folder;
  write_bytes(folder / "d", "{\"x\":[" + repeated("1", 100'000) + "]}");
  const json_document d(folder / "d", {});
  const json_value x = d.at(d.root(), "x", "");
  std::size_t n = 0;
  CHECK(most_bytes_in([&] { n = d.numbers(x, "x").size(); }) <= 8 * 100'000 + 4096);
  CHECK(n == 100'000);
}
