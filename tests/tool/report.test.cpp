#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <headroom/io/journal_record.hpp>

#include "catch.hpp"
#include "tool/tool.hpp"

// What a run leaves in a folder, and the page that is made of it.

using nlohmann::json;

namespace {

const std::string small_run =
    "compare --no-bound --policies constant:12,threshold,sarsa --episodes 4 --train-episodes 60 --train-seeds 2 "
    "--checkpoints 3 ";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
  return cells;
}
// The data that a page holds.
json data_in(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const std::size_t at = page.find(begin) + begin.size();
  return json::parse(page.substr(at, page.find("</script>", at) - at));
}
std::size_t column(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

}  // namespace

TEST_CASE("a comparison leaves a folder with everything, and prints the same with it and without") {
  const scratch_folder folder;
  const tool_run run = run_tool(folder, small_run + "--out web");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(run.out == run_tool(folder, small_run).out);
  std::set<std::string> names;
  for (const auto& e : std::filesystem::directory_iterator(folder / "web")) names.insert(e.path().filename().string());
  CHECK(names == std::set<std::string>{"behaviour.json", "episodes.csv", "metrics.csv", "metrics.jsonl", "results.json",
                                       "run.json", "settings.toml", "steps.csv", "training.csv"});
  CHECK(folder.files() == 1);  // nothing is left beside it

  const json said = read_json(folder / "web" / "run.json");
  CHECK(said.at("format") == "headroom run 1");
  CHECK(said.at("seeds") == json{{"first", 1000}, {"count", 4}});
  bool found = false;
  for (const json& s : said.at("settings")) {
    if (s.at("name") == "--episodes") found = s.at("value") == "4" && s.at("given") == true;
    if (s.at("name") == "--seed") CHECK((s.at("value") == "1000" && s.at("given") == false));
  }
  CHECK(found);

  // The hardest episode has the lowest mean level of all, the easiest the highest.
  const json results = read_json(folder / "web" / "results.json");
  std::vector<double> sums(4, 0);
  for (const json& p : results.at("policies")) {
    for (std::size_t k = 0; k < 4; ++k) sums[k] += p.at("episodes").at(k).at("final_qos").get<double>();
  }
  const auto [low, high] = std::minmax_element(sums.begin(), sums.end());
  CHECK(said.at("episodes").at(0) == json{{"seed", 1000 + (low - sums.begin())}, {"why", "hardest"}});
  CHECK(said.at("episodes").at(1).at("why") == "median");
  CHECK(said.at("episodes").at(2) == json{{"seed", 1000 + (high - sums.begin())}, {"why", "easiest"}});

  // Two training seeds of the learner, and the two others: four episodes each.
  const std::vector<std::string> metrics = lines_of(read_bytes(folder / "web" / "metrics.jsonl"));
  CHECK(metrics.size() == 16);
  CHECK(json::parse(metrics.front()).at("train_seed").is_null());
  CHECK(json::parse(metrics.back()).at("train_seed") == 2);
  CHECK(lines_of(read_bytes(folder / "web" / "training.csv")).size() == 1 + 3 * 2);

  // A step knows what was seen, and what came of it; the terms of the reward sum to the reward of the table.
  const std::vector<std::string> steps = lines_of(read_bytes(folder / "web" / "steps.csv"));
  const std::vector<std::string> head = cells_of(steps.front());
  double reward = 0;
  double replicas = 0;
  std::size_t n = 0;
  const std::string hardest = said.at("episodes").at(0).at("seed").dump();
  for (const std::string& line : steps) {
    const std::vector<std::string> cells = cells_of(line);
    if (cells[0] != "constant:12" || cells[1] != hardest) continue;
    CHECK(cells[column(head, "step")] == std::to_string(n));
    ++n;
    replicas = std::stod(cells[column(head, "replicas")]);
    for (std::size_t c = 0; c < head.size(); ++c) {
      if (head[c].rfind("reward.", 0) == 0) reward += std::stod(cells[c]);
    }
  }
  CHECK(n > 20);
  CHECK(n <= 30);
  CHECK(replicas == 12);
  const json& episode = results.at("policies").at(0).at("episodes").at(static_cast<std::size_t>(low - sums.begin()));
  CHECK(reward == Approx(episode.at("total_reward").get<double>()));
}

