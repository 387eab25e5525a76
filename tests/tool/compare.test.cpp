#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <headroom/baselines/constant.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/published_reward.hpp>
#include <headroom/run/evaluate.hpp>
#include <headroom/systems/farm/score.hpp>
#include <headroom/run/statistics.hpp>

#include "catch.hpp"
#include "tool/tool.hpp"

using namespace headroom;
using nlohmann::json;

namespace {

const std::set<std::string> metrics{"final_qos",        "final_qos_all",       "mean_workers", "max_workers",
                                    "scaling_actions",  "requested_actions",   "noop_actions", "total_reward",
                                    "unfinished_tasks", "mean_workers_by_time"};

std::set<std::string> keys(const json& object) {
  std::set<std::string> names;
  for (const auto& item : object.items()) names.insert(item.key());
  return names;
}

std::vector<std::string> names_of(const json& result) {
  std::vector<std::string> names;
  for (const json& p : result.at("policies")) names.push_back(p.at("name"));
  return names;
}

// The summary that the episodes of a policy give.
void check_summary(const json& policy) {
  CHECK(keys(policy.at("summary")) == metrics);
  for (const std::string& metric : metrics) {
    std::vector<double> values;
    for (const json& episode : policy.at("episodes")) values.push_back(episode.at(metric));
    const summary s = summarize(values);
    const json& said = policy.at("summary").at(metric);
    CHECK(keys(said) == std::set<std::string>{"ci95", "mean", "std"});
    CHECK(said.at("mean") == s.mean);
    CHECK(said.at("std") == s.deviation);
    CHECK(said.at("ci95") == json{s.low, s.high});
  }
}

std::string printed(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// The line of the table that begins with this name.
std::string line_of(const std::string& out, const std::string& name) {
  std::istringstream in(out);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("  " + name + " ")) return line;
  }
  return "no line for " + name;
}

constexpr const char* three_baselines =
    "compare --policies constant:14,scheduled:16/17/13/12,reactive-average --episodes 5";

}  // namespace

TEST_CASE("headroom policies lists every policy with a line about it") {
  const scratch_folder folder;
  const tool_run run = run_tool(folder, "policies");
  CHECK(run.code == 0);
  CHECK(run.err.empty());
  std::vector<std::string> names;
  std::istringstream in(run.out);
  for (std::string line; std::getline(in, line);) {
    const std::size_t blank = line.find(' ');
    names.push_back(line.substr(0, blank));
    CHECK(line.find_first_not_of(' ', blank) != std::string::npos);
  }
  CHECK(names == std::vector<std::string>{"constant:N",
                                          "scheduled:A/B/C/D",
                                          "threshold",
                                          "reactive-average",
                                          "reactive-maximum",
                                          "reactive-average-2025-11-08",
                                          "reactive-maximum-2025-11-08",
                                          "hpa",
                                          "hpa-concurrency",
                                          "kpa",
                                          "keda",
                                          "aws-target-tracking",
                                          "aws-step",
                                          "openfaas-ce",
                                          "openfaas-pro",
                                          "openfaas-pro-capacity",
                                          "staffing",
                                          "predictive-hpa",
                                          "autopilot",
                                          "sarsa",
                                          "sarsa-clockless",
                                          "cem",
                                          "belief",
                                          "select",
                                          "hedged",
                                          "linucb",
                                          "q-learning",
                                          "expected-sarsa",
                                          "sarsa-published",
                                          "dqn",
                                          "dqn-clockless",
                                          "dqn-published"});
  CHECK(contains(run.out, "(knobs: target/least/window/period)"));
  CHECK(contains(run.out, "(knob: price)"));
}

