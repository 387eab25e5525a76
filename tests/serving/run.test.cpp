#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>

#include <headroom/ext/internal/httplib.hpp>
#include <headroom/io/journal_reader.hpp>

#include "catch.hpp"
#include "ext/loopback.hpp"
#include "serving/serving.hpp"
#include "test_data.hpp"

// `headroom run` against a loopback stand-in for Prometheus: one value for each expression, or none.

using namespace headroom;

namespace {

class stand_in {
 public:
  stand_in() {
    server_.Post("/api/v1/query", [this](const httplib::Request& r, httplib::Response& response) {
      ++asked;
      std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
      const std::lock_guard<std::mutex> lock(mutex_);
      authorization_ = r.get_header_value("Authorization");
      const auto found = values_.find(r.get_param_value("query"));
      std::string result;
      if (found != values_.end()) result = R"({"metric":{},"value":[1,")" + found->second + "\"]}";
      response.set_content(R"({"status":"success","data":{"resultType":"vector","result":[)" + result + "]}}",
                           "application/json");
    });
    at_ = std::make_unique<loopback_server>(server_);
  }
  /// An empty value: the expression has none.
  void says(const std::string& query, const std::string& value) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (value.empty())
      values_.erase(query);
    else
      values_[query] = value;
  }
  [[nodiscard]] std::string authorization() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return authorization_;
  }
  [[nodiscard]] std::string url() const { return at_->url(); }
  std::atomic<int> asked{0};
  std::atomic<int> delay_ms{0};

 private:
  mutable std::mutex mutex_{};
  std::map<std::string, std::string> values_{};
  std::string authorization_{};
  httplib::Server server_{};
  std::unique_ptr<loopback_server> at_{};
};

void program(const std::filesystem::path& file, const std::string& lines) {
  write_bytes(file, "#!/bin/sh\n" + lines);
  ::chmod(file.c_str(), 0700);
}

// A service whose number of replicas is a line of a file, and a daemon for it.
struct scaled_by_files {
  scaled_by_files() {
    source.says("load", "40");
    source.says("util", "0.9");
    source.says("late", "0");
    have(4);
    program(folder / "get", "cat " + (folder / "replicas").string() + "\n");
    // All or nothing: the test reads it at any moment.
    set_does("echo $1 > " + (folder / "new").string() + " && mv " + (folder / "new").string() + " " +
             (folder / "replicas").string() + "\necho $2 $1 >> " + (folder / "sets").string() + "\n");
  }
  void have(int replicas) const { write_bytes(folder / "replicas", std::to_string(replicas) + "\n"); }
  void set_does(const std::string& lines) const { program(folder / "set", lines); }
  [[nodiscard]] int replicas() const { return std::stoi(read_bytes(folder / "replicas")); }

