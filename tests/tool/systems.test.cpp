#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <headroom/systems/quota/rules.hpp>
#include <headroom/systems/scheduler/latency_rules.hpp>
#include <headroom/systems/scheduler/environment.hpp>
#include <headroom/systems/quota/environment.hpp>
#include <headroom/systems/quota/published_reward.hpp>
#include <headroom/systems/scheduler/published_reward.hpp>
#include <headroom/run/evaluate.hpp>
#include <headroom/systems/quota/score.hpp>
#include <headroom/systems/scheduler/score.hpp>

#include "catch.hpp"
#include "skip.hpp"
#include "tool/interrupted.hpp"
#include "tool/tool.hpp"

using namespace headroom;
using nlohmann::json;

namespace {

std::set<std::string> keys(const json& object) {
  std::set<std::string> names;
  for (const auto& item : object.items()) names.insert(item.key());
  return names;
}

const json& policy_of(const json& result, const std::string& name) {
  for (const json& p : result.at("policies")) {
    if (p.at("name") == name) return p;
  }
  throw std::runtime_error("no policy " + name);
}

double mean_of(const json& summary, const std::string& metric) { return summary.at(metric).at("mean"); }

std::vector<double> rewards_of(const json& policy) {
  std::vector<double> all;
  for (const json& episode : policy.at("episodes")) all.push_back(episode.at("total_reward"));
  return all;
}

// What the tool says of a policy is what the library measures of it.
void check_figures(const json& policy, const evaluation& e) {
  REQUIRE(policy.at("episodes").size() == e.seeds.size());
  for (std::size_t k = 0; k < e.seeds.size(); ++k) {
    CHECK(policy.at("episodes")[k].at("seed") == e.seeds[k]);
    for (const std::string_view metric : e.names)
      CHECK(policy.at("episodes")[k].at(std::string(metric)) == e.of(metric)[k]);
  }
}

std::string printed(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// A learner's row is that of the median training seed by reward.
void check_median(const json& learner) {
  std::vector<std::pair<double, std::size_t>> by_reward;
  for (std::size_t k = 0; k < learner.at("train_seeds").size(); ++k)
    by_reward.emplace_back(mean_of(learner.at("train_seeds")[k].at("summary"), "total_reward"), k);
  std::sort(by_reward.begin(), by_reward.end());
  REQUIRE(by_reward.front().first < by_reward.back().first);  // else any would do
  const json& median = learner.at("train_seeds")[by_reward[(by_reward.size() - 1) / 2].second];
  CHECK(learner.at("summary") == median.at("summary"));
  CHECK(learner.at("regret") == median.at("regret"));
}

// Two configurations, measured once each: one replica serves all for half of the largest cost, two serve half of it for
// all of the cost. So a step is worth +0.5 or -0.5, and a move off the grid -5.
constexpr const char* two_configurations = "re,heap,cpu,out_tps,cost\n1,5,5,100,1\n2,5,5,50,2\n";

}  // namespace

TEST_CASE("the request scheduler is compared as the farm is, with its own figures and the oracle's regret") {
  const scratch_folder folder;
  const tool_run run = run_tool(folder,
                                "compare --environment scheduler --policies oracle,constant:5,levels,q-learning "
                                "--train-episodes 20 --train-seeds 3 --checkpoints 2 --episodes 4 --json r.json --csv "
                                "r.csv");
  INFO(run.err);
  REQUIRE(run.code == 0);
  const json result = read_json(folder / "r.json");
  CHECK(keys(result) == std::set<std::string>{"environment", "workload", "actions", "headroom_version", "stopped",
                                              "seeds", "references", "policies"});
  CHECK(result.at("environment") == "scheduler");
  CHECK(result.at("seeds") == json{1000, 1001, 1002, 1003});

  using seen = scheduler::observation;
  scheduler::latency_levels levels{&seen::response_time_s, scheduler::latency_levels_options::corrected()};
  check_figures(policy_of(result, "levels"),
                evaluate([](std::uint64_t seed) { return scheduler::environment(seed); }, levels, seed_range(1000, 4),
                         scheduler::score{scheduler::published_reward{}}));

  const std::vector<double> best = rewards_of(policy_of(result, "oracle"));
  for (const json& p : result.at("policies")) {
    CHECK(keys(p.at("summary")) ==
          std::set<std::string>{"total_reward", "violations", "mean_instances", "scaling_actions"});
    const std::vector<double> got = rewards_of(p);
    double regret = 0;
    for (std::size_t k = 0; k < best.size(); ++k) regret += (best[k] - got[k]) / 4;
    CHECK(p.at("regret").get<double>() == Approx(regret).margin(1e-9));
    CHECK(contains(run.out, printed("%6.2f\n", p.at("regret"))));
  }
  CHECK(policy_of(result, "oracle").at("regret") == 0);
  for (const double reward : rewards_of(policy_of(result, "constant:5"))) {
    CHECK(reward == Approx(360 * (1 - 0.65 * 5 / 6)).epsilon(1e-12));  // it is never late
  }
  const json& learner = policy_of(result, "q-learning");
  check_median(learner);
  CHECK(keys(learner.at("checkpoints")[0]) ==
        std::set<std::string>{"episodes", "total_reward", "violations", "mean_instances"});
  CHECK(learner.at("checkpoints")[1].at("episodes") == 20);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(learner.at("checkpoints")[1].at("total_reward")[k] ==
          mean_of(learner.at("train_seeds")[k].at("summary"), "total_reward"));
  }
  // An oracle is a bound and no rival.
  CHECK(contains(run.out, "\n  q-learning against constant:5, paired: "));
  CHECK(contains(run.out, "\n  [published dqn]   205.20 "));
  CHECK(contains(run.out,
                 "  Regret: what the oracle earned more on the same episodes; it is the most that anybody can.\n"));
  CHECK(lines_in(read_bytes(folder / "r.csv")) == 17);
}