TEST_CASE("every policy that is listed can be compared") {
  const scratch_folder folder;
  // But select, which trains others that are in this list: it has a file of tests.
  const std::vector<std::string> names{"constant:12",
                                       "scheduled:12/12/12/12",
                                       "threshold",
                                       "threshold:0.8/0.3",
                                       "reactive-average",
                                       "reactive-maximum",
                                       "reactive-average-2025-11-08",
                                       "reactive-maximum-2025-11-08",
                                       "reactive-average:1.5/20",
                                       "hpa",
                                       "hpa:0.6/8/0/0",
                                       "hpa-concurrency",
                                       "kpa",
                                       "keda",
                                       "aws-target-tracking",
                                       "aws-step",
                                       "openfaas-ce",
                                       "openfaas-pro",
                                       "openfaas-pro-capacity",
                                       "staffing",
                                       "predictive-hpa",
                                       "autopilot",
                                       "sarsa",
                                       "sarsa:6",
                                       "sarsa-clockless",
                                       "cem",
                                       "q-learning",
                                       "expected-sarsa",
                                       "sarsa-published",
                                       "dqn",
                                       "dqn-clockless",
                                       "dqn-published"};
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ",") + name;
  const tool_run run = run_tool(
      folder, "compare --no-bound --episodes 2 --train-episodes 3 --train-seeds 1 --json r.json --policies " + list);
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(names_of(read_json(folder / "r.json")) == names);
  for (const std::string& name : names) CHECK(contains(run.out, "\n  " + name + " "));
  // The plan of belief takes seconds on a farm of that size. A recorded load has its bounds, too.
  write_bytes(folder / "load.csv", small_load());
  const tool_run plan = run_tool(folder,
                                 "compare --episodes 2 --train-episodes 3 --train-seeds 1 --trace load.csv "
                                 "--trace-window 100 --json b.json --policies belief");
  INFO(plan.err);
  REQUIRE(plan.code == 0);
  const json planned = read_json(folder / "b.json");
  CHECK(names_of(planned) == std::vector<std::string>{"belief"});
  CHECK(planned.at("clairvoyant").at("points").size() > 1);
  // The first requests of such short episodes are late, whatever is decided.
  CHECK(contains(plan.out, "clairvoyant: 99.00 % of all requests in time cannot be kept with 9 workers at most"));
  CHECK(planned.at("known_rate").at("points").size() > 1);
}

