#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include <headroom/io/journal_record.hpp>

#include "catch.hpp"
#include "tool/tool.hpp"

// What is made of the journal of `headroom run`: the report, an explanation, a replay, a load, a log to learn from.

using namespace headroom;

namespace {

constexpr double unknown_load = std::numeric_limits<double>::quiet_NaN();
constexpr double first_s = 1'795'310'000;

// A decision every 15 s: `load`, `from` replicas, `delta` asked for.
journal_record decision_of(std::uint64_t number, double load, int from, int delta, const std::string& run = "a") {
  journal_record r;
  r.run = run;
  r.number = number;
  r.time_s = first_s + 15 * static_cast<double>(number) + 0.002 * static_cast<double>(number % 3);
  r.decided_by = std::isnan(load) ? "hold" : "policy";
  if (std::isnan(load)) r.why = "not known: load failed";
  r.fields = {{"time_s", 15 * static_cast<double>(number), 0, ""},
              {"load", load, 2, std::isnan(load) ? "failed" : ""},
              {"replicas", static_cast<double>(from), 0, ""}};
  r.wished = delta;
  r.from = from;
  r.to = from + delta;
  r.model = "hpa 0.6";
  r.outcome = delta == 0 ? decision_outcome::held : decision_outcome::applied;
  if (!std::isnan(load)) r.reward = {{"replicas", -15.0 * from}, {"late", -0.5}};
  return r;
}

// Ten decisions that touch everything that a report tells.
std::string small_journal() {
  std::string text;
  const auto add = [&text](journal_record r) { text += journal_line(r) + "\n"; };
  journal_record r = decision_of(0, 20, 4, 0);
  r.decided_by = "hold";
  r.why = "the windows are not full yet";
  r.shadows = {{"staffing", +1}};
  add(r);
  r = decision_of(1, 40, 4, +2);
  r.shadows = {{"staffing", +2}};
  add(r);
  r = decision_of(2, 40, 6, 0);
  r.shadows = {{"staffing", 0}};
  r.guards = {{"flap_budget", "the direction has changed too often within the window", -2, 0}};
  r.wished = -2;
  add(r);
  r = decision_of(3, 30, 6, -1);
  r.shadows = {{"staffing", -3}};
  r.state = 7;
  r.action = 1;
  r.values = {-3.25, -1.5, -2};
  r.legal = {true, true, false};
  r.forecasts = {{"load in 60 s", 28}};
  add(r);
  add(decision_of(4, unknown_load, 5, 0));
  r = decision_of(5, 30, 5, +1);
  r.outcome = decision_outcome::refused;
  add(r);
  r = decision_of(6, 30, 5, +1);
  r.outcome = decision_outcome::conflict;
  add(r);
  add(decision_of(7, 30, 8, 0));  // somebody else scaled
  r = decision_of(8, 30, 8, -1);
  r.outcome = decision_outcome::unknown;
  add(r);
  add(decision_of(0, 30, 7, 0, "b"));
  return text;
}

const std::string about = "--slots 4 --service-time 0.2 --objective 'p95<0.5' --max-replicas 20 ";

}  // namespace

TEST_CASE("journal: ten lines tell what happened, counted by hand") {
  const scratch_folder folder;
  write_bytes(folder / "d.jsonl", small_journal());
  const tool_run run = run_tool(folder, "journal d.jsonl");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(lines_in(run.out) <= 10);
  CHECK(run.out ==
        "d.jsonl: 10 decisions from 2026-11-22T01:13:20Z to 2026-11-22T01:13:20Z, 2 runs\n"
        "Decided: 8 by the policy, 0 by the fallback, 2 held\n"
        "Held because: 1 not known, 1 the windows are not full yet\n"
        "Became: 2 applied, 0 in shadow, 5 without a change, 1 refused, 1 conflicts, 1 unknown\n"
        "Replicas: 4 to 8, mean 5.8; 2 times up, 1 down, 2 changes of direction\n"
        "Not known: 1 load failed\n"
        "Guards that changed a decision: 1 flap_budget\n"
        "Beside it, staffing: did what was done 50 % of the time; it would have had 5 replicas\n");
  const tool_run part = run_tool(folder, "journal d.jsonl --from 1795310014 --to 1795310046");
  CHECK(contains(part.out, "d.jsonl: 3 decisions"));
  CHECK(run_tool(folder, "journal d.jsonl --from 1795400000").code == 2);
  const tool_run judged = run_tool(folder, "journal d.jsonl " + about + "--service web.toml");
  CHECK(judged.code == 2);  // no such file
  write_bytes(folder / "web.toml", "slots = 4\nservice_time = 0.2\nobjective = \"p95<0.5\"\nmax_replicas = 20\n");
  CHECK_THAT(run_tool(folder, "journal d.jsonl --service web.toml").out,
             Catch::Contains("by the model ") && Catch::Contains(" replica-seconds an interval, and what was done "));
  write_bytes(folder / "no.jsonl", "t,requests\n1,2\n");
  CHECK(run_tool(folder, "journal no.jsonl").code == 2);
  write_bytes(folder / "none.jsonl", "");
  CHECK_THAT(run_tool(folder, "journal none.jsonl").err, Catch::Contains("holds no decision, must hold one"));
}

