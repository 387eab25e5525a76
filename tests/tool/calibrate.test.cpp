#include <cmath>
#include <string>

#include "calibration/recorded_service.hpp"
#include "catch.hpp"
#include "tool/tool.hpp"

// `headroom calibrate` through a shell: from a history to a file that compare reads, and what it refuses.

namespace {

void write_history(const std::filesystem::path& file, const headroom::service_history& h, const std::string& columns) {
  std::string text = "t_s,requests_per_s";
  const auto has = [&](char c) { return columns.find(c) != std::string::npos; };
  if (has('w')) text += ",wanted";
  if (has('r')) text += ",ready";
  if (has('f')) text += ",in_flight";
  if (has('u')) text += ",utilisation";
  if (has('5')) text += ",p50_ms";
  if (has('9')) text += ",p95_ms";
  text += '\n';
  for (std::size_t i = 0; i < h.size(); ++i) {
    text += std::to_string(15 * i) + ',' + std::to_string(h.load_per_s[i]);
    const auto add = [&](char c, double value) {
      if (has(c)) text += ',' + (std::isfinite(value) ? std::to_string(value) : std::string());
    };
    add('w', h.wanted[i]);
    add('r', h.ready[i]);
    add('f', h.in_flight[i]);
    add('u', h.utilisation[i]);
    add('5', 1000 * h.p50_s[i]);
    add('9', 1000 * h.p95_s[i]);
    text += '\n';
  }
  write_bytes(file, text);
}
void refuses_history(const scratch_folder& folder, const std::string& how, const std::string& sentence) {
  INFO(how);
  const tool_run run = run_tool(folder, "calibrate --trace h.csv --out s.toml " + how);
  CHECK(run.code == 2);
  CHECK(run.out.empty());
  CHECK_THAT(run.err, Catch::Contains(sentence));
  CHECK_FALSE(std::filesystem::exists(folder / "s.toml"));
}

}  // namespace

TEST_CASE("calibrate: a history becomes a service that compare reads, with intervals, a picture and an error") {
  const scratch_folder folder;
  write_history(folder / "h.csv", recorded_service(500, 21), "wrfu59");
  write_bytes(folder / "start.toml", "objective = \"p95<1.5\"\nmax_replicas = 12\nslots = 7\n");
  const tool_run run = run_tool(
      folder, "calibrate --trace h.csv --service start.toml --requests 30000 --out s.toml --svg s.svg --json s.json");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_THAT(run.err, Catch::Contains("500 rows, one every 15 s, times in seconds"));
  CHECK_THAT(run.err, Catch::Contains("p95 (column p95_ms); load is requests a second"));
  CHECK_THAT(run.err, Catch::Contains("calibrating"));
  CHECK_THAT(run.out, Catch::Contains("start delay   45 s, 90 % interval 29.9 to 60.5 s"));
  CHECK_THAT(run.out, Catch::Contains("slots         4, 90 % interval: no other number fits"));
  CHECK_THAT(run.out, Catch::Contains("On the last 150 rows, which were held back"));
  const auto j = read_json(folder / "s.json");
  const auto holds = [&](const char* name, double truth) {
    const auto& p = j.at("parameters").at(name);
    INFO(name << ' ' << p.dump());
    CHECK(p.at("low").get<double>() <= truth);
    CHECK(p.at("high").get<double>() >= truth);
  };
  holds("start_delay", 60);
  holds("service_time", 0.25);
  holds("variation", 1);
  holds("slots", 4);
  CHECK(j.at("held_back").at("p95_s").at("within").get<double>() > 0.75);
  CHECK(j.at("held_back").at("utilisation").at("error").get<double>() < 0.1);
  const std::string file = read_bytes(folder / "s.toml");
  CHECK_THAT(file, Catch::Contains("# Fitted to h.csv by headroom calibrate"));
  CHECK_THAT(file, Catch::Contains("slots = 4\n"));
  CHECK_THAT(file, Catch::Contains("objective = \"p95<1.5\"\n"));
  CHECK_THAT(file, Catch::Contains("max_replicas = 12\n"));
  const std::string picture = read_bytes(folder / "s.svg");
  CHECK_THAT(picture, Catch::Contains("utilisation"));
  CHECK_THAT(picture, Catch::Contains("<polygon"));
  CHECK_THAT(picture, Catch::Contains(">minutes since the history began</text>"));
  const tool_run compared = run_tool(folder,
                                     "compare --service s.toml --pattern steady --mean 30 --episode-length 900 "
                                     "--episodes 2 --no-bound --policies constant:4");
  INFO(compared.err);
  CHECK(compared.code == 0);
  CHECK_THAT(compared.out, Catch::Contains("4 slots a replica, 0.25"));
}

