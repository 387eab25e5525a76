#pragma once

#include <cmath>        // std::isfinite, std::lround
#include <cstddef>      // std::size_t
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/io/journal_record.hpp>
#include <headroom/live/pipeline_health.hpp>
#include <headroom/live/reading.hpp>
#include <headroom/policies/decision_values.hpp>
#include <headroom/policies/guard_note.hpp>
#include <headroom/policies/shadow.hpp>

/// What a pipeline writes into the record of a decision.
namespace headroom::internal {

/// A count of replicas; nothing if it is none.
[[nodiscard]] inline std::optional<int> whole_replicas(double n) {
  if (!(std::isfinite(n) && n >= 0 && n <= 1e9)) return std::nullopt;
  return static_cast<int>(std::lround(n));
}

/// The fields of a source that tells them, and how many of them have no value.
template <class Source>
void note_fields(const Source& source, journal_record& record, pipeline_health& health) {
  if constexpr (requires { source.fields(); }) {
    for (const auto& f : source.fields()) {
      record.fields.push_back({f.name, f.seen.value, f.seen.age_s, {}});
      if (f.seen.known()) continue;
      record.fields.back().why = to_text(f.seen.why);
      ++health.unknown_fields[static_cast<std::size_t>(f.seen.why)];
    }
  }
}

/// Nobody decides: a hold, also in the place of a decision that was counted already.
inline void note_hold(hold_reason why, journal_record& record, pipeline_health& health) {
  if (record.decided_by == "policy") --health.by_policy;
  if (record.decided_by == "fallback") --health.by_fallback;
  ++health.held[static_cast<std::size_t>(why)];
  record.decided_by = "hold";
  record.why = to_text(why);
}

/// Adds ": load failed, replicas stale" to the reason.
inline void note_unknown_fields(journal_record& record) {
  std::string all;
  for (const journal_field& f : record.fields) {
    if (!f.why.empty()) all.append(all.empty() ? ": " : ", ").append(f.name).append(" ").append(f.why);
  }
  record.why += all;
}

/// What the policy in the middle decided, and the guards around it that changed something.
template <class P>
void note_guards(const P& policy, int wish, journal_record& record) {
  bool first = true;
  explain(policy, [&](const guard_note& n) {
    if (first) record.wished = n.wished;
    first = false;
    if (n.changed()) record.guards.push_back({std::string(n.guard), std::string(n.why), n.wished, n.allowed});
  });
  if (first) record.wished = wish;
}

/// The state of the learner inside, and what it expects of its actions.
template <class P>
void note_values(const P& policy, journal_record& record) {
  tell_values(policy, [&](const decision_values& v) {
    record.state = v.state;
    record.action = v.action;
    record.values = v.values;
    record.legal = v.legal;
  });
}

template <class P>
void note_shadows(const P& policy, journal_record& record) {
  tell_shadows(policy, [&](std::string_view name, int decided) {
    record.shadows.push_back({std::string(name), decided});
  });
}

}  // namespace headroom::internal