TEST_CASE("compare prints a table, and writes as JSON and CSV what the table sums up") {
  const scratch_folder folder;
  const tool_run run = run_tool(folder, std::string(three_baselines) + " --json r.json --csv r.csv");
  REQUIRE(run.code == 0);
  CHECK(folder.files() == 2);
  const json result = read_json(folder / "r.json");
  CHECK(keys(result) == std::set<std::string>{"environment", "workload", "actions", "headroom_version", "stopped",
                                              "seeds", "clairvoyant", "known_rate", "policies"});
  const json& clairvoyant = result.at("clairvoyant");
  CHECK(clairvoyant.at("level") == 0.99);
  CHECK(clairvoyant.at("episodes") == 5);
  const double proven = clairvoyant.at("proven");
  const double found = clairvoyant.at("found");
  CHECK(proven > 1);
  CHECK(proven <= found);
  CHECK(found <= 32);
  CHECK(contains(run.out, "  clairvoyant: 99.00 % of all requests in time needs at least " + printed("%.2f", proven) +
                              " mean workers, proven; a schedule that keeps it with " + printed("%.2f", found) +
                              " was found"));
  CHECK(result.at("environment") == "farm");
  CHECK(result.at("workload") == "executed");
  CHECK(result.at("stopped") == false);
  CHECK(result.at("seeds") == json{1000, 1001, 1002, 1003, 1004});
  CHECK(names_of(result) == std::vector<std::string>{"constant:14", "scheduled:16/17/13/12", "reactive-average"});

  std::map<std::pair<std::string, std::uint64_t>, std::vector<std::string>> rows;
  std::istringstream csv(read_bytes(folder / "r.csv"));
  std::string line;
  std::getline(csv, line);
  std::vector<std::string> columns;
  std::istringstream head(line);
  for (std::string column; std::getline(head, column, ',');) columns.push_back(column);
  CHECK(columns.size() == 2 + metrics.size());
  while (std::getline(csv, line)) {
    std::vector<std::string> cells;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
    REQUIRE(cells.size() == columns.size());
    rows[{cells[0], std::stoull(cells[1])}] = cells;
  }
  CHECK(rows.size() == 15);

  for (const json& policy : result.at("policies")) {
    const std::string name = policy.at("name");
    CHECK(keys(policy) == std::set<std::string>{"name", "summary", "regret", "to_rate_known", "episodes"});
    REQUIRE(policy.at("episodes").size() == 5);
    CHECK(policy.at("regret") >= 0);  // or the bound is none
    CHECK(contains(line_of(run.out, name), printed("%6.2f", policy.at("regret"))));
    for (std::size_t k = 0; k < 5; ++k) {
      const json& episode = policy.at("episodes")[k];
      auto names = metrics;
      names.insert("seed");
      CHECK(keys(episode) == names);
      CHECK(episode.at("seed") == 1000 + k);
      const auto& cells = rows.at({name, 1000 + k});
      for (std::size_t c = 2; c < columns.size(); ++c)
        CHECK(std::stod(cells[c]) == episode.at(columns[c]).get<double>());
    }
    check_summary(policy);
    const json& s = policy.at("summary");
    const auto half = [&](const char* metric) {
      return (s.at(metric).at("ci95")[1].get<double>() - s.at(metric).at("ci95")[0].get<double>()) / 2;
    };
    const std::string shown = line_of(run.out, name);
    CHECK(contains(shown, printed("%.2f", 100 * s.at("final_qos").at("mean").get<double>()) + " ±" +
                              printed("%.2f", 100 * half("final_qos"))));
    CHECK(contains(shown,
                   printed("%.2f", s.at("mean_workers").at("mean")) + " ±" + printed("%.2f", half("mean_workers"))));
    CHECK(
        contains(shown, printed("%.1f", s.at("max_workers").at("mean")) + " ±" + printed("%.1f", half("max_workers"))));
    CHECK(contains(
        shown, printed("%.1f", s.at("scaling_actions").at("mean")) + " ±" + printed("%.1f", half("scaling_actions"))));
    CHECK(contains(shown,
                   printed("%.1f", s.at("noop_actions").at("mean")) + " ±" + printed("%.1f", half("noop_actions"))));
    CHECK(contains(shown,
                   printed("%.0f", s.at("total_reward").at("mean")) + " ±" + printed("%.0f", half("total_reward"))));
  }
  CHECK(contains(run.out, "5 paired episodes, seeds 1000 to 1004"));
}

TEST_CASE("the tool's numbers are the library's") {
  const scratch_folder folder;
  REQUIRE(run_tool(folder, "compare --no-bound --policies constant:14 --episodes 3 --seed 77 --json r.json").code == 0);
  const json episodes = read_json(folder / "r.json").at("policies")[0].at("episodes");
  constant policy{14, &farm::observation::workers, {.maximum = 32, .max_up = 1, .max_down = 1}};
  const evaluation e = evaluate([](std::uint64_t seed) { return farm::environment(seed); }, policy, seed_range(77, 3),
                                farm::score{farm::published_reward{}});
  for (const auto name : e.names) {
    for (std::size_t k = 0; k < 3; ++k) CHECK(episodes[k].at(std::string(name)) == e.of(name)[k]);
  }
}