TEST_CASE("what a policy does is counted where it came itself, and asked where only others came") {
  const scratch_folder folder;
  REQUIRE(run_tool(folder, "compare --no-bound --policies constant:12,constant:4 --episodes 4 --out web").code == 0);
  const json map = read_json(folder / "web" / "behaviour.json");
  CHECK(map.at("load_edges").size() == 13);
  CHECK(map.at("load_edges").at(0) == 0);
  CHECK(map.at("backlog_edges").at(2) == 2);
  REQUIRE(map.at("policies").size() == 2);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> steps;  // own, asked
  for (const json& p : map.at("policies")) {
    std::uint64_t own = 0;
    std::uint64_t asked = 0;
    for (const json& cell : p.at("cells")) {
      own += cell.at(2).get<std::uint64_t>();
      asked += cell.at(4).get<std::uint64_t>();
      CHECK(cell.at(3).is_null() == (cell.at(2) == 0));
      CHECK(cell.at(5).is_null() == (cell.at(4) == 0));
      // In the place of four workers constant:12 adds, in the place of twelve constant:4 removes.
      if (cell.at(4) > 0) CHECK((p.at("name") == "constant:12" ? cell.at(5) >= 0 : cell.at(5) <= 0));
    }
    steps.push_back({own, asked});
  }
  CHECK(steps[0].first > 4 * 20);
  CHECK(steps[0].first == steps[1].second);
  CHECK(steps[1].first == steps[0].second);
}

