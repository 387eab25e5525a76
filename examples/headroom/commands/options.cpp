#include "commands/options.hpp"

#include <iostream>
#include <limits>

#include <headroom/core/check.hpp>

#include "support/command_line.hpp"
#include "support/files.hpp"
#include "support/terminal.hpp"

namespace tool {

using namespace headroom;

void evaluation_options::declare(command& to) {
  to.add("--episodes", episodes, "Evaluate on this many episodes, the same for every policy").shows_default();
  to.add("--seed", seed, "First of the evaluated seeds").shows_default();
  to.add("--json", json, "Write everything, episode by episode, as JSON");
}

void evaluation_options::check() const {
  require(episodes >= 1 && episodes <= 1'000'000, "--episodes", "the number", episodes, "be from 1 to 1000000");
  require(seed <= std::numeric_limits<std::uint32_t>::max() - episodes, "--seed", "the first seed", seed,
          "leave all seeds below 2^32, which is what the published generator takes");
  require_place(json);
}

std::vector<std::uint64_t> evaluation_options::seeds() const { return seed_range(seed, episodes); }

void training_options::check() const {
  require(train_seeds >= 1 && train_seeds <= 300, "--train-seeds", "the number", train_seeds, "be from 1 to 300");
}

report::findings begin_findings(const system& s, const evaluation_options& o) {
  const system_description& d = s.description;
  report::findings f;
  f.environment = d.environment;
  f.how = d.how;
  f.workload = d.workload;
  f.sentence = d.sentence;
  f.actions = d.actions;
  f.seeds = o.seeds();
  f.references = d.references;
  f.notes = d.notes;
  f.regret = d.regret;
  return f;
}

int publish(report::findings& f, const std::filesystem::path& json, const std::filesystem::path& csv) {
  f.stopped = terminal::interrupted;
  if (f.rows.empty()) {
    std::cerr << "headroom: interrupted before the first result\n";
    return exit_interrupted;
  }
  report::print(f, std::cout);
  std::cout.flush();
  if (!json.empty()) write_file(json, report::json_text(f));
  if (!csv.empty()) write_file(csv, report::csv_text(f));
  return f.stopped ? exit_interrupted : exit_done;
}

}  // namespace tool