TEST_CASE("a learner is shown by the median of its training seeds, and every one of them is in the JSON") {
  const scratch_folder folder;
  for (const std::size_t n : {3U, 4U}) {
    const bool bound = n == 3;
    const tool_run run =
        run_tool(folder, "compare --policies constant:14,sarsa --train-episodes 30 --train-seeds " + std::to_string(n) +
                             " --episodes 4 --json r.json" + (bound ? "" : " --no-bound"));
    REQUIRE(run.code == 0);
    const json learner = read_json(folder / "r.json").at("policies")[1];
    std::set<std::string> there{"name", "summary", "episodes", "train_episodes", "train_seeds"};
    if (bound) there.insert({"regret", "to_rate_known"});
    CHECK(keys(learner) == there);
    CHECK(learner.at("train_episodes") == 30);
    REQUIRE(learner.at("train_seeds").size() == n);
    std::vector<std::pair<double, std::size_t>> by_qos;
    for (std::size_t k = 0; k < n; ++k) {
      const json& one = learner.at("train_seeds")[k];
      CHECK(keys(one) == std::set<std::string>{"seed", "summary"});
      CHECK(one.at("seed") == k + 1);
      by_qos.emplace_back(one.at("summary").at("final_qos").at("mean"), k);
    }
    std::sort(by_qos.begin(), by_qos.end());
    REQUIRE(by_qos.front().first < by_qos.back().first);  // else any would do
    CHECK(learner.at("summary") == learner.at("train_seeds")[by_qos[(n - 1) / 2].second].at("summary"));
    check_summary(learner);
    CHECK(contains(run.out, "sarsa: the median of " + std::to_string(n) +
                                " training seeds of 30 episodes; they reach " +
                                printed("%.2f", 100 * by_qos.front().first) + " to " +
                                printed("%.2f", 100 * by_qos.back().first)));
    CHECK(contains(run.out, "sarsa against constant:14, paired: "));
  }
}

TEST_CASE("the bound can be left out, and says that it is loose where moves are larger") {
  const scratch_folder folder;
  const tool_run without = run_tool(folder, std::string(three_baselines) + " --no-bound --json r.json");
  REQUIRE(without.code == 0);
  CHECK_FALSE(contains(without.out, "clairvoyant"));
  CHECK_FALSE(contains(without.out, "regret"));
  CHECK_FALSE(read_json(folder / "r.json").contains("clairvoyant"));
  const tool_run wide = run_tool(folder, "compare --policies constant:14 --episodes 2 --actions 1,2 --json w.json");
  REQUIRE(wide.code == 0);
  CHECK(contains(wide.out,
                 "  The bound is of the mean over steps, and loose: how long a step of larger moves lasts is not "
                 "known to it.\n"));
  CHECK(contains(wide.out, "No line of a known rate: its steps are all of one length"));
  const json bounds = read_json(folder / "w.json").at("clairvoyant");
  // More moves can only do better.
  const tool_run narrow = run_tool(folder, "compare --policies constant:14 --episodes 2 --json n.json");
  REQUIRE(narrow.code == 0);
  const json same = read_json(folder / "n.json").at("clairvoyant");
  CHECK(bounds.at("proven").get<double>() > 0);
  CHECK(bounds.at("proven").get<double>() < same.at("proven").get<double>());
}

TEST_CASE("compare has a second line: what a policy reaches that is told the rate") {
  const scratch_folder folder;
  const tool_run run =
      run_tool(folder, "compare --policies constant:14,constant:16,scheduled:16/17/13/12 --episodes 20 --json r.json");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "  to rate-known\n"));
  CHECK(contains(run.out, "  rate-known: told the rate and not the arrivals, a policy keeps 99.00 % in time with "));
  const json r = read_json(folder / "r.json");
  const json line = r.at("known_rate");
  CHECK(line.at("episodes") == 20);
  double level = 0;
  double workers = 0;
  for (const json& p : line.at("points")) {
    CHECK(p.at("in_time").get<double>() >= level - 0.003);  // the dearer a late request, the fewer
    CHECK(p.at("replicas").get<double>() >= workers - 0.05);
    // A plan cannot keep more than it promises, up to the luck of 20 episodes. It keeps less: the arrivals as executed
    // come in bursts, and are not Poisson.
    CHECK(p.at("paid_cost").get<double>() > 0.97 * p.at("promised_cost").get<double>());
    level = p.at("in_time");
    workers = p.at("replicas");
  }
  const double reached = line.at("replicas");
  CHECK(reached > r.at("clairvoyant").at("proven").get<double>());
  CHECK(reached < 14.2);  // a schedule tuned to these phases needs 14.06
  for (const json& p : r.at("policies")) CHECK(p.at("to_rate_known").get<double>() > -0.1);
}

