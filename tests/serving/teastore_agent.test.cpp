#include "teastore/agent.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

#include <headroom/io/internal/safetensors.hpp>

#include "catch.hpp"
#include "scratch.hpp"

// The policies of `teastore agent` as files: what is loaded decides as what was trained.

namespace {

using namespace live_teastore;

// Calls with each cell of the table, as an agent that has begun an episode sees it.
template <class Each>
void for_each_cell(const shop_table& t, Each&& each) {
  for (std::size_t cell = 0; cell < t.grid->cells(); ++cell)
    each(headroom::table_observation{.position = t.grid->position(cell), .cell = cell});
}

std::size_t differences(const shop_table& t, move_policy& a, move_policy& b) {
  std::size_t n = 0;
  for_each_cell(t, [&](const headroom::table_observation& o) { n += a.start(o) == b.start(o) ? 0 : 1; });
  return n;
}

std::string configuration_json(int replicas) {
  return R"({"replicas":)" + std::to_string(replicas) + R"(,"heap":100,"cpu":100})";
}

}  // namespace

TEST_CASE("teastore_agent: a policy that was trained is the same after it was written and read") {
  const scratch_folder folder;
  const shop_table small{std::filesystem::path()};
  for (const char* const name : {"q-learning", "ppo"}) {
    INFO(name);
    const agent_options how{.policy = name, .seed = 3, .episodes = 40};
    move_policy policy = trained(small, how);
    save_policy(policy, how, small, folder / "m");
    loaded_policy loaded = load_policy(small, folder / "m");
    CHECK(loaded.name == name);
    CHECK(differences(small, policy, loaded.policy) == 0);
    move_policy other = trained(small, {.policy = name, .seed = 4, .episodes = 1});
    CHECK(differences(small, policy, other) > 0);  // else all policies were equal
  }
}

TEST_CASE("teastore_agent: what was learned from the log of a live run is written and read as well") {
  const scratch_folder folder;
  const shop_table small{std::filesystem::path()};
  // Move 1 adds a replica and pays, move 2 removes one and does not.
  std::string log;
  for (int k = 0; k < 3; ++k) {
    log += R"({"episode":"a","from":)" + configuration_json(1) + R"(,"action":1,"reward":1,"to":)" +
           configuration_json(2) + "}\n";
    log += R"({"episode":"a","from":)" + configuration_json(2) + R"(,"action":2,"reward":-1,"to":)" +
           configuration_json(1) + "}\n";
  }
  write_bytes(folder / "steps.jsonl", log);
  move_policy policy = learned_from(small, folder / "steps.jsonl");
  const std::size_t first = small.cell({1, 100, 100}).value();
  CHECK(policy.start(headroom::table_observation{.cell = first}) == 1);
  save_policy(policy, {.policy = "from-log"}, small, folder / "m");
  loaded_policy loaded = load_policy(small, folder / "m");
  CHECK(loaded.name == "from-log");
  CHECK(differences(small, policy, loaded.policy) == 0);
  CHECK(loaded.policy.start(headroom::table_observation{.cell = first}) == 1);
}

TEST_CASE("teastore_agent: a policy of another table, and one that did not learn, are refused") {
  const scratch_folder folder;
  const shop_table small{std::filesystem::path()};
  const agent_options how{.episodes = 1};
  save_policy(trained(small, how), how, small, folder / "m");
  std::string csv = "re,heap,cpu,inc_tps,out_tps,max_sess,curr_sess,cpu_2,ram,cost\n";
  for (int k = 0; k < 8; ++k) {  // two values of each axis
    const auto value = [k](int axis) { return std::to_string(1 + (k >> axis) % 2); };
    csv += value(0) + "," + value(1) + "00," + value(2) + "00,90,80,0,0,0.1,0.2,0.1\n";
  }
  write_bytes(folder / "other.csv", csv);
  const shop_table other(folder / "other.csv");
  try {
    static_cast<void>(load_policy(other, folder / "m"));
    FAIL("a policy of another table was taken");
  } catch (const headroom::checkpoint_error& e) {
    CHECK_THAT(e.what(), Catch::Contains("was trained on another table: table.replicas is 1 2 3 4 there, must be 1 2"));
  }
  CHECK_THROWS_WITH(save_policy(trained(small, {.policy = "hold"}), {.policy = "hold"}, small, folder / "h"),
                    Catch::Contains("policy is hold, must have learned to be written"));
  CHECK(!std::filesystem::exists(folder / "h"));
  write_bytes(folder / "cut", read_bytes(folder / "m").substr(0, 200));
  CHECK_THROWS_AS(load_policy(small, folder / "cut"), headroom::checkpoint_error);
}
