#include <headroom/ext/served_fields.hpp>

#include <stdexcept>
#include <string>

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

struct seen {
  double load = -1;
  double queue = -2;
  int replicas = -3;
};
served_fields<seen> three() {
  return {{"load", &seen::load}, {"queue", &seen::queue, false}, {"replicas", &seen::replicas}};
}
served_reading read(const std::string& json, seen& o) {
  internal::json_walk in(json);
  REQUIRE(in.next() == internal::json_walk::token::object);
  return three().read(in, o);
}
std::string problem(const std::string& json) {
  seen o;
  return read(json, o).problem;
}

}  // namespace

TEST_CASE("numbers are read by their names, in any order") {
  seen o;
  const served_reading r = read(R"({"replicas":4,"load":1e2,"target":"a b"})", o);
  CHECK(r.problem.empty());
  CHECK(r.unknown.empty());
  CHECK(r.target == "a b");
  CHECK(o.load == 100);
  CHECK(o.queue == -2);  // what is not told keeps its default
  CHECK(o.replicas == 4);
  CHECK(three().told(r, &seen::load));
  CHECK(three().told(r, &seen::replicas));
  CHECK_FALSE(three().told(r, &seen::queue));
}

TEST_CASE("what cannot be meant is refused with a sentence") {
  CHECK(problem(R"({"laod":1,"load":2,"replicas":1})") == "there is no 'laod', must be one of load, queue, replicas");
  CHECK(problem(R"({"load":1})") == "replicas is missing");
  CHECK(problem(R"({"replicas":1})") == "load is missing");
  CHECK(problem(R"({"load":1,"load":2,"replicas":1})") == "load appears twice");
  CHECK(problem(R"({"load":"12","replicas":1})") == "load is no number");
  CHECK(problem(R"({"load":{"value":1},"replicas":1})") == "load is no number");
  CHECK(problem(R"({"load":true,"replicas":1})") == "load is no number");
  CHECK(problem(R"({"load":1,"replicas":1.5})") == "replicas is 1.5, must be whole, and zero or more");
  CHECK(problem(R"({"load":1,"replicas":-1})") == "replicas is -1, must be whole, and zero or more");
  CHECK(problem(R"({"load":1,"replicas":3000000000})").find("must be whole") != std::string::npos);
  CHECK(problem(R"({"load":1,"replicas":1)") == "this is not JSON");
  CHECK(problem(R"({"load":1e999,"replicas":1})") == "this is not JSON");
  CHECK(problem(R"({"load":1,"replicas":0})").empty());
}

TEST_CASE("a value that nobody knows is no problem and no zero") {
  for (const char* value : {"null", "\"NaN\"", "\"+Inf\"", "\"-Inf\"", "\"nan\""}) {
    INFO(value);
    seen o;
    const served_reading r = read(R"({"replicas":4,"load":)" + std::string(value) + "}", o);
    CHECK(r.problem.empty());
    CHECK(r.unknown == "load is not known");
    CHECK(o.load == -1);
    CHECK_FALSE(three().told(r, &seen::load));
    CHECK(three().told(r, &seen::replicas));
  }
}

TEST_CASE("a list of fields that is none is refused") {
  const auto refused = [](const auto& make) { return refusal<std::invalid_argument>(make); };
  CHECK(refused([] {
          served_fields<seen>{{"load", &seen::load}, {"load", &seen::queue}};
        }) == "served_fields: the name is load, must be given once");
  CHECK(refused([] { served_fields<seen>{{"target", &seen::load}}; }).find("is taken") != std::string::npos);
}
