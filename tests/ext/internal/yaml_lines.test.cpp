#include <headroom/ext/internal/yaml_lines.hpp>

#include <stdexcept>
#include <string>

#include "catch.hpp"

using namespace headroom;
using namespace headroom::internal;

namespace {

std::string yaml_refusal(const std::string& text) {
  try {
    static_cast<void>(yaml_lines::read(text));
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return {};
}

}  // namespace

TEST_CASE("maps and lists are read by their indentation") {
  const config_node root = yaml_lines::read(R"(---
# written by hand
apiVersion: v1
clusters:
- cluster:
    server: https://127.0.0.1:6443   # here
  name: kind
-   name: other
    cluster:
        server: "https://[::1]:6443"
contexts:
  - context: {}
    name: 'it''s'
empty:
list: []
nothing: null
tilde: ~
number: 007
deep:
  a:
  - - x
    - y
  -
    k: v
  - plain
last: a#b
)");
  CHECK(root.is == config_node::kind::map);
  CHECK(root.text_of("apiVersion") == "v1");
  const config_node* const clusters = root.find("clusters");
  REQUIRE(clusters != nullptr);
  CHECK(clusters->is == config_node::kind::list);
  CHECK(clusters->parts.size() == 2);
  REQUIRE(clusters->named("kind") != nullptr);
  CHECK(clusters->named("kind")->find("cluster")->text_of("server") == "https://127.0.0.1:6443");
  CHECK(clusters->named("other")->find("cluster")->text_of("server") == "https://[::1]:6443");
  CHECK(clusters->named("third") == nullptr);
  CHECK(root.find("contexts")->named("it's")->find("context")->is == config_node::kind::map);
  for (const char* const none : {"empty", "nothing", "tilde", "not there"}) CHECK_FALSE(root.has(none));
  CHECK(root.has("list"));
  CHECK(root.text_of("number") == "007");
  CHECK(root.text_of("last") == "a#b");
  const config_node& a = *root.find("deep")->find("a");
  REQUIRE(a.parts.size() == 3);
  REQUIRE(a.parts[0].second.parts.size() == 2);
  CHECK(a.parts[0].second.parts[1].second.text == "y");
  CHECK(a.parts[1].second.text_of("k") == "v");
  CHECK(a.parts[2].second.text == "plain");
  CHECK(yaml_lines::read("").is == config_node::kind::nothing);
  CHECK(yaml_lines::read("\n# only this\n").is == config_node::kind::nothing);
}

TEST_CASE("texts in quotes keep what they hold") {
  const config_node root = yaml_lines::read(
      "a: \"x # y: \\\"z\\\" \\\\ \\n\\t\"\r\nb: 'x # y: \"z\" \\n'\n\"c d\": ''\ne: \"\"  # nothing\nf: ''''\n");
  CHECK(root.text_of("a") == "x # y: \"z\" \\ \n\t");
  CHECK(root.text_of("b") == "x # y: \"z\" \\n");
  CHECK(root.find("c d")->is == config_node::kind::text);
  CHECK(root.find("e")->is == config_node::kind::text);
  CHECK(root.text_of("f") == "'");
}

TEST_CASE("what is not understood is refused by its line, never guessed") {
  CHECK(yaml_refusal("a: 1\n\tb: 2\n") == "line 2 begins with a tab, must begin with spaces");
  CHECK(yaml_refusal("a: 1\na: 2\n") == "line 2 names a a second time");
  CHECK(yaml_refusal("a: 1\n---\nb: 2\n") == "line 2 begins a second document, must be one");
  CHECK(yaml_refusal("a: 1\n\n  b: 2\n") == "line 3 is indented more than what it belongs to");
  CHECK(yaml_refusal("a:\n    b: 1\n  c: 2\n") == "line 3 is indented more than what it belongs to");
  CHECK(yaml_refusal("  a: 1\nb: 2\n") == "line 2 is indented less than the first line");
  CHECK(yaml_refusal("a: x\n  continued\n") == "line 2 is indented more than what it belongs to");
  CHECK(yaml_refusal("a: b: c\n") == "line 1 has a second colon, its value must stand in quotes");
  CHECK(yaml_refusal("a\n") == "line 1 has no name with a colon behind it");
  CHECK(yaml_refusal("a: 'b\n") == "line 1 has text behind its quotes, or no closing quote in the line");
  CHECK(yaml_refusal("a: 'b' c\n") == "line 1 has text behind its quotes, or no closing quote in the line");
  CHECK(yaml_refusal("a: \"\\x41\"\n").find("line 1 has a \\ that is not known") == 0);
  CHECK(yaml_refusal("- a\nb: 1\n") == "line 2 is indented less than the first line");
  for (const std::string begins : {"&x 1", "*x", "!!str 1", "|", ">-", "{a: 1}", "[a]", "%x", "@x", "`x"}) {
    INFO(begins);
    CHECK(yaml_refusal("a: " + begins + "\n") == "line 1 has a value that begins with " + begins.substr(0, 1));
  }
  std::string deep;
  for (std::size_t k = 0; k < 40; ++k) deep += std::string(k, ' ') + "a:\n";
  CHECK(yaml_refusal(deep).find("is nested too deeply") != std::string::npos);
  std::string dashes = "a:\n";
  for (std::size_t k = 0; k < 2000; ++k) dashes += "- ";
  CHECK(yaml_refusal(dashes + "x\n").find("is nested too deeply") != std::string::npos);
}

TEST_CASE("JSON gives the same document") {
  const auto root = config_node::of_json(
      R"({"a":"x","n":4,"t":true,"f":false,"z":null,"l":[{"name":"p","v":{}},{"name":"q"}],"big":100000})");
  REQUIRE(root.has_value());
  CHECK(root->text_of("a") == "x");
  CHECK(root->text_of("n") == "4");
  CHECK(root->text_of("t") == "true");
  CHECK(root->text_of("f") == "false");
  CHECK_FALSE(root->has("z"));
  CHECK(root->find("l")->named("q") != nullptr);
  CHECK(root->find("l")->named("p")->find("v")->is == config_node::kind::map);
  CHECK_FALSE(config_node::of_json(R"({"a":1,"a":2})").has_value());
  CHECK_FALSE(config_node::of_json(R"({"a":1)").has_value());
  CHECK_FALSE(config_node::of_json(R"({"a":1} x)").has_value());
  CHECK_FALSE(config_node::of_json("").has_value());
  CHECK_FALSE(config_node::of_json(std::string(40, '[') + std::string(40, ']')).has_value());
  CHECK(config_node::of_json(std::string(30, '[') + std::string(30, ']')).has_value());
}