TEST_CASE("two runs print and write the same bytes") {
  const scratch_folder folder;
  const std::string arguments =
      "compare --policies constant:14,threshold,sarsa,sarsa-published,q-learning --train-episodes 20 --train-seeds 2 "
      "--episodes 3";
  const tool_run one = run_tool(folder, arguments + " --json 1.json --csv 1.csv");
  const tool_run two = run_tool(folder, arguments + " --json 2.json --csv 2.csv");
  REQUIRE(one.code == 0);
  CHECK(one.out == two.out);
  CHECK(read_bytes(folder / "1.json") == read_bytes(folder / "2.json"));
  CHECK(read_bytes(folder / "1.csv") == read_bytes(folder / "2.csv"));
  // Another seed gives other numbers, not only other words about it.
  REQUIRE(run_tool(folder, arguments + " --seed 2000 --no-bound --json 3.json").code == 0);
  const json mine = read_json(folder / "1.json").at("policies");
  const json other = read_json(folder / "3.json").at("policies");
  REQUIRE(mine.size() == other.size());
  for (std::size_t k = 0; k < mine.size(); ++k) CHECK(mine[k].at("summary") != other[k].at("summary"));
}

TEST_CASE("the default comparison puts constant, scheduled and reactive baselines beside the learner") {
  const scratch_folder folder;
  REQUIRE(run_tool(folder, "compare --no-bound --train-episodes 2 --train-seeds 1 --episodes 1 --json r.json").code ==
          0);
  CHECK(names_of(read_json(folder / "r.json")) ==
        std::vector<std::string>{"constant:12", "constant:14", "constant:16", "scheduled:16/17/13/12", "threshold",
                                 "reactive-average", "reactive-maximum", "reactive-average-2025-11-08",
                                 "reactive-maximum-2025-11-08", "sarsa"});
}

TEST_CASE("every workload can be chosen, and they are different ones") {
  const scratch_folder folder;
  std::set<std::string> results;
  for (const std::string name : {"executed", "documented", "shuffled"}) {
    REQUIRE(
        run_tool(
            folder,
            "compare --no-bound --policies constant:12,sarsa --train-episodes 5 --train-seeds 1 --episodes 2 --json "
            "r.json --workload " +
                name)
            .code == 0);
    const json result = read_json(folder / "r.json");
    CHECK(result.at("workload") == name);
    results.insert(result.at("policies")[0].at("episodes").dump());
  }
  CHECK(results.size() == 3);
}

TEST_CASE("larger moves can be allowed") {
  const scratch_folder folder;
  const auto scalings = [&](const std::string& moves) {
    REQUIRE(
        run_tool(
            folder,
            "compare --no-bound --policies constant:20,sarsa --train-episodes 3 --train-seeds 1 --episodes 1 --json "
            "r.json --actions " +
                moves)
            .code == 0);
    return read_json(folder / "r.json").at("policies")[0].at("episodes")[0].at("scaling_actions").get<int>();
  };
  CHECK(scalings("1") == 8);  // from 12 to 20
  CHECK(scalings("1,2,4") == 2);
  CHECK(scalings("±1,±2") == 4);
}

TEST_CASE("a learner that is evaluated on what it trained on says so") {
  const scratch_folder folder;
  const std::string published =
      "compare --no-bound --policies sarsa-published --train-episodes 20 --train-seeds 1 --episodes 3 --seed ";
  CHECK(contains(run_tool(folder, published + "50").out,
                 "Beware: training seed 1 of sarsa-published played episodes 42 to 61, which this table evaluates."));
  CHECK(contains(run_tool(folder, published + "61").out, "Beware"));
  CHECK_FALSE(contains(run_tool(folder, published + "62").out, "Beware"));
  CHECK_FALSE(contains(run_tool(folder, published + "39").out, "Beware"));
  CHECK(contains(run_tool(folder, published + "40").out, "Beware"));
}

