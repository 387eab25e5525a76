#include <headroom/ext/prometheus_groups.hpp>

#include <stdexcept>
#include <string>

#include "catch.hpp"
#include "ext/loopback.hpp"

using namespace headroom;

namespace {

std::string group_json(const std::string& metric, const std::string& value) {
  return R"({"metric":{)" + metric + R"(},"value":[1795310675.459,")" + value + R"("]})";
}
std::string groups_json(const std::string& series) {
  return R"({"status":"success","data":{"resultType":"vector","result":[)" + series + "]}}";
}

}  // namespace

TEST_CASE("prometheus_groups: one question gives each service its value, and unknown is never zero") {
  httplib::Server server;
  loopback_server at(server);
  prometheus metrics{{.url = at.url()}};
  at.answers(groups_json(group_json(R"("app":"a")", "12.5") + ',' + group_json(R"("app":"b","x":"1")", "0") + ',' +
                         group_json(R"("app":"c")", "NaN") + ',' + group_json(R"("app":"d")", "+3") + ',' +
                         group_json(R"("app":"e","x":"1")", "1") + ',' + group_json(R"("app":"e","x":"2")", "1") + ',' +
                         group_json(R"("app":"f")", "") + ',' + group_json(R"("app":"e","x":"3")", "1")));
  const prometheus_groups all = read_groups(metrics, "sum by (app)(rate(r[1m]))", "app");
  CHECK(at.asked() == 1);
  CHECK(at.last().get_param_value("query") == "sum by (app)(rate(r[1m]))");
  CHECK(all.said.empty());
  CHECK(all.of("a").value == 12.5);
  CHECK(all.of("b").known());
  CHECK(all.of("b").value == 0);
  CHECK(all.of("c").why == unknown_why::not_finite);
  CHECK(all.of("d").value == 3);
  CHECK(all.of("e").why == unknown_why::several);
  CHECK(all.of("f").why == unknown_why::failed);
  CHECK(all.of("nobody").why == unknown_why::empty);
  CHECK(all.warnings.empty());
  at.answers(R"({"status":"success","warnings":["half of it"],"data":{"resultType":"vector","result":[]}})");
  CHECK(read_groups(metrics, "x", "app").warnings == "half of it");
  at.answers(groups_json(""));
  CHECK(read_groups(metrics, "x", "app").said.empty());
  CHECK(read_groups(metrics, "x", "app").of("a").why == unknown_why::empty);
}

TEST_CASE("prometheus_groups: an answer that is not grouped by the label, or is none, gives nobody a value") {
  httplib::Server server;
  loopback_server at(server);
  prometheus metrics{{.url = at.url()}};
  at.answers(groups_json(group_json(R"("app":"a")", "1") + ',' + group_json("", "5")));
  const prometheus_groups ungrouped = read_groups(metrics, "sum(x)", "app");
  CHECK(ungrouped.said == "sum(x): a series has no label app: group by it, as in sum by (app)(...)");
  CHECK(ungrouped.of("a").why == unknown_why::failed);
  CHECK(ungrouped.by_label.empty());
  at.answers(R"({"status":"success","data":{"resultType":"matrix","result":[]}})");
  CHECK(read_groups(metrics, "x[1m]", "app").said == "x[1m]: gives a matrix, must give a vector");
  at.answers(R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"app":"a"}}]}})");
  CHECK(read_groups(metrics, "x", "app").said == "x: a series has no value");
  at.answers(R"({"status":"success","data":{"resultType":"vec)");
  CHECK(read_groups(metrics, "x", "app").said == "x: not what Prometheus answers, or cut off");
  at.answers(R"({"status":"error","errorType":"bad_data","error":"parse"})");
  CHECK(read_groups(metrics, "x", "app").said == "x: bad_data: parse");
  at.answers(R"({"status":"error","errorType":"bad_data","error":"parse"})", 400);
  CHECK(read_groups(metrics, "x", "app").said == "x: " + at.url() + ": 400, bad_data: parse");
  CHECK_THROWS_AS(read_groups(metrics, "x", ""), std::invalid_argument);
}