  /// `more`: further sections, or keys of the last one, [live].
  void configure(const std::string& guards = "", const std::string& live = "warm_up_s = 0\n",
                 const std::string& more = "") const {
    write_bytes(folder / "autoscaler.toml",
                "[service]\nslots = 4\nservice_time = 0.2\nmax_replicas = 20\nobjective = \"p95<0.5\"\n"
                "[source]\nurl = \"" +
                    source.url() +
                    "\"\nload = {query = \"load\"}\nutilisation = {query = \"util\"}\nlate = {query = \"late\"}\n"
                    "[policy]\nname = \"hpa\"\n[guards]\nminimum = 2\n" +
                    guards + "[journal]\nfile = \"decisions.jsonl\"\n" + "[target]\nkind = \"command\"\nget = [\"" +
                    (folder / "get").string() + "\"]\nset = [\"" + (folder / "set").string() +
                    "\", \"{replicas}\", \"{seen}\"]\ndeadline_s = 1\n" + more + "[live]\ninterval_s = 0.1\n" + live);
  }
  [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all{tool_path(), "run", "--config", (folder / "autoscaler.toml").string()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  [[nodiscard]] std::vector<journal_record> journal() const { return journal_records(folder / "decisions.jsonl"); }

  scratch_folder folder{};
  mutable stand_in source{};
};

template <class Holds>
bool soon(Holds&& holds) {
  for (int k = 0; k < 500; ++k) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return holds();
}

}  // namespace

TEST_CASE("run: it reads, decides, writes down and scales; SIGTERM ends it with 0, and a restart goes on") {
  scaled_by_files world;
  world.configure("flap_changes = 2\n", "warm_up_s = 0\npatience_s = 100\n", "[[shadow]]\nname = \"staffing\"\n");
  {
    beside daemon(world.command(), world.folder / "log");
    REQUIRE(soon([&] { return world.replicas() == 5; }));
    world.source.says("util", "0.3");
    REQUIRE(daemon.says("held: policy; load 40, utilisation 0.3"));
    CHECK(daemon.end(SIGTERM) == 0);
    CHECK(contains(daemon.log(), "it scales what " + (world.folder / "set").string() + " scales"));
    CHECK(contains(daemon.log(), "4 -> 5, applied: policy; load 40, utilisation 0.9"));
    CHECK(contains(daemon.log(), "beside it, not asked: staffing"));
    CHECK(contains(daemon.log(), "headroom: stopped: "));
  }
  const auto first = world.journal();
  REQUIRE(first.size() >= 2);
  CHECK(read_bytes(world.folder / "sets") == "4 5\n");
  CHECK(first[0].outcome == decision_outcome::applied);
  CHECK(first[0].model == "hpa");
  REQUIRE(first[0].shadows.size() == 1);
  CHECK(first[0].shadows[0].name == "staffing");
  REQUIRE(first[1].reward.size() == 2);
  CHECK(first[1].reward[0] == journal_number{"replicas", -5 * 0.1});
  CHECK(first[1].reward[1] == journal_number{"late", -0.0});

  world.configure("flap_changes = 2\n", "warm_up_s = 0.5\npatience_s = 100\npast_s = 0\n",
                  "[[shadow]]\nname = \"staffing\"\n");
  world.source.says("util", "0.9");
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  beside daemon(world.command({"--quiet"}), world.folder / "log2");
  REQUIRE(soon([&] { return world.replicas() == 6; }));
  CHECK(daemon.end(SIGINT) == 0);
  CHECK(contains(daemon.log(), "goes on from"));
  CHECK(!contains(daemon.log(), "applied: policy"));  // --quiet
  const auto all = world.journal();
  REQUIRE(all.size() > first.size());
  const journal_record& again = all[first.size()];
  CHECK(again.run != first[0].run);
  CHECK(again.decided_by == "hold");
  CHECK(again.why == "the windows are not full yet");
  CHECK(again.note.empty());  // without a past it begins anew, and is not stale
  CHECK(again.fields[0].name == "time_s");
  CHECK(again.fields[0].value > first.back().fields[0].value + 0.35);  // the time goes on while nobody looks
}

TEST_CASE("run: a learner takes over in steps, and a restart goes on in the stage") {
  scaled_by_files world;
  world.have(6);
  world.configure(
      "", "warm_up_s = 0\nslowest_read_s = 5\n",
      "[hand_over]\nname = \"constant:4\"\nblock = 4\nsettle = 1\nleast_pairs = 3\nmemory = 6\nrecent = 2\n");
  std::string text = read_bytes(world.folder / "autoscaler.toml");
  text.replace(text.find("\"hpa\""), 5, "\"constant:6\"");
  text.replace(text.find("interval_s = 0.1"), 16, "interval_s = 0.05");
  write_bytes(world.folder / "autoscaler.toml", text);
  {
    beside daemon(world.command(), world.folder / "log");
    REQUIRE(daemon.says("hand-over in advice, by the incumbent"));
    REQUIRE(daemon.says("hand-over in bounded, by the learner", 60));
    CHECK(daemon.end(SIGTERM) == 0);
    CHECK(contains(daemon.log(), "hand-over to a learner: constant:4 reads nothing but replicas"));
    CHECK(contains(daemon.log(), "then decides within 1 replica of constant:6"));
  }
  const auto first = world.journal();
  REQUIRE(first.size() > 12);
  CHECK(first[0].model == "constant:6, hand-over to constant:4");
  REQUIRE(first[0].hand_over);
  CHECK(first[0].shadows == std::vector<journal_shadow>{{"incumbent", 0}, {"learner", -2}});
  for (const journal_record& r : first) {
    if (!r.hand_over) CHECK(r.decided_by == "hold");  // a slow read: neither was asked
    if (!r.hand_over || r.hand_over->stage != "advice") continue;
    CHECK(!r.hand_over->learner);  // it decides nothing yet
    CHECK(r.to == 6);
  }
  REQUIRE(first.back().hand_over);
  REQUIRE(first.back().hand_over->stage == "bounded");
  CHECK(first.back().hand_over->share > 0);
  {
    beside daemon(world.command(), world.folder / "log2");
    REQUIRE(daemon.says("hand-over in all, by the learner", 60));
    CHECK(daemon.end(SIGTERM) == 0);
  }
  const auto all = world.journal();
  REQUIRE(all.size() > first.size());
  const journal_record& again = all[first.size()];
  REQUIRE(again.hand_over);
  CHECK(again.hand_over->stage == "bounded");
  CHECK(again.hand_over->share > 0);
  bool at_4 = false;
  for (std::size_t k = 1; k < all.size(); ++k) {
    if (!all[k].hand_over) continue;
    const journal_hand_over& h = *all[k].hand_over;
    if (h.stage == "bounded" && h.learner && all[k].decided_by == "policy") CHECK(*all[k].to >= 6 - h.reach);
    at_4 = at_4 || all[k].to == 4;
  }
  CHECK(at_4);
  const tool_run report = run_tool(world.folder, "journal decisions.jsonl");
  CHECK_THAT(report.out, Catch::Contains("Hand-over: ") && Catch::Contains(" in advice") &&
                             Catch::Contains("Beside it, learner: "));
  CHECK_THAT(
      run_tool(world.folder, "explain decisions.jsonl --last").out,
      Catch::Contains("The hand-over is in the stage all") && Catch::Contains("Of all decisions the learner made"));
}

TEST_CASE("run: the windows of a policy go on over a restart, if it is a short one") {
  for (const bool fresh : {true, false}) {
    INFO(fresh);
    scaled_by_files world;
    world.configure("", std::string("warm_up_s = 0\npast_stale_s = ") + (fresh ? "100" : "0.2") + "\n");
    std::string text = read_bytes(world.folder / "autoscaler.toml");
    text.replace(text.find("\"hpa\""), 5, "\"staffing:0.99/1/0/900\"");  // a mean of 900 s
    write_bytes(world.folder / "autoscaler.toml", text);
    {
      beside daemon(world.command(), world.folder / "log");
      REQUIRE(daemon.says("held: policy"));
      CHECK(daemon.end(SIGTERM) == 0);
    }
    const int before = world.replicas();
    const auto first = world.journal();
    CHECK(first[0].note.empty());
    world.source.says("load", "120");
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
    beside daemon(world.command(), world.folder / "log2");
    if (fresh) {
      REQUIRE(daemon.says("staffing:0.99/1/0/900 goes on with " + to_text(first.size()) + " observations of before"));
      REQUIRE(soon([&] { return world.journal().size() > first.size() + 3; }));
      CHECK(world.replicas() == before);  // one jump hardly moves the mean
    } else {
      REQUIRE(daemon.says("s old, more than live.past_stale_s = 0.2: it begins anew"));
      CHECK(soon([&] { return world.replicas() > before; }));
    }
    CHECK(daemon.end(SIGTERM) == 0);
    const auto all = world.journal();
    int notes = 0;
    for (const journal_record& one : all) notes += one.note.empty() ? 0 : 1;
    CHECK(notes == 1);  // it is said once, with the first decision that was made
    CHECK(first.back().note.empty());
  }
}

TEST_CASE("run: what is not known is held, then the fallback decides; no read leads to fewer replicas") {
  scaled_by_files world;
  world.source.says("util", "0.5");
  world.configure("", "warm_up_s = 0\npatience_s = 0.5\nfallback = \"constant:7\"\n");
  beside daemon(world.command(), world.folder / "log");
  REQUIRE(daemon.says("held: policy"));
  world.source.says("late", "");  // nobody needs it to decide
  REQUIRE(daemon.says("late: late: no series has a value now"));
  REQUIRE(daemon.says("held: policy; load 40, utilisation 0.5\n"));
  world.source.says("util", "");
  REQUIRE(daemon.says("held: hold: not known: utilisation empty"));
  REQUIRE(daemon.says("utilisation: util: no series has a value now"));
  REQUIRE(soon([&] { return world.replicas() == 7; }));
  REQUIRE(daemon.says("applied: fallback: not known: utilisation empty"));
  program(world.folder / "get", "exit 3\n");  // now nothing can be decided, not even by the fallback
  REQUIRE(daemon.says("replicas failed"));
  REQUIRE(daemon.says("replicas: " + (world.folder / "get").string() + " exited with 3"));
  CHECK(daemon.end(SIGTERM) == 0);
  CHECK(world.replicas() == 7);
  for (const journal_record& r : world.journal()) {
    if (r.from && r.to) CHECK(*r.to >= *r.from);
    bool late_known = true;
    for (const journal_field& f : r.fields) late_known = late_known && (f.name != "late" || f.why.empty());
    if (!late_known) CHECK(r.reward.empty());  // what is not known is not zero
  }
}

TEST_CASE("run: each guard of the settings stands around the policy") {
  struct guard_case {
    const char* guards;
    const char* policy;
    int replicas;
    const char* line;  // of the log
  };
  for (const guard_case& one :
       {guard_case{"max_up = 1\n", "constant:9", 4, "4 -> 5, applied: policy; limits +1 instead of +5"},
        guard_case{"max_down = 2\n", "constant:3", 8, "8 -> 6, applied: policy; limits -2 instead of -5"},
        guard_case{"up_replicas = 2\n", "constant:9", 4, "4 -> 6, applied: policy; rate_limited +2 instead of +5"},
        guard_case{"down_percent = 50\n", "constant:2", 8, "8 -> 4, applied: policy; rate_limited -4 instead of -6"},
        guard_case{"up_stabilisation_s = 60\n", "constant:9", 4, "4 -> 4, held: policy; stabilized +0 instead of +5"},
        guard_case{"down_stabilisation_s = 60\n", "constant:3", 8, "8 -> 8, held: policy; stabilized +0 instead of -5"},
        guard_case{"confirmed_down_by = \"constant:7\"\n", "constant:3", 8,
                   "8 -> 7, applied: policy; confirmed_down -1 instead of -5"},
        guard_case{"hold_when_stale_s = 5\n", "constant:9", 4,
                   "4 -> 4, held: policy; hold_when_stale +0 instead of +5"},
        guard_case{"undo_field = \"late\"\nundo_above = 5\n", "constant:3", 8,
                   "3 -> 8, applied: policy; instant_undo +5 instead of +0"}}) {
    INFO(one.guards);
    scaled_by_files world;
    world.have(one.replicas);
    world.configure(one.guards);
    std::string text = read_bytes(world.folder / "autoscaler.toml");
    text.replace(text.find("\"hpa\""), 5, "\"" + std::string(one.policy) + "\"");
    text.replace(text.find("{query = \"load\"}"), 16, "{query = \"load\", age = \"age\"}");
    write_bytes(world.folder / "autoscaler.toml", text);
    world.source.says("age", "10");
    beside daemon(world.command(), world.folder / "log");
    if (contains(one.guards, "undo")) {
      REQUIRE(daemon.says("8 -> 3, applied"));
      world.source.says("late", "6");
    }
    CHECK(daemon.says(one.line, 5));
    INFO(daemon.log());
    CHECK(daemon.end(SIGTERM) == 0);
  }
}

TEST_CASE("run: when the metrics are slow, no further question is asked and nothing is decided") {
  scaled_by_files world;
  world.source.delay_ms = 150;
  world.configure("", "warm_up_s = 0\nslowest_read_s = 0.1\n");
  beside daemon(world.command(), world.folder / "log");
  REQUIRE(daemon.says("held: hold: the read took too long"));
  REQUIRE(soon([&] { return world.journal().size() >= 3; }));
  CHECK(daemon.end(SIGTERM) == 0);
  const auto all = world.journal();
  CHECK(world.source.asked == static_cast<int>(all.size()));  // of three fields the first
  for (const journal_record& r : all) CHECK(r.why.starts_with("the read took too long"));
  CHECK(world.replicas() == 4);
}

TEST_CASE("run: what a command of the user answers is what became of the decision") {
  struct answer {
    const char* lines;
    decision_outcome outcome;
    const char* sentence;
  };
  for (const answer& one :
       {answer{"exit 75\n", decision_outcome::conflict, "exited with 75"},
        answer{"exit 1\n", decision_outcome::refused, "exited with 1"},
        answer{"sleep 20 & wait\n", decision_outcome::unknown, "was not done in time and was killed"}}) {
    INFO(one.lines);
    scaled_by_files world;
    world.configure();
    world.set_does(one.lines);
    beside daemon(world.command(), world.folder / "log");
    REQUIRE(daemon.says(std::string("the target: ") + (world.folder / "set").string() + " " + one.sentence));
    CHECK(daemon.end(SIGTERM) == 0);
    CHECK(world.replicas() == 4);
    const auto all = world.journal();
    REQUIRE(!all.empty());
    CHECK(all[0].outcome == one.outcome);
    CHECK(all[0].to == 5);
  }
}

TEST_CASE("run: a program that is late is killed with all that it started") {
  scaled_by_files world;
  world.configure();
  const std::string left = (world.folder / "left").string();
  world.set_does("sleep 30 &\necho $! > " + left + "\nwait\n");
  beside daemon(world.command(), world.folder / "log");
  REQUIRE(daemon.says("was not done in time and was killed"));
  const pid_t child = std::stoi(read_bytes(left));
  CHECK(daemon.end(SIGTERM) == 0);
  CHECK(soon([&] {
    return ::kill(child, 0) != 0 || contains(read_bytes("/proc/" + std::to_string(child) + "/stat"), ") Z ");
  }));
}

TEST_CASE("run: where nothing is scaled it runs in shadow alone, and the source tells the replicas") {
  scaled_by_files world;
  world.configure();
  std::string text = read_bytes(world.folder / "autoscaler.toml");
  const std::size_t target = text.find("[target]");
  text.replace(target, text.find("[live]") - target, "");
  text.replace(text.find("load = {"), 8, "replicas = {query = \"pods\"}\nload = {");
  write_bytes(world.folder / "autoscaler.toml", text);
  world.source.says("pods", "4");
  const tool_run refused = run_tool(world.folder, "run --config autoscaler.toml");
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Catch::Contains("there is nothing to scale (none), must be run with --shadow"));
  beside daemon(world.command({"--shadow"}), world.folder / "log");
  REQUIRE(daemon.says("4 -> 5, shadow: policy"));
  CHECK(daemon.end(SIGTERM) == 0);
}

