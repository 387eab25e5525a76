#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "tool/tool.hpp"

// A service of the user's own: the file and the flags that describe it, its loads, and what is compared on it.

namespace {

const std::string small = "--slots 4 --service-time 0.2 --start-delay 20 --objective 'p95<0.5' --max-replicas 20 ";

const std::string few = "--slots 4 --service-time 0.2 --start-delay 20 --objective 'p95<0.5' --max-replicas 8 ";

tool_run compared(const scratch_folder& folder, const std::string& how) {
  return run_tool(folder, "compare --no-bound --episodes 3 --json r.json " + how);
}
void refused(const scratch_folder& folder, const std::string& how, const std::string& sentence) {
  INFO(how);
  const tool_run run = compared(folder, how);
  CHECK(run.code == 2);
  CHECK(run.out.empty());
  CHECK_THAT(run.err, Catch::Contains(sentence));
}
double mean_of(const nlohmann::json& policy, const std::string& metric) {
  return policy.at("summary").at(metric).at("mean").get<double>();
}

}  // namespace

TEST_CASE("service: flags describe it, and the table says what was simulated") {
  const scratch_folder folder;
  const tool_run run = compared(folder, small +
                                            "--pattern steady --mean 60 --episode-length 900 "
                                            "--policies constant:2,constant:4,constant:12,hpa");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_THAT(run.out, Catch::Contains("4 slots a replica, 0.2 s a request, 20 s to start, a decision every 15 s; in "
                                      "time is within 0.5 s"));
  const auto policies = read_json(folder / "r.json").at("policies");
  CHECK(mean_of(policies[0], "in_time") < 0.6);  // sixty requests a second need three replicas
  CHECK(mean_of(policies[1], "in_time") > 0.9);
  CHECK(mean_of(policies[2], "in_time") == 1);
  CHECK(mean_of(policies[2], "mean_replicas") == Approx(12).epsilon(0.01));
  CHECK_THAT(run.out, Catch::Contains("Below the objective of 95 % within 0.5 s: constant:2"));
  CHECK_THAT(run.out, !Catch::Contains("within 0.5 s: constant:2, constant:4, constant:12"));
}

TEST_CASE("service: a file says the same as flags, and flags replace what it says, which is told") {
  const scratch_folder folder;
  write_bytes(folder / "web.toml",
              "# mine\nslots = 4\nservice_time = 0.2\nstart_delay = \"20\"\nobjective = \"p95<0.5\"\n"
              "max_replicas = 20\nmoves = [1, 2]\n");
  const std::string load = "--pattern bursty --mean 40 --episode-length 900 --policies hpa,keda ";
  const tool_run by_file = compared(folder, "--service web.toml " + load);
  INFO(by_file.err);
  REQUIRE(by_file.code == 0);
  CHECK_THAT(by_file.out, Catch::Contains("Actions ±1, ±2 replicas"));
  const tool_run by_flags = compared(folder, small + "--actions 1,2 " + load);
  CHECK(by_flags.out == by_file.out);
  const tool_run over = compared(folder, "--service web.toml --slots 2 " + load);
  CHECK(over.code == 0);
  CHECK_THAT(over.err, Catch::Contains("over web.toml: slots is 2, not 4"));
  CHECK_THAT(over.out, Catch::Contains("2 slots a replica"));
  CHECK_THAT(by_file.err, !Catch::Contains("over web.toml"));
}

