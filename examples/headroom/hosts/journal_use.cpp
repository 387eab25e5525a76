#include "hosts/journal_use.hpp"

#include <algorithm>  // std::max, std::min
#include <cmath>      // std::floor, std::isfinite
#include <cstdint>    // std::uint64_t
#include <map>        // std::map
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/io/journal_reader.hpp>

#include "hosts/decision_words.hpp"
#include "hosts/interval_cost.hpp"

namespace tool {

using namespace headroom;

namespace {

using counts = std::map<std::string, std::uint64_t>;

// "12 flap_budget, 3 limits", the most frequent first.
std::string listed(const counts& all) {
  std::vector<std::pair<std::uint64_t, std::string>> order;
  for (const auto& [name, n] : all) order.emplace_back(n, name);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text;
  for (const auto& [n, name] : order) text += (text.empty() ? "" : ", ") + headroom::to_text(n) + " " + name;
  return text.empty() ? "none" : text;
}

std::string mean_text(double sum, std::uint64_t n) {
  return n == 0 ? std::string("not known") : short_number(sum / static_cast<double>(n));
}

// What is counted of the replicas as they were read.
struct movement {
  int lowest = std::numeric_limits<int>::max();
  int highest = -1;
  double sum = 0;
  std::uint64_t seen = 0;
  std::uint64_t up = 0;
  std::uint64_t down = 0;
  std::uint64_t turns = 0;
  int direction = 0;