TEST_CASE("explain: one decision in sentences and as JSON") {
  const scratch_folder folder;
  write_bytes(folder / "d.jsonl", small_journal());
  const tool_run run = run_tool(folder, "explain d.jsonl --number 3");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(run.out ==
        "Decision 3 of the run a, 2026-11-22T01:14:05Z, by hpa 0.6.\n"
        "Seen:\n  time_s 45\n  load 30, 2 s old\n  replicas 6\n"
        "The learner was in state 7.\n"
        "What it expects of each action of its menu, in rewards to come:\n"
        "  action 0: -3.25\n  action 1: -1.5, chosen\n  action 2: -2, not allowed here\n"
        "Forecast: load in 60 s 28.\n"
        "The policy wished to remove 1 replica.\n"
        "Replicas: 6 were read, 5 were asked for. The target took it.\n"
        "In its place, staffing would have wished to remove 3 replicas.\n"
        "The interval before earned replicas -90, late -0.5 (replica-seconds).\n");
  CHECK_THAT(run_tool(folder, "explain d.jsonl --number 2").out,
             Catch::Contains("The guard flap_budget made it +0 instead of -2: the direction has changed too often"));
  CHECK_THAT(
      run_tool(folder, "explain d.jsonl --number 4").out,
      Catch::Contains("load is not known: failed\n") && Catch::Contains("Nobody decided: not known: load failed.\n"));
  const tool_run json = run_tool(folder, "explain d.jsonl --last --json");
  REQUIRE(json.code == 0);
  const auto j = nlohmann::json::parse(json.out);
  CHECK(j.at("decision").at("run") == "b");
  CHECK(j.at("sentences").at(0).get<std::string>().starts_with("Decision 0 of the run b"));
  const auto refused = [&](const std::string& how, const std::string& sentence) {
    const tool_run one = run_tool(folder, "explain d.jsonl " + how);
    CHECK(one.code == 2);
    CHECK_THAT(one.err, Catch::Contains(sentence));
  };
  refused("--number 0", "several runs have a decision 0, a and b among them, must be told apart with --run");
  refused("", "say one of --number and --last");
  refused("--number 1 --last", "say one of --number and --last");
  refused("--number 44", "has no decision 44");
  refused("--last --run c", "has no decision of the run c");
  CHECK(run_tool(folder, "explain d.jsonl --number 0 --run b").code == 0);
}

