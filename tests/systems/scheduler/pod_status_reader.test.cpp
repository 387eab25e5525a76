#include <headroom/systems/scheduler/pod_status_reader.hpp>

#include <cmath>
#include <filesystem>
#include <cstdint>
#include <string>

#include "allocations.hpp"
#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

const std::string first = R"json("check_1": {
    "timestamp": "31.05.2025_23:59:30",
    "nInstances": 2,
    "pressure": 0.5,
    "avgResponseTime": 0.25,
    "avgServiceTime": 0.125,
    "Threshold": 0.5,
    "queueLengthDominant": 1.5,
    "utilization": 0.75,
    "CPUUsage (Prometheus)": 1.5,
    "workload": 12.5,
    "action": "The number of pod will be set to 3!",
    "active": ["pod-a", "pod-b"],
    "startedPreviousCheck": [],
    "shutdownPreviousCheck": ["pod-c"]
  })json";

std::string without(std::string text, const std::string& part, const std::string& instead = "") {
  const auto at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), instead);
}

// What is said of a file with this text, without the file's name.
std::string refused(const std::string& text, const scheduler::pod_status_limits& limits = {}) {
  const scratch_folder folder;
  const auto file = folder / "podStatus.json";
  write_bytes(file, text);
  const std::string all = refusal<file_error>([&] { (void)scheduler::read_pod_status(file, limits); });
  const std::string name = file.string() + ": ";
  return all.starts_with(name) ? all.substr(name.size()) : all;
}
std::vector<scheduler::pod_status> accepted(const std::string& text) {
  const scratch_folder folder;
  write_bytes(folder / "podStatus.json", text);
  return scheduler::read_pod_status(folder / "podStatus.json");
}

}  // namespace

TEST_CASE("a check is read as it was written") {
  const auto checks = accepted("{" + first + "}");
  REQUIRE(checks.size() == 1);
  const scheduler::pod_status& c = checks[0];
  CHECK(c.check == 1);
  CHECK(c.timestamp == "31.05.2025_23:59:30");
  CHECK(c.metrics.n_instances == 2);
  CHECK(c.metrics.pressure == 0.5);
  CHECK(c.metrics.queue_length_dominant == 1.5);
  CHECK(c.metrics.utilization == 0.75);
  CHECK(c.metrics.workload == 12.5);
  CHECK(c.response_time_s == 0.25);
  CHECK(c.service_time_s.value() == 0.125);
  CHECK(c.threshold_s.value() == 0.5);
  CHECK(c.cpu_usage.value() == 1.5);
  CHECK(c.asked().value() == 3);
  CHECK(c.active == std::vector<std::string>{"pod-a", "pod-b"});
  CHECK(c.started.empty());
  CHECK(c.stopped == std::vector<std::string>{"pod-c"});
  CHECK_FALSE(c.latency_only);
}

TEST_CASE("checks come in the order of their numbers, whatever the order of the file, with the gaps it has") {
  const auto numbered = [](const std::string& k) { return without(first, "check_1", "check_" + k); };
  const auto checks = accepted("{" + numbered("10") + "," + numbered("2") + "," + first + "}");
  REQUIRE(checks.size() == 3);
  CHECK(checks[0].check == 1);
  CHECK(checks[1].check == 2);
  CHECK(checks[2].check == 10);
  CHECK(accepted("{}").empty());
}

TEST_CASE("what a version does not log may be missing, and what it logs besides is passed over") {
  std::string older = without(first, R"("avgServiceTime": 0.125,)");
  older = without(older, R"json("CPUUsage (Prometheus)": 1.5,)json", R"json("CPUUsage (Prometheus)": null,)json");
  older =
      without(older, R"("Threshold": 0.5,)", R"("new": {"a": [1, {"timestamp": 5}, "x", null, true]}, "newer": [[]],)");
  older = without(older, "0.25", "null");
  const scheduler::pod_status c = accepted("{" + older + "}").at(0);
  CHECK_FALSE(c.service_time_s.has_value());
  CHECK_FALSE(c.cpu_usage.has_value());
  CHECK_FALSE(c.threshold_s.has_value());
  CHECK(std::isnan(c.response_time_s));
  CHECK(c.timestamp == "31.05.2025_23:59:30");
  CHECK(c.metrics.workload == 12.5);
}

