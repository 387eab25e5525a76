#include <headroom/systems/scheduler/pod_status.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <headroom/baselines/stateless.hpp>
#include <headroom/environments/recorded.hpp>
#include <headroom/systems/scheduler/pod_status_reader.hpp>
#include <headroom/run/observers.hpp>
#include <headroom/run/run.hpp>

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

scheduler::pod_status sample(std::uint64_t check) {
  scheduler::pod_status c;
  c.check = check;
  c.timestamp = "31.05.2025_23:" + std::to_string(49 + check) + ":30";
  c.metrics = {2, 0.1 * static_cast<double>(check), 1.5, 0.7, 1.0 / 3};
  c.response_time_s = 0.1 + 0.2;
  c.service_time_s = 0.125;
  c.threshold_s = 0.5;
  c.cpu_usage = 1.6;
  c.action = check == 1 ? "No Action" : "The number of pod will be set to " + std::to_string(check) + "!";
  c.active = {"matrix-a", "quoted \"b\""};
  c.started = {"matrix-a"};
  return c;
}

}  // namespace

TEST_CASE("what is written is read back to the bit") {
  const scratch_folder folder;
  const std::vector<scheduler::pod_status> checks{sample(1), sample(2), sample(7)};
  scheduler::write_pod_status(folder / "podStatus.json", checks);
  const auto again = scheduler::read_pod_status(folder / "podStatus.json");
  REQUIRE(again.size() == 3);
  for (std::size_t k = 0; k < 3; ++k) {
    const scheduler::pod_status& a = checks[k];
    const scheduler::pod_status& b = again[k];
    CHECK(a.check == b.check);
    CHECK(a.timestamp == b.timestamp);
    CHECK(a.metrics.n_instances == b.metrics.n_instances);
    CHECK(a.metrics.pressure == b.metrics.pressure);
    CHECK(a.metrics.queue_length_dominant == b.metrics.queue_length_dominant);
    CHECK(a.metrics.utilization == b.metrics.utilization);
    CHECK(a.metrics.workload == b.metrics.workload);
    CHECK(a.response_time_s == b.response_time_s);
    CHECK(a.service_time_s == b.service_time_s);
    CHECK(a.threshold_s == b.threshold_s);
    CHECK(a.cpu_usage == b.cpu_usage);
    CHECK(a.action == b.action);
    CHECK(a.active == b.active);
    CHECK(a.started == b.started);
    CHECK(a.stopped == b.stopped);
  }
  CHECK(folder.files() == 1);
}

TEST_CASE("the file has the scheduler's names in the scheduler's order") {
  const scratch_folder folder;
  scheduler::write_pod_status(folder / "p.json", std::vector{sample(1)});
  const std::string text = read_bytes(folder / "p.json");
  std::size_t at = 0;
  for (const char* name : {"check_1", "timestamp", "nInstances", "pressure", "avgResponseTime", "avgServiceTime",
                           "Threshold", "queueLengthDominant", "utilization", "CPUUsage (Prometheus)", "workload",
                           "action", "active", "startedPreviousCheck", "shutdownPreviousCheck"}) {
    const std::size_t next = text.find('"' + std::string(name) + "\": ", at);
    CHECK(next != std::string::npos);
    at = next;
  }
  CHECK(text.find("\"nInstances\": 2,") != std::string::npos);  // a whole number, as Python writes a count
}

TEST_CASE("a log of the first scheduler keeps its shape") {
  const scratch_folder folder;
  scheduler::pod_status c = sample(1);
  c.latency_only = true;
  c.response_time_s = std::numeric_limits<double>::quiet_NaN();
  scheduler::write_pod_status(folder / "p.json", std::vector{c});
  CHECK(read_bytes(folder / "p.json").find("\"averageResponseTime\": null") != std::string::npos);
  const auto again = scheduler::read_pod_status(folder / "p.json");
  CHECK(again.at(0).latency_only);
  CHECK(again.at(0).started == c.started);
}

TEST_CASE("what cannot be read back is not written, and the old file stays") {
  const scratch_folder folder;
  const auto file = folder / "p.json";
  scheduler::write_pod_status(file, std::vector{sample(1)});
  const std::string before = read_bytes(file);
  const auto with = [&](auto&& change) {
    std::vector<scheduler::pod_status> checks{sample(1), sample(2)};
    change(checks[1]);
    return refusal<std::exception>([&] { scheduler::write_pod_status(file, checks); });
  };
  CHECK(with([](scheduler::pod_status& c) { c.check = 1; }) ==
        "write_pod_status: check is 1, must ascend, and be at least 1");
  CHECK(with([](scheduler::pod_status& c) { c.metrics.pressure = std::numeric_limits<double>::infinity(); }) ==
        "write_pod_status: pressure of check_2 is inf, must be finite");
  CHECK(with([](scheduler::pod_status& c) { c.metrics.n_instances = 1.5; }) ==
        "write_pod_status: nInstances of check_2 is 1.5, must be a whole number from 0 to 1000000");
  CHECK(with([](scheduler::pod_status& c) { c.timestamp = "2025-05-31 23:59:30"; }) ==
        "write_pod_status: timestamp of check_2 is 2025-05-31 23:59:30, must be a moment like 31.01.2025_23:59:00");
  CHECK(with([](scheduler::pod_status& c) { c.active = {"\xff"}; }) ==
        file.string() + ": cannot be written: a text is not UTF-8");
  CHECK(read_bytes(file) == before);
  CHECK(folder.files() == 1);
}

TEST_CASE("an action's text is a number of replicas where it has one") {
  scheduler::pod_status c;
  CHECK_FALSE(c.asked().has_value());
  c.action = "The number of pod will be set to 12!";
  CHECK(c.asked().value() == 12);
  c.action = "set to 99999999999";
  CHECK_FALSE(c.asked().has_value());
}

TEST_CASE("a recorded run is replayed: what would another policy have decided?") {
  std::vector<scheduler::pod_status> checks{sample(1), sample(2), sample(3)};
  checks[2].metrics.pressure = 1.25;
  checks[2].timestamp = "01.06.2025_00:00:30";
  const auto observations = scheduler::observations_of(checks);
  REQUIRE(observations.size() == 3);
  CHECK(observations[0].time_s == 0);
  CHECK(observations[1].time_s == 60);
  CHECK(observations[2].time_s == 600);  // across midnight and the end of the month
  CHECK(observations[0].requested == 0);
  CHECK(observations[1].requested == 0);  // the first check says "No Action"
  CHECK(observations[2].requested == 2);
  CHECK(observations[2].applied == 2);
  CHECK_FALSE(observations[1].violation);
  CHECK(observations[2].violation);
  CHECK(observations[1].workload == 1.0 / 3);
  CHECK(observations[1].response_time_s == 0.1 + 0.2);

  recorded<scheduler::observation, int> world(observations);
  stateless rule{[](const scheduler::observation& o) { return o.pressure > 0.15 ? 3 : 1; }};
  std::vector<int> decided;
  run_episodes(world, rule, 1, on_each_step{[&](const auto& r) { decided.push_back(r.action); }});
  CHECK(decided == std::vector{1, 3});
}