TEST_CASE("replay: another policy on what was seen, and what the model says of it") {
  const scratch_folder folder;
  write_bytes(folder / "d.jsonl", small_journal());
  const tool_run run = run_tool(folder, "replay d.jsonl --policy constant:5 --out r.csv " + about);
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_THAT(run.out, Catch::Contains("constant:5 on d.jsonl: 10 decisions, 3 as it was done; 0 left out"));
  CHECK_THAT(run.out, Catch::Contains("Replicas: there were 5.8, it would have gone to 5 "));
  CHECK_THAT(run.out, Catch::Contains("By the model of the service, one interval ahead: "));
  CHECK_THAT(run.out, Catch::Contains("a late request costs 1 of them"));  // 0.2 s in 4 slots, and 5 % may be late
  CHECK_THAT(read_bytes(folder / "r.csv"),
             Catch::Contains("time_s,number,replicas,done,decided\n1795310000,0,4,0,1\n"));
  CHECK_THAT(read_bytes(folder / "r.csv"), Catch::Contains(",3,6,-1,-1\n"));
  CHECK_THAT(read_bytes(folder / "r.csv"), Catch::Contains(",8,8,,-3\n"));  // the next decision is of another process
  // What came of a decision is not told by one that does not follow it: a line is missing, or the process is another.
  write_bytes(folder / "gaps.jsonl", journal_line(decision_of(0, 30, 4, 0)) + "\n" +
                                         journal_line(decision_of(2, 30, 6, 0)) + "\n" +
                                         journal_line(decision_of(3, 30, 7, 0, "b")) + "\n");
  REQUIRE(run_tool(folder, "replay gaps.jsonl --policy constant:5 --out gaps.csv " + about).code == 0);
  CHECK_THAT(read_bytes(folder / "gaps.csv"),
             Catch::Contains(",0,4,,1\n") && Catch::Contains(",2,6,,-1\n") && Catch::Contains(",3,7,,-2\n"));
  // What reads the load leaves out the decision that did not know it.
  CHECK_THAT(run_tool(folder, "replay d.jsonl --policy staffing " + about).out,
             Catch::Contains("staffing on d.jsonl: 9 decisions, ") && Catch::Contains("1 left out"));
  const tool_run blind = run_tool(folder, "replay d.jsonl --policy hpa " + about);
  CHECK(blind.code == 2);
  CHECK_THAT(blind.err, Catch::Contains("has no decision that knows what hpa reads (utilisation)"));
  CHECK_THAT(run_tool(folder, "replay d.jsonl --policy nobody").err,
             Catch::Contains("there is no autoscaler 'nobody'"));
}

TEST_CASE("import and calibrate: a journal is a load and a history, and what it does not know is told") {
  const scratch_folder folder;
  std::string text;
  for (std::uint64_t k = 0; k < 30; ++k)
    text += journal_line(decision_of(k, k == 12 ? unknown_load : 10 + static_cast<double>(k), 4, 0)) + "\n";
  write_bytes(folder / "d.jsonl", text);
  tool_run run = run_tool(folder, "import d.jsonl");
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Catch::Contains("does not know load at 1 decisions") && Catch::Contains("--gap"));
  run = run_tool(folder, "import d.jsonl --gap hold");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(run.out.starts_with("t_s,requests\n0,150\n15,165\n30,180\n"));
  CHECK(lines_in(run.out) == 31);
  CHECK(contains(run.out, "\n165,315\n180,315\n195,345\n"));
  CHECK_THAT(run_tool(folder, "import d.jsonl --field lode").err,
             Catch::Contains("has no field 'lode', must have one; name another with --field"));
  run = run_tool(folder, "calibrate --trace d.jsonl " + about);
  CHECK(run.code == 2);
  CHECK_THAT(run.err,
             Catch::Contains("the longest stretch of the journal without a gap, 17 decisions; 13 stand outside of it"));
  CHECK_THAT(run.err, Catch::Contains("the number of rows"));
}

TEST_CASE("train --from-log: a journal is a log, and its moves are the menu") {
  const scratch_folder folder;
  std::string text;
  int replicas = 4;
  for (std::uint64_t k = 0; k < 120; ++k) {
    const int delta = k % 7 == 0 ? +2 : k % 7 == 3 ? -1 : k % 7 == 5 ? -1 : 0;
    text +=
        journal_line(decision_of(k, k == 50 ? unknown_load : 30 + static_cast<double>(k % 11), replicas, delta)) + "\n";
    replicas += delta;
  }
  write_bytes(folder / "d.jsonl", text);
  const tool_run run = run_tool(folder, "train --from-log d.jsonl --policy dqn --passes 2 --out m.safetensors");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_THAT(run.err,
             Catch::Contains("d.jsonl: 117 steps, 3 decisions are no step; actions from 0 on: -1, 0, 2 replicas"));
  CHECK(contains(run.out, "trained dqn on d.jsonl, 2 passes"));
  CHECK_THAT(run_tool(folder, "train --from-log d.jsonl --policy q-learning --out n.safetensors").err,
             Catch::Contains("a journal holds numbers; must be dqn or cql"));
  text.clear();
  for (std::uint64_t k = 0; k < 9; ++k) {
    journal_record r = decision_of(k, 30, 4, 0);
    r.reward.clear();
    text += journal_line(r) + "\n";
  }
  write_bytes(folder / "poor.jsonl", text);
  CHECK_THAT(run_tool(folder, "train --from-log poor.jsonl --policy dqn --out n.safetensors").err,
             Catch::Contains("tells no reward, must tell one: name source.late"));
}
