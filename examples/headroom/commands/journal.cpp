#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <headroom/core/check.hpp>
#include <headroom/live/clock.hpp>

#include "commands/commands.hpp"
#include "hosts/decision_words.hpp"
#include "hosts/journal_use.hpp"
#include "http/prometheus_source.hpp"
#include "support/command_line.hpp"

/// `headroom journal` and `headroom explain`: what stands in the journal of a daemon.
namespace tool {

using namespace headroom;

namespace {

struct journal_command_options {
  std::filesystem::path file{};
  std::string from{};
  std::string to{};
  service_flags service{};
};

int report_journal(const journal_command_options& o, const command& given) {
  journal_span span;
  const double now_s = headroom::system_clock::wall_s();
  if (!o.from.empty()) span.from_s = moment_in("--from", o.from, now_s);
  if (!o.to.empty()) span.to_s = moment_in("--to", o.to, now_s);
  std::optional<service_plan> plan;
  if (given.given("--service")) plan = o.service.plan();
  std::cout << journal_report(o.file, decisions_in(o.file, span), plan);
  return exit_done;
}

struct explain_options {
  std::filesystem::path file{};
  std::optional<unsigned long> number{};
  bool last = false;
  std::string run{};
  bool json = false;
};

journal_record chosen_record(const explain_options& o) {
  if (o.number.has_value() == o.last)
    throw std::invalid_argument("explain: say one of --number and --last: which decision is meant");
  std::optional<journal_record> found;
  for (const journal_record& r : decisions_in(o.file)) {
    if (!o.run.empty() && r.run != o.run) continue;
    if (o.number && r.number != *o.number) continue;
    if (o.number && found) {
      throw std::invalid_argument("--number: several runs have a decision " + headroom::to_text(*o.number) + ", " +
                                  found->run + " and " + r.run + " among them, must be told apart with --run");
    }
    found = r;
  }
  if (found) return *found;
  throw file_error(o.file, o.number ? "has no decision " + headroom::to_text(*o.number) +
                                          (o.run.empty() ? "" : " of the run " + o.run)
                                    : "has no decision of the run " + o.run);
}

int explain_decision(const explain_options& o) {
  const journal_record r = chosen_record(o);
  const std::string text = sentences_of(r);
  if (!o.json) {
    std::cout << text;
    return exit_done;
  }
  nlohmann::ordered_json j;
  j["format"] = "headroom explanation 1";
  j["decision"] = nlohmann::ordered_json::parse(journal_line(r));
  j["sentences"] = nlohmann::ordered_json::array();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    j["sentences"].push_back(text.substr(at, end - at));
    at = end + 1;
  }
  std::cout << j.dump(2) << '\n';
  return exit_done;
}

}  // namespace

void add_journal(command_line& to) {
  command& c =
      to.add("journal", "Tell a journal in ten lines: decisions, holds, refusals, guards, shadow against live");
  const auto o = std::make_shared<journal_command_options>();
  c.add("file", o->file, "The journal of `run`; files that were put aside are read with it").required();
  c.add("--from", o->from, "First moment, as in now-1d or 2026-11-01T00:00:00Z (default: all)");
  c.add("--to", o->to, "Last moment");
  o->service.declare(c);
  c.footer(
      "Examples:\n"
      "  headroom journal decisions.jsonl --from now-1d\n"
      "  headroom journal decisions.jsonl --service service.toml     what the model of the service says it cost");
  c.runs([o, &c] { return report_journal(*o, c); });
}

void add_explain(command_line& to) {
  command& c = to.add("explain", "Say why one decision of a journal was made: seen, values, guards, shadows, outcome");
  const auto o = std::make_shared<explain_options>();
  c.add("file", o->file, "The journal of `run`").required();
  c.add("--number", o->number, "The decision with this number");
  c.add_flag("--last", o->last, "The last decision");
  c.add("--run", o->run, "Of this run, where several have such a number");
  c.add_flag("--json", o->json, "As JSON: the line of the journal, and the sentences");
  c.footer(
      "Examples:\n"
      "  headroom explain decisions.jsonl --last\n"
      "  headroom explain decisions.jsonl --number 120 --json");
  c.runs([o] { return explain_decision(*o); });
}

}  // namespace tool