TEST_CASE("the scheduler's former name is still understood, and says what it is called now") {
  const scratch_folder folder;
  const std::string rest = " --policies constant:5,levels --episodes 2";
  const tool_run before = run_tool(folder, "compare --environment queueing" + rest);
  const tool_run now = run_tool(folder, "compare --environment scheduler" + rest);
  CHECK(before.code == 0);
  CHECK(before.out == now.out);
  CHECK(before.err == "headroom: the environment queueing is called scheduler now\n" + now.err);
  CHECK(run_tool(folder, "policies --environment queueing").out ==
        run_tool(folder, "policies --environment scheduler").out);
}

TEST_CASE("one option that two systems have goes to the system that was chosen") {
  const scratch_folder folder;
  write_bytes(folder / "two.csv", two_configurations);
  const std::string rest = " --data two.csv --policies hold --episodes 1";
  CHECK(run_tool(folder, "compare --environment teastore" + rest).code == 0);
  const tool_run quota = run_tool(folder, "compare --environment quota" + rest);
  CHECK(quota.code == 2);  // reads it as a network
  CHECK(quota.err.starts_with("headroom: two.csv: "));
  CHECK(run_tool(folder, "compare --environment scheduler --workload very-light --policies constant:5 --episodes 1")
            .out.find("very light") != std::string::npos);
}

TEST_CASE("the scheduler's table comes within half a per cent of the oracle, on episodes that it has not seen") {
  const scratch_folder folder;
  REQUIRE(run_tool(folder, "compare --environment scheduler --policies oracle,q-learning --episodes 100 --json r.json")
              .code == 0);
  const json result = read_json(folder / "r.json");
  for (const json& one : policy_of(result, "q-learning").at("train_seeds")) {
    CHECK(mean_of(one.at("summary"), "total_reward") >
          0.995 * mean_of(policy_of(result, "oracle").at("summary"), "total_reward"));
  }
}

TEST_CASE("a table of measurements has an exact regret") {
  const scratch_folder folder;
  write_bytes(folder / "two.csv", two_configurations);
  const tool_run run = run_tool(
      folder,
      "compare --environment teastore --data two.csv --policies "
      "optimum,hold,random,best-configuration,configuration:2/5/5,q-learning --train-episodes 200 --train-seeds 2 "
      "--episodes 40 --json r.json");
  INFO(run.err);
  REQUIRE(run.code == 0);
  const json result = read_json(folder / "r.json");
  CHECK(result.at("workload") == "two.csv");
  CHECK_FALSE(result.contains("references"));  // it is not the published log
  const auto regret = [&](const std::string& name) { return policy_of(result, name).at("regret").get<double>(); };
  CHECK(regret("optimum") == 0);
  CHECK(regret("best-configuration") == 0);
  CHECK(regret("q-learning") == 0);
  CHECK(regret("hold") == Approx(25));                    // half of the episodes begin in the wrong one
  CHECK(regret("configuration:2/5/5") == Approx(50));     // 25 less -25
  CHECK(regret("random") == Approx(25 + 50 * 25.0 / 7));  // five moves of seven lead nowhere
  for (const double reward : rewards_of(policy_of(result, "optimum"))) CHECK(reward == Approx(25));
  for (const json& one : policy_of(result, "q-learning").at("train_seeds")) CHECK(one.at("regret") == 0);
  const std::vector<double> held = rewards_of(policy_of(result, "hold"));
  for (const double reward : held) CHECK(std::abs(reward) == Approx(25));
  CHECK(*std::min_element(held.begin(), held.end()) < *std::max_element(held.begin(), held.end()));
  CHECK(keys(policy_of(result, "hold").at("summary")) ==
        std::set<std::string>{"total_reward", "mean_tps", "mean_cost", "changes", "refused"});
  CHECK(contains(run.out, "TeaStore in two.csv: 2 measurements of 2 configurations; 50 steps from any of them"));
  CHECK(contains(run.out, "  Regret: the exact expectation of the optimum (25.0000) less that of the policy"));
}

