#include <headroom/io/exposition.hpp>

#include <limits>
#include <stdexcept>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("io.exposition: names stand together, each with its help and its type once") {
  exposition all;
  all.counter("headroom_decisions_total", "Decisions, by who made them.", 12, {{"by", "policy"}});
  all.gauge("headroom_replicas", "Replicas that were read.", 4);
  all.counter("headroom_decisions_total", "Decisions, by who made them.", 3, {{"by", "hold"}, {"why", "stale"}});
  CHECK(all.text() ==
        "# HELP headroom_decisions_total Decisions, by who made them.\n"
        "# TYPE headroom_decisions_total counter\n"
        "headroom_decisions_total{by=\"policy\"} 12\n"
        "headroom_decisions_total{by=\"hold\",why=\"stale\"} 3\n"
        "# HELP headroom_replicas Replicas that were read.\n"
        "# TYPE headroom_replicas gauge\n"
        "headroom_replicas 4\n");
}

TEST_CASE("io.exposition: what is not known is NaN, and texts are escaped") {
  exposition all;
  all.gauge("a", "back\\slash\nnew \"line\"", std::numeric_limits<double>::quiet_NaN(), {{"l", "x\\y\"z\n"}});
  all.gauge("b", "", -std::numeric_limits<double>::infinity());
  all.gauge("c", "", 0.1);
  CHECK(all.text() ==
        "# HELP a back\\\\slash\\nnew \"line\"\n# TYPE a gauge\na{l=\"x\\\\y\\\"z\\n\"} NaN\n"
        "# HELP b \n# TYPE b gauge\nb -Inf\n# HELP c \n# TYPE c gauge\nc 0.1\n");
}

TEST_CASE("io.exposition: what Prometheus would refuse is refused") {
  exposition all;
  CHECK_THROWS_WITH(all.counter("decisions", "", 1), "exposition: counter is decisions, must end in _total");
  CHECK_THROWS_WITH(all.counter("a_total", "", -1), "exposition: a_total is -1, must be zero or more, and finite");
  CHECK_THROWS_AS(all.gauge("9a", "", 1), std::invalid_argument);
  CHECK_THROWS_AS(all.gauge("a-b", "", 1), std::invalid_argument);
  CHECK_THROWS_AS(all.gauge("", "", 1), std::invalid_argument);
  CHECK_THROWS_AS(all.gauge("a", "", 1, {{"b:c", ""}}), std::invalid_argument);
  CHECK_THROWS_AS(all.gauge("a", "", 1, {{"__name__", ""}}), std::invalid_argument);
  all.gauge("x_total", "", 1);
  CHECK_THROWS_WITH(all.counter("x_total", "", 1), "exposition: x_total is counter, must be a gauge, as it was before");
  CHECK_THROWS_WITH(all.gauge("x_total", "", 2), "exposition: sample is x_total, must be told once");
  all.gauge("job:rate5m", "", 1);
}