TEST_CASE("the page holds its data, its program and its licence, fetches nothing, and cannot be broken out of") {
  const scratch_folder folder;
  REQUIRE(run_tool(folder, small_run + "--out 'web<b>'").code == 0);
  const tool_run run = run_tool(folder, "report 'web<b>' --out page.html --title '</script><b>' --figures papers");
  INFO(run.err);
  REQUIRE(run.code == 0);
  const std::string page = read_bytes(folder / "page.html");
  CHECK(contains(run.out, "page.html: 1 run, " + std::to_string((page.size() + 999) / 1000) + " kB"));
  CHECK(page.size() < 300'000);
  CHECK(contains(page, "default-src 'none'"));
  CHECK(contains(page, "Permission is hereby granted"));
  CHECK(contains(page, "<title>&lt;/script&gt;&lt;b&gt;</title>"));
  CHECK_FALSE(contains(page, "src=\"http"));
  CHECK_FALSE(contains(page, "web<b>"));
  const json data = data_in(page);
  const json& one = data.at("runs").at(0);
  CHECK(one.at("name") == "web<b>");
  CHECK(one.at("policies").size() == 3);
  CHECK(one.at("policies").at(2).at("checkpoints").size() == 3);
  CHECK(one.at("steps").at("episodes").size() == 9);
  CHECK(one.at("steps").at("per_point") == 1);
  CHECK(one.at("policies").at(0).at("levels").size() == 4);
  const json results = read_json(folder / "web<b>" / "results.json");
  CHECK(one.at("policies").at(1).at("summary").at("final_qos").at(0) ==
        results.at("policies").at(1).at("summary").at("final_qos").at("mean"));

  std::set<std::string> figures;
  for (const auto& e : std::filesystem::directory_iterator(folder / "papers")) figures.insert(e.path().filename());
  CHECK(figures.size() == 1 + 9 + 3 + 1);
  CHECK(figures.count("training-sarsa.svg") == 1);
  CHECK(contains(read_bytes(folder / "papers" / "level.svg"), ">threshold<"));
  // An episode's figure has the terms of the reward, stacked, by their names.
  const std::string hardest = read_json(folder / "web<b>" / "run.json").at("episodes").at(0).at("seed").dump();
  const std::string episode = read_bytes(folder / "papers" / ("episode-" + hardest + "-threshold.svg"));
  CHECK(contains(episode, ">reward of a step<"));
  for (std::string term : cells_of(lines_of(read_bytes(folder / "web<b>" / "steps.csv")).front())) {
    if (!term.starts_with("reward.")) continue;
    term.erase(0, 7);
    std::replace(term.begin(), term.end(), '_', ' ');
    CHECK(contains(episode, ">" + term + "<"));
  }
}

TEST_CASE("a figure of what a policy does tells its own places from those it was asked about") {
  const scratch_folder folder;
  REQUIRE(run_tool(folder, "compare --no-bound --policies constant:12,constant:4 --episodes 4 --out web").code == 0);
  REQUIRE(run_tool(folder, "report web --figures papers").code == 0);
  const json map = read_json(folder / "web" / "behaviour.json");
  for (const json& p : map.at("policies")) {
    const std::string name = p.at("name") == "constant:12" ? "behaviour-constant-12.svg" : "behaviour-constant-4.svg";
    const std::string figure = read_bytes(folder / "papers" / name);
    const auto count = [&](const std::string& what) {
      std::size_t n = 0;
      for (std::size_t at = figure.find(what); at != std::string::npos; at = figure.find(what, at + 1)) ++n;
      return n;
    };
    std::size_t own = 0;
    std::size_t asked = 0;
    std::size_t rows = 0;  // of both policies: their figures have the same size
    for (const json& cell : p.at("cells")) {
      ++(cell.at(2) > 0 ? own : asked);
      if (cell.at(2) > 0) CHECK(contains(figure, ">" + cell.at(2).dump() + "</text>"));
    }
    for (const json& other : map.at("policies")) {
      for (const json& cell : other.at("cells")) rows = std::max(rows, cell.at(1).get<std::size_t>() + 1);
    }
    REQUIRE(own > 0);
    REQUIRE(asked > 0);
    CHECK(count("fill-opacity") == own);
    CHECK(count("url(#asked)") == asked);
    CHECK(count("#f6f7f9") == rows * 12);
    // In the place of four workers constant:12 adds, in the place of twelve constant:4 removes.
    CHECK(contains(
        figure, "font-style=\"italic\" fill=\"#444\">" + std::string(name == "behaviour-constant-12.svg" ? "+" : "-")));
  }
}

TEST_CASE("a long episode is thinned, its highest backlog and its sums are kept") {
  const scratch_folder folder;
  const std::string service = "--slots 2 --service-time 0.5 --objective 'p95<2' --max-replicas 8 --start-delay 30 ";
  const tool_run made = run_tool(folder, "compare --environment service " + service +
                                             "--pattern diurnal --episode-length 20000 --policies hpa,constant:2 "
                                             "--no-bound --episodes 1 --out day");
  INFO(made.err);
  REQUIRE(made.code == 0);
  REQUIRE(run_tool(folder, "report day").code == 0);
  const json data = data_in(read_bytes(folder / "report.html"));
  const json& steps = data.at("runs").at(0).at("steps");
  CHECK(steps.at("per_point") == 4);  // 1333 steps in 360 points at most
  const std::vector<std::string> rows = lines_of(read_bytes(folder / "day" / "steps.csv"));
  const std::vector<std::string> head = cells_of(rows.front());
  double most = 0;
  double late = 0;
  double last_replicas = 0;
  double n = 0;
  for (const std::string& row : rows) {
    const std::vector<std::string> cells = cells_of(row);
    if (cells[0] != "hpa") continue;
    most = std::max(most, std::stod(cells[column(head, "backlog")]));
    late += std::stod(cells[column(head, "late")]);
    if (n < 4) last_replicas += std::stod(cells[column(head, "replicas")]) / 4;
    n += 1;
  }
  const json& e = steps.at("episodes").at(0);
  const auto of = [&](const std::string& name) { return e.at("values").at(column(head, name) - 3); };
  double shown_most = 0;
  double shown_late = 0;
  for (const json& v : of("backlog")) shown_most = std::max(shown_most, v.get<double>());
  for (const json& v : of("late")) shown_late += v.get<double>();
  CHECK(of("backlog").size() == static_cast<std::size_t>(std::ceil(n / 4)));
  CHECK(shown_most == Approx(most).epsilon(1e-4));
  CHECK(shown_late == Approx(late).epsilon(1e-3));
  CHECK(of("replicas").at(0).get<double>() == Approx(last_replicas).epsilon(1e-4));
}

TEST_CASE("a frontier's JSON and a journal are shown as well") {
  const scratch_folder folder;
  REQUIRE(
      run_tool(folder, "frontier --no-bound --policies constant --episodes 3 --tune-episodes 3 --json f.json").code ==
      0);
  headroom::journal_record r;
  r.run = "a";
  r.time_s = 1'795'310'000;
  r.decided_by = "policy";
  r.fields = {{"load", 20, 1, ""}, {"backlog", std::nan(""), 1, "failed"}};
  r.from = 4;
  r.to = 6;
  r.wished = 3;
  r.shadows = {{"staffing", -1}};
  r.reward = {{"replicas", -4}};
  r.outcome = headroom::decision_outcome::applied;
  std::string text = headroom::journal_line(r) + "\n";
  r.number = 1;
  r.time_s += 15;
  r.from.reset();
  r.to.reset();
  r.shadows.clear();
  r.outcome = headroom::decision_outcome::held;
  text += headroom::journal_line(r) + "\n";
  write_bytes(folder / "d.jsonl", text);
  const tool_run run = run_tool(folder, "report f.json --journal d.jsonl --figures papers");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "1 run, 2 decisions"));
  const json data = data_in(read_bytes(folder / "report.html"));
  CHECK(data.at("runs").at(0).at("policies").at(0).at("points").size() > 5);
  CHECK(data.at("runs").at(0).at("figures").at("service").at("metric") == "final_qos");
  const json& j = data.at("journal");
  CHECK(j.at("wanted") == json{6, nullptr});
  CHECK(j.at("wished") == json{7, nullptr});
  CHECK(j.at("shadows").at("staffing") == json{3, nullptr});
  CHECK(j.at("fields").at("load") == json{20, 20});
  CHECK(j.at("fields").at("backlog") == json{nullptr, nullptr});
  CHECK(j.at("outcomes") == json{{"applied", 1}, {"held", 1}});
  CHECK(j.at("told").at(0).at("number") == 1);  // the newest first
  CHECK(j.at("told").at(1).at("sentences").size() > 2);
  const std::string drawn = read_bytes(folder / "papers" / "journal.svg");
  CHECK(contains(drawn, ">shadow staffing<"));
  CHECK(contains(drawn, ">load, requests a second<"));
  CHECK_FALSE(contains(drawn, ">mean latency, seconds<"));  // nobody measured it
  CHECK(contains(drawn, "<path "));                         // the reward term
}