TEST_CASE("the first scheduler's log has the latency and no metrics") {
  const auto checks = accepted(R"({"check_1": {"timestamp": "01.03.2025_00:00:00", "averageResponseTime": null,
    "action": "Shutdown a pod", "active": ["a", "b", "c"], "started": ["c"], "shutdown": []}})");
  REQUIRE(checks.size() == 1);
  CHECK(checks[0].latency_only);
  CHECK(checks[0].metrics.n_instances == 3);
  CHECK(std::isnan(checks[0].metrics.pressure));
  CHECK(std::isnan(checks[0].metrics.workload));
  CHECK(std::isnan(checks[0].response_time_s));
  CHECK(checks[0].started == std::vector<std::string>{"c"});
  CHECK_FALSE(checks[0].asked().has_value());
}

TEST_CASE("a truncated log is refused with the line where it ends") {
  const std::string whole = "{\n  " + first + "\n}\n";
  CHECK(refused(whole.substr(0, whole.find(",\n    \"Threshold\""))) ==
        "line 7: check_1: \"avgServiceTime\": the file ends here, in the middle of its JSON");
  CHECK(refused(whole.substr(0, whole.find("queueLength") + 5)) ==
        "line 9: check_1: \"Threshold\": the file ends here, in the middle of its JSON");
  CHECK(refused("{\n") == "line 2: the file ends here, in the middle of its JSON");
  CHECK(refused("") == "is empty, must hold a JSON object of checks");
  CHECK(refused("\n \n") == "line 3: the file ends here, in the middle of its JSON");
  // At no length is a part taken for the whole.
  for (std::size_t n = 0; n + 2 < whole.size(); ++n) CHECK(refused(whole.substr(0, n)) != "accepted");
}

TEST_CASE("what is no log is refused by line and name") {
  const auto with = [](const std::string& part, const std::string& instead) {
    return refused("{\n" + without(first, part, instead) + "}");
  };
  CHECK(refused("[]") == "line 1: the file is an array, must be an object");
  CHECK(refused("7") == "line 1: the file is a number, must be an object");
  CHECK(refused("{} x") == "line 1: not JSON from here on, must be an object of checks");
  CHECK(refused("{\"check_1\":\n 3}") == "line 2: check_1 is a number, must be an object");
  CHECK(refused("{\"pod\": {}}") == "line 1: key \"pod\" is unknown, must be check_ and a number from 1");
  for (const char* name : {"check_", "check_0", "check_01", "check_-1", "check_1x", "check_99999999999999999999"}) {
    CHECK(refused("{\"" + std::string(name) + "\": {}}") ==
          "line 1: key \"" + std::string(name) + "\" is unknown, must be check_ and a number from 1");
  }
  CHECK(with("0.5,\n", "\"0.5\",\n") == "line 5: check_1: \"pressure\" is a string, must be a number");
  CHECK(with("0.5,\n", "null,\n") == "line 5: check_1: \"pressure\" is null, must be a number");
  CHECK(with("0.5,\n", "[0.5],\n") == "line 5: check_1: \"pressure\" is an array, must be a number");
  CHECK(with("0.5,\n", "{},\n") == "line 5: check_1: \"pressure\" is an object, must be a number");
  CHECK(with("0.5,\n", "true,\n") == "line 5: check_1: \"pressure\" is a boolean, must be a number");
  CHECK(with("0.5,\n", "NaN,\n") == "line 5: not JSON from here on, must be an object of checks");
  CHECK(with("0.5,\n", "1e999,\n") == "line 5: check_1: \"pressure\" is a number beyond the range of double");
  CHECK(with("\"31.05.2025_23:59:30\"", "12") == "line 3: check_1: \"timestamp\" is a number, must be a string");
  CHECK(with("31.05.2025", "31.06.2025") ==
        "line 17: check_1: \"timestamp\" is \"31.06.2025_23:59:30\", must be a moment like 31.01.2025_23:59:00");
  CHECK(with("\"pod-a\"", "5") == "line 14: check_1: \"active\" holds a number, must hold names of pods");
  CHECK(with("\"pod-a\"", "null") == "line 14: check_1: \"active\" holds null, must hold names of pods");
  CHECK(with("\"pod-a\"", "[]") == "line 14: check_1: \"active\" holds an array, must hold names of pods");
  CHECK(with("[\"pod-a\", \"pod-b\"]", "\"pod-a\"") == "line 14: check_1: \"active\" is a string, must be an array");
  CHECK(with("\"nInstances\": 2", "\"nInstances\": 1.5") ==
        "line 4: check_1: \"nInstances\" is 1.5, must be a whole number from 0 to 1000000");
  CHECK(with("\"nInstances\": 2", "\"nInstances\": -1") ==
        "line 4: check_1: \"nInstances\" is -1, must be a whole number from 0 to 1000000");
  CHECK(with("\"workload\": 12.5,", "") == "line 17: check_1 has no \"workload\"");
  CHECK(with("\"workload\": 12.5,", "\"workload\": 1, \"workload\": 2,") ==
        "line 12: check_1: \"workload\" appears twice, must appear once");
  CHECK(refused("{" + first + "," + first + "}") == "check_1 appears twice, must appear once");
}

