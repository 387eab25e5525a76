#include <cstddef>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <headroom/core/check.hpp>

#include "commands/commands.hpp"
#include "hosts/journal_page.hpp"
#include "reports/figures.hpp"
#include "reports/page.hpp"
#include "reports/run_reading.hpp"
#include "support/command_line.hpp"
#include "support/files.hpp"
#include "support/new_folder.hpp"

/// `headroom report`: runs and a journal as one page to look at.
namespace tool {

using namespace headroom;

namespace {

struct report_options {
  std::vector<std::filesystem::path> runs{};
  std::filesystem::path journal{};
  std::filesystem::path out = "report.html";
  std::filesystem::path figures{};
  std::string title = "What was found";
};

int make_report(const report_options& o) {
  if (o.runs.empty() && o.journal.empty())
    throw std::invalid_argument(
        "report: there is nothing to show, name a folder of compare --out, a JSON file of compare or frontier, or a "
        "--journal");
  require_place(o.out);
  new_folder::require_free(o.figures);
  report::json data{{"headroom_version", report::version_text()}};
  data["runs"] = report::json::array();
  for (const std::filesystem::path& run : o.runs) data["runs"].push_back(report::run_for_page(run));
  data["journal"] = o.journal.empty() ? report::json(nullptr) : report::json(journal_for_page(o.journal));
  const std::string page = report::page_text(o.title, data);
  write_file(o.out, page);
  if (!o.figures.empty()) report::write_figures(o.figures, data);
  std::cout << o.out.string() << ": " << o.runs.size() << (o.runs.size() == 1 ? " run" : " runs");
  if (!o.journal.empty()) std::cout << ", " << data["journal"]["decisions"] << " decisions";
  std::cout << ", " << (page.size() + 999) / 1000 << " kB; open it in a browser\n";
  if (!o.figures.empty()) std::cout << o.figures.string() << ": the figures as SVG\n";
  return exit_done;
}

}  // namespace

void add_report(command_line& to) {
  command& c = to.add("report", "Show runs and a journal as one HTML page, which needs no network and no server");
  const auto o = std::make_shared<report_options>();
  c.add("run", o->runs,
        "Folders that compare --out or evaluate --out left, JSON files of compare, evaluate or frontier, or what a "
        "program of yours wrote: CSV with policy,seed, a level, a cost and further figures");
  c.add("--journal", o->journal, "A journal of run: its decisions with their reasons, and shadows beside them");
  c.add("--out", o->out, "The page").shows_default();
  c.add("--figures", o->figures, "Make a new folder with the same figures as SVG, for a paper");
  c.add("--title", o->title, "What stands on top").shows_default();
  c.footer(
      "Examples:\n"
      "  headroom compare --checkpoints 10 --out web-run      a run that leaves a folder\n"
      "  headroom report web-run                              report.html, to be opened in a browser\n"
      "  headroom report web-run frontier.json --journal decisions.jsonl --out web.html\n"
      "docs/6-read-the-results.md says how to read it.");
  c.runs([o] { return make_report(*o); });
}

}  // namespace tool
