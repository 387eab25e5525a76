#include <headroom/offline/log_csv.hpp>

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

using table_step = logged<state_index>;
using network_step = logged<std::vector<float>>;

template <class State>
std::vector<logged<State>> read(const std::string& text) {
  const scratch_folder folder;
  write_bytes(folder / "l.csv", text);
  return log_csv(folder / "l.csv").steps<State>();
}

// The refusal without the name of the file: "line:column: sentence".
template <class State = state_index>
std::string refused(const std::string& text) {
  const scratch_folder folder;
  const std::filesystem::path file = folder / "l.csv";
  write_bytes(file, text);
  const std::string all = refusal<csv_error>([&] { (void)log_csv(file).steps<State>(); });
  const std::string name = file.string() + ':';
  return all.starts_with(name) ? all.substr(name.size()) : all;
}

template <class State>
void check_same(const std::vector<logged<State>>& a, const std::vector<logged<State>>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO("step " << i);
    CHECK(a[i].state == b[i].state);
    CHECK(a[i].action == b[i].action);
    CHECK(a[i].reward == b[i].reward);
    if (b[i].status != episode::terminated) CHECK(a[i].next == b[i].next);
    CHECK(a[i].status == b[i].status);
    CHECK(a[i].probability == b[i].probability);
  }
}

}  // namespace

TEST_CASE("a log of whole states is read, in whatever order its columns stand") {
  const auto log = read<state_index>(
      "time,reward,state,action,next,status,probability\n"
      "0,-0.5,3,1,4,0,0.25\n"
      "10,2,4,0,0,1,1\n"
      "20,0,9,2,9,2,0.5\n");
  check_same(log,
             std::vector<table_step>{{state_index{3}, action_index{1}, -0.5, state_index{4}, episode::ongoing, 0.25},
                                     {state_index{4}, action_index{0}, 2, {}, episode::terminated, 1},
                                     {state_index{9}, action_index{2}, 0, state_index{9}, episode::truncated, 0.5}});
  const scratch_folder folder;
  write_bytes(folder / "l.csv", "state action reward next status\n1 0 0 1 0\n");
  const log_csv without(folder / "l.csv");
  CHECK_FALSE(without.has_probabilities());
  CHECK(without.dimension() == 0);
  CHECK(without.steps<state_index>()[0].probability == 1);
}

TEST_CASE("other columns of a log may hold anything: texts, dates, words") {
  const auto log = read<state_index>(
      "when,state,action,by,reward,ok,next,status,next_step\n"
      "2024-01-01T00:00:00,0,1,hpa,-1.5,true,1,0,soon\n"
      "2024-01-01T00:00:15,1,0,\"me, too\",-0.5,false,2,2,\n");
  check_same(log, std::vector<table_step>{{state_index{0}, action_index{1}, -1.5, state_index{1}, episode::ongoing},
                                          {state_index{1}, action_index{0}, -0.5, state_index{2}, episode::truncated}});
  CHECK(refused("when,state,action,rewards,next,status\nnow,0,1,2,1,2\n") ==
        "1:1: there is no column 'reward', there are when, state, action, rewards, next, status");
  CHECK(refused("when,by\nnow,me\n") == "1:1: none of its columns is read, there are when, by");
  for (const char* name : {"state", "next", "state_0", "next_12", "Action", "REWARD", "status", "probability"})
    CHECK(log_csv::of_a_log(name));
  for (const char* name : {"state_", "next_x", "states", "nextstep", "time", "", "rewards"})
    CHECK_FALSE(log_csv::of_a_log(name));
}

TEST_CASE("a log of a network's states is read") {
  const auto log = read<std::vector<float>>(
      "state_0,state_1,action,reward,next_0,next_1,status\n"
      "0.5,1,2,-0.5,0.75,1,0\n"
      "0.75,1,0,2,0,0,1\n");
  check_same(log, std::vector<network_step>{{{0.5F, 1.0F}, action_index{2}, -0.5, {0.75F, 1.0F}, episode::ongoing, 1},
                                            {{0.75F, 1.0F}, action_index{0}, 2, {}, episode::terminated, 1}});
}

TEST_CASE("what is written is read, to the last bit") {
  const scratch_folder folder;
  const std::vector<table_step> table{
      {state_index{0}, action_index{6}, 0.1 + 0.2, state_index{728}, episode::ongoing, 1.0 / 3},
      {state_index{728}, action_index{0}, -1e-300, state_index{5}, episode::truncated, 1},
      {state_index{2}, action_index{1}, largest_reward, {}, episode::terminated, 1e-17}};
  write_log_csv(table, folder / "t.csv");
  check_same(log_csv(folder / "t.csv").steps<state_index>(), table);
  CHECK(log_csv(folder / "t.csv").has_probabilities());
  const float least = std::numeric_limits<float>::denorm_min();
  const std::vector<network_step> network{
      {{0.1F, -least, 3}, action_index{1}, 1, {std::numeric_limits<float>::max(), 1.0F / 3, 0}, episode::ongoing, 1},
      {{std::numeric_limits<float>::max(), 1.0F / 3, 0}, action_index{0}, -1, {1, 2, 3}, episode::truncated, 0.5}};
  write_log_csv(network, folder / "n.csv");
  check_same(log_csv(folder / "n.csv").steps<std::vector<float>>(), network);
  CHECK(log_csv(folder / "n.csv").dimension() == 3);
}

