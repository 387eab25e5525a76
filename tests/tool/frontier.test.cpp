#include <signal.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <headroom/run/pareto.hpp>

#include "catch.hpp"
#include "tool/interrupted.hpp"
#include "tool/tool.hpp"

using namespace headroom;
using nlohmann::json;

namespace {

const std::string small =
    "frontier --policies constant,hpa:0.7,sarsa --episodes 4 --tune-episodes 3 --train-episodes 3000 "
    "--train-seeds 2 --prices 6,40 ";

std::set<std::string> keys(const json& object) {
  std::set<std::string> names;
  for (const auto& item : object.items()) names.insert(item.key());
  return names;
}
double mean(const json& point, const std::string& metric) { return point.at("summary").at(metric).at("mean"); }

std::vector<operating_point> points_of(const json& policy, const std::string& metric) {
  std::vector<operating_point> points;
  for (const json& p : policy.at("points")) points.push_back({mean(p, "final_qos"), mean(p, metric)});
  return points;
}

// The names of the elements in the order in which they open; fails if one is not closed, or by another's name.
std::vector<std::string> elements(const std::string& xml) {
  std::vector<std::string> open;
  std::vector<std::string> all;
  for (std::size_t at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
    const std::size_t end = xml.find('>', at);
    REQUIRE(end != std::string::npos);
    const std::string tag = xml.substr(at + 1, end - at - 1);
    CHECK(std::count(tag.begin(), tag.end(), '"') % 2 == 0);
    CHECK(tag.find('<') == std::string::npos);
    const std::string name = tag.substr(tag[0] == '/' ? 1 : 0, tag.find_first_of(" /", 1) - (tag[0] == '/' ? 1 : 0));
    if (tag[0] == '/') {
      REQUIRE_FALSE(open.empty());
      CHECK(open.back() == name);
      open.pop_back();
    } else {
      all.push_back(name);
      if (tag.back() != '/') open.push_back(name);
    }
  }
  CHECK(open.empty());
  return all;
}

}  // namespace

