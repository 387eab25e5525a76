#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <headroom/core/check.hpp>

#include "commands/commands.hpp"
#include "hosts/decision_words.hpp"
#include "hosts/interval_cost.hpp"
#include "hosts/journal_use.hpp"
#include "serving/served_service.hpp"
#include "support/command_line.hpp"
#include "support/files.hpp"
#include "support/terminal.hpp"

/// `headroom replay`: another policy on the observations of a journal.
namespace tool {

using namespace headroom;

namespace {

struct replay_options {
  std::filesystem::path file{};
  std::filesystem::path out{};
  served_policy_options policy{};
};

// What is counted of a replay.
struct replay_tally {
  std::uint64_t decided = 0;
  std::uint64_t left_out = 0;  // not known to the journal
  std::uint64_t agreed = 0;
  double seen = 0;    // replicas that there were
  double wanted = 0;  // that there would have been after each decision
  std::uint64_t judged = 0;
  double cost = 0;
  double cost_done = 0;
};

int replay_journal(const replay_options& o) {
  if (!o.out.empty()) require_place(o.out);
  const served_policy asked(o.policy);
  const std::vector<journal_record> all = decisions_in(o.file);
  interval_cost model(asked.plan(), late_price_of(asked.plan(), std::numeric_limits<double>::quiet_NaN()));
  replay_tally t;
  std::string csv = "time_s,number,replicas,done,decided\n";
  std::optional<told_policy> policy;
  bool paused = false;
  live_observation last;
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (terminal::interrupted.load()) return exit_interrupted;
    const journal_record& r = all[k];
    if (k == 0 || r.run != all[k - 1].run) policy.reset();  // another process: its windows were empty
    const std::optional<live_observation> seen = observation_in(r);
    bool known = seen.has_value();
    for (const live_field& f : live_fields)
      known = known && (!asked.reads(f.name) || (f.real != nullptr && std::isfinite((*seen).*f.real)));
    if (!known) {
      ++t.left_out;
      if (policy && !paused) policy->stop(last, episode::ongoing);
      paused = true;
      continue;
    }
    int decided = 0;
    if (policy) {
      decided = policy->step(*seen);
    } else {
      policy.emplace(asked.make());
      decided = policy->start(*seen);
    }
    paused = false;
    last = *seen;
    ++t.decided;
    t.seen += seen->replicas;
    t.wanted += std::max(0, seen->replicas + decided);
    const std::optional<int> done = k + 1 < all.size() ? done_after(r, all[k + 1]) : std::nullopt;
    csv += headroom::to_text(r.time_s) + ',' + headroom::to_text(r.number) + ',' + headroom::to_text(seen->replicas) +
           ',' + (done ? headroom::to_text(*done) : "") + ',' + headroom::to_text(decided) + '\n';
    if (!done) continue;
    if (*done == decided) ++t.agreed;
    policy->executed(*done);
    const double own = model(decided, *seen);
    const double other = model(*done, *seen);
    if (!std::isfinite(own) || !std::isfinite(other)) continue;
    ++t.judged;
    t.cost += own;
    t.cost_done += other;
  }
  if (t.decided == 0) {
    std::string reads;
    for (const live_field& f : live_fields) {
      if (asked.reads(f.name)) reads.append(reads.empty() ? "" : ", ").append(f.name);
    }
    throw file_error(o.file, "has no decision that knows what " + asked.name() + " reads (" + reads + ")");
  }
  if (!o.out.empty()) write_file(o.out, csv);
  const auto n = static_cast<double>(t.decided);
  std::cout << asked.name() << " on " << o.file.filename().string() << ": " << t.decided << " decisions, " << t.agreed
            << " as it was done; " << t.left_out << " left out, because something that it reads was not known\n"
            << "Replicas: there were " << short_number(t.seen / n) << ", it would have gone to "
            << short_number(t.wanted / n) << " (each decision from what was there)\n";
  if (t.judged > 0) {
    const auto m = static_cast<double>(t.judged);
    std::cout << "By the model of the service, one interval ahead: " << short_number(t.cost / m)
              << " replica-seconds an interval, and what was done " << short_number(t.cost_done / m)
              << "; a late request costs "
              << short_number(late_price_of(asked.plan(), std::numeric_limits<double>::quiet_NaN()) *
                              replica_seconds_each(asked.plan()))
              << " of them\n";
  } else {
    std::cout << "By the model: not told, because the journal does not know the load\n";
  }
  return exit_done;
}

}  // namespace

void add_replay(command_line& to) {
  command& c = to.add("replay", "What another policy would have decided on the observations of a journal");
  const auto o = std::make_shared<replay_options>();
  c.add("file", o->file, "The journal of `run`").required();
  c.add("--out", o->out, "Write each decision to this CSV: time, number, replicas, what was done, what it decides");
  o->policy.declare(c);
  c.footer(
      "Examples:\n"
      "  headroom replay decisions.jsonl --policy staffing --service service.toml\n"
      "  headroom replay decisions.jsonl --model sarsa.safetensors --out decisions.csv\n"
      "The replicas are those that there were: what such decisions would have led to, a simulation says:\n"
      "  headroom import decisions.jsonl --out load.csv\n"
      "  headroom compare --service service.toml --trace load.csv --policies staffing");
  c.runs([o] { return replay_journal(*o); });
}

}  // namespace tool