TEST_CASE("what a program of one's own wrote as CSV is a run, with its steps or without") {
  const scratch_folder folder;
  std::filesystem::create_directory(folder / "pool");
  write_bytes(folder / "pool" / "episodes.csv",
              "policy,seed,calm,mean_cost,moves\r\nlearned,7,0.9,4,12\r\nrule,8,0.5,3,\r\nlearned,8,0.7,6,10\r\n"
              "rule,7,0.5,5,2\r\n");
  write_bytes(folder / "pool" / "steps.csv",
              "policy,seed,step,move,time_s,load,replicas,backlog\nlearned,8,0,1,0,20,4,0\nlearned,8,1,0,1,30,5,7\n");
  const tool_run run = run_tool(folder, "report pool pool/episodes.csv");
  INFO(run.err);
  REQUIRE(run.code == 0);
  const json data = data_in(read_bytes(folder / "report.html"));
  for (const json& one : data.at("runs")) {
    CHECK(one.at("figures").at("service") ==
          json{{"metric", "calm"}, {"title", "calm %"}, {"scale", 100}, {"decimals", 2}});
    CHECK(one.at("figures").at("cost").at("title") == "mean cost");
    CHECK(one.at("figures").at("columns").size() == 3);
    REQUIRE(one.at("policies").size() == 2);
    const json& learned = one.at("policies").at(0);
    CHECK(learned.at("name") == "learned");
    CHECK(learned.at("summary").at("calm").at(0) == Approx(0.8));
    CHECK(learned.at("summary").at("mean_cost").at(0) == 5);
    CHECK(learned.at("levels") == json{0.7, 0.9});
    // What is not known is no zero.
    CHECK(one.at("policies").at(1).at("summary").at("moves").at(0) == 2);
    CHECK(one.at("seeds") == json{{"first", 7}, {"count", 2}});
    CHECK_FALSE(one.contains("notes"));
  }
  const json& with_steps = data.at("runs").at(0);
  CHECK(with_steps.at("name") == "pool");
  CHECK(with_steps.at("episodes") == json{{{"seed", 8}, {"why", "recorded"}}});
  CHECK(with_steps.at("steps").at("episodes").at(0).at("values").at(4) == json{0, 7});
  CHECK_FALSE(data.at("runs").at(1).contains("steps"));

  // Other seeds are told; a level that is no fraction stays as it is; a table of compare keeps its columns.
  write_bytes(folder / "a.csv", "policy,seed,points,cost\na,1,-3,1\nb,2,4,1\n");
  write_bytes(folder / "b.csv", "policy,seed,reward,mean_replicas,in_time\na,1,-3,1,0.5\n");
  REQUIRE(run_tool(folder, "report a.csv b.csv").code == 0);
  const json others = data_in(read_bytes(folder / "report.html"));
  CHECK(others.at("runs").at(0).at("figures").at("service").at("scale") == 1);
  CHECK_FALSE(others.at("runs").at(0).contains("seeds"));
  CHECK(contains(others.at("runs").at(0).at("notes").at(0).get<std::string>(), "did not play the same seeds"));
  CHECK(others.at("runs").at(1).at("figures").at("service").at("metric") == "in_time");
  CHECK(others.at("runs").at(1).at("figures").at("cost").at("metric") == "mean_replicas");
}

