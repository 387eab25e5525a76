#include <string>
#include <vector>

#include "catch.hpp"
#include "tool/tool.hpp"

// The smallest host: observations in, decisions out, by lines.

namespace {

const std::string web = "--slots 4 --service-time 0.2 --max-replicas 20 ";

struct answers {
  int code = -1;
  std::vector<nlohmann::json> lines{};
  std::string err{};
};

answers recommended(const scratch_folder& folder, const std::string& how, const std::string& input) {
  write_bytes(folder / "in.jsonl", input);
  const tool_run run = run_tool(folder, "recommend " + web + how + " < in.jsonl");
  answers a{run.code, {}, run.err};
  std::size_t begin = 0;
  for (std::size_t end; (end = run.out.find('\n', begin)) != std::string::npos; begin = end + 1)
    a.lines.push_back(nlohmann::json::parse(run.out.substr(begin, end - begin)));
  CHECK(begin == run.out.size());
  return a;
}

}  // namespace

TEST_CASE("recommend: a line is a decision, by the law of the autoscaler") {
  const scratch_folder folder;
  // A replica serves 20 a second; staffing wants room above the load.
  const answers a =
      recommended(folder, "--policy staffing",
                  "{\"time_s\":0,\"load\":100,\"replicas\":2}\n{\"time_s\":15,\"load\":200,\"replicas\":6}\r\n"
                  "{\"time_s\":30,\"load\":1000,\"replicas\":11}");
  CHECK(a.code == 0);
  REQUIRE(a.lines.size() == 3);
  CHECK(a.lines[0]["replicas"].get<int>() >= 6);
  CHECK(a.lines[0]["replicas"].get<int>() <= 8);
  CHECK(a.lines[1]["replicas"].get<int>() >= 11);
  CHECK(a.lines[2]["replicas"] == 20);  // the most
  CHECK(a.lines[0]["held"] == false);
  CHECK(contains(a.err, "staffing reads load and replicas; it keeps 1 to 20 replicas"));
  CHECK(contains(a.err, "3 decided, 0 repeated, 0 held, 0 refused"));
}

TEST_CASE("recommend: what the policy reads must be told, and nothing else") {
  const scratch_folder folder;
  answers a = recommended(folder, "--policy hpa:0.5", "{\"time_s\":0,\"load\":100,\"replicas\":4}\n");
  CHECK(a.code == 2);
  CHECK(a.lines.at(0)["error"] == "utilisation is missing");
  CHECK(contains(a.err, "hpa:0.5 reads utilisation and replicas"));
  a = recommended(folder, "--policy hpa:0.5", "{\"time_s\":0,\"utilisation\":1,\"replicas\":4}\n");
  CHECK(a.code == 0);
  CHECK(a.lines.at(0)["replicas"] == 8);
  a = recommended(folder, "--policy keda", "{\"time_s\":0,\"load\":1,\"replicas\":4}\n");
  CHECK(a.lines.at(0)["error"] == "backlog is missing");
  a = recommended(folder, "--policy kpa", "{\"time_s\":0,\"load\":1,\"replicas\":4}\n");
  CHECK(a.lines.at(0)["error"] == "in_flight is missing");
  a = recommended(folder, "--policy constant:7", "{\"time_s\":0,\"replicas\":4}\n");
  CHECK(a.lines.at(0)["replicas"] == 7);
}

