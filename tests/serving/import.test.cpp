#include <cstdint>
#include <string>

#include <headroom/ext/internal/httplib.hpp>

#include "catch.hpp"
#include "ext/loopback.hpp"
#include "serving/serving.hpp"

namespace {

// A query_range that has a value for each step from `first` on, but for those in `holes`.
std::string range_of(double start, double end, double step, double first, const std::string& holes) {
  std::string values;
  for (int k = 0; start + k * step <= end; ++k) {
    const auto t = static_cast<std::int64_t>(start + k * step);
    if (static_cast<double>(t) < first || contains(holes, std::to_string(t))) continue;
    values += (values.empty() ? "[" : ",[") + std::to_string(t) + ",\"" + std::to_string(k % 7 + 1) + "\"]";
  }
  return R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"app":"shop"},"values":[)" + values +
         "]}]}}";
}

}  // namespace

TEST_CASE("import --prometheus: a history becomes a trace, and what is missing is told") {
  httplib::Server server;
  double first = 0;
  std::string holes;
  int pieces = 0;
  server.Post("/api/v1/query_range", [&](const httplib::Request& r, httplib::Response& response) {
    ++pieces;
    response.set_content(range_of(std::stod(r.get_param_value("start")), std::stod(r.get_param_value("end")),
                                  std::stod(r.get_param_value("step")), first, holes),
                         "application/json");
  });
  loopback_server at(server);
  const scratch_folder folder;
  const std::string asked = "import --prometheus " + at.url() + " --query 'sum(x)' --step 1m --out load.csv ";
  const std::string day = "--from 2026-11-01T00:00:00Z --to 2026-11-01T23:59:00Z ";

  tool_run run = run_tool(folder, asked + "--per-second " + day);
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(run.out.empty());
  CHECK(contains(run.err, "1440 rows of 60 s"));
  CHECK(contains(run.err, "no gaps"));
  const std::string csv = read_bytes(folder / "load.csv");
  CHECK(lines_in(csv) == 1441);
  CHECK(contains(csv, "t_s,requests\n0,60\n60,120\n120,180\n"));  // a rate of 1, 2, 3 a second over 60 s

  run = run_tool(folder, asked + "--per-step " + day);
  REQUIRE(run.code == 0);
  CHECK(contains(read_bytes(folder / "load.csv"), "t_s,requests\n0,1\n60,2\n120,3\n"));

  run = run_tool(folder, asked + "--counter " + day);  // 1 to 7 again and again: a counter that restarts
  REQUIRE(run.code == 0);
  CHECK(contains(run.err, "205 restarts of the counter"));

  pieces = 0;
  run = run_tool(folder, asked + "--per-second --from 1793491200 --to 1794811200");  // 22,001 minutes
  REQUIRE(run.code == 0);
  CHECK(pieces == 3);
  CHECK(contains(run.err, "22001 rows of 60 s"));

  holes = "1793491500 1793491560";
  run = run_tool(folder, asked + "--per-second " + day);
  CHECK(run.code == 2);
  CHECK(contains(run.err, "--gap"));
  run = run_tool(folder, asked + "--per-second --gap hold " + day);
  CHECK(run.code == 0);
  CHECK(contains(run.err, "2 rows filled (hold)"));

  holes.clear();
  first = 1'793'491'200 + 600;
  run = run_tool(folder, asked + "--per-second " + day);
  CHECK(run.code == 0);
  CHECK(contains(run.err, "has no value in 10 of 1440 steps at its beginning or its end"));
}

