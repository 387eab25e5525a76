#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <headroom/core/check.hpp>

#include "frontier.hpp"
#include "frontier_sweep.hpp"
#include "play.hpp"

using namespace headroom;

namespace {

std::vector<std::string> default_contenders(const scenario& where) {
  std::vector<std::string> names;
  for (const contestants::autoscaler& one : contestants::autoscalers()) {
    if (one.kind() == "scheduled") {
      if (where.phases == 4) names.emplace_back("scheduled:16/17/13/12");
    } else {
      names.emplace_back(one.kind());
    }
  }
  names.emplace_back("sarsa");
  names.emplace_back("cem");
  return names;
}

void require_contenders(const arguments& a, const scenario& where, const std::vector<int>& moves,
                        const std::vector<std::string>& names) {
  std::vector<std::string> all;
  std::vector<std::string_view> kinds;
  for (const std::string& name : names) {
    const std::string_view kind = contestants::kind_of(name);
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end())
      throw std::invalid_argument("--policies: '" + std::string(kind) +
                                  "' is named twice; a frontier has all of its settings");
    kinds.push_back(kind);
    const auto settings =
        contestants::learns(name) ? frontier::prices_of(a, name) : contestants::settings_of(name, where);
    all.insert(all.end(), settings.begin(), settings.end());
  }
  require_policies(a, where, moves, all);
}

int publish_frontier(const arguments& a, frontier::findings& f) {
  f.stopped = terminal::interrupted;
  if (f.contenders.empty()) {
    std::cerr << "headroom: interrupted before the first result\n";
    return exit_interrupted;
  }
  frontier::print(f, std::cout);
  std::cout.flush();
  if (!a.json.empty()) report::write(a.json, frontier::json_text(f));
  if (!a.csv.empty()) report::write(a.csv, frontier::csv_text(f));
  if (!a.svg.empty()) report::write(a.svg, frontier::picture(f));
  if (!a.churn_svg.empty()) report::write(a.churn_svg, frontier::churn_picture(f));
  return f.stopped ? exit_interrupted : 0;
}

}  // namespace

int frontier_command(const arguments& a) {
  const scenario where = make_scenario(a.load);
  const std::vector<int> moves = moves_of(a.actions);
  const report::findings checked = begin_findings(a, where, moves);
  require(a.tune_episodes >= 1 && a.tune_episodes <= 1'000'000, "--tune-episodes", "the number", a.tune_episodes,
          "be from 1 to 1000000");
  require(a.level > 0 && a.level < 1, "--level", "the fraction of requests in time", a.level, "be in (0, 1)");
  const std::vector<const std::filesystem::path*> files{&a.json, &a.csv, &a.svg, &a.churn_svg};
  for (std::size_t k = 0; k < files.size(); ++k) {
    report::require_place(*files[k]);
    for (std::size_t other = 0; other < k; ++other) {
      require(files[k]->empty() || *files[k] != *files[other], "frontier", "a file to write", files[k]->string(),
              "not be named twice");
    }
  }
  const auto names = a.policies.empty() ? default_contenders(where) : names_in(a.policies);
  require_contenders(a, where, moves, names);

  frontier::findings f{.workload = checked.workload,
                       .sentence = checked.sentence,
                       .actions = checked.actions,
                       .seeds = checked.seeds,
                       .tuning_seeds = seed_range(contestants::first_validation_seed, a.tune_episodes),
                       .level = a.level,
                       .wide = moves.back() > 1};
  const auto overlap = [&](std::uint64_t seed) { return seed >= f.seeds.front() && seed <= f.seeds.back(); };
  if (where.name != "trace" && (overlap(f.tuning_seeds.front()) || overlap(f.tuning_seeds.back()))) {
    f.notes.push_back("Beware: settings are chosen on episodes from " + to_text(f.tuning_seeds.front()) +
                      " on, some of which this table evaluates.");
  }
  const frontier::job j{a, where, moves, f};
  for (const std::string& name : names) {
    if (!(contestants::learns(name) ? frontier::sweep_learner(j, name, f) : frontier::sweep_autoscaler(j, name, f)))
      break;
  }
  if (!f.contenders.empty()) f.clairvoyant = bound_of(a, where, moves, f.seeds, f.notes);
  return publish_frontier(a, f);
}
