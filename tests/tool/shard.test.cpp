#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "catch.hpp"
#include "scratch.hpp"
#include "skip.hpp"
#include "tool/tool.hpp"

using nlohmann::json;

namespace {

// Runs every part of a command in a folder, and merges them there.
tool_run merged_parts(const scratch_folder& folder, const std::string& command, int parts) {
  for (int k = 1; k <= parts; ++k) {
    const tool_run one =
        run_tool(folder, command + " --quiet --shard " + std::to_string(k) + "/" + std::to_string(parts));
    INFO(one.err);
    REQUIRE(one.code == 0);
    REQUIRE(contains(one.out, "shard " + std::to_string(k) + " of " + std::to_string(parts)));
  }
  return run_tool(folder, "merge --quiet *-of-" + std::to_string(parts) + ".shard");
}

// What a run leaves in a folder: every file, with its bytes.
std::string all_bytes_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& one : std::filesystem::recursive_directory_iterator(folder)) {
    if (one.is_regular_file() && one.path().extension() != ".shard") files.push_back(one.path());
  }
  std::sort(files.begin(), files.end());
  std::string all;
  for (const auto& file : files)
    all += std::filesystem::relative(file, folder).string() + '\n' + read_bytes(file) + '\n';
  return all;
}

// In 1, 2, 4 and 7 parts the same bytes on standard output and in every file as in one process.
void require_same_from_parts(const std::string& command, const std::vector<int>& splittings = {1, 2, 4, 7}) {
  const scratch_folder whole;
  const tool_run one = run_tool(whole, command + " --quiet");
  INFO(one.err);
  REQUIRE(one.code == 0);
  REQUIRE_FALSE(one.out.empty());
  for (const int parts : splittings) {
    INFO(parts << " parts of " << command);
    const scratch_folder folder;
    const tool_run merged = merged_parts(folder, command, parts);
    INFO(merged.err);
    REQUIRE(merged.code == 0);
    CHECK(merged.out == one.out);
    CHECK(all_bytes_in(folder.path()) == all_bytes_in(whole.path()));
  }
}

constexpr const char* two_baselines = "compare --policies constant:12,constant:14 --episodes 3 --no-bound";

}  // namespace

TEST_CASE("shard: parts of compare give the bytes of one process, with its files and its folder") {
  require_same_from_parts(
      "compare --policies constant:14,hpa:0.6,kpa,sarsa,dqn --episodes 4 --train-episodes 60 --train-seeds 3 "
      "--checkpoints 2 --json all.json --csv all.csv --out run");
}

TEST_CASE("shard: what a baseline did beside its figures is in the notes of the whole") {
  const std::string command =
      "compare --policies hpa:0.6,predictive-hpa,sarsa --actions 1,4 --episodes 3 --train-episodes 20 "
      "--train-seeds 1 --no-bound";
  const scratch_folder folder;
  const tool_run one = run_tool(folder, command);
  REQUIRE(contains(one.out, "moves by a number of workers that no learner here can move by"));
  require_same_from_parts(command, {3});
}

TEST_CASE("shard: parts of a comparison on other systems give the bytes of one process") {
  require_same_from_parts(
      "compare --environment scheduler --policies constant:3,levels,q-learning --episodes 5 --train-episodes 20 "
      "--train-seeds 2 --out run",
      {2});
  require_same_from_parts(
      "compare --environment quota --policies five-rules,q-learning --episodes 3 --train-episodes 20 --train-seeds 2 "
      "--json all.json",
      {3});
  require_same_from_parts(
      "compare --environment service --slots 2 --service-time 0.5 --objective 'p95<2' --max-replicas 6 --policies "
      "constant:3,hpa --episodes 2 --episode-length 3600 --json all.json",
      {2});
}

TEST_CASE("shard: parts of frontier give the bytes of one process") {
  require_same_from_parts(
      "frontier --policies constant,hpa,sarsa --prices 3,10 --train-episodes 40 --train-seeds 2 --episodes 3 "
      "--tune-episodes 3 --json all.json --csv all.csv --svg all.svg");
}

TEST_CASE("shard: parts of train give the models of one process") {
  require_same_from_parts("train --policy sarsa --train-episodes 40 --train-seeds 3 --seed 2 --out farm.model");
  require_same_from_parts("train --policy sarsa --train-episodes 40 --out farm.model", {1});
}

