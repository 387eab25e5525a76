#include <signal.h>  // SIGKILL

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "test_data.hpp"
#include "tool/interrupted.hpp"
#include "tool/tool.hpp"

// `headroom sweep`: what it tries and what it says of its choice, whatever the threads and after an interrupt.

namespace {

const std::string sweep_base =
    "[environment]\nname = \"service\"\n[workload]\npattern = \"bursty\"\nmean = 20\n"
    "[service]\nslots = 4\nservice_time = \"exponential:0.2\"\n[agent]\nname = \"sarsa\"\ntrain_episodes = 12\n"
    "[policies]\nlevel = 0.9\n[seeds]\nepisodes = 4\ntrain_seeds = 2\ntune_episodes = 3\n";

void check_same_sweep(const scratch_folder& folder, const std::string& a, const std::string& b) {
  std::size_t files = 0;
  for (const auto& one : std::filesystem::directory_iterator(folder / a)) {
    ++files;
    INFO(one.path().filename());
    CHECK(read_bytes(one.path()) == read_bytes(folder / b / one.path().filename()));
  }
  CHECK(files >= 8);
}

std::vector<std::string> first_cells(const std::string& csv, std::size_t column) {
  std::vector<std::string> cells;
  std::istringstream in(csv);
  for (std::string line; std::getline(in, line);) {
    std::istringstream row(line);
    std::string cell;
    for (std::size_t k = 0; k <= column; ++k) std::getline(row, cell, ',');
    cells.push_back(cell);
  }
  return cells;
}

}  // namespace

TEST_CASE("sweep: the grid is tried, one setting is chosen on some episodes and judged on others") {
  const scratch_folder folder;
  write_bytes(folder / "s.toml", sweep_base + "[sweep.over]\nagent.name = [\"sarsa:4\", \"hpa\", \"constant:3\"]\n");
  const tool_run two = run_tool(folder, "sweep --settings s.toml --out two");
  INFO(two.err);
  REQUIRE(two.code == 0);
  CHECK_THAT(two.out, Catch::Contains("chosen on episodes 5000000 to 5000002, judged on episodes 1000 to 1003"));
  CHECK_THAT(two.out, Catch::Contains("took no part in the choice"));
  const tool_run one = run_tool(folder, "sweep --settings s.toml --out one --threads 1 --quiet");
  CHECK(one.code == 0);
  CHECK(one.out == two.out);
  check_same_sweep(folder, "two", "one");
  CHECK(!std::filesystem::exists(folder / "two.partial"));
  // Two trainings of the learner, one evaluation of each autoscaler.
  const std::string csv = read_bytes(folder / "two/sweep.csv");
  CHECK(lines_in(csv) == 1 + 2 + 1 + 1);
  // The judgement is what compare finds of the same policy on the same episodes.
  const auto judged = read_json(folder / "two/results.json").at("policies").at(0);
  const tool_run compared =
      run_tool(folder, "compare --settings s.toml --quiet --out c --policies " + judged.at("name").get<std::string>());
  INFO(compared.err);
  REQUIRE(compared.code == 0);
  CHECK(read_json(folder / "c/results.json").at("policies").at(0).at("summary") == judged.at("summary"));
  // The folder makes the sweep again, and is shown.
  const tool_run again = run_tool(folder, "sweep --settings two/settings.toml --out again");
  INFO(again.err);
  CHECK(again.code == 0);
  check_same_sweep(folder, "two", "again");
  CHECK(run_tool(folder, "report two").code == 0);
}

TEST_CASE("sweep: of those that keep the level the fewest replicas are chosen, else who comes nearest") {
  const scratch_folder folder;
  const auto chosen_at = [&](const std::string& level, const std::string& out) {
    write_bytes(folder / "s.toml",
                sweep_base + "[sweep.over]\nagent.name = [\"constant:9\", \"constant:8\", \"constant:1\"]\n");
    const tool_run run = run_tool(folder, "sweep --settings s.toml --level " + level + " --out " + out);
    INFO(run.err);
    REQUIRE(run.code == 0);
    return run.out;
  };
  CHECK_THAT(chosen_at("0.9", "a"), Catch::Contains("chosen:  agent.name = constant:8, the fewest replicas of those"));
  CHECK_THAT(chosen_at("0.0001", "b"), Catch::Contains("chosen:  agent.name = constant:1, the fewest"));
  CHECK_THAT(chosen_at("0.999999999", "c"), Catch::Contains("the nearest of all: none keeps"));
}

