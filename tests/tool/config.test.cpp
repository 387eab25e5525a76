#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "test_data.hpp"
#include "tool/tool.hpp"

// The settings of `headroom run`: the table of keys, and how a file is read.

namespace {

std::string docs(const std::string& page) { return read_bytes(project_file("docs/" + page)); }

// The keys of the table, in their order.
std::vector<std::string> keys_in(const std::string& table) {
  std::vector<std::string> keys;
  std::istringstream in(table);
  for (std::string line; std::getline(in, line) && !line.empty();) {
    if (line.starts_with("| `")) keys.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  return keys;
}

}  // namespace

TEST_CASE("config: the page has the table of the program, and every key explains itself") {
  const scratch_folder folder;
  const tool_run table = run_tool(folder, "config --keys");
  REQUIRE(table.code == 0);
  CHECK(contains(docs("configuration.md"), table.out));
  const auto keys = keys_in(table.out);
  REQUIRE(keys.size() > 50);
  for (const std::string& key : {keys.front(), keys[9], keys[20], keys.back(), std::string("source.load.stale_s"),
                                 std::string("service.slots"), std::string("shadow.name")}) {
    const tool_run one = run_tool(folder, "config --explain " + key);
    INFO(key << one.err);
    CHECK(one.code == 0);
    CHECK(one.out.starts_with(key + ": "));
  }
  const tool_run wrong = run_tool(folder, "config --explain guards.flap_chages");
  CHECK(wrong.code == 2);
  CHECK(contains(wrong.err, "the key guards.flap_chages is not known; the nearest is guards.flap_changes"));
  CHECK(contains(run_tool(folder, "config --explain guards.flap").err, "the nearest is guards.flap_changes"));
  CHECK(contains(run_tool(folder, "config --explain sorce.load.quer").err, "the nearest is source.load.query"));
}

TEST_CASE("config: a file is refused with its line and the nearest key, and a secret is not printed") {
  const scratch_folder folder;
  const auto refused = [&](const std::string& text, const std::string& sentence) {
    write_bytes(folder / "a.toml", text);
    const tool_run run = run_tool(folder, "config --print a.toml");
    INFO(text << '\n' << run.err);
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    CHECK_THAT(run.err, Catch::Contains("a.toml, line " + sentence));
    CHECK(!contains(run.err, "hunter2"));
  };
  refused("[guards]\nflap_chages = 4\n",
          "2: the key guards.flap_chages is not known; the nearest is guards.flap_changes");
  refused("\n[gaurds]\nminimum = 4\n", "2: the section [gaurds] is not known; the nearest is [guards]");
  refused("[source]\nlaod = {query = \"x\"}\n", "2: the key source.laod is not known; the nearest is source.load");
  refused("[source]\nload = {qery = \"x\"}\n",
          "2: the key source.load.qery is not known; the nearest is source.load.query");
  refused("[source.FIELD]\nquery = \"x\"\n", "1: the key source.FIELD is not known");
  refused("[[shadow]]\nnmae = \"hpa\"\n", "2: the key shadow.0.nmae is not known; the nearest is shadow.0.name");
  refused("[shadow]\nname = \"hpa\"\n", "1: shadow: must be written [[shadow]]");
  refused("[service]\nstart_dely = 3\n",
          "2: the key service.start_dely is not known; the nearest is service.start_delay");
  refused("interval_s = 3\n", "1: the key interval_s is not known");
  refused("guards = 3\n", "1: guards: must be a section, as in [guards]");
  refused("[guards]\nminimum = \"two\"\n", "2: guards.minimum: must be a whole number");
  refused("[guards]\nminimum = -2\n", "2: guards.minimum: must be a whole number");
  refused("[guards]\nminimum = 2.5\n", "2: guards.minimum: must be a whole number");
  refused("[live]\nshadow = 1\n", "2: live.shadow: must be true or false");
  refused("[target]\nget = \"prog\"\n", "2: target.get: must be a list of texts");
  refused("[policy]\nname = \"\"\n", "2: policy.name: the text is empty");
  refused("[policy\n", "1: ");
  refused("[source]\npassword = \"hunter2\"\n", "2: source.password: a secret must not stand in this file");
  refused("[source]\ntoken = \"hunter2\"\n", "2: source.token: a secret must not stand in this file");
  refused("[service]\nslots = 4\ninterval_s = 15\n[live]\ninterval_s = 5\n",
          "5: live.interval_s: the value is 5, must be that of the service, 15");
  CHECK(contains(run_tool(folder, "config --print none.toml").err, "none.toml"));
  CHECK(contains(run_tool(folder, "config a.toml").err, "say one of --check, --print, --explain and --keys"));
}

TEST_CASE("config: --print says what is in force, and where it was said") {
  const scratch_folder folder;
  write_bytes(folder / "web.toml", "slots = 8\nstart_delay = 20\n");
  write_bytes(
      folder / "a.toml",
      "[service]\nfile = \"web.toml\"\nslots = 4\n[target]\nkind = \"command\"\nget = [\"a\", \"b c\"]\n"
      "[source]\nload = {query = \"sum(x)\", stale_s = 30}\n[[shadow]]\nname = \"hpa\"\n[[shadow]]\nname = \"keda\"\n");
  const tool_run run = run_tool(folder, "config --print a.toml --shadow");
  INFO(run.out << run.err);
  REQUIRE(run.code == 0);
  const auto in_force = [&](const std::string& key, const std::string& value, const std::string& from) {
    const std::size_t at = ("\n" + run.out).find("\n" + key + " = " + value + " ");
    REQUIRE(at != std::string::npos);
    const std::string line = run.out.substr(at, run.out.find('\n', at) - at);
    CHECK(line.ends_with("  # " + from));
  };
  in_force("service.slots", "\"4\"", "a.toml, line 3");
  in_force("service.start_delay", "\"20\"", "web.toml");
  in_force("service.max_replicas", "\"100\"", "default");
  in_force("target.get", "[\"a\", \"b c\"]", "a.toml, line 6");
  in_force("target.deadline_s", "10", "default");
  in_force("source.load.stale_s", "30", "a.toml, line 8");
  in_force("shadow.1.name", "\"keda\"", "a.toml, line 12");
  in_force("live.shadow", "true", "--shadow");
  in_force("live.patience_s", "60", "default");
  CHECK(!contains(run.out, "FIELD"));
}

TEST_CASE("config: a hand-over needs a learner, and what the two are compared by") {
  const scratch_folder folder;
  const auto check = [&](const std::string& more, const std::string& late = {}) {
    write_bytes(folder / "a.toml",
                "[service]\nslots = 4\n[source]\nload = {query = \"load\"}\nutilisation = {query = \"util\"}\n" + late +
                    "[policy]\nname = \"hpa\"\n[journal]\nfile = \"d.jsonl\"\n[hand_over]\n" + more +
                    "[target]\nkind = \"command\"\nget = [\"a\"]\nset = [\"b\", \"{replicas}\"]\n");
    return run_tool(folder, "config --check a.toml");
  };
  const std::string late = "late = {query = \"late\"}\n";
  const auto refused = [&](const tool_run& run, const std::string& sentence) {
    INFO(run.out << run.err);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Catch::Contains(sentence));
  };
  refused(check("block = 9\n", late), "line 12: hand_over.block: the value is 9, must stand beside hand_over.name");
  refused(check("name = \"staffing\"\n"), "source.late.query: is missing, must be named: late is what a hand-over");
  refused(check("name = \"staffing\"\nblock = 5\n", late), "[hand_over]: hand_over: settle is 5, must be");
  refused(check("name = \"staffing\"\nblock = 1\n", late), "line 13: hand_over.block: the value is 1, must be a whole");
  refused(check("name = \"sarsa\"\n", late), "sarsa");
  const tool_run good = check("name = \"staffing\"\n", late);
  INFO(good.err);
  CHECK(good.code == 0);
  CHECK_THAT(good.out, Catch::Contains("hand-over to a learner: staffing reads load and replicas") &&
                           Catch::Contains("the first step after 2400 s at the soonest"));
}
