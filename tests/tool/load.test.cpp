#include <string>
#include <vector>

#include "catch.hpp"
#include "tool/tool.hpp"

// A recorded load in all the shapes in which it comes, and all that can be asked of it.

namespace {

using nlohmann::json;

std::string two(int n) {
  std::string text(n < 10 ? "0" : "");
  return text.append(std::to_string(n));
}

std::vector<int> some_counts() {
  std::vector<int> counts;
  for (int k = 0; k < 80; ++k) counts.push_back(k % 10 == 5 ? 900 : 100 + 7 * k % 400);
  return counts;
}

// What a constant policy met on each episode: a fingerprint of the load.
json episodes_on(const scratch_folder& folder, const std::string& how) {
  INFO(how);
  const tool_run run = run_tool(folder, "compare --no-bound --policies constant:12 --episodes 4 --json r.json " + how);
  INFO(run.err);
  REQUIRE(run.code == 0);
  return read_json(folder / "r.json").at("policies")[0].at("episodes");
}

std::string minutes(const std::vector<int>& counts) {
  std::string text = "minute,requests\n";
  for (std::size_t k = 0; k < counts.size(); ++k) text += std::to_string(k) + ',' + std::to_string(counts[k]) + '\n';
  return text;
}

}  // namespace

TEST_CASE("the same load gives the same results in every shape") {
  const scratch_folder folder;
  const std::vector<int> counts = some_counts();
  write_bytes(folder / "minutes.csv", minutes(counts));
  std::string dates = "timestamp,count\n";
  std::string plain = "requests\n";
  std::string head = "HashOwner,HashApp,HashFunction,Trigger";
  std::string half = "o,a,f,http";
  std::string other = "o,a,g,timer";
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const int minute = static_cast<int>(k);
    dates += "2024-02-29T" + two(23 - 2 + (minute + 60) / 60) + ':' + two(minute % 60) + ":00Z," +
             std::to_string(counts[k]) + "\r\n";
    plain += std::to_string(counts[k]) + '\n';
    head += ',' + std::to_string(minute + 1);
    half += ',' + std::to_string(counts[k] / 2);
    other += ',' + std::to_string(counts[k] - counts[k] / 2);
  }
  write_bytes(folder / "dates.csv", dates);
  write_bytes(folder / "plain.csv", plain);
  write_bytes(folder / "azure.csv", head + '\n' + half + '\n' + other + '\n');
  const json expected = episodes_on(folder, "--trace minutes.csv");
  CHECK(episodes_on(folder, "--trace dates.csv") == expected);
  CHECK(episodes_on(folder, "--trace plain.csv --trace-interval 60") == expected);
  CHECK(episodes_on(folder, "--trace azure.csv") == expected);
  CHECK(episodes_on(folder, "--trace azure.csv --trace-function g") != expected);
}

TEST_CASE("a load that is cut is the one whose rest was never there") {
  const scratch_folder folder;
  const std::vector<int> counts = some_counts();
  write_bytes(folder / "all.csv", minutes(counts));
  write_bytes(folder / "middle.csv", minutes({counts.begin() + 12, counts.begin() + 66}));
  const json expected = episodes_on(folder, "--trace middle.csv");
  CHECK(episodes_on(folder, "--trace all.csv --trace-from 720 --trace-to 3960") == expected);
  CHECK(episodes_on(folder, "--trace all.csv --trace-from 720 --trace-to 4020") != expected);
  const tool_run run = run_tool(
      folder,
      "compare --no-bound --policies constant:12 --episodes 1 --trace all.csv --trace-from 720 --trace-to 3960");
  CHECK(contains(run.out,
                 "recorded trace all.csv, from 720 s on for 3240 s, episodes of 600 s at random places; learners train "
                 "on the first 2280 s, everything is evaluated on the rest"));
}