TEST_CASE("service: what cannot be meant is refused with file, line, key and law") {
  const scratch_folder folder;
  const auto file = [&](const std::string& text, const std::string& sentence) {
    write_bytes(folder / "bad.toml", text);
    refused(folder, "--service bad.toml", sentence);
  };
  file("slots = 4\nstart_dely = 3\n", "bad.toml, line 2: the key start_dely is not known; the nearest is start_delay");
  file("slots = \"four\"\n", "bad.toml, line 1: slots: the value is four, must be a number");
  file("slots = 4.5\n", "slots: the value is 4.5, must be a whole number");
  file("\nslots = [\n", "bad.toml, line");
  file("slots = true\n", "bad.toml, line 1: slots: must be a number, a text or a list of moves");
  file("moves = [2, 1]\n", "moves: the list is 2,1, must be moves from 1 on, ascending");
  file("max_replicas = 0\n", "max_replicas");
  file("service_time = \"normal:1\"\n", "service_time: the duration is normal:1, must be seconds as in 0.2");
  file("service_time = \"gamma:1\"\n", "service_time: the duration is gamma:1");
  file("service_time = \"file:none.csv\"\n", "none.csv");
  refused(folder, "--objective p95", "--objective: objective: the objective is p95, must be a percentile");
  refused(folder, "--objective 'p100<1'", "the objective is p100<1");
  refused(folder, "--objective 'p95<0'", "the objective is p95<0");
  refused(folder, small + "--discipline fifo", "be shared-queue, queue-each or processor-sharing");
  refused(folder, small + "--pattern wavy",
          "--pattern: the name is wavy, must be steady, diurnal, bursty, flash or ramp");
  refused(folder, small + "--peak-ratio 3", "be at most 2 for --pattern diurnal");
  refused(folder, "--objective 'p95<0.5' --service-time 0.6", "no number of replicas could keep it");
  refused(folder, small + "--episode-length 20", "be at least two decisions");
  refused(folder, small + "--policies scheduled:1/2", "scheduled");
  refused(folder, small + "--policies cem:0", "be positive");
  refused(folder, small + "--policies cem:100%", "be above 0 % and below 100 %");
  refused(folder, "--environment farm --slots 3", "--slots: --environment farm has no use for it");
}

TEST_CASE("service: measured service times come from a file beside the description") {
  const scratch_folder folder;
  write_bytes(folder / "times.csv", "0.1\n0.3\r\n\n");
  write_bytes(folder / "web.toml", "service_time = \"file:times.csv\"\n");
  const tool_run run = compared(folder,
                                "--service web.toml --mean 10 --pattern steady --episode-length 300 "
                                "--policies constant:9");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_THAT(run.out, Catch::Contains("0.2 s a request"));
  write_bytes(folder / "times.csv", "0.1\nfast\n");
  refused(folder, "--service web.toml", "line 2 of times.csv is fast, must be a duration in seconds");
}

TEST_CASE("service: a recorded load is taken as it is, and cem keeps the level that was asked for") {
  const scratch_folder folder;
  std::string counts;
  for (int k = 0; k < 4'000; ++k) {
    const double rate = 120 + 60 * std::sin(k / 80.0);  // the last part is like the first
    counts += std::to_string(static_cast<int>(rate + (k * 7919 % 13) - 6)) + '\n';
  }
  write_bytes(folder / "load.csv", counts);
  const tool_run run =
      run_tool(folder, "compare --no-bound --json r.json " + small +
                           "--trace load.csv --trace-window 900 --episodes 12 --train-seeds 1 --train-episodes 480 "
                           "--level 0.97 --policies cem,constant:20");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_THAT(run.out, Catch::Contains("recorded trace load.csv, not scaled, peak"));
  const auto policies = read_json(folder / "r.json").at("policies");
  // Kept on the whole training part and on its newest third, so it may be above what was asked for.
  CHECK(mean_of(policies[0], "in_time") > 0.958);
  CHECK(mean_of(policies[0], "in_time") < 0.995);
  CHECK(mean_of(policies[0], "mean_replicas") < 10);
  CHECK(mean_of(policies[1], "in_time") == 1);
}