TEST_CASE("import --prometheus: what is not said is asked for, and what fails is told") {
  httplib::Server server;
  loopback_server at(server);
  at.answers(R"({"status":"success","data":{"resultType":"matrix","result":[]}})");
  const scratch_folder folder;
  const auto refused = [&](const std::string& how, int code = 2) {
    const tool_run run = run_tool(folder, "import " + how);
    INFO(how << '\n' << run.err);
    CHECK(run.code == code);
    CHECK(run.out.empty());
    return run.err;
  };
  const std::string there = "--prometheus " + at.url() + " ";
  const std::string whole = there + "--query x --from now-1h ";
  CHECK(contains(refused(""), "what is to be imported is not said"));
  CHECK(contains(refused(whole), "what a value is is not said, must be said by one of --per-second"));
  CHECK(contains(refused(whole + "--counter --per-second"), "said twice"));
  CHECK(contains(refused(there + "--per-second --from now-1h"), "--query: the expression is missing"));
  CHECK(contains(refused(there + "--per-second --query x"), "--from: the first moment is missing"));
  CHECK(contains(refused(whole + "--per-second --to 2026-11-01T00:00:00"), "name its zone"));
  CHECK(contains(refused(whole + "--per-second --to yesterday"), "be seconds since 1970, a date with its zone"));
  CHECK(contains(refused(whole + "--per-second --step 2h"), "--step: the time is 2h"));
  CHECK(contains(refused(whole + "--per-second --step fast"), "be as in 15, 15s, 1m, 1h or 1d"));
  CHECK(contains(refused(whole + "--per-second"), "holds no series"));
  CHECK(contains(refused("--query x file.csv"), "--prometheus"));
  CHECK(contains(refused(whole + "--per-second file.csv"), "--prometheus"));
  CHECK(contains(refused("--prometheus nowhere --query x --from now-1h --counter"), "begin with http://"));
  at.answers(R"({"status":"error","errorType":"bad_data","error":"1:5: parse error"})", 400);
  CHECK(contains(refused(whole + "--per-second", 1), "400, bad_data: 1:5: parse error"));
  at.stop();
  CHECK(contains(refused(whole + "--per-second", 1), "nobody listens there"));
  CHECK(folder.files() == 0);
}

TEST_CASE("import --queries: a history of many columns, empty where nothing is known") {
  httplib::Server server;
  server.Post("/api/v1/query_range", [](const httplib::Request& r, httplib::Response& response) {
    const std::string query = r.get_param_value("query");
    std::string values;
    for (int k = 0; k < 5; ++k) {
      if (query == "hole" && k == 2) continue;
      if (query == "late" && k == 0) continue;
      const std::string value = k != 3            ? std::to_string(10 * k)
                                : query == "nan"  ? "NaN"
                                : query == "hole" ? "-Inf"
                                                  : "30";
      values += (values.empty() ? "[" : ",[") + std::to_string(1'000'000 + 15 * k) + ",\"" + value + "\"]";
    }
    const std::string one = R"({"metric":{"pod":"a"},"values":[)" + values + "]}";
    const std::string other = R"({"metric":{"pod":"b"},"values":[)" + values + "]}";
    const std::string all = query == "none" ? "" : query == "two" ? one + "," + other : one;
    response.set_content(R"({"status":"success","data":{"resultType":"matrix","result":[)" + all + "]}}",
                         "application/json");
  });
  loopback_server at(server);
  const scratch_folder folder;
  const std::string asked =
      "import --prometheus " + at.url() + " --from 1000000 --to 1000060 --step 15s --out history.csv --queries ";

  write_bytes(folder / "run.toml",
              "[source]\nkind = \"prometheus\"\n[source.load]\nquery = \"late\"\nstale_s = 5\n[source.p95_s]\n"
              "query = \"nan\"\n[source.ready]\nquery = \"hole\"\n");
  tool_run run = run_tool(folder, asked + "run.toml");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.err, "4 rows of 15s, 3 columns, 3 cells are not known and empty"));
  CHECK(read_bytes(folder / "history.csv") ==
        "time_s,rps,p95_s,ready\n1000015,10,10,10\n1000030,20,20,\n1000045,30,,\n1000060,40,40,40\n");

  write_bytes(folder / "plain.toml", "wanted = \"x\"\nload = \"y\"\n");
  run = run_tool(folder, asked + "plain.toml");
  REQUIRE(run.code == 0);
  CHECK(contains(read_bytes(folder / "history.csv"), "time_s,rps,wanted\n1000000,0,0\n"));

  std::filesystem::remove(folder / "history.csv");
  const auto refused = [&](const std::string& toml, const std::string& sentence) {
    write_bytes(folder / "bad.toml", toml);
    const tool_run bad = run_tool(folder, asked + "bad.toml");
    CAPTURE(toml, bad.err);
    CHECK(bad.code == 2);
    CHECK(contains(bad.err, sentence));
    CHECK_FALSE(std::filesystem::exists(folder / "history.csv"));
  };
  refused("load = \"two\"\n", "rps: number of series is 2, must be 1: aggregate them");
  refused("load = \"none\"\n", "rps: number of series is 0, must be 1");
  refused("load = 3\n", "load: the query is none, must be an expression in quotation marks");
  refused("[source.load]\nage = \"x\"\n", "load: the query is none, must be");
  refused("", "number of queries is 0, must be at least 1");
  refused("[source\n", "bad.toml, line 1: ");
  refused("time_s = \"x\"\n", "the name is time_s, must");
  CHECK(run_tool(folder, asked + "run.toml --query x").code == 2);
  CHECK(run_tool(folder, asked + "missing.toml").code == 2);
}
