#include "hosts/decision_words.hpp"

#include <cmath>   // std::isfinite
#include <cstdio>  // std::snprintf
#include <ctime>   // gmtime_r

#include <headroom/core/check.hpp>

namespace tool {

using namespace headroom;

namespace {

std::string replicas_text(const std::optional<int>& n) { return n ? headroom::to_text(*n) : "?"; }

std::string moved_by(int delta) {
  if (delta == 0) return "leave the replicas as they are";
  return (delta > 0 ? "add " : "remove ") + headroom::to_text(delta > 0 ? delta : -delta) +
         (delta == 1 || delta == -1 ? " replica" : " replicas");
}

const char* outcome_sentence(decision_outcome o) {
  switch (o) {
    case decision_outcome::held:
      return "Nothing was to be done.";
    case decision_outcome::shadow:
      return "It ran in shadow: the change was only written down.";
    case decision_outcome::applied:
      return "The target took it.";
    case decision_outcome::refused:
      return "The target refused it, so it did not happen.";
    case decision_outcome::conflict:
      return "Somebody else had changed the target since it was read, so it did not happen.";
    case decision_outcome::unknown:
      break;
  }
  return "It was sent, and there is no answer: it may have happened or not.";
}

std::string hand_over_sentence(const journal_hand_over& h) {
  std::string text = "The hand-over is in the stage " + h.stage;
  if (h.stage == "bounded")
    text +=
        ", where the learner may differ by " + headroom::to_text(h.reach) + (h.reach == 1 ? " replica" : " replicas");
  text += std::string(": the ") + (h.learner ? "learner" : "incumbent") +
          " decided. Of all decisions the learner made " + short_number(100 * h.share) + " %. ";
  if (h.pairs == 0) return text + "Nothing is compared yet in this stage.\n";
  return text + "Over " + headroom::to_text(h.pairs) + (h.pairs == 1 ? " comparison" : " comparisons") +
         " it saves from " + short_number(h.low) + " to " + short_number(h.high) + " replica-seconds an interval.\n";
}

std::string rehearsal_sentence(const journal_record& r) {
  std::string text = "Asked whether it would take the change, the target ";
  switch (*r.rehearsed) {
    case decision_outcome::applied:
      return text + "said yes.\n";
    case decision_outcome::refused:
      text += "refused";
      break;
    case decision_outcome::conflict:
      text += "said that somebody else had changed it";
      break;
    case decision_outcome::held:
    case decision_outcome::shadow:
    case decision_outcome::unknown:
      text += "gave no answer";
      break;
  }
  return text + (r.rehearsed_why.empty() ? "" : ": " + r.rehearsed_why) + ".\n";
}

}  // namespace

std::string utc_text(double time_s) {
  const auto whole = static_cast<std::time_t>(std::floor(time_s));
  std::tm parts{};
  char text[40];
  if (!std::isfinite(time_s) || ::gmtime_r(&whole, &parts) == nullptr ||
      std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
    return headroom::to_text(time_s) + " s";
  return text;
}

std::string short_number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", v);
  return text;
}

std::string signed_text(int delta) { return (delta >= 0 ? "+" : "") + headroom::to_text(delta); }

std::string line_of(const journal_record& r) {
  std::string text = utc_text(r.time_s) + "  " + replicas_text(r.from) + " -> " + replicas_text(r.to) + ", " +
                     std::string(to_text(r.outcome)) + ": " + r.decided_by;
  if (!r.why.empty()) text += ": " + r.why;
  for (const journal_guard& g : r.guards)
    text += "; " + g.guard + " " + signed_text(g.allowed) + " instead of " + signed_text(g.wished);
  if (r.hand_over)
    text += "; hand-over in " + r.hand_over->stage + ", by the " + (r.hand_over->learner ? "learner" : "incumbent");
  if (r.rehearsed) text += "; rehearsed: " + std::string(to_text(*r.rehearsed));
  std::string values;
  for (const journal_field& f : r.fields) {
    if (f.name == "time_s" || f.name == "replicas" || !f.why.empty()) continue;
    values += (values.empty() ? "; " : ", ") + f.name + " " + short_number(f.value);
  }
  if (!r.note.empty()) values += "; " + r.note;
  return text + values;
}

std::string sentences_of(const journal_record& r) {
  std::string text = "Decision " + headroom::to_text(r.number) + " of the run " + r.run + ", " + utc_text(r.time_s) +
                     (r.model.empty() ? "" : ", by " + r.model) + ".\n";
  text += "Seen:";
  for (const journal_field& f : r.fields) {
    text += "\n  " + f.name + " ";
    if (f.why.empty()) {
      text += short_number(f.value);
      if (f.age_s > 0) text += ", " + short_number(f.age_s) + " s old";
    } else {
      text += "is not known: " + f.why;
    }
  }
  text += r.fields.empty() ? " nothing was told.\n" : "\n";
  if (r.state) text += "The learner was in state " + headroom::to_text(*r.state) + ".\n";
  for (std::size_t a = 0; a < r.values.size(); ++a) {
    if (a == 0) text += "What it expects of each action of its menu, in rewards to come:\n";
    text += "  action " + headroom::to_text(a) + ": " + short_number(r.values[a]);
    if (a < r.legal.size() && !r.legal[a]) text += ", not allowed here";
    if (r.action && *r.action == a) text += ", chosen";
    text += '\n';
  }
  for (const journal_number& f : r.forecasts) text += "Forecast: " + f.name + " " + short_number(f.value) + ".\n";
  if (r.decided_by == "hold")
    text += "Nobody decided: " + r.why + ".\n";
  else
    text += "The " + r.decided_by + " wished to " + moved_by(r.wished) + (r.why.empty() ? "" : ", because " + r.why) +
            ".\n";
  for (const journal_guard& g : r.guards) {
    text += "The guard " + g.guard + " made it " + signed_text(g.allowed) + " instead of " + signed_text(g.wished) +
            (g.why.empty() ? "" : ": " + g.why) + ".\n";
  }
  if (r.hand_over) text += hand_over_sentence(*r.hand_over);
  text += r.from && r.to ? "Replicas: " + headroom::to_text(*r.from) + " were read, " + headroom::to_text(*r.to) +
                               " were asked for. "
                         : std::string("The number of replicas was not known. ");
  text += std::string(outcome_sentence(r.outcome)) + "\n";
  if (r.rehearsed) text += rehearsal_sentence(r);
  if (!r.note.empty()) text += "Note: " + r.note + ".\n";
  for (const journal_shadow& s : r.shadows)
    text += "In its place, " + s.name + " would have wished to " + moved_by(s.decided) + ".\n";
  if (!r.reward.empty()) {
    text += "The interval before earned";
    for (std::size_t k = 0; k < r.reward.size(); ++k)
      text += (k == 0 ? " " : ", ") + r.reward[k].name + " " + short_number(r.reward[k].value);
    text += " (replica-seconds).\n";
  }
  return text;
}

}  // namespace tool
