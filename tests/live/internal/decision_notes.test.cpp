#include <headroom/live/internal/decision_notes.hpp>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

struct told_field {
  std::string name;
  reading seen;
};
struct telling_source {
  std::vector<told_field> all;
  [[nodiscard]] const std::vector<told_field>& fields() const { return all; }
};
struct silent_source {};

struct policy_behind_guards {
  template <class Sink>
  void explain(Sink&& sink) const {
    sink(guard_note{"inner", "first", 5, 3});
    sink(guard_note{"outer", "second", 3, 3});
  }
};
struct bare_policy {};

}  // namespace

TEST_CASE("decision_notes: a count of replicas is whole, finite and not negative") {
  CHECK(internal::whole_replicas(2.6) == 3);
  CHECK(internal::whole_replicas(0) == 0);
  CHECK(internal::whole_replicas(1e9) == 1'000'000'000);
  for (const double none : {-1.0, 1.1e9, std::nan(""), std::numeric_limits<double>::infinity()})
    CHECK(internal::whole_replicas(none) == std::nullopt);
}

TEST_CASE("decision_notes: fields that are not known are written with the reason, and counted by it") {
  journal_record record;
  pipeline_health health;
  telling_source source{{{"load", reading::of(20, 1)}, {"ready", reading::none(unknown_why::failed)}}};
  internal::note_fields(source, record, health);
  REQUIRE(record.fields.size() == 2);
  CHECK(record.fields[0].value == 20);
  CHECK(record.fields[0].why.empty());
  CHECK(record.fields[1].why == "failed");
  CHECK(health.unknown_fields[static_cast<std::size_t>(unknown_why::failed)] == 1);
  record.why = "not known";
  internal::note_unknown_fields(record);
  CHECK(record.why == "not known: ready failed");
  internal::note_fields(silent_source{}, record, health);
  CHECK(record.fields.size() == 2);
}

TEST_CASE("decision_notes: a hold takes back the decision that was counted before it") {
  journal_record record;
  pipeline_health health;
  health.by_policy = 4;
  health.by_fallback = 2;
  record.decided_by = "policy";
  internal::note_hold(hold_reason{}, record, health);
  CHECK(health.by_policy == 3);
  CHECK(health.by_fallback == 2);
  CHECK(record.decided_by == "hold");
  CHECK(record.why == to_text(hold_reason{}));
  internal::note_hold(hold_reason{}, record, health);  // it was counted as a hold alone
  CHECK(health.by_policy == 3);
  CHECK(health.held[0] == 2);
}

TEST_CASE("decision_notes: the wish is that of the innermost guard, and only guards that changed it are written") {
  journal_record record;
  internal::note_guards(policy_behind_guards{}, 3, record);
  CHECK(record.wished == 5);
  REQUIRE(record.guards.size() == 1);
  CHECK(record.guards[0].guard == "inner");
  CHECK(record.guards[0].why == "first");
  journal_record bare;
  internal::note_guards(bare_policy{}, -2, bare);
  CHECK(bare.wished == -2);
  CHECK(bare.guards.empty());
}