TEST_CASE("a frontier has every setting of every policy, as JSON, as CSV and as pictures") {
  const scratch_folder folder;
  const tool_run run = run_tool(folder, small + "--json f.json --csv f.csv --svg f.svg --churn-svg c.svg");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(folder.files() == 4);
  const json result = read_json(folder / "f.json");
  CHECK(keys(result) == std::set<std::string>{"environment", "workload", "actions", "headroom_version", "stopped",
                                              "level", "seeds", "tuning_seeds", "clairvoyant", "known_rate", "policies",
                                              "verdicts"});
  CHECK(result.at("level") == 0.99);
  CHECK(result.at("seeds") == json{{"first", 1000}, {"count", 4}});
  CHECK(result.at("tuning_seeds") == json{{"first", 5'000'000}, {"count", 3}});
  const json& policies = result.at("policies");
  REQUIRE(policies.size() == 3);

  std::vector<std::vector<std::string>> settings;
  for (const json& policy : policies) {
    CHECK(keys(policy) == std::set<std::string>{"name", "learns", "settings_tried", "knobs", "published", "best",
                                                "best_keeps_level", "points"});
    settings.emplace_back();
    for (const json& p : policy.at("points")) settings.back().push_back(p.at("setting"));
    CHECK(policy.at("settings_tried") == settings.back().size());
  }
  REQUIRE(settings[0].size() == 32);
  CHECK(settings[0].front() == "constant:1");
  CHECK(settings[0].back() == "constant:32");
  CHECK(settings[1] == std::vector<std::string>{"hpa:0.7"});
  CHECK(settings[2] == std::vector<std::string>{"sarsa", "sarsa:6", "sarsa:40"});
  CHECK(policies[0].at("published") == nullptr);
  CHECK(policies[2].at("published") == "sarsa");

  for (const json& policy : policies) {
    const json& points = policy.at("points");
    for (const std::string metric : {"mean_workers", "scaling_actions"}) {
      const auto front = pareto_front(points_of(policy, metric));
      for (std::size_t k = 0; k < points.size(); ++k) {
        const bool on_front = std::find(front.begin(), front.end(), k) != front.end();
        CHECK(points[k].at(metric == "mean_workers" ? "on_front" : "on_churn_front") == on_front);
      }
    }
    // The knob is chosen on the tuning episodes and on no others.
    const json* best = nullptr;
    for (const json& p : points) {
      if (p.at("tuning").at("final_qos") < 0.99) continue;
      if (best == nullptr || p.at("tuning").at("mean_workers") < best->at("tuning").at("mean_workers")) best = &p;
    }
    CHECK(policy.at("best_keeps_level") == (best != nullptr));
    if (best != nullptr) CHECK(policy.at("best") == best->at("setting"));
    for (const json& p : points) CHECK(p.at("regret") >= 0);
  }
  for (const json& p : policies[2].at("points")) {
    REQUIRE(p.at("train_seeds").size() == 2);
    std::vector<double> levels;
    for (const json& one : p.at("train_seeds")) levels.push_back(one.at("final_qos"));
    CHECK(std::find(levels.begin(), levels.end(), mean(p, "final_qos")) != levels.end());
  }

  std::istringstream csv(read_bytes(folder / "f.csv"));
  std::string line;
  std::getline(csv, line);
  CHECK(
      line.starts_with("policy,setting,published,best,on_front,on_churn_front,final_qos,final_qos_all,mean_workers,"));
  CHECK(line.ends_with(",regret"));
  std::size_t rows = 0;
  for (; std::getline(csv, line); ++rows) CHECK(std::count(line.begin(), line.end(), ',') == 16);
  CHECK(rows == 36);

  for (const std::string file : {"f.svg", "c.svg"}) {
    const std::string picture = read_bytes(folder / file);
    CHECK(picture.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    const auto all = elements(picture);
    CHECK(std::count(all.begin(), all.end(), "script") == 0);
    CHECK(contains(picture, ">sarsa</text>"));
    CHECK(contains(picture, ">constant</text>"));
    CHECK((std::count(all.begin(), all.end(), "polygon") == 1) == (file == "f.svg"));  // what nobody can reach
  }
}

TEST_CASE("a frontier's points are what compare says of the same settings") {
  const scratch_folder folder;
  REQUIRE(run_tool(folder, small + "--no-bound --json f.json").code == 0);
  REQUIRE(run_tool(folder,
                   "compare --no-bound --policies constant:14,hpa:0.7,sarsa:40 --episodes 4 --train-episodes 3000 "
                   "--train-seeds 2 "
                   "--no-bound --json c.json")
              .code == 0);
  const json frontier = read_json(folder / "f.json").at("policies");
  const json compared = read_json(folder / "c.json").at("policies");
  CHECK(frontier[0].at("points")[13].at("setting") == "constant:14");
  CHECK(frontier[0].at("points")[13].at("summary") == compared[0].at("summary"));
  CHECK(frontier[1].at("points")[0].at("summary") == compared[1].at("summary"));
  const json& learner = frontier[2].at("points")[2];
  REQUIRE(learner.at("setting") == "sarsa:40");
  for (std::size_t k = 0; k < 2; ++k) {
    const json& said = compared[2].at("train_seeds")[k].at("summary");
    for (const std::string metric : {"final_qos", "mean_workers", "scaling_actions"})
      CHECK(learner.at("train_seeds")[k].at(metric) == said.at(metric).at("mean"));
  }
}

TEST_CASE("the price is a learner's knob: the dearer a request out of time, the higher the level") {
  const scratch_folder folder;
  REQUIRE(run_tool(folder,
                   "frontier --policies sarsa --prices 1,100 --episodes 40 --tune-episodes 4 "
                   "--train-episodes 2000 --train-seeds 1 --no-bound --json f.json")
              .code == 0);
  const json points = read_json(folder / "f.json").at("policies")[0].at("points");
  REQUIRE(points.size() == 3);
  CHECK(mean(points[1], "final_qos") < mean(points[2], "final_qos") - 0.05);
  CHECK(mean(points[1], "mean_workers") < mean(points[2], "mean_workers") - 1);
}

TEST_CASE("a verdict says for each learner where it stands, and to whom it loses") {
  const scratch_folder folder;
  const tool_run run = run_tool(folder, small + "--no-bound --level 0.9 --json f.json");
  REQUIRE(run.code == 0);
  const json result = read_json(folder / "f.json");
  REQUIRE(result.at("verdicts").size() == 1);
  const json& verdict = result.at("verdicts")[0];
  CHECK(verdict.at("learner") == "sarsa");

  const cost_curve own(points_of(result.at("policies")[2], "mean_workers"));
  const cost_curve constant(points_of(result.at("policies")[0], "mean_workers"));
  const cost_curve hpa(points_of(result.at("policies")[1], "mean_workers"));
  const std::vector<cost_curve> rivals{constant, hpa};
  REQUIRE(own.keeping(0.9) != cost_curve::none);  // else there is nothing to see
  CHECK(verdict.at("setting") == result.at("policies")[2].at("points")[own.keeping(0.9)].at("setting"));
  const double margin = std::min(constant.deployed(0.9), hpa.deployed(0.9)) - own.deployed(0.9);
  CHECK(verdict.at("margin").at("mean").get<double>() == Approx(margin).margin(1e-9));
  CHECK(verdict.at("left_of_every_curve") == (margin > 0));
  CHECK(contains(run.out, "  sarsa at 90 % in time: " + verdict.at("setting").get<std::string>() + " needs "));
  const json& interval = verdict.at("margin").at("ci95");
  CHECK(contains(run.out, interval[0] > 0   ? "the learner wins by "
                          : interval[1] < 0 ? "the learner loses by "
                                            : "the learner is level with it, "));
  const auto points = points_of(result.at("policies")[2], "mean_workers");
  REQUIRE(verdict.at("range").size() == own.front().size());
  std::size_t left = 0;
  for (std::size_t k = 0; k < own.front().size(); ++k) {
    const standing s = stand(points[own.front()[k]], rivals);
    CHECK(verdict.at("range")[k].at("left_of_every_curve") == s.left_of_all);
    left += s.left_of_all ? 1 : 0;
  }
  CHECK(contains(run.out, "Over the range: " + std::to_string(left) + " of " + std::to_string(own.front().size()) +
                              " points of its frontier lie left of every autoscaler's curve"));
}

TEST_CASE("a schedule is tried a few workers up and down, and of many settings those are reported that nothing beats") {
  const scratch_folder folder;
  REQUIRE(run_tool(folder,
                   "frontier --policies scheduled:16/17/13/12 --episodes 2 --tune-episodes 2 --no-bound --json f.json")
              .code == 0);
  const json policy = read_json(folder / "f.json").at("policies")[0];
  CHECK(policy.at("settings_tried") == 5 * 5 * 5 * 5 + 3);  // each phase -2 to 2, and all together -3, 3, 4
  CHECK(policy.at("published") == "scheduled:16/17/13/12");
  CHECK(policy.at("points").size() < 100);
}

TEST_CASE("a learner that trains to a level is tried at the level of the frontier") {
  const scratch_folder folder;
  REQUIRE(run_tool(folder,
                   "frontier --policies cem --prices 3 --level 0.97 --train-episodes 60 --train-seeds 1 --episodes 2 "
                   "--tune-episodes 2 --no-bound --json f.json")
              .code == 0);
  const json all = read_json(folder / "f.json");
  std::vector<std::string> names;
  for (const json& point : all.at("policies")[0].at("points")) names.push_back(point.at("setting"));
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"cem", "cem:3", "cem:97%"});
}

