#pragma once

#include <cmath>        // std::isfinite
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t, std::uint64_t
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/io/internal/json_writer.hpp>

/// What a journal says of a decision, and its text: a line of JSON. Names and values only, so that any host can write
/// one and any program can read it.
namespace headroom {

/// The version of the lines that are written. A reader refuses lines of a later version.
inline constexpr std::uint64_t journal_schema = 1;

/// What became of a decision.
enum class decision_outcome : std::uint8_t {
  held,      ///< nothing was to be done
  shadow,    ///< it was only written down
  applied,   ///< the service took it
  refused,   ///< the service refused it, so it did not happen
  conflict,  ///< somebody else had changed the service since it was read, so it did not happen
  unknown    ///< it was sent and there is no answer, or the host ended before there was one: the next read tells
};

/// The word that stands in a journal: "held", "shadow", "applied", "refused", "conflict", "unknown".
[[nodiscard]] constexpr std::string_view to_text(decision_outcome o) noexcept {
  constexpr std::string_view words[] = {"held", "shadow", "applied", "refused", "conflict", "unknown"};
  return words[static_cast<std::size_t>(o)];
}

/// A field of the observation. Without a value it is NaN, and `why` says why.
struct journal_field {
  std::string name{};
  double value = std::numeric_limits<double>::quiet_NaN();
  double age_s = 0;
  std::string why{};  ///< empty if the value is known
  friend bool operator==(const journal_field&, const journal_field&) = default;
};

/// What a guard did.
struct journal_guard {
  std::string guard{};
  std::string why{};  ///< empty if it changed nothing, or has no words for it
  int wished = 0;     ///< replicas more or less
  int allowed = 0;
  friend bool operator==(const journal_guard&, const journal_guard&) = default;
};

/// A name and a number: a term of a reward, a figure of a forecast.
struct journal_number {
  std::string name{};
  double value = std::numeric_limits<double>::quiet_NaN();
  friend bool operator==(const journal_number&, const journal_number&) = default;
};

/// What a candidate would have done.
struct journal_shadow {
  std::string name{};
  int decided = 0;  ///< replicas more or less
  friend bool operator==(const journal_shadow&, const journal_shadow&) = default;
};

/// How far a hand-over is (policies/hand_over.hpp).
struct journal_hand_over {
  std::string stage{};      ///< "advice", "bounded" or "all"
  bool learner = false;     ///< whether the learner decided
  int reach = 0;            ///< replicas by which it may differ, in the bounded stage
  double share = 0;         ///< of all decisions so far, those that the learner made
  std::uint64_t pairs = 0;  ///< comparisons of this stage
  double low = 0;           ///< the bounds of what the learner saves an interval
  double high = 0;
  friend bool operator==(const journal_hand_over&, const journal_hand_over&) = default;
};

/// One decision. Run and number name it: no two decisions of one journal have the same.
struct journal_record {
  std::string run{};         ///< the process that decided
  std::uint64_t number = 0;  ///< decisions of that process before this one
  double time_s = 0;         ///< s since 1970-01-01T00:00Z
  std::string decided_by{};  ///< "policy", "fallback", or "hold" where nobody decided
  std::string why{};         ///< why nobody did, or why the fallback did
  std::vector<journal_field> fields{};
  std::optional<std::uint64_t> state{};     ///< of a learner on a table
  std::optional<std::uint64_t> action{};    ///< index on its menu
  std::vector<double> values{};             ///< of its actions
  std::vector<bool> legal{};                ///< its mask; empty: everything is legal
  std::vector<journal_number> forecasts{};  ///< what a forecaster expected
  int wished = 0;                           ///< replicas more or less, as the policy in the middle decided
  std::vector<journal_guard> guards{};      ///< those that changed something, the innermost first
  std::optional<int> from{};                ///< replicas that were read; nothing where they are not known
  std::optional<int> to{};                  ///< replicas that were asked for
  std::vector<journal_shadow> shadows{};
  std::vector<journal_number> reward{};  ///< terms of the reward of the interval that ended with this decision
  std::string model{};                   ///< what decides, and its version
  std::optional<journal_hand_over> hand_over{};
  std::string note{};  ///< what else there is to say of this decision, in a sentence
  decision_outcome outcome = decision_outcome::held;
  std::optional<decision_outcome> rehearsed{};  ///< in shadow: what the service said that it would do
  std::string rehearsed_why{};
  friend bool operator==(const journal_record&, const journal_record&) = default;
};

namespace internal {

inline void write_number(json_writer& to, double v) {
  if (std::isfinite(v))
    to.number(v);
  else
    to.null();
}
inline json_writer& begin_line(json_writer& to, const journal_record& r) {
  to.open('{').name("schema").whole(journal_schema).name("run").text(r.run).name("number").whole(r.number);
  to.name("time_s").number(r.time_s);
  return to;
}
template <class List, class Write>
void write_list(json_writer& to, std::string_view name, const List& list, Write write) {
  if (list.empty()) return;
  to.name(name).open('[');
  for (const auto& one : list) write(one);
  to.close(']');
}

}  // namespace internal

/// A decision as a line of JSON, without the end of the line. What is empty is left out, except for what every reader
/// looks for.
[[nodiscard]] inline std::string journal_line(const journal_record& r) {
  internal::json_writer to;
  to.reserve(512);
  internal::begin_line(to, r).name("decided_by").text(r.decided_by);
  if (!r.why.empty()) to.name("why").text(r.why);
  internal::write_list(to, "fields", r.fields, [&](const journal_field& f) {
    to.open('{').name("name").text(f.name).name("value");
    internal::write_number(to, f.value);
    to.name("age_s");
    internal::write_number(to, f.age_s);
    if (!f.why.empty()) to.name("why").text(f.why);
    to.close('}');
  });
  if (r.state) to.name("state").whole(*r.state);
  if (r.action) to.name("action").whole(*r.action);
  internal::write_list(to, "values", r.values, [&](double v) { internal::write_number(to, v); });
  internal::write_list(to, "legal", r.legal, [&](bool legal) { to.boolean(legal); });
  const auto numbers = [&](const journal_number& n) {
    to.open('{').name("name").text(n.name).name("value");
    internal::write_number(to, n.value);
    to.close('}');
  };
  internal::write_list(to, "forecasts", r.forecasts, numbers);
  to.name("wished").integer(r.wished);
  internal::write_list(to, "guards", r.guards, [&](const journal_guard& g) {
    to.open('{').name("guard").text(g.guard).name("wished").integer(g.wished).name("allowed").integer(g.allowed);
    if (!g.why.empty()) to.name("why").text(g.why);
    to.close('}');
  });
  if (r.from) to.name("from").integer(*r.from);
  if (r.to) to.name("to").integer(*r.to);
  internal::write_list(to, "shadows", r.shadows, [&](const journal_shadow& s) {
    to.open('{').name("name").text(s.name).name("decided").integer(s.decided).close('}');
  });
  internal::write_list(to, "reward", r.reward, numbers);
  if (!r.model.empty()) to.name("model").text(r.model);
  if (r.hand_over) {
    const journal_hand_over& h = *r.hand_over;
    to.name("hand_over").open('{').name("stage").text(h.stage).name("learner").boolean(h.learner);
    to.name("reach").integer(h.reach).name("share");
    internal::write_number(to, h.share);
    to.name("pairs").whole(h.pairs).name("low");
    internal::write_number(to, h.low);
    to.name("high");
    internal::write_number(to, h.high);
    to.close('}');
  }
  if (!r.note.empty()) to.name("note").text(r.note);
  to.name("outcome").text(to_text(r.outcome)).close('}');
  return to.json();
}

/// The short line that says what became of a decision whose line was written before it was sent, or what the service
/// said to one that was only rehearsed.
[[nodiscard]] inline std::string journal_outcome_line(const journal_record& r) {
  internal::json_writer to;
  internal::begin_line(to, r).name("outcome_of").text(to_text(r.outcome));
  if (r.rehearsed) {
    to.name("rehearsed").text(to_text(*r.rehearsed));
    if (!r.rehearsed_why.empty()) to.name("rehearsed_why").text(r.rehearsed_why);
  }
  to.close('}');
  return to.json();
}

}  // namespace headroom