TEST_CASE("sweep: random draws follow from their seed, and successive halving trains the better ones longer") {
  const scratch_folder folder;
  write_bytes(folder / "s.toml", sweep_base + "[sweep.over]\nreward.price = {from = 1, to = 20, log = true}\n");
  const auto prices = [&](const std::string& more, const std::string& out) {
    const tool_run run =
        run_tool(folder, "sweep --settings s.toml --train-seeds 1 --train-episodes 3 --out " + out + more);
    INFO(run.err);
    REQUIRE(run.code == 0);
    return read_bytes(folder / (out + "/sweep.csv"));
  };
  const std::string four = prices(" --method random --draws 4", "a");
  CHECK(lines_in(four) == 5);
  CHECK(four == prices(" --method random --draws 4 --threads 1", "b"));
  CHECK(four != prices(" --method random --draws 4 --draw-seed 2", "c"));
  const std::string halved = prices(" --method halving --draws 4 --keep-one-in 2 --least-episodes 1", "d");
  // 4 settings for 1 episode, 2 for 2, 1 for 3.
  CHECK(first_cells(halved, 0) == std::vector<std::string>{"round", "1", "1", "1", "1", "2", "2", "3"});
  CHECK(first_cells(halved, 3) == std::vector<std::string>{"train_episodes", "1", "1", "1", "1", "2", "2", "3"});
  // The best of a round, which stand first, are those that go on.
  const auto settings = first_cells(halved, 1);
  CHECK((settings[5] == settings[1] || settings[5] == settings[2]));
  CHECK((settings[6] == settings[1] || settings[6] == settings[2]));
  CHECK(settings[7] == settings[5]);
  // A grid over a range: equal steps, or equal factors.
  const auto grid = [&](const std::string& range, const std::string& out) {
    write_bytes(folder / "s.toml", sweep_base + "[sweep.over]\nreward.price = {" + range + "}\n");
    const std::string csv = prices("", out);
    const std::string head = csv.substr(0, csv.find('\n'));
    const auto before = static_cast<std::size_t>(
        std::count(head.begin(), head.begin() + static_cast<std::ptrdiff_t>(head.find("reward.price")), ','));
    const std::vector<std::string> cells = first_cells(csv, before);
    return std::set<std::string>(cells.begin() + 1, cells.end());
  };
  CHECK(grid("from = 1, to = 9, steps = 3", "e") == std::set<std::string>{"1", "5", "9"});
  CHECK(grid("from = 1, to = 9, steps = 3, log = true", "f") == std::set<std::string>{"1", "3", "9"});
}

TEST_CASE("sweep: after a power cut the same command goes on, and finds the same") {
  const scratch_folder folder;
  write_bytes(folder / "s.toml", sweep_base + "[sweep.over]\nreward.price = [1, 2, 4, 8, 16]\n");
  const std::string more = " --train-episodes 60";
  REQUIRE(run_tool(folder, "sweep --settings s.toml --out whole" + more).code == 0);
  const auto finished = [&] {
    std::size_t n = 0;
    std::error_code ignored;
    for (const auto& one : std::filesystem::directory_iterator(folder / "cut.partial", ignored))
      n += one.path().extension() == ".json" ? 1 : 0;
    return n;
  };
  const interrupted_run cut =
      interrupt(folder, {"sweep", "--settings", "s.toml", "--out", "cut", "--train-episodes", "60"}, SIGKILL,
                [&](pid_t, const std::string&) { return finished() >= 2; });
  REQUIRE(cut.ready);
  CHECK(cut.run.code == -1);
  CHECK(!std::filesystem::exists(folder / "cut"));
  // Another sweep does not take what this one has finished.
  const tool_run other = run_tool(folder, "sweep --settings s.toml --out cut --train-episodes 61");
  CHECK(other.code == 2);
  CHECK_THAT(other.err, Catch::Contains("is of a sweep with other settings that was interrupted"));
  const std::size_t before = finished();
  const tool_run rest = run_tool(folder, "sweep --settings s.toml --out cut" + more);
  INFO(rest.err);
  CHECK(rest.code == 0);
  CHECK_THAT(rest.err, Catch::Contains("goes on: " + std::to_string(before) + " trainings were finished before"));
  check_same_sweep(folder, "whole", "cut");
  CHECK(!std::filesystem::exists(folder / "cut.partial"));
}