TEST_CASE("what it cannot show is refused in a sentence, and nothing is left") {
  const scratch_folder folder;
  const auto refused = [&](const std::string& arguments, const std::string& because) {
    const tool_run run = run_tool(folder, arguments);
    INFO(arguments << ": " << run.err);
    CHECK(run.code == 2);
    CHECK(contains(run.err, because));
  };
  refused("report", "there is nothing to show");
  refused("report nowhere", "nowhere");
  write_bytes(folder / "x.json", "{\"policies\": []}");
  refused("report x.json", "has no policies");
  write_bytes(folder / "y.json", "{");
  refused("report y.json", "is not JSON");
  for (const auto& [text, because] :
       {std::pair<std::string, std::string>{"seed,policy,a,b\n", "does not begin with policy,seed and two figures"},
        {"policy,seed,a\nx,1,2\n", "does not begin with policy,seed and two figures"},
        {"policy,seed,a,b\n", "has no episode"},
        {"policy,seed,a,b\nx,1,2\n", "line 2: has 3 cells, must have 4"},
        {"policy,seed,a,b\nx,1,2,3\nx,1,2,3\n", "line 3: has seed 1 of x again, must have it once"},
        {"policy,seed,a,b\nx,-1,2,3\n", "line 2: the seed '-1' must be a whole number"},
        {"policy,seed,a,b\nx,1,nan,3\n", "line 2: 'nan' must be a number or empty"}}) {
    write_bytes(folder / "z.csv", text);
    refused("report z.csv", because);
  }
  std::filesystem::remove(folder / "z.csv");
  std::filesystem::create_directory(folder / "there");
  write_bytes(folder / "there" / "run.json", "{\"format\": \"headroom run 2\"}");
  refused("report there", "must be \"headroom run 1\"");
  refused("compare --policies constant:12 --episodes 1 --out there", "is there already");
  refused("compare --policies constant:12 --episodes 1 --out no/such", "there is no folder no");
  refused("play --environment farm --policies constant:12 --from 31", "at most 30");
  refused("play --policies constant:12 --from 0", "--from");
  CHECK(folder.files() == 3);
}

