#include <headroom/live/pipeline_health.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include <headroom/io/exposition.hpp>
#include <headroom/io/journal_record.hpp>
#include <headroom/live/reading.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// A health in which every number is another one.
pipeline_health numbered() {
  pipeline_health h;
  std::uint64_t n = 100;
  h.decisions = n++;
  h.by_policy = n++;
  h.by_fallback = n++;
  for (auto* const one : {&h.held[0], &h.held[1], &h.held[2], &h.held[3], &h.held[4]}) *one = n++;
  for (std::uint64_t& one : h.outcomes) one = n++;
  for (std::uint64_t& one : h.unknown_fields) one = n++;
  h.guarded = n++;
  h.missed = n++;
  h.journal_failures = n++;
  h.foreign_changes = n++;
  h.replicas = 7;
  h.asked = 8;
  h.fallback_active = true;
  h.unknown_s = 2.5;
  return h;
}
std::string text_of(const pipeline_health& h, const metric_labels& labels = {}) {
  exposition to;
  expose(to, h, labels);
  return to.text();
}
bool tells(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("live.pipeline_health: every number stands under its own name") {
  const std::string text = text_of(numbered(), {{"service", "shop"}});
  for (const char* const line : {
           R"(headroom_decisions_total{service="shop",by="policy"} 101)",
           R"(headroom_decisions_total{service="shop",by="fallback"} 102)",
           R"(headroom_decisions_total{service="shop",by="hold",why="unknown_input"} 103)",
           R"(headroom_decisions_total{service="shop",by="hold",why="slow_read"} 104)",
           R"(headroom_decisions_total{service="shop",by="hold",why="warming_up"} 105)",
           R"(headroom_decisions_total{service="shop",by="hold",why="switched_off"} 106)",
           R"(headroom_decisions_total{service="shop",by="hold",why="no_journal"} 107)",
           R"(headroom_outcomes_total{service="shop",outcome="held"} 108)",
           R"(headroom_outcomes_total{service="shop",outcome="applied"} 110)",
           R"(headroom_outcomes_total{service="shop",outcome="unknown"} 113)",
           R"(headroom_unknown_fields_total{service="shop",why="failed"} 115)",
           R"(headroom_unknown_fields_total{service="shop",why="impossible"} 120)",
           R"(headroom_guarded_total{service="shop"} 121)",
           R"(headroom_missed_total{service="shop"} 122)",
           R"(headroom_journal_failures_total{service="shop"} 123)",
           R"(headroom_foreign_changes_total{service="shop"} 124)",
           R"(headroom_replicas{service="shop"} 7)",
           R"(headroom_asked_replicas{service="shop"} 8)",
           R"(headroom_fallback_active{service="shop"} 1)",
           R"(headroom_unknown_seconds{service="shop"} 2.5)",
       }) {
    INFO(line);
    CHECK(tells(text, line));
  }
  CHECK(text.find("why=\"known\"") == std::string::npos);  // a field that is known is not counted as unknown
  CHECK(text.find(" 100\n") == std::string::npos);  // all decisions: the sum of those by policy, fallback and hold
}

TEST_CASE("live.pipeline_health: what was never read or asked for is not zero") {
  const std::string text = text_of({});
  CHECK(tells(text, "headroom_replicas NaN"));
  CHECK(tells(text, "headroom_asked_replicas NaN"));
  CHECK(tells(text, "headroom_fallback_active 0"));
  pipeline_health none;
  none.replicas = none.asked = 0;
  CHECK(tells(text_of(none), "headroom_replicas 0"));
  CHECK(tells(text_of(none), "headroom_asked_replicas 0"));
}

TEST_CASE("live.pipeline_health: each reason to hold has its sentence and its word") {
  std::set<std::string> sentences;
  std::set<std::string> words;
  for (std::size_t k = 0; k < hold_reasons; ++k) {
    const auto why = static_cast<hold_reason>(k);
    sentences.emplace(to_text(why));
    words.emplace(label_of(why));
  }
  CHECK(sentences.size() == hold_reasons);
  CHECK(words.size() == hold_reasons);
  CHECK(to_text(hold_reason::unknown_input) == "not known");
  CHECK(to_text(hold_reason::no_journal) == "the journal could not be written");
  CHECK(to_text(hold_reason::switched_off) == "the service is switched off: 0 replicas");
}
