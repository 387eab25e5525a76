#include <cmath>
#include <set>
#include <string>

#include "catch.hpp"
#include "scratch.hpp"
#include "tool/tool.hpp"

using nlohmann::json;

TEST_CASE("bench: every row is a ratio to what the same process measured") {
  const scratch_folder folder;
  const tool_run run = run_tool(
      folder, "bench --seconds 0.001 --states 500 --actions 5 --features 4 --layers 8,8 --batch 16 --json bench.json");
  INFO(run.err);
  REQUIRE(run.code == 0);
  for (const char* const part :
       {"meanwhile: load average ", " of a processor for this process; ", "stolen", "a load from L1", "a load from L2",
        "mispredicted", "GFLOP/s", "agents at work", "SARSA(0.9) update, jump", "choose epsilon-greedily", "DQN update",
        "A table of 500 states and 5 actions; a network 4-8-8-5, batches of 16"}) {
    INFO(part);
    CHECK(contains(run.out, part));
  }
  const json j = read_json(folder / "bench.json");
  CHECK(j.at("format") == "headroom bench 1");
  CHECK(j.at("sizes") == json{{"states", 500}, {"actions", 5}, {"features", 4}, {"layers", "8,8"}, {"batch", 16}});
  REQUIRE(j.at("machine").size() == 6);
  std::set<std::string> yardsticks;
  for (const json& one : j.at("machine")) {
    yardsticks.insert(one.at("name").get<std::string>());
    REQUIRE(one.at("rounds_ns").size() == 9);
    for (const json& ns : one.at("rounds_ns")) CHECK(ns.get<double>() >= 0);
    CHECK(one.at("ns").get<double>() >= one.at("least_ns").get<double>());
  }
  REQUIRE(j.at("rows").size() == 9);
  for (const json& row : j.at("rows")) {
    INFO(row.at("name"));
    CHECK(yardsticks.count(row.at("beside").get<std::string>()) == 1);
    // The ratio of the least times, from the rounds.
    double own = HUGE_VAL;
    for (const json& ns : row.at("rounds_ns")) own = std::fmin(own, ns.get<double>());
    CHECK(row.at("least_ns").get<double>() == own);
    for (const json& one : j.at("machine")) {
      if (one.at("name") != row.at("beside") || row.at("least_ratio").is_null()) continue;
      const double beside = one.at("least_ns").get<double>() * row.at("operations").get<double>();
      CHECK(row.at("least_ratio").get<double>() == Approx(own / beside));
    }
  }
  // Two of an L1 load cannot be faster than one of L2; a multiply-add at the peak is faster than any load.
  CHECK(j.at("machine")[3].at("least_ns") < j.at("machine")[0].at("least_ns"));
  CHECK(j.at("machine")[0].at("least_ns") < j.at("machine")[1].at("least_ns"));
  // 4-8-8-5: 136 multiplications forward; an update makes four forwards' worth and the gradient of the upper inputs.
  CHECK(j.at("rows")[8].at("operations") == 136);
  CHECK(j.at("rows")[7].at("operations") == 16 * (4 * 136 + 104));
}

TEST_CASE("bench: sizes that cannot be are refused with the law") {
  const scratch_folder folder;
  const auto refused = [&](const std::string& arguments) {
    const tool_run run = run_tool(folder, "bench " + arguments);
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    return run.err;
  };
  CHECK(contains(refused("--states 4"), "--states: the number is 4, must be from 5"));
  CHECK(contains(refused("--actions 1"), "--actions: the number is 1, must be from 2"));
  CHECK(contains(refused("--states 50000000 --actions 3"), "states times actions"));
  CHECK(contains(refused("--layers 64,,64"), "--layers: the value is '64,,64', must be up to eight whole numbers"));
  CHECK(contains(refused("--layers 1,1,1,1,1,1,1,1,1"), "--layers"));
  CHECK(contains(refused("--batch 0"), "--batch"));
  CHECK(contains(refused("--features 0"), "--features"));
  CHECK(contains(refused("--seconds 2"), "--seconds"));
  CHECK(contains(refused("--json nowhere/bench.json"), "nowhere/bench.json"));
}