  void see(int replicas) {
    lowest = std::min(lowest, replicas);
    highest = std::max(highest, replicas);
    sum += replicas;
    ++seen;
  }
  void move(int delta) {
    if (delta == 0) return;
    ++(delta > 0 ? up : down);
    const int now = delta > 0 ? 1 : -1;
    if (direction != 0 && now != direction) ++turns;
    direction = now;
  }
};

struct candidate_tally {
  std::uint64_t decisions = 0;
  std::uint64_t agreed = 0;
  double wanted = 0;         // replicas that it would have had
  std::uint64_t judged = 0;  // by the model
  double cost = 0;
  double cost_done = 0;  // of what was done in the same intervals
};

}  // namespace

std::optional<live_observation> observation_in(const journal_record& r) {
  live_observation o;
  bool has_replicas = false;
  for (const journal_field& f : r.fields) {
    const bool known = f.why.empty();
    if (f.name == "time_s" && known) o.time_s = f.value;
    if (known) o.age_s = std::max(o.age_s, f.age_s);
    for (const live_field& one : live_fields) {
      if (one.name != f.name) continue;
      if (one.real != nullptr) o.*one.real = known ? f.value : std::numeric_limits<double>::quiet_NaN();
      if (one.whole == nullptr) continue;
      const bool whole = known && f.value == std::floor(f.value) && f.value >= 0 && f.value <= 1e9;
      if (!whole) return std::nullopt;
      o.*one.whole = static_cast<int>(f.value);
      has_replicas = has_replicas || f.name == "replicas";
    }
  }
  if (!has_replicas && r.from) {
    o.replicas = *r.from;
    has_replicas = true;
  }
  return has_replicas ? std::optional<live_observation>(o) : std::nullopt;
}

std::optional<int> done_after(const journal_record& r, const journal_record& next) {
  if (r.run != next.run || next.number != r.number + 1 || !r.from || !next.from) return std::nullopt;
  return *next.from - *r.from;
}

std::vector<journal_record> decisions_in(const std::filesystem::path& file, const journal_span& span) {
  std::vector<journal_record> all;
  const journal_summary sum = read_journal(file, [&](const journal_record& r) {
    if (span.holds(r)) all.push_back(r);
  });
  if (sum.records == 0) throw file_error(file, "holds no decision, must hold one");
  if (all.empty()) throw file_error(file, "holds no decision between --from and --to");
  return all;
}

std::string journal_report(const std::filesystem::path& file, const std::vector<journal_record>& all,
                           const std::optional<service_plan>& plan) {
  counts deciders;
  counts held;
  counts outcomes;
  counts guards;
  counts unknown;
  counts runs;
  counts stages;
  counts rehearsed;
  std::uint64_t by_learner = 0;
  movement seen;
  std::map<std::string, candidate_tally> candidates;
  std::optional<interval_cost> model;
  if (plan) model.emplace(*plan, late_price_of(*plan, std::numeric_limits<double>::quiet_NaN()));
  double cost_done = 0;
  std::uint64_t judged = 0;
  std::uint64_t foreign = 0;
  for (std::size_t k = 0; k < all.size(); ++k) {
    const journal_record& r = all[k];
    ++runs[r.run];
    ++deciders[r.decided_by];
    if (r.decided_by == "hold") ++held[r.why.substr(0, r.why.find(':'))];
    ++outcomes[std::string(to_text(r.outcome))];
    for (const journal_guard& g : r.guards) ++guards[g.guard];
    if (r.rehearsed) ++rehearsed[std::string(to_text(*r.rehearsed))];
    if (r.hand_over) ++stages["in " + r.hand_over->stage];
    if (r.hand_over && r.hand_over->learner) ++by_learner;
    for (const journal_field& f : r.fields) {
      if (!f.why.empty()) ++unknown[f.name + " " + f.why];
    }
    if (r.from) seen.see(*r.from);
    const std::optional<int> after = k + 1 < all.size() ? done_after(r, all[k + 1]) : std::nullopt;
    const bool known = after.has_value();
    const int done = after.value_or(0);
    if (known) seen.move(done);
    if (known && r.outcome == decision_outcome::applied && r.to && *all[k + 1].from != *r.to) ++foreign;
    for (const journal_shadow& s : r.shadows) {
      candidate_tally& c = candidates[s.name];
      if (!r.from || !known) continue;
      ++c.decisions;
      if (s.decided == done) ++c.agreed;
      c.wanted += std::max(0, *r.from + s.decided);
    }
    if (!model || !known) continue;
    const std::optional<live_observation> o = observation_in(r);
    const double own = o ? (*model)(done, *o) : std::numeric_limits<double>::quiet_NaN();
    if (!std::isfinite(own)) continue;
    ++judged;
    cost_done += own;
    for (const journal_shadow& s : r.shadows) {
      candidate_tally& c = candidates[s.name];
      ++c.judged;
      c.cost += (*model)(s.decided, *o);
      c.cost_done += own;
    }
  }
  const auto n = [](const counts& from, const char* name) {
    const auto found = from.find(name);
    return headroom::to_text(found == from.end() ? std::uint64_t{0} : found->second);
  };
  std::string text = file.filename().string() + ": " + headroom::to_text(all.size()) +
                     (all.size() == 1 ? " decision" : " decisions") + " from " + utc_text(all.front().time_s) + " to " +
                     utc_text(all.back().time_s) + ", " + headroom::to_text(runs.size()) +
                     (runs.size() == 1 ? " run\n" : " runs\n");
  text += "Decided: " + n(deciders, "policy") + " by the policy, " + n(deciders, "fallback") + " by the fallback, " +
          n(deciders, "hold") + " held\n";
  text += "Held because: " + listed(held) + "\n";
  text += "Became: " + n(outcomes, "applied") + " applied, " + n(outcomes, "shadow") + " in shadow, " +
          n(outcomes, "held") + " without a change, " + n(outcomes, "refused") + " refused, " +
          n(outcomes, "conflict") + " conflicts, " + n(outcomes, "unknown") + " unknown\n";
  text += seen.seen == 0 ? std::string("Replicas: not known\n")
                         : "Replicas: " + headroom::to_text(seen.lowest) + " to " + headroom::to_text(seen.highest) +
                               ", mean " + mean_text(seen.sum, seen.seen) + "; " + headroom::to_text(seen.up) +
                               " times up, " + headroom::to_text(seen.down) + " down, " +
                               headroom::to_text(seen.turns) + " changes of direction\n";
  text += "Not known: " + listed(unknown) + "\n";
  text += "Guards that changed a decision: " + listed(guards) + "\n";
  if (!rehearsed.empty()) text += "Rehearsed with the target: " + listed(rehearsed) + "\n";
  if (!stages.empty())
    text += "Hand-over: " + listed(stages) + "; " + headroom::to_text(by_learner) + " by the learner\n";
  if (foreign > 0) text += "Scaled by somebody else after a change: " + headroom::to_text(foreign) + "\n";
  for (const auto& [name, c] : candidates) {
    text += "Beside it, " + name + ": did what was done " +
            mean_text(100 * static_cast<double>(c.agreed), c.decisions) + " % of the time; it would have had " +
            mean_text(c.wanted, c.decisions) + " replicas";
    if (model)
      text += "; by the model " + mean_text(c.cost, c.judged) + " replica-seconds an interval, and what was done " +
              mean_text(c.cost_done, c.judged);
    text += '\n';
  }
  if (model && candidates.empty())
    text += "By the model, what was done cost " + mean_text(cost_done, judged) + " replica-seconds an interval\n";
  return text;
}

}  // namespace tool