TEST_CASE("a short load goes on, and what is evaluated stays its last part") {
  const scratch_folder folder;
  // The last 6 minutes of 20 are evaluated, in episodes of 10: they come round.
  const auto write_load = [&](const std::string& name, int first, int last) {
    std::vector<int> counts;
    for (int k = 0; k < 20; ++k) counts.push_back(k % 10 == 5 ? 900 : k < 14 ? first : last);
    write_bytes(folder / name, minutes(counts));
  };
  write_load("a.csv", 100, 300);
  write_load("b.csv", 200, 300);
  write_load("c.csv", 100, 200);
  const auto episodes = [&](const std::string& name) {
    return episodes_on(folder, "--trace-repeat 3 --trace " + name);
  };
  CHECK(episodes("a.csv") == episodes("b.csv"));
  CHECK(episodes("a.csv") != episodes("c.csv"));
  const tool_run run = run_tool(
      folder, "compare --no-bound --policies constant:12 --episodes 1 --trace a.csv --trace-repeat 3 --trace-mean 4");
  CHECK(
      contains(run.out,
               "everything is evaluated on the rest; scaled from a mean of 3.833 to 4 requests a second; each part is "
               "repeated 3 times"));
}

TEST_CASE(
    "how a recorded load was understood is told before anything runs, and options settle what the file does not") {
  const scratch_folder folder;
  const std::vector<int> counts = some_counts();
  write_bytes(folder / "plain.csv", minutes(counts));
  const json expected = episodes_on(folder, "--trace plain.csv");
  std::string milliseconds = "Timestamp;requests\n";
  std::string numbered = ",requests\n";
  std::string units = "when,requests\n";
  std::string counter = "minute,requests_total\n0,17\n";
  long long total = 17;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const std::string count = std::to_string(counts[k]) + '\n';
    milliseconds += std::to_string(1714671060000 + 60'000 * static_cast<long long>(k)) + ';' + count;
    numbered += std::to_string(k) + ',' + count;
    units += std::to_string(60 * k) + ',' + count;
    total += counts[k];
    counter += std::to_string(k + 1) + ',' + std::to_string(total) + '\n';
  }
  write_bytes(folder / "milliseconds.csv", milliseconds);
  write_bytes(folder / "numbered.csv", numbered);
  write_bytes(folder / "units.csv", units);
  write_bytes(folder / "counter.csv", counter);
  CHECK(episodes_on(folder, "--trace milliseconds.csv") == expected);
  CHECK(episodes_on(folder, "--trace numbered.csv --trace-interval 60") == expected);
  CHECK(episodes_on(folder, "--trace units.csv --trace-unit s") == expected);
  CHECK(episodes_on(folder, "--trace counter.csv --trace-counter") == expected);

  const auto run = [&](const std::string& how) {
    return run_tool(folder, "compare --no-bound --policies constant:12 --episodes 1 " + how);
  };
  CHECK(contains(run("--trace milliseconds.csv").err,
                 "headroom: milliseconds.csv: 80 rows of 60 s, 4800 s in all; times: epoch milliseconds; mean "));
  CHECK(contains(run("--trace plain.csv").out, "; scaled from a peak of 15 to 8 requests a second"));

  const auto refused = [&](const std::string& how) {
    const tool_run r = run(how);
    CHECK(r.code == 2);
    CHECK(r.out.empty());
    CHECK(lines_in(r.err) == 1);
    return r.err;
  };
  CHECK(
      contains(refused("--trace numbered.csv"), "time column has no name, which tells no unit, set --trace-interval"));
  CHECK(contains(refused("--trace units.csv"), "time column is named 'when', which tells no unit, set --trace-unit"));
  CHECK(contains(refused("--trace counter.csv"), "as a counter is: set --trace-counter, and its differences are read"));
  CHECK(contains(refused("--trace plain.csv --trace-unit fortnight"),
                 "--trace-unit: the unit is fortnight, must be s, ms, us, ns, min or h"));
  CHECK(contains(refused("--trace plain.csv --trace-gap guess"),
                 "--trace-gap: the rule is guess, must be refuse, zero, hold or interpolate"));

  std::string holed = minutes(counts);
  holed.erase(holed.find("\n40,"), holed.find("\n41,") - holed.find("\n40,"));
  write_bytes(folder / "holed.csv", holed);
  CHECK(contains(refused("--trace holed.csv"), "time 41 leaves a gap, 40 was expected; --trace-gap can fill it"));
  CHECK(contains(run("--trace holed.csv --trace-gap hold").err, "; 1 rows filled (hold)\n"));
}