TEST_CASE("run: in shadow nothing is changed, and an operator's file holds the policy") {
  scaled_by_files world;
  world.configure("pause_file = \"pause\"\n");
  {
    beside daemon(world.command({"--shadow"}), world.folder / "log");
    REQUIRE(daemon.says("4 -> 5, shadow: policy"));
    CHECK(daemon.says("in shadow, it would scale"));
    CHECK(daemon.end(SIGTERM) == 0);
  }
  CHECK(world.replicas() == 4);
  CHECK(!std::filesystem::exists(world.folder / "sets"));
  write_bytes(world.folder / "pause", "");
  beside daemon(world.command(), world.folder / "log2");
  REQUIRE(daemon.says("pausable +0 instead of +1"));
  CHECK(world.replicas() == 4);
  write_bytes(world.folder / "pause", "8");
  REQUIRE(soon([&] { return world.replicas() == 8; }));
}

TEST_CASE("run: killed at any moment, every change that was applied stands in the journal") {
  scaled_by_files world;
  world.configure("max_up = 1\n");
  std::string text = read_bytes(world.folder / "autoscaler.toml");
  const std::string few = "max_replicas = 20\n";
  text.replace(text.find(few), few.size(), "max_replicas = 900\n");  // not reached, however slow the machine
  write_bytes(world.folder / "autoscaler.toml", text);
  world.source.says("util", "500");
  for (int k = 0; k < 4; ++k) {
    const int before = world.replicas();
    beside daemon(world.command(), world.folder / ("log" + std::to_string(k)));
    if (k > 0) REQUIRE(daemon.says("goes on from"));  // the state is saved after each decision
    const bool scaled = soon([&] { return world.replicas() > before; });
    INFO(daemon.log());
    REQUIRE(scaled);
    REQUIRE(soon([&] { return std::filesystem::exists(world.folder / "decisions.jsonl.state"); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(37 * k));
    CHECK(daemon.end(SIGKILL) == -1);
  }
  std::map<int, int> asked;
  for (const journal_record& r : world.journal()) {
    if (r.outcome != decision_outcome::held) ++asked[r.to.value()];
  }
  std::istringstream sets(read_bytes(world.folder / "sets"));
  int from = 0;
  int to = 0;
  int changes = 0;
  while (sets >> from >> to) {
    ++changes;
    CHECK(asked[to] >= 1);
  }
  CHECK(changes >= 4);
}

TEST_CASE("run: a model decides, its action values stand in the journal, and it serves no other service") {
  scaled_by_files world;
  const tool_run trained = run_tool(
      world.folder,
      "train --environment service --policy sarsa --slots 4 --service-time 0.2 --max-replicas 12 --objective 'p95<0.5' "
      "--decision-interval 0.2 --start-delay 1 --pattern diurnal --mean 60 --episode-length 60 --train-episodes 20 "
      "--out sarsa.model");
  INFO(trained.err);
  REQUIRE(trained.code == 0);
  world.source.says("wait", "0");
  world.source.says("load", "60");
  const auto configure = [&](const std::string& first) {
    world.configure();
    std::string text = read_bytes(world.folder / "autoscaler.toml");
    text.erase(0, text.find("[source]"));
    const auto put = [&text](const std::string& from, const std::string& to) {
      text.replace(text.find(from), from.size(), to);
    };
    put("name = \"hpa\"", "model = \"sarsa.model\"");
    put("late = {", "backlog = {query = \"wait\"}\nlate = {");
    put("interval_s = 0.1\n", "");
    write_bytes(world.folder / "autoscaler.toml", first + text);
  };
  configure("");
  {
    beside daemon(world.command(), world.folder / "log");
    REQUIRE(daemon.says("policy; load 60"));
    REQUIRE(soon([&] { return world.journal().size() >= 3; }));
    CHECK(daemon.end(SIGTERM) == 0);
  }
  const auto all = world.journal();
  REQUIRE(all.size() >= 3);
  CHECK(all[0].model.starts_with("sarsa "));
  CHECK(all[0].state.has_value());
  REQUIRE(all[0].action.has_value());
  REQUIRE(all[0].values.size() >= 3);
  CHECK(*all[0].action < all[0].values.size());
  CHECK(all[0].legal.size() == all[0].values.size());
  CHECK_THAT(run_tool(world.folder, "explain decisions.jsonl --last").out,
             Catch::Contains("The learner was in state ") && Catch::Contains("What it expects of each action"));

  configure("[service]\nslots = 8\n");
  const tool_run other = run_tool(world.folder, "run --config autoscaler.toml");
  CHECK(other.code == 2);
  CHECK_THAT(other.err, Catch::Contains("sarsa.model") && Catch::Contains("was trained with slots = 4, not 8"));

  world.configure();  // another policy: what the model left is not used, and that is told
  beside daemon(world.command(), world.folder / "log2");
  REQUIRE(daemon.says("everything begins anew"));
  REQUIRE(daemon.says("policy; load 60"));
  CHECK(daemon.end(SIGTERM) == 0);
  world.configure("flap_changes = 3\n");
  beside changed(world.command(), world.folder / "log3");
  REQUIRE(changed.says("the guards were other ones, they begin anew"));
}

TEST_CASE("run: its counters are served, and secrets come from files and are never printed") {
  scaled_by_files world;
  world.configure("", "warm_up_s = 0\nmetrics = \"127.0.0.1:0\"\n");
  write_bytes(world.folder / "token", "very-secret\n");
  std::string text = read_bytes(world.folder / "autoscaler.toml");
  text.insert(text.find("url = "), "token_file = \"token\"\n");
  write_bytes(world.folder / "autoscaler.toml", text);
  beside daemon(world.command(), world.folder / "log");
  REQUIRE(daemon.says("4 -> 5, applied"));
  httplib::Client http("127.0.0.1", port_in(daemon.log()));
  REQUIRE(soon([&] {
    const auto r = http.Get("/metrics");
    return r && contains(r->body, "headroom_outcomes_total{outcome=\"applied\"} 1\n");
  }));
  CHECK(http.Get("/readyz")->status == 200);
  CHECK(daemon.end(SIGTERM) == 0);
  CHECK(world.source.authorization() == "Bearer very-secret");
  CHECK(!contains(daemon.log(), "very-secret"));
  const tool_run shown = run_tool(world.folder, "config --print autoscaler.toml");
  CHECK(shown.code == 0);
  CHECK(contains(shown.out, "source.token_file = \"token\""));
  CHECK(!contains(shown.out, "very-secret"));
}

TEST_CASE("config: the file of the page is one that would run") {
  const scratch_folder folder;
  const std::string page = read_bytes(project_file("docs/configuration.md"));
  const std::size_t begin = page.find("```toml\n") + 8;
  write_bytes(folder / "page.toml", page.substr(begin, page.find("```", begin) - begin));
  const tool_run run = run_tool(folder, "config --check page.toml");
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK(contains(run.out, "it scales what /usr/local/bin/shop-scale scales; a decision every 15 s"));
  CHECK(contains(run.out, "beside it, not asked: staffing"));
  CHECK(!contains(run.out, "beware"));

  std::string patient = read_bytes(folder / "page.toml");
  patient.replace(patient.find("warm_up_s = 60"), 14, "warm_up_s = 60\npatience_s = 90");
  write_bytes(folder / "patient.toml", patient);
  const tool_run told = run_tool(folder, "config --check patient.toml");
  CHECK(told.code == 0);
  CHECK(contains(told.out, "beware, live.patience_s = 90 is more than live.warm_up_s = 60"));
}

TEST_CASE("config: --check refuses with place, key, value and law, and asks nobody") {
  scaled_by_files world;
  const auto refused = [&](const std::string& from, const std::string& to, const std::string& sentence) {
    world.configure();
    std::string text = read_bytes(world.folder / "autoscaler.toml");
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    write_bytes(world.folder / "autoscaler.toml", text.replace(at, from.size(), to));
    const tool_run run = run_tool(world.folder, "config --check autoscaler.toml");
    INFO(to << '\n' << run.out);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Catch::Contains(sentence));
  };
  world.configure();
  const tool_run good = run_tool(world.folder, "config --check autoscaler.toml");
  INFO(good.err);
  CHECK(good.code == 0);
  CHECK(contains(good.out, "hpa reads utilisation and replicas"));
  CHECK(contains(good.out, "the host keeps 2 to 20"));
  CHECK(contains(good.out, "an old value is not seen to be old without source.utilisation.age: "));
  refused("minimum = 2", "minimum = 30",
          "autoscaler.toml, line 14: guards.minimum: the value is 30, must leave a range");
  refused("name = \"hpa\"", "name = \"hpaa\"", "autoscaler.toml, line 12: policy.name: there is no autoscaler 'hpaa'");
  const tool_run daemon = run_tool(world.folder, "run --config autoscaler.toml");  // refuses it in the same words
  CHECK(daemon.code == 2);
  CHECK(daemon.err == run_tool(world.folder, "config --check autoscaler.toml").err);
  refused("name = \"hpa\"", "model = \"none.safetensors\"", "none.safetensors");
  refused("name = \"hpa\"", "name = \"hpa\"\nmodel = \"x\"",
          "policy.name: the value is hpa, must not stand beside policy.model");
  refused("utilisation = {query = \"util\"}", "utilisation = {stale_s = 3}",
          "source.utilisation.query, which is missing");
  refused("utilisation = {query = \"util\"}\n", "",
          "source.utilisation.query is missing, must be named: the policy (hpa) reads utilisation");
  refused("load = {query = \"load\"}", "load = {query = \"load\", need = \"nice\"}",
          "source.load.need: the value is nice, must be vital, needed or useful");
  refused("file = \"decisions.jsonl\"", "keep = 3", "journal.file: is missing, must be named");
  refused("kind = \"command\"", "kind = \"comand\"", "target.kind: the value is comand, must be one of none, command");
  refused("\"{replicas}\"", "\"7\"", "must hold {replicas}");
  refused("get = ", "deadline_s = 2\n#", "deadline_s");
  refused("interval_s = 0.1", "interval_s = 0.1\nfallback = \"nobody\"",
          "live.fallback: there is no autoscaler 'nobody'");
  refused("minimum = 2", "undo_field = \"p99_s\"", "source.p99_s.query is missing");
  refused("minimum = 2", "up_period_s = 30.0",
          "guards.up_period_s: the value is 30, must stand beside guards.up_replicas");
  refused("url = ", "kind = \"graphite\"\nurl = ", "source.kind: the value is graphite, must be prometheus");
  refused("http://", "http://me:secret@", "a user or a password must not stand in this file");
  refused("url = ", "token_file = \"gone\"\nurl = ", "gone");
  refused("load = {query", "replicas = {query = \"r\"}\nload = {query", "the target itself tells it");
  refused("interval_s = 0.1", "interval_s = 0.1\nmetrics = \"0.0.0.0:80\"", "be an address of this machine alone");
}