TEST_CASE("a recorded load drives the farm instead, and what is evaluated is its last part") {
  const scratch_folder folder;
  // 0.7 of 60 minutes are the first 42 rows; both parts have the peak that the load is scaled by.
  const auto write_load = [&](const std::string& name, int first_part, int last_part) {
    std::string rows = "minute,requests\n";
    for (int k = 0; k < 60; ++k)
      rows +=
          std::to_string(k) + "," + std::to_string(k % 10 == 5 ? 900 : k + (k < 42 ? first_part : last_part)) + "\n";
    write_bytes(folder / name, rows);
  };
  write_load("load.csv", 300, 300);
  const std::string arguments = "compare --no-bound --trace load.csv --train-episodes 3 --train-seeds 1 --episodes 3";
  const tool_run run = run_tool(folder, arguments + " --policies constant:12,threshold,sarsa --json r.json");
  INFO(run.err);
  REQUIRE(run.code == 0);
  const json result = read_json(folder / "r.json");
  CHECK(result.at("workload") == "trace");
  CHECK(names_of(result) == std::vector<std::string>{"constant:12", "threshold", "sarsa"});
  CHECK(
      contains(run.out,
               "The farm under recorded trace load.csv, not scaled, peak 15 requests a second, on a farm of 24 workers "
               "at first and 64 at most, as the load asks for, which move 2 at a time (--trace-peak 8: the load scaled "
               "to the published farm, of 12 and 32), episodes of 600 s at random places; learners train on the first "
               "2520 s, "
               "everything is evaluated on the rest"));

  const auto episodes_on = [&](const std::string& name) {
    REQUIRE(
        run_tool(folder, "compare --trace " + name + " --no-bound --episodes 3 --policies constant:12 --json c.json")
            .code == 0);
    return read_json(folder / "c.json").at("policies")[0].at("episodes");
  };
  write_load("first.csv", 100, 300);
  write_load("last.csv", 300, 100);
  CHECK(episodes_on("load.csv") == result.at("policies")[0].at("episodes"));
  CHECK(episodes_on("first.csv") == result.at("policies")[0].at("episodes"));
  CHECK(episodes_on("last.csv") != result.at("policies")[0].at("episodes"));

  const tool_run scheduled = run_tool(folder, arguments + " --policies scheduled:16/17/13/12");
  CHECK(scheduled.code == 2);
  CHECK(scheduled.err.ends_with(
      "headroom: --policies: scheduled:16/17/13/12: number of targets is 4, must equal the number of phases of this "
      "workload, 1\n"));

  const tool_run with_defaults = run_tool(folder, arguments + " --json d.json");
  CHECK(with_defaults.code == 0);
  CHECK(names_of(read_json(folder / "d.json")).back() == "sarsa");
}

TEST_CASE("the size of the farm follows a recorded load, down as well as up, unless the load is scaled to it") {
  const scratch_folder folder;
  const auto write_load = [&](const std::string& name, int peak) {
    std::string rows = "second,requests\n";
    for (int k = 0; k < 1000; ++k)
      rows += std::to_string(k) + "," + std::to_string(k % 10 == 5 ? peak : peak / 2) + "\n";
    write_bytes(folder / name, rows);
  };
  const auto run = [&](const std::string& arguments) {
    const tool_run r = run_tool(folder,
                                "compare --no-bound --trace-window 100 --trace-split 0.5 --episodes 2 --policies "
                                "hpa,kpa,sarsa --train-episodes 2 --train-seeds 1 --trace " +
                                    arguments);
    INFO(r.err);
    REQUIRE(r.code == 0);
    return r.out;
  };
  write_load("large.csv", 60);
  write_load("small.csv", 2);
  const std::string large = run("large.csv");
  CHECK(contains(large, "not scaled, peak 60 requests a second, on a farm of 96 workers at first and 256 at most"));
  CHECK(contains(large, "which move 8 at a time"));
  CHECK(contains(large, "Actions ±8 workers."));
  // KPA moves by any number up to eight; it is said how often it used that.
  CHECK(contains(large, "moves by a number of workers that no learner here can move by (±8)."));
  const std::string small = run("small.csv");
  CHECK(contains(small, "on a farm of 4 workers at first and 9 at most, as the load asks for (--trace-peak 8"));
  const std::string scaled = run("large.csv --trace-peak 8");
  CHECK(contains(scaled,
                 "The farm under recorded trace large.csv, scaled from a peak of 60 to 8 requests a second, episodes"));
  CHECK(contains(scaled, "Actions ±1 workers."));
  CHECK_FALSE(contains(scaled, "no learner here"));
}