TEST_CASE("one learner can have prices of its own") {
  const scratch_folder folder;
  REQUIRE(run_tool(folder,
                   "frontier --policies sarsa,cem --prices 3,cem:2/4.5,5 --train-episodes 60 --train-seeds 1 "
                   "--episodes 2 --tune-episodes 2 --no-bound --json f.json")
              .code == 0);
  const json all = read_json(folder / "f.json");
  const auto settings = [&](std::size_t k) {
    std::vector<std::string> names;
    for (const json& point : all.at("policies")[k].at("points")) names.push_back(point.at("setting"));
    std::sort(names.begin(), names.end());
    return names;
  };
  CHECK(settings(0) == std::vector<std::string>{"sarsa", "sarsa:3", "sarsa:5"});
  CHECK(settings(1) == std::vector<std::string>{"cem", "cem:2", "cem:4.5", "cem:99%"});
}

TEST_CASE("two frontiers print, write and draw the same bytes") {
  const scratch_folder folder;
  const auto files = [](const std::string& k) {
    return "--json " + k + ".json --csv " + k + ".csv --svg " + k + ".svg --churn-svg " + k + "c.svg";
  };
  const std::string quick =
      "frontier --policies constant,hpa:0.7,sarsa --episodes 2 --tune-episodes 2 --train-episodes 100 --train-seeds 2 "
      "--prices 6,40 ";
  const tool_run one = run_tool(folder, quick + files("1"));
  const tool_run two = run_tool(folder, quick + files("2"));
  REQUIRE(one.code == 0);
  CHECK(one.out == two.out);
  for (const std::string end : {".json", ".csv", ".svg", "c.svg"})
    CHECK(read_bytes(folder / ("1" + end)) == read_bytes(folder / ("2" + end)));
}

