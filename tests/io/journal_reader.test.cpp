#include <headroom/io/journal_reader.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/offline/log_csv.hpp>

#include "catch.hpp"
#include "journal_samples.hpp"
#include "scratch.hpp"

using namespace headroom;

TEST_CASE("io.journal_reader: what was written is read back, field by field") {
  const scratch_folder folder;
  const auto file = folder / "log.jsonl";
  journal_record written = sample_record();
  write_bytes(file, journal_line(written) + "\n");
  const auto all = journal_records(file);
  REQUIRE(all.size() == 1);
  journal_record read = all[0];
  CHECK(std::isnan(read.fields[1].value));
  read.fields[1].value = written.fields[1].value = 0;  // NaN is not equal to itself
  CHECK(read == written);
}

TEST_CASE("io.journal_reader: a decision that was sent and has no outcome is unresolved") {
  const scratch_folder folder;
  const auto file = folder / "log.jsonl";
  journal_record sent = numbered(1);
  sent.outcome = decision_outcome::unknown;
  journal_record lost = numbered(2);
  lost.outcome = decision_outcome::unknown;
  write_bytes(file, journal_line(numbered(0)) + "\n" + journal_line(sent) + "\n" + journal_line(numbered(0, "b")) +
                        "\n" + journal_line(lost) + "\n" + journal_outcome_line(lost) + "\n");
  std::vector<decision_outcome> outcomes;
  const journal_summary sum = read_journal(file, [&](const journal_record& r) { outcomes.push_back(r.outcome); });
  CHECK(outcomes == std::vector{decision_outcome::held, decision_outcome::unknown, decision_outcome::held,
                                decision_outcome::unknown});
  CHECK(sum.records == 4);
  CHECK(sum.unresolved == 1);  // the other one is known to be unknown
  CHECK(sum.torn == 0);
}

TEST_CASE("io.journal_reader: a torn last line is passed over, wherever it is torn") {
  const scratch_folder folder;
  const auto file = folder / "log.jsonl";
  const std::string line = journal_line(sample_record());
  for (std::size_t n = 0; n < line.size(); n += 5) {
    write_bytes(file, journal_line(numbered(0)) + "\n" + line.substr(0, n));
    const journal_summary sum = read_journal(file, [](const journal_record&) {});
    CHECK(sum.records == 1);
    CHECK(sum.torn == (n > 0 ? 1 : 0));
  }
}

TEST_CASE("io.journal_reader: anything else that is no line is refused, with its number") {
  const scratch_folder folder;
  const auto file = folder / "log.jsonl";
  const std::string good = journal_line(numbered(0)) + "\n";
  const auto refusal = [&](const std::string& line) {
    write_bytes(file, good + line + "\n" + good);
    try {
      (void)read_journal(file, [](const journal_record&) {});
    } catch (const file_error& e) {
      return e.reason();
    }
    return std::string("accepted");
  };
  CHECK(refusal("{\"schema\":1,\"run") == "line 2: it is no JSON from byte 17 on");
  CHECK(refusal("[]") == "line 2: the line must be an object");
  CHECK(refusal("{}") == "line 2: there is no schema, must be one");
  CHECK(refusal(R"({"schema":2,"outcome":"held"})") == "line 2: schema is 2, must be 1");
  CHECK(refusal(R"({"schema":1,"number":1})") == "line 2: there is no outcome, must be one");
  CHECK(refusal(R"({"schema":1,"number":-1,"outcome":"held"})") == "line 2: number must be a whole number");
  CHECK(refusal(R"({"schema":1,"from":1e10,"outcome":"held"})") == "line 2: from must be a whole number");
  CHECK(refusal(R"({"schema":1,"from":3000000000,"outcome":"held"})") == "line 2: from is 3e+09, must fit an int");
  CHECK(refusal(R"({"schema":1,"outcome":"done"})") ==
        "line 2: outcome is 'done', must be held, shadow, applied, refused, conflict or unknown");
  CHECK(refusal(R"({"schema":1,"outcome":"held"} {})") == "line 2: there is more than one value, must be one");
  CHECK(refusal(R"({"schema":1,"run":"a","number":9,"outcome_of":"applied"})") ==
        "line 2 is the outcome of decision 9, must stand behind that decision");
  CHECK(refusal(R"({"schema":1,"fields":[1],"outcome":"held"})") == "line 2: fields must be a list of objects");
  // What a later program of the same version adds is passed over.
  CHECK(
      refusal(
          R"({"schema":1,"new":{"a":[1,{"b":null}]},"fields":[{"name":"x","value":1,"unit":"s"}],"outcome":"held"})") ==
      "accepted");
}