TEST_CASE("service: a frontier turns every knob on it, in replicas") {
  const scratch_folder folder;
  const tool_run run = run_tool(folder,
                                "frontier --episodes 3 --tune-episodes 3 --level 0.95 --json f.json --svg f.svg "
                                "--csv f.csv --train-seeds 1 --train-episodes 300 --prices 20 --policies "
                                "constant,hpa:0.7,cem " +
                                    small + "--pattern diurnal --mean 60 --episode-length 600");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_THAT(run.out, Catch::Contains("The service under a diurnal load"));
  CHECK_THAT(run.out, Catch::Contains("Fewest mean replicas with which some setting keeps a level"));
  CHECK_THAT(run.out, !Catch::Contains("worker"));
  const auto j = read_json(folder / "f.json");
  CHECK(j.at("environment") == "service");
  CHECK(j.at("policies")[0].at("settings_tried") == 20);
  CHECK(j.at("policies")[2].at("points").size() == 3);  // two prices, and the level itself
  CHECK(j.at("policies")[0].at("points")[0].at("tuning").contains("in_time"));
  CHECK_THAT(read_bytes(folder / "f.svg"), Catch::Contains("mean replicas"));
}

namespace {

const std::string short_load = "--pattern bursty --mean 30 --episode-length 600 ";

tool_run trained(const scratch_folder& folder, const std::string& how, const std::string& service = few) {
  const tool_run run = run_tool(folder, "train --train-episodes 40 --out m " + service + how);
  INFO(run.err);
  REQUIRE(run.code == 0);
  return run;
}

}  // namespace

TEST_CASE("service: a model that was trained, saved and loaded does what compare said it would") {
  // A plan is made for every number of replicas, so belief has fewer of them.
  const std::string fewest = "--slots 2 --service-time 0.2 --start-delay 20 --objective 'p95<0.5' --max-replicas 3 ";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"sarsa", ""}, {"dqn", ""}, {"cem", ""}, {"sarsa:20", "--actions 1,2 "}, {"cem:97%", "--actions 1 "},
      {"belief", ""}};
  for (const auto& [policy, actions] : cases) {
    INFO(policy + ' ' + actions);
    const scratch_folder folder;
    const std::string& service = policy == "belief" ? fewest : few;
    const std::string load =
        policy == "belief" ? "--pattern bursty --mean 5 --episode-length 600 " : short_load + actions;
    const tool_run all =
        compared(folder, service + load + "--policies " + policy + " --train-episodes 40 --train-seeds 1");
    INFO(all.err);
    REQUIRE(all.code == 0);
    CHECK(trained(folder, load + "--policy " + policy, service).out ==
          "trained " + policy + " on 40 episodes of the bursty workload, seed 1: m\n");
    const tool_run run = run_tool(folder, "evaluate --model m --episodes 3 --json e.json");
    INFO(run.err);
    REQUIRE(run.code == 0);
    CHECK(read_json(folder / "e.json").at("policies")[0].at("summary") ==
          read_json(folder / "r.json").at("policies")[0].at("summary"));
  }
}

TEST_CASE("service: a model says which service it is for, and another service is refused by name") {
  const scratch_folder folder;
  trained(folder, short_load + "--policy sarsa");
  const auto evaluated = [&](const std::string& how) {
    return run_tool(folder, "evaluate --model m --episodes 2 " + how);
  };
  CHECK(evaluated("--slots 4 --service-time 0.20").code == 0);  // the same, said otherwise
  const tool_run other = evaluated("--slots 8");
  CHECK(other.code == 2);
  CHECK(other.err ==
        "headroom: m: was trained with service.slots = 4, not 8: a model is evaluated on what it was trained on, "
        "under any load\n");
  CHECK(evaluated("--environment farm").err ==
        "headroom: --environment: the value is farm, must be service, as m says\n");
  CHECK(evaluated("--workload shuffled").code == 2);
  const tool_run steady = evaluated("--pattern steady --mean 20 --episode-length 600");
  CHECK(steady.code == 0);
  CHECK_THAT(steady.err, Catch::Contains("m was trained under another load: load.mean_per_s is 20, was 30"));
  CHECK_THAT(steady.err, Catch::Contains("workload is steady, was bursty"));
  CHECK_THAT(steady.out, Catch::Contains("a steady load of 20 requests a second"));
}