TEST_CASE("play shows each step, and what each policy would do, in a line each") {
  const scratch_folder folder;
  const tool_run run = run_tool(folder, "play --policies constant:4,constant:14 --seed 7 --from 2 --steps 3");
  INFO(run.err);
  REQUIRE(run.code == 0);
  const std::vector<std::string> lines = lines_of(run.out);
  REQUIRE(lines.size() == 2 + 3 * 3);
  CHECK(contains(lines[1], "Episode 7, 30 steps. constant:4 decides"));
  CHECK(lines[2].rfind("step 2: ", 0) == 0);
  CHECK(contains(lines[2], "replicas "));
  CHECK(lines[3] == "  constant:4   -1");
  CHECK(lines[4] == "  constant:14  +1  otherwise than constant:4");
  CHECK(run_tool(folder, "play --policies constant:14").out == run_tool(folder, "play --policies constant:14").out);
}

TEST_CASE("a terminal gets bars in the table, a file and --plain do not, and --quiet is silent") {
  if (std::system("command -v script > /dev/null") != 0) {
    std::printf("headroom test skipped: script (util-linux) is not installed\n");
    return;
  }
  const scratch_folder folder;
  const std::string compare = "compare --no-bound --policies constant:12,constant:14 --episodes 12 ";
  const auto on_terminal = [&](const std::string& environment, const std::string& more) {
    const std::string command = "cd '" + folder.path().string() + "' && env " + environment + " script -qec \"'" +
                                tool_path() + "' " + compare + more + "\" /dev/null > shown 2>&1 < /dev/null";
    CHECK(std::system(command.c_str()) == 0);
    return read_bytes(folder / "shown");
  };
  const std::string drawn = on_terminal("-u NO_COLOR TERM=xterm", "");
  CHECK(contains(drawn, "worst to best"));
  CHECK(contains(drawn, "█"));
  CHECK(contains(drawn, "\x1b[36m"));
  // The bars of a row: its episodes sorted, ten of them, in eighths of what both policies reach.
  REQUIRE(run_tool(folder, compare + "--json r.json").code == 0);
  std::vector<std::vector<double>> levels(2);
  const json results = read_json(folder / "r.json");
  for (std::size_t p = 0; p < 2; ++p) {
    for (const json& e : results.at("policies").at(p).at("episodes"))
      levels[p].push_back(e.at("final_qos").get<double>());
    std::sort(levels[p].begin(), levels[p].end());
  }
  const double least = std::min(levels[0].front(), levels[1].front());
  const double most = std::max(levels[0].back(), levels[1].back());
  const std::vector<std::string> bars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  for (const std::vector<double>& row : levels) {
    std::string expected;
    for (const std::size_t k : {0U, 1U, 2U, 3U, 4U, 6U, 7U, 8U, 9U, 11U})  // of twelve
      expected += bars[static_cast<std::size_t>((row[k] - least) / (most - least) * 7 + 0.5)];
    CHECK(contains(drawn, "\x1b[36m" + expected + "\x1b[0m"));
  }
  CHECK_FALSE(contains(on_terminal("TERM=xterm NO_COLOR=1", ""), "\x1b[36m"));
  CHECK(contains(on_terminal("TERM=xterm NO_COLOR=1", ""), "worst to best"));
  const std::string plain = on_terminal("TERM=xterm", "--plain");
  CHECK_FALSE(contains(plain, "worst to best"));
  CHECK_FALSE(contains(plain, "\x1b"));
  CHECK_FALSE(contains(on_terminal("TERM=dumb", ""), "\x1b"));
  CHECK_FALSE(contains(run_tool(folder, compare).out, "worst to best"));
  CHECK(contains(run_tool(folder, compare).err, "evaluating constant:12: done"));
  CHECK(run_tool(folder, compare + "--quiet").err.empty());
}