TEST_CASE("shard: a part says of what it is, and writes no result") {
  const scratch_folder folder;
  const tool_run run = run_tool(folder, std::string(two_baselines) + " --json all.json --shard=2/3 --plain");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(run.out == "shard 2 of 3 of compare, 1 of 2 units of work: compare-2-of-3.shard\n");
  CHECK_FALSE(std::filesystem::exists(folder / "all.json"));
  const json shard = read_json(folder / "compare-2-of-3.shard");
  CHECK(shard.at("format") == "headroom shard 1");
  CHECK(shard.at("headroom_version").get<std::string>().size() >= 5);
  CHECK(shard.at("command") == json{"compare", "--policies", "constant:12,constant:14", "--episodes", "3", "--no-bound",
                                    "--json", "all.json"});
  CHECK(shard.at("shard") == json{{"index", 2}, {"of", 3}});
  CHECK(shard.at("about").at("seeds") == json{{"first", 1000}, {"count", 3}});
  CHECK(shard.at("units").size() == 1);
  CHECK(shard.at("units").at(0).at("unit") == "constant:14");
  // The same again is the same file; another command does not write over it.
  const std::string bytes = read_bytes(folder / "compare-2-of-3.shard");
  REQUIRE(run_tool(folder, std::string(two_baselines) + " --json all.json --shard 2/3").code == 0);
  CHECK(read_bytes(folder / "compare-2-of-3.shard") == bytes);
  const tool_run other = run_tool(folder, "compare --policies constant:9 --episodes 3 --no-bound --shard 2/3");
  CHECK(other.code == 2);
  CHECK(contains(other.err, "compare-2-of-3.shard: is there already and of another command"));
}

TEST_CASE("shard: the number of a part may come from a variable that counts from 0") {
  const scratch_folder folder;
  const std::string with = std::string("'") + tool_path() + "' " + two_baselines + " --shard JOB_COMPLETION_INDEX/2";
  const auto run_with = [&](const std::string& value) {
    return std::system(
        ("cd '" + folder.path().string() + "' && JOB_COMPLETION_INDEX=" + value + ' ' + with + " >/dev/null 2>err")
            .c_str());
  };
  CHECK(run_with("1") == 0);
  CHECK(std::filesystem::exists(folder / "compare-2-of-2.shard"));
  CHECK(run_with("2") != 0);
  CHECK(run_with("two") != 0);
  CHECK(contains(read_bytes(folder / "err"), "the variable JOB_COMPLETION_INDEX is 'two', must be a whole number"));
  for (const char* const bad : {"0/2", "3/2", "1", "1/0", "1/10001", "/2", "-1/2", "NO_SUCH_VARIABLE/2"}) {
    const tool_run run = run_tool(folder, std::string(two_baselines) + " --shard " + bad);
    CHECK(run.code == 2);
    CHECK(contains(run.err, std::string("--shard: the value is '") + bad + "', must be I/N"));
  }
}