TEST_CASE("a log that does not fit is refused with its line") {
  const std::string head = "state,action,reward,next,status,probability\n";
  CHECK(refused(head + "1.5,0,0,1,0,1\n") == "2:1: state is 1.5, must be a whole number from 0 to 1000000000");
  CHECK(refused(head + "1,0,0,1,0,1\n1,-1,0,1,0,1\n") == "3:1: action is -1, must be a whole number from 0 to 1000000");
  CHECK(refused(head + "1,0,nan,1,0,1\n") == "2:1: reward is nan, must be finite");
  CHECK(refused(head + "1,0,-1.1e9,1,0,1\n") == "2:1: reward is -1.1e+09, must be from -1e9 to 1e9: scale the rewards");
  CHECK(refused(head + "1,0,0,nan,0,1\n") == "2:1: next is nan, must be a whole number from 0 to 1000000000");
  CHECK(refused(head + "1,0,0,1e300,2,1\n") == "2:1: next is 1e+300, must be a whole number from 0 to 1000000000");
  CHECK(refused(head + "1,0,0,1,3,1\n") == "2:1: status is 3, must be a whole number from 0 to 2");
  CHECK(refused(head + "1,0,0,1,0,0\n") == "2:1: probability is 0, must be in (0, 1]");
  CHECK(refused(head + "1,0,0,2,0,1\n1,0,0,2,0,1\n") ==
        "3:1: state is not the next one of line 2, must be, or the status there be 1 (ended) or 2 (cut)");
  CHECK(refused(head + "1,0,0\n") == "2:6: row has 3 columns, must have 6");
  CHECK(refused("state,action,reward\n1,0,0\n") == "1:1: there is no column 'next', there are state, action, reward");
  CHECK(refused("s,action\n1,0\n") == "1:1: there is no column 'state', there are s, action");
  CHECK(refused("state_0,action,reward,next_0,status\n1,0,0,1,0\n") ==
        "1:1: states are state_0, state_1, ..., must be whole numbers, 'state'");
  CHECK(refused<std::vector<float>>(head + "1,0,0,1,0,1\n") ==
        "1:1: states are whole numbers, must be numbers state_0, state_1, ...");
  CHECK(refused<std::vector<float>>("state_0,state_1,action,reward,next_0,status\n1,0,0,1,0,0\n") ==
        "1:1: there is no column 'next_1', there are state_0, state_1, action, reward, next_0, status");
  CHECK(refused<std::vector<float>>("state_1,state_0,action,reward,next_0,next_1,status\n1,0,0,1,0,0,0\n") ==
        "1:1: the columns state_0, state_1, ... and next_0, next_1, ... must stand side by side");
  CHECK(refused<std::vector<float>>("state_0,action,reward,next_0,status\n1e39,0,0,1,0\n") ==
        "2:1: state_0 is 1e+39, must fit a float");
}

TEST_CASE("what would not be read is not written, and the old file stays") {
  const scratch_folder folder;
  const std::filesystem::path file = folder / "l.csv";
  const std::vector<table_step> good{{state_index{0}, action_index{0}, 1, state_index{1}, episode::ongoing, 1}};
  write_log_csv(good, file);
  const std::string before = read_bytes(file);
  const auto spoiled = [&](auto&& spoil) {
    std::vector<table_step> bad{good[0], {state_index{1}, action_index{0}, 1, state_index{1}, episode::truncated, 1}};
    spoil(bad[1]);
    return refusal<std::invalid_argument>([&] { write_log_csv(bad, file); });
  };
  CHECK(refusal<std::invalid_argument>([&] { write_log_csv(std::vector<table_step>{}, file); }) ==
        "write_log_csv: number of steps is 0, must be at least 1");
  CHECK(spoiled([](table_step& t) { t.reward = std::numeric_limits<double>::infinity(); }) ==
        "write_log_csv: reward of step 1 is inf, must be finite, from -1e9 to 1e9");
  CHECK(spoiled([](table_step& t) { t.probability = 0; }) ==
        "write_log_csv: probability of step 1 is 0, must be in (0, 1]");
  CHECK(spoiled([](table_step& t) { t.state = state_index{7}; }) ==
        "write_log_csv: state of step 1 is not the next one of the step before, must be, since that one is ongoing");
  const std::vector<network_step> uneven{{{1, 2}, action_index{0}, 0, {1, 2}, episode::truncated, 1},
                                         {{1}, action_index{0}, 0, {1}, episode::truncated, 1}};
  CHECK(refusal<std::invalid_argument>([&] { write_log_csv(uneven, file); }) ==
        "write_log_csv: dimension of step 1 is 1, must be that of the first, 2");
  CHECK(read_bytes(file) == before);
}