TEST_CASE("service: a model of a recorded load opens no file unasked, and notices another one") {
  const scratch_folder folder;
  std::string counts;
  for (int k = 0; k < 4'000; ++k) counts += std::to_string(30 + k * 7919 % 13) + '\n';
  write_bytes(folder / "load.csv", counts);
  trained(folder, "--trace load.csv --trace-window 900 --policy sarsa");
  const tool_run unasked = run_tool(folder, "evaluate --model m --episodes 2");
  CHECK(unasked.code == 2);
  CHECK_THAT(unasked.err, Catch::Contains("m: was trained with the recorded load load.csv, checksum "));
  CHECK_THAT(unasked.err, Catch::Contains("; name it with --trace, no file is opened unasked"));
  const tool_run named = run_tool(folder, "evaluate --model m --episodes 2 --trace load.csv");
  INFO(named.err);
  CHECK(named.code == 0);
  CHECK_THAT(named.err, !Catch::Contains("another load"));
  CHECK_THAT(named.out, Catch::Contains("episodes of 900 s"));
  write_bytes(folder / "load.csv", counts + "31\n");
  const tool_run changed = run_tool(folder, "evaluate --model m --episodes 2 --trace load.csv");
  CHECK(changed.code == 0);
  CHECK_THAT(changed.err, Catch::Contains("m was trained under another load: load.trace is load.csv, checksum "));
}

TEST_CASE("service: what only a part of the command has a use for is refused") {
  const scratch_folder folder;
  const auto refused_as = [&](const std::string& how, const std::string& sentence) {
    const tool_run run = run_tool(folder, how);
    INFO(how);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Catch::Contains(sentence));
  };
  refused_as("train --out m --from-log log.csv --slots 3", "--slots: --from-log has no use for it");
  refused_as("train --out m --slots 3 --policy hpa", "'hpa' does not learn");
  refused_as("train --out m --slots 3 --policy sarsa:0", "be positive");
  refused_as("train --out m --slots 3 --workload shuffled", "--workload: --environment service has no use for it");
}

TEST_CASE("service: the line of a known rate lies below every policy, and says what its plan leaves out") {
  const scratch_folder folder;
  const tool_run run = run_tool(folder, "compare --episodes 3 --json r.json " + small +
                                            "--pattern diurnal --mean 100 --episode-length 900 "
                                            "--policies constant:8,constant:12,hpa");
  INFO(run.err);
  REQUIRE(run.code == 0);
  const auto r = read_json(folder / "r.json");
  const auto& line = r.at("known_rate");
  CHECK(line.at("episodes") == 3);
  CHECK(line.at("leaves_out") == "by a plan that leaves out how long each replica has been starting");
  for (const auto& p : r.at("policies")) {
    if (p.at("to_rate_known").is_null()) continue;
    CHECK(p.at("to_rate_known").get<double>() > -0.3);
  }
  CHECK_THAT(run.out, Catch::Contains("leaves out how long each replica has been starting"));
  const tool_run each = run_tool(folder, "compare --episodes 3 " + small +
                                             "--pattern steady --mean 60 --episode-length 300 --policies constant:8 " +
                                             "--discipline processor-sharing");
  CHECK_THAT(each.out + each.err, !Catch::Contains("rate-known: told"));
}

TEST_CASE("service: belief keeps the level, with fewer replicas than a constant that keeps it") {
  const scratch_folder folder;
  const tool_run run = run_tool(folder,
                                "compare --episodes 20 --json r.json --no-bound --slots 4 --service-time 0.2 "
                                "--start-delay 20 --objective 'p95<0.5' --max-replicas 4 --pattern diurnal --mean 15 "
                                "--episode-length 600 --train-episodes 160 --train-seeds 1 --policies "
                                "belief,constant:2,constant:1");
  INFO(run.err);
  REQUIRE(run.code == 0);
  const auto policies = read_json(folder / "r.json").at("policies");
  CHECK(mean_of(policies[0], "in_time") > 0.95);
  CHECK(mean_of(policies[0], "mean_replicas") < 1.8);
  CHECK(mean_of(policies[1], "in_time") > 0.95);
  CHECK(mean_of(policies[2], "in_time") < 0.9);
}