TEST_CASE("merge: what is not all of one command is refused by name, and a lost shard with its command") {
  const scratch_folder folder;
  const std::string with_input =
      "compare --policies constant:7,constant:8 --episodes 3 --no-bound --trace-window 200 --trace 'my load.csv'";
  write_bytes(folder / "my load.csv", small_load());
  for (const int k : {1, 2, 3})
    REQUIRE(run_tool(folder, with_input + " --shard " + std::to_string(k) + "/3").code == 0);
  const tool_run lost = run_tool(folder, "merge compare-1-of-3.shard compare-3-of-3.shard");
  CHECK(lost.code == 2);
  CHECK(contains(lost.err,
                 "merge: 1 of 3 shards are missing; each of these commands makes one, alone:\n  headroom compare "
                 "--policies constant:7,constant:8 --episodes 3 --no-bound --trace-window 200 --trace 'my load.csv' "
                 "--shard 2/3\n"));
  const tool_run twice = run_tool(folder, "merge *.shard ./compare-1-of-3.shard");
  CHECK(twice.code == 2);
  CHECK(contains(twice.err, "merge: compare-1-of-3.shard and ./compare-1-of-3.shard are both shard 1 of 3"));

  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = read_bytes(folder / "compare-2-of-3.shard");
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    write_bytes(folder / "other.shard", text.replace(at, from.size(), to));
    const tool_run run = run_tool(folder, "merge compare-1-of-3.shard other.shard compare-3-of-3.shard");
    CHECK(run.code != 0);
    CHECK(run.out.empty());
    return run.err;
  };
  CHECK(contains(changed("constant:7,constant:8", "constant:7,constant:9"),
                 "merge: other.shard is of another command than compare-1-of-3.shard:\n  headroom compare --policies "
                 "constant:7,constant:9"));
  CHECK(contains(changed("\"headroom_version\": \"", "\"headroom_version\": \"9"),
                 "other.shard: was made by headroom 9"));
  CHECK(contains(changed("\"of\": 3", "\"of\": 4"), "other.shard is one of 4 shards, compare-1-of-3.shard one of 3"));
  CHECK(contains(changed("my load.csv\": \"", "my load.csv\": \"f"), "were made with different files"));
  CHECK(contains(changed("headroom shard 1", "headroom run 1"), "other.shard: is no shard"));
  CHECK(contains(changed("\"unit\":\"constant:8\"", "\"unit\":\"constant:99\""),
                 "no shard holds 'constant:8', which the command asks for"));
  CHECK(contains(changed("\"names\":[", "\"gnomes\":["), "other.shard"));
  std::string more = read_bytes(folder / "compare-2-of-3.shard");
  write_bytes(folder / "other.shard", more.insert(more.rfind("\n ]\n}"), ",\n  {\"unit\":\"hpa\",\"result\":{}}"));
  const tool_run unused = run_tool(folder, "merge compare-1-of-3.shard other.shard compare-3-of-3.shard");
  CHECK(unused.code == 1);
  CHECK(contains(unused.err, "merge: the shards hold 3 results, the command asked for 2"));
  write_bytes(folder / "half.shard", read_bytes(folder / "compare-2-of-3.shard").substr(0, 200));
  CHECK(contains(run_tool(folder, "merge half.shard").err, "half.shard: is no shard"));
  CHECK(run_tool(folder, "merge").code == 2);
  CHECK(contains(run_tool(folder, "merge nowhere.shard").err, "nowhere.shard"));

  write_bytes(folder / "my load.csv", small_load() + "1000,1\n");
  const tool_run elsewhere = run_tool(folder, "merge compare-1-of-3.shard compare-2-of-3.shard compare-3-of-3.shard");
  CHECK(elsewhere.code == 2);
  CHECK(contains(elsewhere.err, "my load.csv: has the checksum "));
}

TEST_CASE("train: several seeds have a file each, and are no continuation") {
  const scratch_folder folder;
  const tool_run run = run_tool(folder, "train --policy sarsa --train-episodes 20 --train-seeds 2 --out a.b/web.model");
  CHECK(run.code != 0);  // no folder a.b
  const tool_run two = run_tool(folder, "train --policy sarsa --train-episodes 20 --train-seeds 2 --out web.model");
  INFO(two.err);
  REQUIRE(two.code == 0);
  CHECK(contains(two.out, "seed 1: web.1.model\n"));
  CHECK(contains(two.out, "seed 2: web.2.model\n"));
  REQUIRE(run_tool(folder, "train --policy sarsa --train-episodes 20 --seed 2 --out alone.model").code == 0);
  CHECK(read_bytes(folder / "alone.model") == read_bytes(folder / "web.2.model"));
  CHECK(contains(run_tool(folder, "train --seed 400 --train-seeds 2 --out x.model").err, "be from 1 to 400"));
  CHECK(contains(run_tool(folder, "train --from-log x.csv --shard 1/2 --out x.model").err,
                 "--shard: --from-log is one training, must be left out beside it"));
  CHECK(contains(run_tool(folder, "train --shard 1/2").err, "--out"));
}

TEST_CASE("shard: processes that were started together, without MPI, are refused before they do the whole") {
  const scratch_folder folder;
  const std::string line = "cd '" + folder.path().string() + "' && OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 '" +
                           tool_path() + "' " + two_baselines;
  const std::string version = run_tool(folder, "--version").out;
  if (contains(version, ", with MPI")) HEADROOM_SKIP("this tool was built with MPI; tests/real has its test");
  CHECK(std::system((line + " >out 2>err").c_str()) != 0);
  CHECK(contains(read_bytes(folder / "err"),
                 "compare: 2 processes were started together, and this program was built "
                 "without MPI"));
  CHECK(std::system((line + " --shard 1/2 >out 2>err").c_str()) == 0);
}