TEST_CASE("io.journal_reader: damaged lines are refused and never crash") {
  const scratch_folder folder;
  const auto file = folder / "log.jsonl";
  const std::string line = journal_line(sample_record());
  engine random(11);
  int refused = 0;
  for (int k = 0; k < 2000; ++k) {
    std::string damaged = line;
    for (int hits = 0; hits < 3; ++hits) damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    journal_record r;
    try {
      (void)internal::read_journal_line(damaged, r);
    } catch (const std::invalid_argument&) {
      ++refused;
    }
  }
  CHECK(refused > 1500);
}

TEST_CASE("io.journal_reader: a journal is a log to learn from, cut where something is not known") {
  const scratch_folder folder;
  const auto file = folder / "log.jsonl";
  std::string text;
  const auto add = [&](std::uint64_t number, double load, int move, decision_outcome outcome,
                       const std::string& run = "a") {
    journal_record r = numbered(number, run);
    r.fields = {{"load", load, 1, std::isnan(load) ? "failed" : ""}};
    r.from = 4;
    r.to = 4 + move;
    r.outcome = outcome;
    r.reward = {{"replicas", -4}, {"late", -0.5}};
    text += journal_line(r) + "\n";
  };
  using is = decision_outcome;
  add(0, 10, +1, is::applied);
  add(1, 11, -1, is::refused);  // it did not happen: a move of 0
  add(2, 12, 0, is::held);
  add(3, 13, +7, is::applied);  // not on the menu
  add(4, 14, 0, is::held);
  add(5, std::nan(""), 0, is::held);
  add(6, 16, +1, is::unknown);
  add(7, 17, -1, is::shadow);
  add(8, 18, 0, is::held);
  add(0, 20, -1, is::applied, "b");  // another process: no step from 18 to 20
  add(1, 21, 0, is::held, "b");
  add(3, 23, 0, is::held, "b");  // a line is missing: no step from 21 to 23
  write_bytes(file, text);
  const auto log = journal_transitions(file, {-1, 0, +1});
  struct expected {
    float state;
    std::size_t action;
    float next;
    episode status;
  };
  const std::vector<expected> must{{10, 2, 11, episode::ongoing},
                                   {11, 1, 12, episode::ongoing},
                                   {12, 1, 13, episode::truncated},
                                   {17, 1, 18, episode::truncated},
                                   {20, 0, 21, episode::truncated}};
  REQUIRE(log.size() == must.size());
  for (std::size_t k = 0; k < log.size(); ++k) {
    CAPTURE(k);
    CHECK(log[k].state == std::vector<float>{must[k].state});
    CHECK(to_size(log[k].action) == must[k].action);
    CHECK(log[k].next == std::vector<float>{must[k].next});
    CHECK(log[k].reward == -4.5);
    CHECK(log[k].status == must[k].status);
  }
  CHECK_THROWS_AS(journal_transitions(file, {}), std::invalid_argument);
  CHECK(journal_transitions(file, {-1, 0, +1}, {"load"}).size() == must.size());
  CHECK(journal_transitions(file, {-1, 0, +1}, {"load", "lode"}).empty());  // a field that nobody wrote is not known
  const auto twice = journal_transitions(file, {-1, 0, +1}, {"load", "load"});
  REQUIRE(!twice.empty());
  CHECK(twice[0].state == std::vector<float>{10, 10});

  // As the file that `headroom train --from-log` reads.
  write_log_csv(log, folder / "log.csv");
  const auto again = log_csv(folder / "log.csv").steps<std::vector<float>>();
  REQUIRE(again.size() == log.size());
  for (std::size_t k = 0; k < log.size(); ++k) {
    CHECK(again[k].state == log[k].state);
    CHECK(again[k].action == log[k].action);
    CHECK(again[k].status == log[k].status);
  }

  const journal_series load = journal_over_time(file, "load");
  CHECK(load.value == std::vector<double>{10, 11, 12, 13, 14, 16, 17, 18, 20, 21, 23});
  CHECK(load.time_s[1] == 1015);
  CHECK(load.unknown == 1);
  CHECK_THROWS_WITH(journal_over_time(file, "laod"), file.string() + ": has no field 'laod', must have one");
}