TEST_CASE("on a recorded load the knob is chosen on its first part") {
  const scratch_folder folder;
  std::string rows = "minute,requests\n";
  for (int k = 0; k < 100; ++k) rows += std::to_string(k) + "," + std::to_string(k < 70 ? 480 : 240) + "\n";
  write_bytes(folder / "load.csv", rows);
  const tool_run run = run_tool(folder,
                                "frontier --policies constant --trace load.csv --episodes 3 --tune-episodes 3 "
                                "--no-bound --json f.json");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "of the first part"));
  const json policy = read_json(folder / "f.json").at("policies")[0];
  const json& points = policy.at("points");
  const cost_curve reported(points_of(policy, "mean_workers"));
  const std::string cheapest = points[reported.keeping(0.99)].at("setting");
  CHECK(policy.at("best") != cheapest);  // half the load needs fewer workers than were chosen for all of it
  CHECK(contains(run.out, policy.at("best").get<std::string>().substr(std::string("constant:").size())));
}

TEST_CASE("a frontier refuses what makes no sense with one sentence, at once") {
  const scratch_folder folder;
  const struct {
    std::string arguments;
    std::string sentence;
  } cases[] = {
      {"--policies hpa,hpa:0.7", "--policies: 'hpa' is named twice; a frontier has all of its settings"},
      {"--policies constant,constant", "--policies: 'constant' is named twice"},
      {"--policies hpa:0", "target_tracking: target is 0, must be positive and finite"},
      {"--level 0", "--level: the fraction of requests in time is 0, must be in (0, 1)"},
      {"--level 1", "--level: the fraction of requests in time is 1, must be in (0, 1)"},
      {"--level nan", "--level: the fraction of requests in time is nan, must be in (0, 1)"},
      {"--tune-episodes 0", "--tune-episodes: the number is 0, must be from 1 to 1000000"},
      {"--policies sarsa --prices 3,x",
       "--prices: '3,x' must be numbers above 0 and at most a million, separated by commas, as in 3,6,12, or, for one "
       "learner alone, as in cem:2/4/8"},
      {"--policies sarsa --prices 3,constant:2/4",
       "--prices: '3,constant:2/4' must be numbers above 0 and at most a million, separated by commas, as in 3,6,12, "
       "or, for one learner alone, as in cem:2/4/8"},
      {"--policies sarsa --prices 0",
       "--prices: '0' must be numbers above 0 and at most a million, separated by commas, as in 3,6,12, or, for one "
       "learner alone, as in cem:2/4/8"},
      {"--svg missing/f.svg", "missing/f.svg: cannot be written: there is no folder missing"},
      {"--svg f --churn-svg f", "frontier: a file to write is f, must not be named twice"},
      {"--json f --svg f", "frontier: a file to write is f, must not be named twice"},
  };
  for (const auto& [arguments, sentence] : cases) {
    INFO(arguments);
    const tool_run run = run_tool(folder, "frontier " + arguments);
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    CHECK(run.err == "headroom: " + sentence + "\n");
    CHECK(folder.files() == 0);
  }
}

TEST_CASE("an interrupted frontier keeps what was finished") {
  const scratch_folder folder;
  const interrupted_run done =
      interrupt(folder,
                {"frontier", "--policies", "constant,sarsa", "--train-episodes", "100000000", "--episodes", "2",
                 "--tune-episodes", "2", "--json", "f.json", "--svg", "f.svg"},
                SIGINT, [](pid_t, const std::string& err) { return contains(err, "sweeping constant: done"); });
  REQUIRE(done.ready);
  CHECK(done.run.code == 130);
  CHECK(contains(done.run.out, "Interrupted: what was not finished is not in the table."));
  const json result = read_json(folder / "f.json");
  CHECK(result.at("stopped") == true);
  REQUIRE(result.at("policies").size() == 1);
  CHECK(result.at("policies")[0].at("points").size() == 32);
  CHECK(contains(read_bytes(folder / "f.svg"), ">constant</text>"));
}
