#include <headroom/io/internal/prometheus_range.hpp>

#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

std::vector<trace_row> rows_of(const std::string& json, const trace_csv_options& options = {}) {
  trace_clock clock("t.json", 0, 0);
  return prometheus_range("t.json", options, clock).rows(json);
}
std::string refusal(const std::string& json, const trace_csv_options& options = {}) {
  try {
    static_cast<void>(rows_of(json, options));
  } catch (const csv_error& e) {
    return std::string(e.what()).substr(std::string("t.json:1:1: ").size());
  }
  return "nothing";
}
std::string answer(const std::string& series) {
  return R"({"status":"success","data":{"resultType":"matrix","result":[)" + series + "]}}";
}

}  // namespace

TEST_CASE("the answer of Prometheus is read, whole or in the parts that tools cut out") {
  const std::string series = R"({"metric":{"app":"shop"},"values":[[1714671060,"100"],[1714671120.5,"137.25"]]})";
  for (const std::string& json :
       {answer(series), "[" + series + "]", R"({"result":[)" + series + R"(],"resultType":"matrix"})",
        R"({"data":{"result":[)" + series + R"(],"stats":{"a":[1,{}]}},"warnings":["w"]})"}) {
    INFO(json);
    const std::vector<trace_row> rows = rows_of(json);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].time == 0);
    CHECK(rows[1].time == 60.5);
    CHECK(rows[0].count == 100);
    CHECK(rows[1].count == 137.25);
  }
}

TEST_CASE("several series are refused by name unless one is chosen") {
  const std::string two = answer(
      R"({"metric":{"__name__":"n","app":"shop"},"values":[[1,"5"]]},{"metric":{"app":"blog","code":"200"},"values":[[1,"7"]]})");
  CHECK(refusal(two) ==
        "holds 2 series, n{app=\"shop\"}, {app=\"blog\",code=\"200\"}: set series to the labels of one");
  CHECK(rows_of(two, {.series = "app=shop"})[0].count == 5);
  CHECK(rows_of(two, {.series = "code=200,app=\"blog\""})[0].count == 7);
  CHECK(refusal(two, {.series = "app=x"}) ==
        "holds no series with app=x, there are n{app=\"shop\"}, {app=\"blog\",code=\"200\"}");
  CHECK_THROWS_WITH(rows_of(two, {.series = "shop"}),
                    "series: the choice is shop, must be pairs as in app=shop,code=200");
}

TEST_CASE("values that are not known follow the rule for gaps, and others are refused") {
  const auto with = [](const std::string& value) {
    return answer(R"({"metric":{},"values":[[1,"5"],[2,)" + value + "]]}");
  };
  for (const std::string unknown : {"\"NaN\"", "\"+Inf\""}) {
    CHECK(refusal(with(unknown)).find("must be finite: set gap, and it is filled") != std::string::npos);
    CHECK(std::isnan(rows_of(with(unknown), {.gap = trace_gap::zero})[1].count));
  }
  CHECK(rows_of(with("7"))[1].count == 7);
  CHECK(refusal(with("\"-1\""), {.gap = trace_gap::zero}) == "value at time 2 is -1, must not be negative");
  CHECK(refusal(with("\"x\"")) == "value at time 2 is 'x', must be a number");
  CHECK(refusal(with("null")) == "holds a value at time 2 that is neither text nor a number");
  CHECK(refusal(with("\"5\",6")) == "holds a value with more than time and text");
}

TEST_CASE("a time before 1970 is refused") {
  CHECK_THROWS_WITH(rows_of(answer(R"({"metric":{},"values":[[1,"5"],[-2,"6"]]})")),
                    "t.json:1:1: holds a time that is no number, or is negative");
}

TEST_CASE("what is no answer to query_range is refused by name") {
  CHECK(refusal(R"({"status":"error","errorType":"bad_data","error":"parse error"})") ==
        "holds an error instead of data: parse error");
  CHECK(refusal(R"({"data":{"resultType":"vector","result":[{"metric":{},"value":[1,"5"]}]}})") ==
        "holds a result of type 'vector', must be 'matrix', which query_range gives");
  CHECK(refusal(R"({"data":{"resultType":"scalar","result":[1,"5"]}})") ==
        "holds a result of type 'scalar', must be 'matrix', which query_range gives");
  CHECK(refusal(R"({"a":1})") == "is JSON, and not what Prometheus answers to query_range: there is no 'result'");
  CHECK(refusal("[1,2]") == "is JSON, and not what Prometheus answers to query_range: 'result' must hold objects");
  CHECK(refusal(answer("")) == "holds no series");
  CHECK(refusal(answer(R"({"metric":{"a":"b"},"values":[]})")) == "holds a series without values, {a=\"b\"}");
  CHECK(refusal(answer("{}").substr(0, 60)) == "is JSON that ends early: the file may be cut");
  CHECK(refusal("{\"data\":]") == "is no valid JSON at byte 9");
  CHECK(refusal(answer("{}") + "x").starts_with("is no valid JSON at byte "));
}