TEST_CASE("without a file there is a small table, and it says so") {
  const scratch_folder folder;
  const tool_run run =
      run_tool(folder,
               "compare --environment teastore --train-episodes 50 --train-seeds 3 --episodes 2 --json "
               "r.json");
  REQUIRE(run.code == 0);
  CHECK(
      run.out.starts_with("TeaStore in a small table of our own, since no --data was given: 320 measurements of 64 "
                          "configurations; "));
  const json result = read_json(folder / "r.json");
  std::vector<std::string> names;
  for (const json& p : result.at("policies")) {
    names.push_back(p.at("name"));
    CHECK(p.at("regret") >= 0);  // nobody beats an optimum
  }
  check_median(policy_of(result, "q-learning"));
  CHECK(names == std::vector<std::string>{"optimum", "hold", "random", "best-configuration", "q-learning", "ppo"});
}

TEST_CASE("the published log brings its golden numbers") {
  const char* const data = std::getenv("HEADROOM_SHARED_DATA");
  const std::filesystem::path log = std::filesystem::path(data == nullptr ? "" : data) / "teastore_configurations.log";
  if (data == nullptr || !std::filesystem::exists(log)) {
    HEADROOM_SKIP("HEADROOM_SHARED_DATA names no folder with the TeaStore log");
  }
  const scratch_folder folder;
  const tool_run run =
      run_tool(folder, "compare --environment teastore --policies optimum,random --episodes 20 --data '" +
                           log.string() + "' --json r.json");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, ": 21168 measurements of 729 configurations; "));
  CHECK(contains(run.out, "\n  [published ppo]   17.050\n"));
  CHECK(contains(run.out, "the exact expectation of the optimum (17.9299)"));
  CHECK(policy_of(read_json(folder / "r.json"), "optimum").at("regret") == 0);
}

TEST_CASE("quotas are compared with what any policy of the table earned in each scenario") {
  const scratch_folder folder;
  const tool_run run =
      run_tool(folder,
               "compare --environment quota --policies hold,apply,five-rules,q-learning --train-episodes "
               "2000 --train-seeds 3 --episodes 5 --json r.json");
  INFO(run.err);
  REQUIRE(run.code == 0);
  const json result = read_json(folder / "r.json");
  CHECK(result.at("environment") == "quota");
  quota::rules rules;
  check_figures(policy_of(result, "five-rules"),
                evaluate([](std::uint64_t seed) { return quota::environment(seed); }, rules, seed_range(1000, 5),
                         quota::score{quota::objective()}));
  std::vector<double> most(5, -1e9);
  std::vector<double> of_seeds;
  for (const json& p : result.at("policies")) {
    const std::vector<double> got = rewards_of(p);
    for (std::size_t k = 0; k < 5; ++k) most[k] = std::max(most[k], got[k]);
  }
  // Training seeds that are not shown count as well, so the best of the shown ones is a bound from below.
  double best = 0;
  for (const double m : most) best += m / 5;
  for (const json& p : result.at("policies")) {
    CHECK(p.at("regret").get<double>() >= best - mean_of(p.at("summary"), "total_reward") - 1e-9);
    of_seeds.push_back(p.at("regret").get<double>() + mean_of(p.at("summary"), "total_reward"));
  }
  for (const double sum : of_seeds) CHECK(sum == Approx(of_seeds[0]).epsilon(1e-12));  // the same best for all
  check_median(policy_of(result, "q-learning"));
  CHECK(contains(run.out, "The optimum is not known; the true regret is at least this.\n"));
  CHECK(keys(result) == std::set<std::string>{"environment", "workload", "actions", "headroom_version", "stopped",
                                              "seeds", "policies"});
}

