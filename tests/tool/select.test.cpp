#include <csignal>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <headroom/io/checkpoint.hpp>

#include "catch.hpp"
#include "tool/interrupted.hpp"
#include "tool/tool.hpp"

// `select`: learners and autoscalers held against each other on episodes of the training part.

namespace {

// Forty minutes that rise and fall; what is evaluated is the last quarter of an hour.
std::string hilly() {
  std::string text = "second,requests\n";
  for (int k = 0; k < 120; ++k) {
    const int up = k % 20 < 10 ? k % 20 : 20 - k % 20;
    text += std::to_string(20 * k) + ',' + std::to_string(30 + 8 * up) + '\n';
  }
  return text;
}
const std::string on_hills = " --trace hilly.csv --trace-peak 2 --trace-window 300 --trace-split 0.6 ";

struct row_of_table {
  std::string name;
  double level;
  double workers;
};
std::vector<row_of_table> rows_of(const nlohmann::json& table) {
  std::vector<row_of_table> all;
  for (const auto& p : table.at("policies")) {
    const auto& s = p.at("summary");
    all.push_back({p.at("name"), s.at("final_qos").at("mean"), s.at("mean_workers").at("mean")});
  }
  return all;
}

}  // namespace

TEST_CASE("select: it is no worse than what it chose among, and says what it chose and what it left") {
  const scratch_folder folder;
  write_bytes(folder / "hilly.csv", hilly());
  const tool_run run = run_tool(folder, "compare --no-bound" + on_hills +
                                            "--policies select,cem --level 0.97 --train-episodes 1500 --train-seeds 1 "
                                            "--episodes 150 --json t.json");
  INFO(run.out);
  INFO(run.err);
  REQUIRE(run.code == 0);
  const auto rows = rows_of(read_json(folder / "t.json"));
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].name == "select:97%");
  CHECK(rows[0].level > 0.96);
  CHECK(rows[0].workers < 1.01 * rows[1].workers);
  CHECK_THAT(run.out, Catch::Contains("select:97%, training seed 1, decides by "));
  CHECK_THAT(run.out, Catch::Contains("there cem:97% "));
  CHECK_THAT(run.out, Catch::Contains(", belief:97% "));
  CHECK_THAT(run.out, Catch::Contains(", the best autoscaler "));
}

TEST_CASE("select: its model decides as the training did, and a choice that no farm has is refused") {
  const scratch_folder folder;
  write_bytes(folder / "hilly.csv", hilly());
  const std::string few = " --level 0.95 --train-episodes 700 ";
  const tool_run trained = run_tool(folder, "train" + on_hills + few + "--out m");
  INFO(trained.err);
  REQUIRE(trained.code == 0);
  CHECK_THAT(trained.err, Catch::Contains("select:95% decides by "));
  REQUIRE(run_tool(folder, "evaluate --model m --trace hilly.csv --episodes 20 --json e.json").code == 0);
  REQUIRE(run_tool(folder, "compare --no-bound" + on_hills + few +
                               "--policies select --train-seeds 1 --episodes 20 --json c.json")
              .code == 0);
  const auto evaluated = rows_of(read_json(folder / "e.json"));
  const auto compared = rows_of(read_json(folder / "c.json"));
  CHECK(evaluated[0].level == compared[0].level);
  CHECK(evaluated[0].workers == compared[0].workers);

  headroom::checkpoint c = headroom::load(folder / "m");
  const std::string chosen = c.text("chosen");
  CHECK_THAT(trained.err, Catch::Contains("decides by " + chosen + ", which kept "));
  c.set("chosen", "oracle");
  headroom::save(c, folder / "bad");
  const tool_run bad = run_tool(folder, "evaluate --model bad --trace hilly.csv --episodes 2");
  CHECK(bad.code == 2);
  CHECK_THAT(bad.err, Catch::Contains("the policy that it chose is oracle, must be an autoscaler of the farm"));
  c.set("chosen", "constant:5");  // an autoscaler needs no more than its name
  headroom::save(c, folder / "five");
  REQUIRE(run_tool(folder, "evaluate --model five --trace hilly.csv --episodes 2 --json f.json").code == 0);
  REQUIRE(run_tool(folder, "compare --no-bound" + on_hills + "--policies constant:5 --episodes 2 --json g.json").code ==
          0);
  CHECK(rows_of(read_json(folder / "f.json"))[0].workers == rows_of(read_json(folder / "g.json"))[0].workers);
}

