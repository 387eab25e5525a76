#include <cmath>
#include <string>

#include <headroom/calibration/history_csv.hpp>

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

service_history read_text(const std::string& text, const history_csv_options& o = {}, history_reading* told = nullptr) {
  const scratch_folder folder;
  write_bytes(folder / "h.csv", text);
  return read_history_csv(folder / "h.csv", o, told);
}
void refuses(const std::string& text, const std::string& sentence, const history_csv_options& o = {}) {
  INFO(text);
  CHECK_THROWS_WITH(read_text(text, o), Catch::Contains(sentence));
}

}  // namespace

TEST_CASE("calibration.history_csv: columns are found by their names, with their units") {
  history_reading told;
  const service_history h = read_text(
      "time,requests_per_s,desired_replicas,ready_replicas,in_flight,cpu_utilisation_percent,latency_p50_ms,p95_s,"
      "note\n"
      "2024-05-01 10:00:00,61.5,9,8,12,71,120,0.4,a\n"
      "2024-05-01 10:00:30,60,9,9,NaN,,130,0.5,b\n",
      {}, &told);
  CHECK(h.interval_s == 30);
  CHECK(h.load_per_s == std::vector<double>{61.5, 60});
  CHECK(h.wanted == std::vector<double>{9, 9});
  CHECK(h.ready == std::vector<double>{8, 9});
  CHECK(h.utilisation[0] == Approx(0.71));
  CHECK(std::isnan(h.utilisation[1]));  // missing is never zero
  CHECK(std::isnan(h.in_flight[1]));
  CHECK(h.p50_s[1] == Approx(0.13));
  CHECK(h.p95_s[1] == 0.5);
  CHECK(h.p99_s.empty());
  CHECK(told.per_second);
  CHECK(told.ignored == std::vector<std::string>{"note"});
  CHECK(told.used.size() == 8);
  CHECK(told.times == "dates without a zone");
}

TEST_CASE("calibration.history_csv: counts of an interval become requests a second, unless told otherwise") {
  const std::string text = "t_s;requests;replicas;latency_s\n0;300;2;0.1\n15;150;2;0.2\n";
  CHECK(read_text(text).load_per_s == std::vector<double>{20, 10});
  CHECK(read_text(text).mean_latency_s == std::vector<double>{0.1, 0.2});
  CHECK(read_text(text).wanted == std::vector<double>{2, 2});
  CHECK(read_text(text, {.per_second = true}).load_per_s == std::vector<double>{300, 150});
}

TEST_CASE("calibration.history_csv: rows that begin their interval are moved to its end") {
  const service_history h =
      read_text("t_s,rps,ready,utilisation,in_flight\n0,1,5,0.1,7\n10,2,6,0.2,8\n20,3,7,0.3,9\n", {.rows_begin = true});
  CHECK(h.load_per_s == std::vector<double>{1, 2});
  CHECK(h.utilisation == std::vector<double>{0.1, 0.2});
  CHECK(h.ready == std::vector<double>{6, 7});
  CHECK(h.in_flight == std::vector<double>{8, 9});
}

TEST_CASE("calibration.history_csv: a name that says nothing is told by hand") {
  const std::string text = "t_s,a,b,c\n0,10,2,5\n10,20,3,6\n";
  refuses(text, "1:1: no column is surely the load, there are t_s, a, b, c: say which with columns");
  const service_history h = read_text(
      text, {.columns = {{"load", "a"}, {"wanted", "b"}, {"p95", "c"}}, .latency_unit_s = 1e-3, .per_second = true});
  CHECK(h.load_per_s == std::vector<double>{10, 20});
  CHECK(h.wanted == std::vector<double>{2, 3});
  CHECK(h.p95_s[0] == 0.005);
  refuses(text, "'lode' is not known, must be one of time, load, wanted", {.columns = {{"lode", "a"}}});
  refuses(text, "there is no column 'x', there are t_s, a, b, c", {.columns = {{"load", "x"}}});
}

TEST_CASE("calibration.history_csv: what is ambiguous, missing or impossible is refused where it stands") {
  refuses("t_s,rps,qps,ready\n0,1,2,3\n1,1,2,3\n", "columns 'rps' and 'qps' may both be load: say which with columns");
  refuses("t_s,rps\n0,1\n1,1\n", "no column is surely the wanted or the ready replicas");
  refuses("t_s,rps,ready,p95\n0,1,2,3\n1,1,2,3\n", "column 'p95' tells no unit: name it as in p95_s or p95_ms");
  refuses("time,rps,ready\n0,1,2\n1,1,2\n", "which tells no unit, set unit_s");
  refuses("t_s,rps,ready\n0,1,2\n1,,2\n", "3:3: rps is not known, must be in every row");
  refuses("t_s,rps,ready\n0,1,2\n1,5,x\n", "3:5: ready is 'x', must be a number, or empty if it is not known");
  refuses("t_s,rps,ready\n0,1,2\n1,-5,1\n", "3:3: rps is -5, must be from 0");
  refuses("t_s,rps,ready\n0,1,2\n1,5\n", "3:1: row has 2 columns, must have 3");
  refuses("t_s,rps,ready,utilisation\n0,1,2,0.5\n1,5,2,50\n", "must be a fraction up to 1; if it is percent");
  refuses("t_s,rps,ready\n0,1,2\n10,1,2\n20,1,2\n40,1,2\n", "5:1: the row is 20 s after the one before, most are 10 s");
  refuses("t_s,rps,ready\n0,1,2\n", "has 1 rows, must have at least 2");
  refuses("", "is empty");
  refuses("t_s,rps,ready\n0,1,2\n1,1,2\n2,1,2\n", "more than 2 rows", {.max_rows = 2});
}
