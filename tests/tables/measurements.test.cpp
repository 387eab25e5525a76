#include <headroom/tables/measurements.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("measurements are rows of named numbers") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const measurements m({"replicas", "tps"}, {1, 100, 2, nan, 3, 250});
  CHECK(m.rows() == 3);
  CHECK(m.columns() == 2);
  CHECK(m.row(2)[0] == 3);
  CHECK(m.row(2)[1] == 250);
  CHECK(std::isnan(m.row(1)[1]));
  CHECK(m.index("tps") == 1);
  CHECK(m.find("replicas") == 0U);
  CHECK_FALSE(m.find("cost"));
  CHECK(measurements({"a"}, {}).rows() == 0);
}

TEST_CASE("a column that is not there is refused with those that are") {
  const measurements m({"replicas", "tps"}, {1, 100});
  CHECK_THROWS_WITH(m.index("cost"), "measurements: there is no column 'cost', there are replicas, tps");
  CHECK_THROWS_AS(m.index("cost"), std::invalid_argument);
}

TEST_CASE("columns that have no names, share one, or do not fit are refused") {
  const auto made = [](std::vector<std::string> names, std::vector<double> values) {
    return measurements(std::move(names), std::move(values));
  };
  CHECK_THROWS_WITH(made({}, {}), "measurements: number of columns is 0, must be at least 1");
  CHECK_THROWS_WITH(made({"a", ""}, {}), "measurements: name of column 2 is , must not be empty");
  CHECK_THROWS_WITH(made({"a", "b", "a"}, {}), "measurements: name of column 3 is a, must differ from those before");
  CHECK_THROWS_WITH(made({"a", "b"}, {1, 2, 3}),
                    "measurements: number of values is 3, must be a multiple of the number of columns, 2");
}

TEST_CASE("a renamed column keeps its numbers, the table that was asked stays as it was") {
  const measurements m({"re", "cpu"}, {1, 500, 2, 900});
  const measurements renamed = m.renamed("re", "replicas");
  CHECK(renamed.names() == std::vector<std::string>{"replicas", "cpu"});
  CHECK(renamed.row(1)[renamed.index("replicas")] == 2);
  CHECK(m.names().front() == "re");
  CHECK_THROWS_WITH(m.renamed("re", "cpu"), "measurements: name of column 2 is cpu, must differ from those before");
  CHECK_THROWS_WITH(m.renamed("x", "y"), "measurements: there is no column 'x', there are re, cpu");
}