TEST_CASE("select: killed in its second learner and resumed, it writes the model of one that never was") {
  const scratch_folder folder;
  write_bytes(folder / "hilly.csv", hilly());
  const std::string how = "train" + on_hills + "--policy select --train-episodes 1000 ";
  REQUIRE(run_tool(folder, how + "--out whole").code == 0);
  std::vector<std::string> words{"--checkpoint-every", "0.02", "--out", "m"};
  std::string word;
  for (const char c : how + ' ') {
    if (c != ' ')
      word += c;
    else if (!word.empty())
      words.insert(words.end() - 4, std::exchange(word, {}));
  }
  const auto partial = folder / "m.partial";
  const auto killed = interrupt(folder, words, SIGKILL, [&](pid_t, const std::string&) {
    return std::filesystem::exists(partial) && headroom::load(partial).text("kept") == "1";
  });
  REQUIRE(killed.ready);
  CHECK_FALSE(std::filesystem::exists(folder / "m"));
  CHECK(run_tool(folder, "evaluate --model m.partial --trace hilly.csv --episodes 2").code == 0);  // its first learner
  const tool_run resumed = run_tool(folder, "train --resume m.partial --trace hilly.csv");
  INFO(resumed.err);
  REQUIRE(resumed.code == 0);
  CHECK(read_bytes(folder / "m") == read_bytes(folder / "whole"));
}

TEST_CASE("select: where nothing keeps the level it takes what comes nearest, and says so") {
  const scratch_folder folder;
  std::string flood = "second,requests\n";
  for (int k = 0; k < 120; ++k) flood += std::to_string(20 * k) + ",2000\n";
  write_bytes(folder / "flood.csv", flood);
  // Thirty requests a second, and 32 workers that serve 22.
  const tool_run run = run_tool(
      folder,
      "compare --no-bound --trace flood.csv --actions 1,2 --trace-peak 30 --trace-window 60 "
      "--policies select,constant:32 --train-seeds 1 --level 0.99 --train-episodes 60 --episodes 3 --json t.json");
  INFO(run.out);
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_THAT(run.out, Catch::Contains("nothing that it tried kept the level: "));
  const auto rows = rows_of(read_json(folder / "t.json"));
  CHECK(rows[0].level > rows[1].level - 0.05);
}

TEST_CASE("select: a load that is rougher at its end is kept there, too") {
  const scratch_folder folder;
  // One request a second; from the last third of the training part on four of them every other two minutes.
  std::string rougher = "second,requests\n";
  for (int k = 0; k < 240; ++k) rougher += std::to_string(20 * k) + (k >= 96 && (k / 6) % 2 == 1 ? ",80\n" : ",20\n");
  write_bytes(folder / "rougher.csv", rougher);
  const tool_run run = run_tool(folder,
                                "compare --no-bound --trace rougher.csv --trace-peak 4 --trace-window 300 "
                                "--trace-split 0.6 --policies cem,belief --level 0.97 --train-episodes 1200 "
                                "--train-seeds 1 --episodes 100 --json t.json");
  INFO(run.out);
  INFO(run.err);
  REQUIRE(run.code == 0);
  // On the average over the training part they would keep 93.8 and 95.3 % of what comes after it.
  for (const row_of_table& row : rows_of(read_json(folder / "t.json"))) CHECK(row.level > 0.962);
}

TEST_CASE("select: it has a level and no price") {
  const scratch_folder folder;
  const auto refused = [&](const std::string& how, const std::string& why) {
    const tool_run r = run_tool(folder, how);
    INFO(r.err);
    CHECK(r.code == 2);
    CHECK_THAT(r.err, Catch::Contains(why));
  };
  refused("compare --policies select:4", "must be a level, as in select:99%");
  refused("compare --policies select:100%", "must be above 0 % and below 100 %");
  refused("compare --slots 4 --service-time 0.2 --objective 'p95<0.5' --policies select:4",
          "must be a level, as in select:99%");
  refused("compare --level 1.5", "--level: the fraction of requests in time is 1.5, must be in (0, 1)");
}