TEST_CASE("sweep: what cannot be swept is refused with its place, and nothing is written") {
  const scratch_folder folder;
  const auto refused = [&](const std::string& over, const std::string& sentence, const std::string& more = {}) {
    write_bytes(folder / "s.toml", sweep_base + over);
    const tool_run run = run_tool(folder, "sweep --settings s.toml --out x " + more);
    INFO(over << '\n' << run.err);
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    CHECK_THAT(run.err, Catch::Contains(sentence));
    CHECK(folder.files() == 1);
  };
  refused("", "s.toml: [sweep.over] is missing, must name what is tried");
  refused("[sweep.over]\nreward.pricee = [1]\n",
          "line 19: the key reward.pricee is not known; the nearest is reward.price");
  refused("[sweep.over]\nreward.price = 3\n", "line 19: sweep.over.reward.price: must be a list, or a range");
  refused("[sweep.over]\nreward.price = {form = 1}\n",
          "sweep.over.reward.price.form: is not known, must be from, to, steps");
  refused("[sweep.over]\nreward.price = {from = 1}\n", "sweep.over.reward.price: to is missing");
  refused("[sweep.over]\nreward.price = {from = 1, to = 4}\n", "steps are missing, a grid needs them");
  refused("[sweep.over]\nreward.price = {from = 4, to = 1, steps = 2}\n", "from is 4, must be below to, 1");
  refused("[sweep.over]\nreward.price = {from = 0, to = 1, steps = 2, log = true}\n", "from is 0, must be above 0");
  refused("[sweep.over]\nseeds.first = [1, 2]\n", "sweep.over.seeds.first: cannot be swept");
  refused("[sweep.over]\noutput.svg = [\"a\"]\n", "sweep.over.output.svg: is no key of sweep");
  refused("[sweep.over]\nreward.price = [1, -2]\n", "reward.price = -2: ");
  refused("[sweep.over]\nagent.name = [\"hpa\", \"foo\"]\n", "agent.name = foo: ");
  refused("[sweep.over]\nagent.train_episodes = [1, 2]\n", "cannot be swept by successive halving", "--method halving");
  refused("[sweep.over]\nreward.price = [1, 2]\n",
          "--method: the name is halfing, must be grid, random or halving; the "
          "nearest is halving",
          "--method halfing");
  CHECK_THAT(run_tool(folder, "sweep --out x").err, Catch::Contains("--settings"));
}

TEST_CASE("sweep: the example file serves compare and sweep") {
  const scratch_folder folder;
  const std::string file = " --settings '" + project_file("examples/settings.toml") + "'";
  const tool_run compared = run_tool(folder, "compare" + file + " --train-episodes 4 --episodes 2");
  INFO(compared.err);
  CHECK(compared.code == 0);
  CHECK_THAT(compared.out, Catch::Contains("sarsa") && Catch::Contains("constant:4"));
  const tool_run swept = run_tool(folder, "sweep" + file + " --train-episodes 4 --train-seeds 1 --out tried");
  INFO(swept.err);
  CHECK(swept.code == 0);
  CHECK_THAT(swept.out, Catch::Contains("3 settings, grid, 1 training each"));
}