TEST_CASE("a learner can be evaluated over its training, seed by seed") {
  const scratch_folder folder;
  const tool_run run =
      run_tool(folder,
               "compare --no-bound --policies constant:14,sarsa,sarsa-published --train-episodes 50 --train-seeds 3 "
               "--checkpoints 4 --episodes 3 --json r.json");
  REQUIRE(run.code == 0);
  const json policies = read_json(folder / "r.json").at("policies");
  CHECK_FALSE(policies[0].contains("checkpoints"));
  for (const std::size_t k : {1U, 2U}) {
    const json& learner = policies[k];
    const json& over_time = learner.at("checkpoints");
    REQUIRE(over_time.size() == 4);
    std::vector<std::uint64_t> episodes;
    for (const json& at : over_time) {
      CHECK(keys(at) == std::set<std::string>{"episodes", "final_qos", "mean_workers", "mean_workers_by_time"});
      episodes.push_back(at.at("episodes"));
      CHECK(at.at("final_qos").size() == 3);
      std::vector<double> qos = at.at("final_qos");
      std::sort(qos.begin(), qos.end());
      std::string line = std::to_string(episodes.back());
      line = std::string(12 - line.size(), ' ') + line + "   ";
      line += printed("%6.2f", 100 * qos[1]) + "  (" + printed("%.2f", 100 * qos[0]) + " to " +
              printed("%.2f", 100 * qos[2]) + ")";
      CHECK(contains(run.out, "\n" + line));
    }
    CHECK(episodes == std::vector<std::uint64_t>{12, 25, 37, 50});
    // So short a training has no candidates: it ends with what it is at its last checkpoint.
    for (std::size_t seed = 0; seed < 3; ++seed) {
      const json& end = learner.at("train_seeds")[seed].at("summary");
      for (const std::string metric : {"final_qos", "mean_workers", "mean_workers_by_time"}) {
        CHECK(over_time[3].at(metric)[seed] == end.at(metric).at("mean"));
      }
    }
    CHECK(over_time[0].at("final_qos") != over_time[3].at("final_qos"));
    CHECK(
        contains(run.out, "  " + learner.at("name").get<std::string>() +
                              " over its training, 3 training seeds: the learner as it stood then, median and range."));
  }
}

TEST_CASE("looking at a training does not change it") {
  const scratch_folder folder;
  const std::string how =
      "compare --no-bound --policies sarsa --train-episodes 2500 --train-seeds 1 --episodes 3 --json ";
  REQUIRE(run_tool(folder, how + "1.json").code == 0);
  REQUIRE(run_tool(folder, how + "2.json --checkpoints 7").code == 0);
  json looked = read_json(folder / "2.json");
  looked.at("policies")[0].erase("checkpoints");
  CHECK(looked == read_json(folder / "1.json"));
}

TEST_CASE("help goes to standard output and is no failure") {
  const scratch_folder folder;
  for (const std::string arguments :
       {"--help", "compare --help", "frontier --help", "train --help", "evaluate --help", "policies --help"}) {
    const tool_run run = run_tool(folder, arguments);
    INFO(arguments);
    CHECK(run.code == 0);
    CHECK(run.err.empty());
    CHECK(lines_in(run.out) > 2);
  }
  CHECK(contains(run_tool(folder, "--help").out, "Exit codes: 0 done, 1 failed"));
}
