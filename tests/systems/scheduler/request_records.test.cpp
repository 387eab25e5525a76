#include <headroom/systems/scheduler/request_records.hpp>

#include <filesystem>
#include <optional>
#include <string>

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;

TEST_CASE("a record is two durations, whatever stands beside them") {
  const auto r = scheduler::parse_request_record(
      R"({"Service Time": 0.203124567890, "more": {"Service Time": 9, "x": [1]}, "Response Time": 1, "pod": "m-1"})");
  REQUIRE(r.has_value());
  CHECK(r->service_s == 0.203124567890);
  CHECK(r->response_s == 1);
  CHECK(r->pod == "m-1");
  CHECK(scheduler::to_json(*r) == R"({"Service Time":0.20312456789,"Response Time":1.0})");
  const auto again = scheduler::parse_request_record(scheduler::to_json(*r, true));
  REQUIRE(again.has_value());
  CHECK(again->pod == "m-1");
  for (const char* bad :
       {"", "[]", "7", "{", R"({"Service Time":0.2})", R"({"Service Time":0.2,"Response Time":null})",
        R"({"Service Time":0,"Response Time":1})", R"({"Service Time":0.2,"Response Time":-1.74e12})",
        R"({"Service Time":0.2,"Response Time":"1"})", R"({"Service Time":0.2,"Service Time":0.3,"Response Time":1})",
        R"([{"Service Time":0.2,"Response Time":1}])", R"({"Service Time":0.2,"Response Time":1)",
        R"({"Service Time":1e999,"Response Time":1})"}) {
    INFO(bad);
    CHECK_FALSE(scheduler::parse_request_record(bad).has_value());
  }
}

TEST_CASE("records are taken out of a folder, each file once, and what is not whole yet stays") {
  const scratch_folder folder;
  const std::string good = R"({"Service Time": 0.2, "Response Time": 0.3})";
  write_bytes(folder / "m-2_2025.01.31_10:00:00.002.json", good);
  write_bytes(folder / "m-1_2025.01.31_10:00:00.001.json", R"({"Service Time": 0.1, "Response Time": 0.5})");
  write_bytes(folder / ".m-1_half.json", good);
  write_bytes(folder / "podStatus.json", "{}");
  write_bytes(folder / "notes.txt", good);
  write_bytes(folder / "m-3_cut.json", R"({"Service Time": 0.2, "Resp)");
  write_bytes(folder / "m-3_long.json", good + std::string(5000, ' '));
  auto all = scheduler::take_request_records(folder.path());
  CHECK(all.problem.empty());
  REQUIRE(all.records.size() == 2);
  CHECK(all.records[0].pod == "m-1");
  CHECK(all.records[0].response_s == 0.5);
  CHECK(all.records[1].pod == "m-2");
  CHECK(all.damaged == 2);
  CHECK(all.left == 0);
  CHECK(folder.files() == 5);
  CHECK(std::filesystem::exists(folder / "m-3_cut.json.damaged"));
  CHECK(std::filesystem::exists(folder / ".m-1_half.json"));
  all = scheduler::take_request_records(folder.path());
  CHECK(all.records.empty());
  CHECK(all.damaged == 0);
}

TEST_CASE("at most so many files are read at a time, and a folder that is not there is no empty one") {
  const scratch_folder folder;
  for (const char* name : {"m_1.json", "m_2.json", "m_3.json"})
    write_bytes(folder / name, R"({"Service Time": 0.2, "Response Time": 0.3})");
  auto all = scheduler::take_request_records(folder.path(), 2);
  CHECK(all.records.size() == 2);
  CHECK(all.left == 1);
  CHECK(std::filesystem::exists(folder / "m_3.json"));
  all = scheduler::take_request_records(folder / "gone");
  CHECK(all.records.empty());
  CHECK(all.problem == (folder / "gone").string() + ": No such file or directory");
}
