#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "test_data.hpp"
#include "tool/tool.hpp"

// One settings file for compare, train, evaluate and frontier: which key says what, who said it, the folder of a run.

namespace {

const std::string small_service =
    "[environment]\nname = \"service\"\n[workload]\npattern = \"bursty\"\nmean = 20\n"
    "[service]\nslots = 4\nservice_time = \"exponential:0.2\"\n";  // lines 1 to 8

// The value of a key that `config --print` shows, and who said it.
std::string in_force_of(const std::string& printed, const std::string& key) {
  const std::size_t at = ("\n" + printed).find("\n" + key + " = ");
  if (at == std::string::npos) return {};
  const std::string line = printed.substr(at, printed.find('\n', at) - at);
  const std::size_t from = line.find("  # ");
  std::string value = line.substr(key.size() + 3, from - key.size() - 3);
  while (value.ends_with(' ')) value.pop_back();
  return value + " by " + line.substr(from + 4);
}

std::vector<std::string> options_in_help(const std::string& help) {
  std::vector<std::string> all;
  std::istringstream in(help);
  for (std::string line; std::getline(in, line) && !line.starts_with("Of every command");) {
    if (line.starts_with("  --")) all.push_back(line.substr(2, line.find_first_of(" ,", 2) - 2));
  }
  return all;
}

void check_same_files(const scratch_folder& folder, const std::string& a, const std::string& b,
                      const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    INFO(file);
    const std::string bytes = read_bytes(folder / (a + "/" + file));
    CHECK(!bytes.empty());
    CHECK(bytes == read_bytes(folder / (b + "/" + file)));
  }
}

}  // namespace

TEST_CASE("settings: every option of a command that simulates has one key, which explains itself") {
  const scratch_folder folder;
  const std::string table = run_tool(folder, "config --keys").out;
  for (const char* const name : {"compare", "train", "evaluate", "frontier", "sweep"}) {
    const auto options = options_in_help(run_tool(folder, std::string(name) + " --help").out);
    REQUIRE(options.size() > 40);
    for (const std::string& option : options) {
      INFO(name << ' ' << option);
      if (option != "--settings") CHECK(contains(table, "`" + option + "`"));
    }
  }
  for (const std::string& line : {std::string("| `service.slots` | `--slots` | text |"),
                                  std::string("| `seeds.first` | `--seed` | whole number | `1000` |"),
                                  std::string("| `seeds.train` | `--seed` | whole number | `1` |"),
                                  std::string("| `policy.model` | `--model` | file |  |"),
                                  std::string("| `environment.no_bound` | `--no-bound` | true or false |  |"),
                                  std::string("| `output.folder` | `--out`, `--folder` | file |")})
    CHECK_THAT(table, Catch::Contains(line));
  const tool_run one = run_tool(folder, "config --explain seeds.train");
  CHECK(one.code == 0);
  CHECK(one.out ==
        "seeds.train: of these commands.\n"
        "train --seed: whole number. Training seed: workloads, initial values and exploration follow from it.\n"
        "Where nothing is said: 1.\n");
  CHECK_THAT(run_tool(folder, "config --explain service.slots").out,
             Catch::Contains("Requests that a replica serves at once") && Catch::Contains("compare --slots"));
  const tool_run wrong = run_tool(folder, "config --explain seeds.frist");
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.err, Catch::Contains("the key seeds.frist is not known; the nearest is seeds.first"));
}

TEST_CASE("settings: a file says what the command line does not, and --print tells who said what") {
  const scratch_folder folder;
  write_bytes(folder / "s.toml", small_service +
                                     "moves = [1, 2]\n[policies]\nnames = [\"hpa\", \"constant:4\"]\n"
                                     "[seeds]\nepisodes = 3\n[environment.x]\n");
  CHECK(run_tool(folder, "compare --settings s.toml").code == 2);
  write_bytes(folder / "s.toml", small_service +
                                     "moves = [1, 2]\n[policies]\nnames = [\"hpa\", \"constant:4\"]\n"
                                     "[seeds]\nepisodes = 3\nfirst = 2000\n[output]\nfolder = \"web\"\n");
  const tool_run shown =
      run_tool(folder, "config --print --settings s.toml compare --flags \"--episodes 2 --cores=2\"");
  INFO(shown.err);
  REQUIRE(shown.code == 0);
  CHECK(in_force_of(shown.out, "environment.name") == "\"service\" by s.toml, line 2");
  CHECK(in_force_of(shown.out, "environment.actions") == "\"1,2\" by s.toml, line 9");
  CHECK(in_force_of(shown.out, "policies.names") == "\"hpa,constant:4\" by s.toml, line 11");
  CHECK(in_force_of(shown.out, "seeds.episodes") == "2 by --episodes");
  CHECK(in_force_of(shown.out, "seeds.first") == "2000 by s.toml, line 14");
  CHECK(in_force_of(shown.out, "seeds.train_seeds") == "3 by default");
  CHECK(in_force_of(shown.out, "service.slots") == "\"4\" by s.toml, line 7");
  CHECK(in_force_of(shown.out, "service.cores") == "\"2\" by --cores");
  CHECK(in_force_of(shown.out, "service.max_replicas") == "\"100\" by default");
  CHECK(folder.files() == 1);

  const tool_run file = run_tool(folder, "compare --settings s.toml --episodes 2");
  const tool_run flags = run_tool(folder,
                                  "compare --environment service --pattern bursty --mean 20 --slots 4 --service-time "
                                  "exponential:0.2 --actions 1,2 --policies hpa,constant:4 --episodes 2 --seed 2000");
  INFO(file.err);
  CHECK(file.code == 0);
  CHECK(file.out == flags.out);
  CHECK_THAT(file.out, Catch::Contains("2 paired episodes, seeds 2000 to 2001"));
  CHECK(std::filesystem::exists(folder / "web/results.json"));
}