TEST_CASE("a hostile log takes no more than it weighs") {
  // A hundred thousand brackets deep, in a value that nobody asked for: no recursion.
  const std::string deep =
      without(first, "0.125", "0.125, \"x\": " + std::string(100'000, '[') + std::string(100'000, ']'));
  CHECK(refused("{" + deep + "}") == "accepted");
  CHECK(refused("{" + without(first, "0.125", "0.125, \"x\": " + std::string(100'000, '['))) != "accepted");
  CHECK(refused(std::string(100'000, '[')) == "line 1: the file is an array, must be an object");
  CHECK(refused("{" + first + std::string(1, '\0') + "}") ==
        "has a zero byte at " + to_text(1 + first.size()) + ", must be JSON");
  CHECK(refused("{" + first + "}", {.bytes = 100}) ==
        "is " + to_text(first.size() + 2) + " bytes, must be at most 100");
  CHECK(refused("{" + first + "," + without(first, "check_1", "check_2") + "}", {.checks = 1}) ==
        "has more than 1 checks");
  CHECK(refused("{" + without(first, "pod-a", "\xff\xfe") + "}") ==
        "line 13: not JSON from here on, must be an object of checks");
}

TEST_CASE("a log of two gigabytes is refused before it is read") {
  const scratch_folder folder;
  write_bytes(folder / "huge.json", "{");
  std::filesystem::resize_file(folder / "huge.json", std::uintmax_t{2} << 30U);  // a hole, no blocks
  CHECK(refusal<file_error>([&] { (void)scheduler::read_pod_status(folder / "huge.json"); }) ==
        (folder / "huge.json").string() + ": is 2147483648 bytes, must be at most 67108864");
}

TEST_CASE("what is no file is refused by name") {
  const scratch_folder folder;
  CHECK(refusal<file_error>([&] { (void)scheduler::read_pod_status(folder / "none.json"); }) ==
        (folder / "none.json").string() + ": cannot be opened: No such file or directory");
  CHECK(refusal<file_error>([&] { (void)scheduler::read_pod_status(folder.path()); }) ==
        folder.path().string() + ": is a directory, must be a regular file");
}

TEST_CASE("pod_status: memory stays within four times the file, whatever it holds") {
  const scratch_folder folder;
  const auto repeated = [](const std::string& what, std::size_t n) {
    std::string all;
    for (std::size_t k = 0; k < n; ++k) all.append(k > 0 ? "," : "").append(what);
    return all;
  };
  const auto check_with = [](const std::string& number, const std::string& rest) {
    return "\"check_" + number + R"(":{"timestamp":"01.01.2025_00:00:00","action":"","averageResponseTime":null,)" +
           rest + "}";
  };
  std::string many;
  for (int k = 1; k <= 20'000; ++k) many += (k > 1 ? "," : "") + check_with(std::to_string(k), "\"active\":[]");
  const struct {
    std::string text;
    std::string said;
  } files[] = {
      {"{" + check_with("1", "\"active\":[" + repeated("\"\"", 700'000) + "]") + "}",
       "has 700000 names of pods in 2100097 bytes, must have at most one for 16 bytes"},
      {"{" + check_with("1", "\"active\":[" + repeated("\"pod-of-the-service\"", 70'000) + "]") + "}", "accepted"},
      {"{" + check_with("1", "\"active\":[],\"others\":[" + repeated("\"\"", 700'000) + "]") + "}", "accepted"},
      {"{" + many + "}", "accepted"},
      {"{" + check_with("1", "\"active\":[],\"action\":\"" + std::string(1'500'000, 'x') + "\"") + "}",
       "line 1: check_1: \"action\" appears twice, must appear once"},
  };
  for (const auto& [text, said] : files) {
    write_bytes(folder / "log", text);
    std::string answer;
    const std::int64_t bytes = most_bytes_in(
        [&] { answer = refusal<file_error>([&] { static_cast<void>(scheduler::read_pod_status(folder / "log")); }); });
    CHECK(answer == (said == "accepted" ? said : (folder / "log").string() + ": " + said));
    CHECK(static_cast<double>(bytes) <= 4.0 * static_cast<double>(text.size()));
  }
}