TEST_CASE("recommend: a line that cannot be used keeps the scale, and the others are answered") {
  const scratch_folder folder;
  const answers a = recommended(folder, "--policy staffing",
                                "{\"time_s\":0,\"load\":100,\"replicas\":2}\n"
                                "what?\n"
                                "\n" +
                                    std::string(70'000, 'x') +
                                    "\n"
                                    "{\"time_s\":15,\"load\":null,\"replicas\":5}\n"
                                    "{\"time_s\":15,\"load\":\"NaN\",\"replicas\":5}\n"
                                    "{\"time_s\":15,\"lode\":1,\"replicas\":5}\n"
                                    "{\"load\":1,\"replicas\":5}\n"
                                    "{\"time_s\":15,\"load\":0,\"replicas\":5}\n");
  CHECK(a.code == 2);
  REQUIRE(a.lines.size() == 9);
  const int first = a.lines[0]["replicas"];
  for (const std::size_t k : {1U, 2U, 3U, 6U, 7U}) {
    INFO(k);
    CHECK(a.lines[k]["replicas"] == first);
    CHECK(a.lines[k]["held"] == true);
    CHECK(a.lines[k].contains("error"));
  }
  CHECK(a.lines[3]["error"] == "the line is longer than 65536 characters");
  CHECK(a.lines[4]["why"] == "load is not known, so nothing is decided");
  CHECK(a.lines[4]["replicas"] == 5);
  CHECK(a.lines[5]["held"] == true);
  CHECK(a.lines[7]["error"] == "time_s is missing");
  CHECK(a.lines[8]["replicas"] == 1);  // zero load is known, unlike no load
  CHECK(contains(a.err, "2 decided, 0 repeated, 2 held, 5 refused"));
}

TEST_CASE("recommend: each answer is there before the next line comes") {
  const scratch_folder folder;
  // The second line is the first answer: without a flush nobody could ever write it.
  write_bytes(folder / "talk.sh", "mkfifo in out\n'" + tool_path() +
                                      "' recommend --policy constant:3 < in > out 2>/dev/null &\n"
                                      "exec 3> in 4< out\n"
                                      "echo '{\"time_s\":0,\"replicas\":1}' >&3\nread -r -t 20 first <&4 || exit 9\n"
                                      "echo '{\"time_s\":1,\"replicas\":3}' >&3\nread -r -t 20 second <&4 || exit 8\n"
                                      "exec 3>&-\nwait\necho \"$first $second\" > answers\n");
  REQUIRE(std::system(("cd '" + folder.path().string() + "' && bash talk.sh").c_str()) == 0);
  CHECK(read_bytes(folder / "answers") == "{\"replicas\":3,\"held\":false} {\"replicas\":3,\"held\":false}\n");
}

TEST_CASE("recommend: a policy that cannot be served is refused before a line is read") {
  const scratch_folder folder;
  const auto refused = [&](const std::string& policy) {
    const answers a = recommended(folder, "--policy " + policy, "{\"time_s\":0,\"load\":1,\"replicas\":1}\n");
    CHECK(a.code == 2);
    CHECK(a.lines.empty());
    return a.err;
  };
  CHECK(contains(refused("hap"), "there is no autoscaler 'hap'; there are constant:N"));
  CHECK(contains(refused("cem"), "A learner is trained first, and is served with --model"));
  CHECK(contains(refused("constant"), "there is no autoscaler 'constant'"));
  CHECK(contains(refused("scheduled:1/2"), "there is no autoscaler"));
  CHECK(contains(refused("hpa:1/2/3/4/5/6"), "number of settings"));
}

TEST_CASE("recommend: a model serves the service that it was trained on, and no other") {
  const scratch_folder folder;
  tool_run run = run_tool(folder, "train --environment service --policy cem " + web +
                                      "--train-episodes 100 --pattern diurnal --mean 40 --episode-length 900 "
                                      "--objective 'p95<0.8' --out cem.model");
  INFO(run.err);
  REQUIRE(run.code == 0);
  const auto asked = [&](const std::string& how) { return run_tool(folder, "recommend " + how + " < in.jsonl"); };
  const auto line = [](int time_s, int load, int replicas) {
    return "{\"time_s\":" + std::to_string(time_s) + ",\"load\":" + std::to_string(load) +
           ",\"in_flight\":" + std::to_string(load / 5) +
           ",\"backlog\":0,\"utilisation\":0.5,\"latency_s\":0.2,\"replicas\":" + std::to_string(replicas) + "}\n";
  };
  write_bytes(folder / "in.jsonl", line(0, 76, 5) + line(15, 76, 5) + "{\"time_s\":30,\"replicas\":5}\n");
  run = asked("--model cem.model");
  INFO(run.err);
  CHECK(run.code == 2);  // the last line
  CHECK(contains(run.err, "cem reads load"));
  CHECK(contains(run.err, "it keeps 1 to 20 replicas"));
  CHECK(contains(run.out, "\"error\":\"load is missing\""));
  const auto first = nlohmann::json::parse(run.out.substr(0, run.out.find('\n')));
  CHECK(first["held"] == false);
  write_bytes(folder / "in.jsonl", line(0, 1, 20) + line(600, 1, 20) + line(1200, 1, 20));
  run = asked("--model cem.model --slots 4");  // it may be said again
  CHECK(run.code == 0);
  const auto last = nlohmann::json::parse(run.out.substr(run.out.rfind('\n', run.out.size() - 2) + 1));
  CHECK(last["replicas"].get<int>() < first["replicas"].get<int>());  // almost nothing comes

  run = asked("--model cem.model --slots 5");
  CHECK(run.code == 2);
  CHECK(contains(run.err, "was trained with slots = 4, not 5: a model serves the service that it was trained on"));
  run = asked("--model cem.model --policy hpa");
  CHECK(run.code == 2);
  run = asked("");
  CHECK(run.code == 2);
  CHECK(contains(run.err, "--policy: the policy is missing, must be named, or a --model"));
  write_bytes(folder / "broken.model", read_bytes(folder / "cem.model").substr(0, 500));
  CHECK(asked("--model broken.model").code == 2);
  REQUIRE(run_tool(folder, "train --policy sarsa --train-episodes 20 --out farm.model").code == 0);
  run = asked("--model farm.model");
  CHECK(run.code == 2);
  CHECK(contains(run.err, "was not trained on a service of your own"));
}