TEST_CASE("calibrate: what the history cannot tell is named, with the flag that says it") {
  const scratch_folder folder;
  headroom::service_history h = recorded_service(200, 22, 0.3);
  write_history(folder / "h.csv", h, "rf9");
  refuses_history(
      folder, "",
      "the start delay cannot be told: only ready replicas were recorded, not when they were asked for; say "
      "it with --start-delay");
  refuses_history(folder, "--start-delay 60", "the slots cannot be told: there is no utilisation");
  h.wanted.assign(h.size(), 9);
  h.ready = h.wanted;
  write_history(folder / "h.csv", h, "wru9");
  refuses_history(folder, "", "the start delay cannot be told: the wanted replicas never rise");
  refuses_history(folder, "--start-delay 60", "one quantile of the latency does not tell the mean of the service time");
  // Given, it is written as given, and the reason is said.
  write_history(folder / "h.csv", recorded_service(200, 22), "rfu59");
  const tool_run run =
      run_tool(folder, "calibrate --trace h.csv --start-delay 61 --law lognormal --requests 6000 --held-back 0");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_THAT(run.err, Catch::Contains("start delay   61 s, as given; the history cannot tell it: only ready replicas"));
  CHECK_THAT(run.out, Catch::Contains("start_delay = 61\n"));
  CHECK_THAT(run.err, !Catch::Contains("held back"));
  // The same again gives the same.
  const tool_run again =
      run_tool(folder, "calibrate --trace h.csv --start-delay 61 --law lognormal --requests 6000 --held-back 0");
  CHECK(again.out == run.out);
}

TEST_CASE("calibrate: files and options that cannot be meant are refused") {
  const scratch_folder folder;
  write_history(folder / "h.csv", recorded_service(200, 23), "wrfu59");
  refuses_history(folder, "--keep slots", "--keep: slots is not given, must be said by --service or --slots");
  refuses_history(folder, "--keep slot --slots 3", "--keep: the name is slot, must be start_delay");
  refuses_history(folder, "--law normal", "--law: the value is normal, must be lognormal or gamma");
  refuses_history(folder, "--decisions now", "--decisions: the value is now, must be anywhere or after-row");
  refuses_history(folder, "--held-back 0.9", "--held-back: the fraction is 0.9");
  refuses_history(folder, "--held-back 0.05", "the number of rows is 200, must leave 40 to fit and as many");
  refuses_history(folder, "--columns load", "--columns: the choice is load, must be pairs");
  refuses_history(folder, "--columns load=x", "there is no column 'x'");
  refuses_history(folder, "--requests 5", "--requests: the number is 5");
  write_bytes(folder / "h.csv", "t_s,n,ready,p95\n0,1,2,3\n1,1,2,3\n");
  refuses_history(folder, "", "column 'p95' tells no unit: name it as in p95_s or p95_ms, or set --latency-unit");
  write_bytes(folder / "h.csv", "t_s,n,m\n0,1,2\n1,1,2\n");
  refuses_history(folder, "", "say which with --columns");
}