TEST_CASE("select: on a service it keeps the objective with no more replicas than the search alone") {
  const scratch_folder folder;
  const tool_run run =
      run_tool(folder,
               "compare --no-bound --slots 4 --service-time 0.2 --start-delay 20 --objective 'p95<0.5' "
               "--max-replicas 8 --queue-limit 500 --pattern diurnal --mean 12 --episode-length 600 "
               "--policies select,cem --train-episodes 150 --train-seeds 1 --episodes 20 --json s.json");
  INFO(run.out);
  INFO(run.err);
  REQUIRE(run.code == 0);
  const auto policies = read_json(folder / "s.json").at("policies");
  const auto mean = [&](std::size_t k, const char* metric) {
    return policies[k].at("summary").at(metric).at("mean").get<double>();
  };
  CHECK(mean(0, "in_time") > 0.92);
  CHECK(mean(0, "mean_replicas") < 1.03 * mean(1, "mean_replicas"));
  CHECK_THAT(run.out, Catch::Contains("select, training seed 1, decides by "));
  CHECK_THAT(run.out, !Catch::Contains("belief"));  // no plan is made of a queue with a limit
}

TEST_CASE("hedged: it chooses among what kept the level, and its model decides as the training did") {
  const scratch_folder folder;
  write_bytes(folder / "hilly.csv", hilly());
  const std::string few = " --level 0.95 --train-episodes 300 ";
  const tool_run trained = run_tool(folder, "train" + on_hills + few + "--policy hedged --out m");
  INFO(trained.err);
  REQUIRE(trained.code == 0);
  CHECK_THAT(trained.err, Catch::Contains("hedged:95% chooses from step to step among "));
  REQUIRE(headroom::load(folder / "m").text("advisers") > "1");
  REQUIRE(run_tool(folder, "evaluate --model m --trace hilly.csv --episodes 20 --json e.json").code == 0);
  REQUIRE(run_tool(folder, "compare --no-bound" + on_hills + few +
                               "--policies hedged,linucb --train-seeds 1 --episodes 20 --json c.json")
              .code == 0);
  const auto evaluated = rows_of(read_json(folder / "e.json"));
  const auto compared = rows_of(read_json(folder / "c.json"));
  CHECK(evaluated[0].level == compared[0].level);
  CHECK(evaluated[0].workers == compared[0].workers);
  CHECK(evaluated[0].level > 0.93);
  const tool_run priced = run_tool(folder, "train" + on_hills + "--policy hedged:4 --out p");
  CHECK(priced.code == 2);
  CHECK_THAT(priced.err, Catch::Contains("must be a level, as in hedged:99%"));
}

TEST_CASE("linucb: on the farm and on a service a model decides as the training did") {
  const scratch_folder folder;
  write_bytes(folder / "hilly.csv", hilly());
  const std::string service =
      "--slots 4 --service-time 0.2 --start-delay 20 --objective 'p95<0.5' --max-replicas 8 --pattern diurnal --mean "
      "12 --episode-length 600 ";
  for (const std::string& on : {on_hills, " " + service, " --actions 1,2 " + service}) {
    const std::string load = on == on_hills ? " --trace hilly.csv" : "";
    REQUIRE(run_tool(folder, "train" + on + "--policy linucb --train-episodes 100 --out m").code == 0);
    REQUIRE(run_tool(folder, "evaluate --model m --episodes 10 --json e.json" + load).code == 0);
    REQUIRE(run_tool(folder, "compare --no-bound" + on +
                                 "--policies linucb --train-episodes 100 --train-seeds 1 --episodes 10 --json c.json")
                .code == 0);
    const auto of = [&](const char* file) {
      return read_json(folder / file).at("policies").at(0).at("summary").at(load.empty() ? "in_time" : "final_qos");
    };
    CHECK(of("e.json").at("mean") == of("c.json").at("mean"));
  }
}