TEST_CASE("the classifier of quotas is a policy where its file is named") {
  const scratch_folder folder;
  // Always class 3, scale down: seven zeros weigh nothing, and the bias decides.
  write_bytes(folder / "net.json", R"({"mean": [0,0,0,0,0,0,0], "scale": [1,1,1,1,1,1,1], "layers": [
    {"weights": [[0,0,0,0],[0,0,0,0],[0,0,0,0],[0,0,0,0],[0,0,0,0],[0,0,0,0],[0,0,0,0]], "bias": [0,0,0,1]}]})");
  const tool_run run =
      run_tool(folder, "compare --environment quota --data net.json --policies classifier --episodes 2 --json r.json");
  INFO(run.err);
  REQUIRE(run.code == 0);
  const json written = read_json(folder / "r.json");
  for (const json& episode : policy_of(written, "classifier").at("episodes")) CHECK(episode.at("scale_down") == 40);
}

TEST_CASE("on every system two runs print and write the same bytes") {
  const scratch_folder folder;
  for (const std::string environment : {"scheduler", "teastore", "quota"}) {
    const std::string arguments =
        "compare --environment " + environment + " --train-episodes 3 --train-seeds 2 --episodes 2";
    const tool_run one = run_tool(folder, arguments + " --json 1.json --csv 1.csv");
    const tool_run two = run_tool(folder, arguments + " --json 2.json --csv 2.csv");
    INFO(one.err);
    REQUIRE(one.code == 0);
    CHECK(one.out == two.out);
    CHECK(read_bytes(folder / "1.json") == read_bytes(folder / "2.json"));
    CHECK(read_bytes(folder / "1.csv") == read_bytes(folder / "2.csv"));
    CHECK(run_tool(folder, arguments + " --seed 2000").out != one.out);
  }
}

TEST_CASE("on every system a learner that is evaluated on what it trained on says so") {
  const scratch_folder folder;
  for (const std::string environment : {"scheduler", "teastore", "quota"}) {
    const std::string arguments =
        "compare --policies q-learning --train-episodes 5 --train-seeds 1 --episodes 2 "
        "--environment " +
        environment + " --seed ";
    CHECK(contains(run_tool(folder, arguments + "10000004").out,
                   "Beware: training seed 1 of q-learning played episodes 10000000 to 10000004, which this table "
                   "evaluates."));
    CHECK_FALSE(contains(run_tool(folder, arguments + "10000005").out, "Beware"));
  }
}

TEST_CASE("every system lists its policies, and each can be compared") {
  const scratch_folder folder;
  for (const std::string environment : {"scheduler", "teastore", "quota"}) {
    const tool_run listed = run_tool(folder, "policies --environment " + environment);
    REQUIRE(listed.code == 0);
    const tool_run run = run_tool(
        folder, "compare --train-episodes 2 --train-seeds 1 --episodes 1 --json r.json --environment " + environment);
    REQUIRE(run.code == 0);
    const json written = read_json(folder / "r.json");
    for (const json& p : written.at("policies")) {
      const std::string name = p.at("name");
      CHECK(contains("\n" + listed.out, "\n" + name.substr(0, name.find(':'))));
    }
  }
}

TEST_CASE("an interrupted comparison of another system keeps what was finished") {
  const scratch_folder folder;
  const auto [run, seconds, ready] =
      interrupt(folder,
                {"compare", "--environment", "scheduler", "--policies", "constant:5,q-learning", "--train-episodes",
                 "10000000", "--episodes", "5", "--json", "r.json"},
                SIGINT, [](pid_t, const std::string& err) { return contains(err, "evaluating constant:5: done\n"); });
  REQUIRE(ready);
  CHECK(run.code == 130);
  CHECK(contains(run.out, "\n  constant:5 "));
  CHECK(contains(run.out, "Interrupted: what was not finished is not in the table.\n"));
  CHECK(read_json(folder / "r.json").at("stopped") == true);
}

