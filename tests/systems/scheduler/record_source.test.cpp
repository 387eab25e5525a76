#include <headroom/systems/scheduler/record_source.hpp>

#include <filesystem>
#include <string>

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;

TEST_CASE("files and records that were handed over make the metrics of one window") {
  const scratch_folder folder;
  write_bytes(folder / "old_1.json", R"({"Service Time": 9, "Response Time": 9})");
  scheduler::record_source source({.folder = folder.path(), .window = {.pressure_threshold_s = 0.5}});
  source.begin(100);  // what lay there is of no window
  write_bytes(folder / "a_1.json", R"({"Service Time": 0.2, "Response Time": 0.4})");
  write_bytes(folder / "b_1.json", R"({"Service Time": 0.2, "Response Time": 0.2})");
  source.add({"a", 0.2, 0.6});
  source.add({"a", 0.2, -1});
  const auto m = source.read(110, 2);
  REQUIRE(m.has_value());
  CHECK(m->samples == 3);
  CHECK(m->workload == Approx(0.3));
  CHECK(m->utilization == Approx(0.03));
  CHECK(m->response_time_s == Approx(0.4));
  CHECK(m->pressure == Approx(0.8));
  CHECK(m->queue_length_dominant == Approx(1.5));  // of a
  CHECK(source.refused() == 1);
  CHECK(source.said().empty());
}

TEST_CASE("where time runs faster, the records are in the seconds of the window") {
  scheduler::record_source source({.window = {.pressure_threshold_s = 0.5}, .speed = 20});
  source.begin(0);
  source.add({"a", 0.01, 0.02});
  const auto m = source.read(10, 1);
  REQUIRE(m.has_value());
  CHECK(m->service_time_s == Approx(0.2));
  CHECK(m->response_time_s == Approx(0.4));
  CHECK(m->utilization == Approx(0.02));
}

TEST_CASE("an empty window is not known, and is believed after some") {
  scheduler::record_source source({.empty_windows_believed = 3});
  source.begin(0);
  CHECK_FALSE(source.read(10, 2).has_value());
  CHECK(source.said() == "no record came in 1 of the 3 windows after which no load is believed");
  CHECK_FALSE(source.read(20, 2).has_value());
  for (int k = 3; k < 6; ++k) {
    const auto m = source.read(10 * k, 2);
    REQUIRE(m.has_value());
    CHECK(m->workload == 0);
    CHECK(m->pressure == 0);
    CHECK(m->n_instances == 2);
  }
  source.add({"a", 0.1, 0.1});
  CHECK(source.read(60, 2).has_value());
  CHECK_FALSE(source.read(70, 2).has_value());  // and begins to count anew
  CHECK_FALSE(source.read(70, 2).has_value());
  CHECK(source.said() == "no time has passed since the last window");
}

TEST_CASE("a folder that cannot be read is never taken for no load") {
  const scratch_folder folder;
  scheduler::record_source source({.folder = folder / "results", .empty_windows_believed = 1});
  source.begin(0);
  for (int k = 1; k < 5; ++k) CHECK_FALSE(source.read(k, 1).has_value());
  CHECK(source.said() ==
        "the records cannot be read: " + (folder / "results").string() + ": No such file or directory");
  std::filesystem::create_directory(folder / "results");
  write_bytes(folder / "results" / "a_1.json", "nothing");
  write_bytes(folder / "results" / "a_2.json", R"({"Service Time": 1, "Response Time": 1})");
  // What lies there may be of any time of the outage.
  CHECK_FALSE(source.read(5, 1).has_value());
  CHECK(source.said() == "the records can be read again, and their window begins now");
  CHECK(source.damaged() == 1);
  write_bytes(folder / "results" / "a_3.json", R"({"Service Time": 1, "Response Time": 1})");
  const auto m = source.read(7, 1);
  REQUIRE(m.has_value());
  CHECK(m->workload == 0.5);
}

TEST_CASE("impossible options of a record source are refused by name") {
  CHECK(refusal<std::invalid_argument>([] { scheduler::record_source({.speed = 0}); }) ==
        "record_source: speed is 0, must be positive and finite");
  CHECK(refusal<std::invalid_argument>([] { scheduler::record_source({.empty_windows_believed = 0}); }) ==
        "record_source: empty_windows_believed is 0, must be from 1 to 1000000");
  CHECK(refusal<std::invalid_argument>([] { scheduler::record_source({.most_files = 0}); }) ==
        "record_source: most_files is 0, must be at least 1");
}