TEST_CASE("settings: a file may stand elsewhere, and one file serves run as well") {
  const scratch_folder folder;
  std::filesystem::create_directory(folder / "in");
  std::string times;
  for (int k = 1; k < 50; ++k) times += std::to_string(0.01 * k) + '\n';
  write_bytes(folder / "in/times.csv", times);
  write_bytes(folder / "in/web.toml", "slots = 8\nservice_time = \"file:times.csv\"\n");
  write_bytes(
      folder / "in/s.toml",
      "[workload]\nmean = 5\n[service]\nfile = \"web.toml\"\nslots = 4\n[seeds]\nepisodes = 2\n"
      "[policies]\nnames = [\"hpa\"]\n[policy]\nname = \"hpa\"\n[source]\nload = {query = \"l\"}\nutilisation = "
      "{query = \"u\"}\n[journal]\nfile = \"d.jsonl\"\n[target]\nkind = \"command\"\nget = [\"a\"]\nset = [\"b\", "
      "\"{replicas}\"]\n");
  const tool_run compared = run_tool(folder, "compare --settings in/s.toml --out run");
  INFO(compared.err);
  CHECK(compared.code == 0);
  CHECK_THAT(compared.out, Catch::Contains("4 slots a replica"));
  CHECK_THAT(read_bytes(folder / "run/settings.toml"), Catch::Contains("in/times.csv\""));
  const tool_run checked = run_tool(folder, "config --check in/s.toml");
  INFO(checked.err);
  CHECK(checked.code == 0);
  // A mistake in a part that a command does not read is a mistake all the same.
  const std::string good = read_bytes(folder / "in/s.toml");
  write_bytes(folder / "in/s.toml", good + "[guards]\nmaxmum = 3\n");
  CHECK_THAT(run_tool(folder, "compare --settings in/s.toml").err, Catch::Contains("the nearest is guards.maximum"));
  write_bytes(folder / "in/s.toml", good + "[output]\nfoldr = \"x\"\n");
  CHECK_THAT(run_tool(folder, "config --check in/s.toml").err, Catch::Contains("the nearest is output.folder"));
}

TEST_CASE("settings: what cannot be meant is refused with its place and the way out") {
  const scratch_folder folder;
  const auto refused = [&](const std::string& text, const std::string& sentence, const std::string& more = {}) {
    write_bytes(folder / "s.toml", text);
    const tool_run run = run_tool(folder, "compare --settings s.toml " + more);
    INFO(text << '\n' << run.err);
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    CHECK_THAT(run.err, Catch::Contains(sentence));
    CHECK(folder.files() == 1);
  };
  refused("[seeds]\nfrist = 3\n", "s.toml, line 2: the key seeds.frist is not known; the nearest is seeds.first");
  refused("[polices]\nnames = \"hpa\"\n", "s.toml, line 1: the section [polices] is not known; the nearest is [polic");
  refused("[seeds]\nepisodes = \"many\"\n", "s.toml, line 2: seeds.episodes: must be a whole number, zero or more");
  refused("[seeds]\nepisodes = 2.5\n", "s.toml, line 2: seeds.episodes: must be a whole number");
  refused("[seeds]\nepisodes = [2]\n", "s.toml, line 2: seeds.episodes: must be a whole number");
  refused("[environment]\nno_bound = 1\n", "s.toml, line 2: environment.no_bound: must be true or false");
  refused("[workload]\nmean = true\n", "s.toml, line 2: workload.mean: must be a number");
  refused("[policies]\nnames = []\n", "s.toml, line 2: policies.names: must be a text");
  refused("[policies]\nnames = \"\"\n", "s.toml, line 2: policies.names: the text is empty");
  refused("[seeds]\nepisodes = 0\n",
          "--episodes: the number is 0, must be from 1 to 1000000 (--episodes is seeds.episodes of s.toml, line 2)");
  refused("[service]\nslots = 4\n[environment]\nname = \"farm\"\n",
          "s.toml, line 2: service.slots: --environment farm has no use for it, service has: say environment.name = "
          "\"service\", or leave it out");
  refused("[service]\nslots = 4\n", "s.toml, line 2: service.slots: --environment farm has no use for it",
          "--environment farm");
  refused("[service]\nmoves = [1]\n[environment]\nactions = \"1\"\n",
          "s.toml, line 2: service.moves: is said by environment.actions as well, must be said once");
  refused("[workload]\ntrace_peak = 3\n",
          "--trace-peak requires --trace (--trace-peak is workload.trace_peak of s.toml");
  refused("[seeds\n", "s.toml, line 1: ");
  CHECK_THAT(run_tool(folder, "compare --settings none.toml").err, Catch::Contains("none.toml"));
  CHECK_THAT(run_tool(folder, "config --print --settings s.toml play").err,
             Catch::Contains("the command is play, must be"));
}

