#include <headroom/io/journal_record.hpp>

#include <limits>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "journal_samples.hpp"

using namespace headroom;

TEST_CASE("io.journal_record: a line is one JSON object that another library reads") {
  const auto json = nlohmann::json::parse(journal_line(sample_record()));
  CHECK(json["schema"] == 1);
  CHECK(json["run"] == "r\"1");
  CHECK(json["number"] == 7);
  CHECK(json["time_s"] == 1795310675.459);
  CHECK(json["decided_by"] == "policy");
  CHECK(json["fields"][0] == nlohmann::json({{"name", "load"}, {"value", 120.5}, {"age_s", 5.0}}));
  CHECK(json["fields"][1]["value"].is_null());  // missing is never zero
  CHECK(json["fields"][1]["why"] == "stale");
  CHECK(json["values"] == nlohmann::json({-1.0, 2.5}));
  CHECK(json["legal"] == nlohmann::json({true, false}));
  CHECK(json["wished"] == -3);
  CHECK(json["guards"][0]["allowed"] == -1);
  CHECK(json["from"] == 8);
  CHECK(json["to"] == 7);
  CHECK(json["shadows"][1]["decided"] == -2);
  CHECK(json["reward"][0]["name"] == "replicas");
  CHECK(json["hand_over"] == nlohmann::json({{"stage", "bounded"},
                                             {"learner", true},
                                             {"reach", 2},
                                             {"share", 0.25},
                                             {"pairs", 9},
                                             {"low", -0.5},
                                             {"high", 1.5}}));
  CHECK(json["note"] == "the past was too old");
  CHECK(!json.contains("rehearsed"));  // it stands in the short line
  CHECK(json["outcome"] == "unknown");
  CHECK(journal_line(sample_record()).find('\n') == std::string::npos);
}

TEST_CASE("io.journal_record: what is empty is left out, and what became of it is a short line") {
  journal_record r;
  r.run = "a";
  r.number = 3;
  CHECK(journal_line(r) ==
        R"({"schema":1,"run":"a","number":3,"time_s":0.0,"decided_by":"","wished":0,"outcome":"held"})");
  r.outcome = decision_outcome::conflict;
  CHECK(journal_outcome_line(r) == R"({"schema":1,"run":"a","number":3,"time_s":0.0,"outcome_of":"conflict"})");
  r.outcome = decision_outcome::shadow;
  r.rehearsed = decision_outcome::refused;
  CHECK(journal_outcome_line(r) ==
        R"({"schema":1,"run":"a","number":3,"time_s":0.0,"outcome_of":"shadow","rehearsed":"refused"})");
  r.rehearsed_why = "403";
  CHECK(journal_outcome_line(r).ends_with(R"("rehearsed":"refused","rehearsed_why":"403"})"));
  std::set<std::string> words;
  for (int k = 0; k <= static_cast<int>(decision_outcome::unknown); ++k)
    words.emplace(to_text(static_cast<decision_outcome>(k)));
  CHECK(words.size() == 6);
}