TEST_CASE("what makes no sense with a system is refused with one sentence") {
  const scratch_folder folder;
  const struct {
    std::string arguments;
    std::string sentence;
  } cases[] = {
      {"teastore --trace t.csv", "--trace: --environment teastore has no use for it"},
      {"scheduler --workload executed",
       "--workload: the name is executed, must be two-bumps, unseen, sinusoid or very-light with --environment "
       "scheduler"},
      {"teastore --workload two-bumps", "--workload: --environment teastore has no use for it"},
      {"quota --start-row 1", "--start-row: --environment quota has no use for it"},
      {"teastore --start-row 320", "--start-row: the row is 320, must be below 320"},
      {"quota --actions 1", "--actions: --environment quota has no use for it"},
      {"teastore --no-bound", "--no-bound: --environment teastore has no use for it"},
      {"farm --data t.csv", "--data: --environment farm has no use for it"},
      {"scheduler --data t.csv", "--data: --environment scheduler has no use for it"},
      {"scheduler --policies sarsa",
       "there is no policy 'sarsa'; there are oracle, constant:N, levels-published, levels-as-run, levels, "
       "steps-published, steps, q-learning, dqn"},
      {"scheduler --policies constant", "--policies: constant: the number is missing, must follow a colon"},
      {"scheduler --policies constant:7", "--policies: constant:7: the number is 7, must be whole, from 1 to 6"},
      {"scheduler --policies constant:2.5", "--policies: constant:2.5: the number is 2.5, must be whole, from 1 to 6"},
      {"scheduler --policies constant:1/2", "--policies: constant:1/2: number of settings is 2, must be 1"},
      {"scheduler --policies dqn:3", "--policies: 'dqn:3' must be written without a colon, there is nothing to set"},
      {"scheduler --train-episodes 10000001", "--train-episodes: the number is 10000001, must be from 1 to 10000000"},
      {"teastore --policies configuration",
       "--policies: configuration: the configuration is missing, must follow a colon: RE/HEAP/CPU"},
      {"teastore --policies configuration:1/2",
       "--policies: configuration:1/2: measured_grid: number of values is 2, must be 3"},
      {"teastore --policies configuration:9/100/100",
       "--policies: configuration:9/100/100: measured_grid: replicas is 9, must be a value that was measured"},
      {"quota --policies classifier", "--policies: classifier: --data is missing, must name the file of the network"},
      {"quota --data missing.json", "missing.json: cannot be opened: No such file or directory"},
      {"teastore --episodes 0", "--episodes: the number is 0, must be from 1 to 1000000"},
  };
  for (const auto& [arguments, sentence] : cases) {
    INFO(arguments);
    const tool_run run = run_tool(folder, "compare --environment " + arguments);
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    CHECK(run.err == "headroom: " + sentence + "\n");
    CHECK(folder.files() == 0);
  }
}

TEST_CASE("a table that cannot be used is refused with its file, line and column") {
  const scratch_folder folder;
  const std::string head = "re,heap,cpu,out_tps,cost\n1,1,1,5,1\n";
  const struct {
    std::string bytes;
    std::string sentence;
  } cases[] = {
      {"", "1:1: file is empty"},
      {"re,heap,cpu,out_tps,cost\n", "2:1: file has no rows"},
      {"re,heap,cpu,out_tps\n1,1,1,5\n", "1:1: there is no column 'cost', there are re, heap, cpu, out_tps"},
      {head + "1,1,2,5\n", "3:8: row has 4 columns, must have 5"},
      {head + "1,1,2,5,1,7\n", "3:11: row has more than 5 columns"},
      {head + "1,1,2,x,1\n", "3:7: out_tps is 'x', must be a number"},
      {head + "1,1,2,,1\n", "3:7: out_tps is '', must be a number"},
      {head + "1,1,nan,5,1\n", "3:1: cpu is nan, must be finite"},
      {head + "1,1,2,5,inf\n", "3:9: cost is inf, must be finite or nan"},
      {head + "2,1,2,5,1\n",
       "1:1: measured_grid: number of rows of replicas 1, heap 1, cpu 2 is 0, must be at least 1: the grid has a hole"},
      {"re,heap,cpu,out_tps,cost\n1,1,1,nan,1\n", "1:1: out_tps is above 0 nowhere, must be somewhere"},
      {"re heap cpu out_tps cost\n1 1 1 5 y\n", "2:9: cost is 'y', must be a number"},
  };
  for (const auto& [bytes, sentence] : cases) {
    INFO(sentence);
    write_bytes(folder / "t.csv", bytes);
    const tool_run run = run_tool(folder, "compare --environment teastore --data t.csv --json r.json");
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    CHECK(run.err == "headroom: t.csv:" + sentence + "\n");
    CHECK(folder.files() == 1);
  }
  write_bytes(folder / "t.csv", "");
  std::filesystem::resize_file(folder / "t.csv", std::uintmax_t{2} << 30U);  // sparse: it takes no room
  const tool_run large = run_tool(folder, "compare --environment teastore --data t.csv");
  CHECK(large.code == 2);
  CHECK(large.err == "headroom: t.csv:1:1: has 2147483648 bytes, must have at most 268435456 (max_bytes)\n");
  CHECK(run_tool(folder, "compare --environment teastore --data .").err == "headroom: .:1:1: is a directory\n");
}