TEST_CASE("settings: a flag replaces what it excludes, and what needs that goes with it") {
  const scratch_folder folder;
  write_bytes(folder / "load.csv", small_load());
  write_bytes(folder / "s.toml",
              "[workload]\ntrace = \"load.csv\"\ntrace_peak = 4\n[policies]\nnames = \"constant:4\"\n"
              "[seeds]\nepisodes = 2\n[agent]\nname = \"sarsa\"\ncheckpoints = 0\n");
  const tool_run run = run_tool(folder, "compare --settings s.toml --workload documented --no-bound");
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK_THAT(run.err, Catch::Contains("headroom: of s.toml are left out: workload.trace, since --workload replaces it; "
                                      "workload.trace_peak, since it needs --trace\n"));
  CHECK_THAT(run.err, Catch::Contains("of s.toml compare does not read: agent.name (--policy)\n"));
  CHECK(run.out == run_tool(folder, "compare --workload documented --no-bound --policies constant:4 --episodes 2").out);
}

TEST_CASE("settings: the folder of a run makes it again, whichever command left it") {
  const scratch_folder folder;
  const std::vector<std::string> every{"settings.toml", "run.json",    "results.json",
                                       "episodes.csv",  "metrics.csv", "metrics.jsonl"};
  write_bytes(folder / "s.toml",
              small_service +
                  "[policies]\nnames = [\"constant:4\", \"sarsa:4\"]\n[agent]\nname = \"sarsa:4\"\n"
                  "train_episodes = 12\n[seeds]\nepisodes = 3\ntrain_seeds = 2\n[output]\nmodel = \"m\"\n");
  const auto again = [&](const std::string& command, const std::string& out, const std::string& more = {},
                         const std::vector<std::string>& runs = {""}) {
    const tool_run first =
        run_tool(folder, command + " --settings s.toml --episode-length 600 --" + out + " a-" + command + more);
    INFO(command << first.err);
    REQUIRE(first.code == 0);
    const tool_run second = run_tool(folder, command + " --quiet --settings a-" + command + runs.back() +
                                                 "/settings.toml --" + out + " b-" + command);
    INFO(second.err);
    REQUIRE(second.code == 0);
    std::string reported;
    for (const std::string& run : runs) {
      check_same_files(folder, "a-" + command + run, "b-" + command + run, every);
      reported += " a-" + command + run;
    }
    const tool_run shown = run_tool(folder, "report" + reported + " --out " + command + ".html");
    INFO(shown.err);
    CHECK(shown.code == 0);
  };
  again("compare", "out");
  again("train", "folder", "", {".1", ".2"});  // a folder for each training seed
  for (const std::string seed : {"1", "2"}) {
    check_same_files(folder, "a-train." + seed, "b-train." + seed, {"trained.model"});
    CHECK(read_bytes(folder / ("m." + seed)) == read_bytes(folder / ("a-train." + seed + "/trained.model")));
  }
  CHECK(read_bytes(folder / "m.1") != read_bytes(folder / "m.2"));
  CHECK(!std::filesystem::exists(folder / "a-train"));
  again("evaluate", "out", " --model " + (folder / "a-train.2/trained.model").string());
  again("frontier", "out", " --no-bound --prices 2");
  check_same_files(folder, "a-frontier", "b-frontier", {"frontier.csv", "frontier.svg", "churn.svg"});
  // Every training seed's episodes, and those of what does not learn.
  CHECK(lines_in(read_bytes(folder / "a-compare/metrics.csv")) == 1 + 3 + 2 * 3);
  CHECK(lines_in(read_bytes(folder / "a-train.1/metrics.jsonl")) == 200);
  std::filesystem::remove_all(folder / "a-train.1");
  const tool_run taken = run_tool(folder, "train --settings s.toml --folder a-train");  // a-train.2 stands
  CHECK(taken.code == 2);
  CHECK_THAT(taken.err, Catch::Contains("a-train.2"));
  CHECK(!std::filesystem::exists(folder / "a-train.1"));
  CHECK(run_tool(folder, "train --settings s.toml --episode-length 600 --train-seeds 1 --out c-train/").code == 0);
  check_same_files(folder, "b-train.1", "c-train", {"trained.model"});
  CHECK(!std::filesystem::exists(folder / "c-train.model"));
  CHECK(!std::filesystem::exists(folder / "c-train.model.partial"));
}
