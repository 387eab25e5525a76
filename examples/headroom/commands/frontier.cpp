#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <headroom/core/check.hpp>

#include "commands/commands.hpp"
#include "commands/options.hpp"
#include "commands/recording.hpp"
#include "frontier/findings.hpp"
#include "frontier/sweep.hpp"
#include "support/command_line.hpp"
#include "support/files.hpp"
#include "support/new_folder.hpp"
#include "support/terminal.hpp"
#include "scaling/scaled_system.hpp"
#include "systems/policy_names.hpp"
#include "systems/registry.hpp"
#include "shards/shared_work.hpp"

/// `headroom frontier`: turns every policy's knob, and shows what each service level costs with it.
namespace tool {

using namespace headroom;

namespace {

struct frontier_options {
  std::string policies{};  // empty: every autoscaler, sarsa and cem
  evaluation_options evaluation{};
  double level = 0.99;
  std::size_t tune_episodes = 200;
  std::string prices{};  // empty: the system's own
  training_options training{};
  std::filesystem::path csv{};
  std::filesystem::path svg{};
  std::filesystem::path churn_svg{};
  shards::shard_option shard{};
  std::filesystem::path out{};

  void declare(command& to);
  void check() const;
};

void frontier_options::declare(command& to) {
  to.add("--policies", policies,
         "Names separated by commas, each tried at every setting of its knob; with a setting (hpa:0.7) at that one "
         "only. By default every autoscaler, sarsa and cem");
  evaluation.declare(to);
  to.add("--level", level,
         "Fraction of requests in time at which policies are compared, and which the best knob must keep")
      .shows_default();
  to.add("--tune-episodes", tune_episodes,
         "Choose the best knob on so many other episodes; of a trace, from the part that learners train on")
      .shows_default();
  to.add("--prices", prices,
         "The learners' knob: what a request out of time costs, in replicas for one step. For one learner alone as in "
         "3,6,cem:2/4/8 (default: a list that fits the system)");
  to.add("--train-episodes", training.train_episodes,
         "Train each learner on this many episodes, for each price and training seed (default: its own number)");
  to.add("--train-seeds", training.train_seeds, "Train this many times for each price and take the median by QoS")
      .shows_default();
  to.add("--csv", csv, "Write a line per policy and setting as CSV");
  to.add("--svg", svg, "Draw service level against mean workers");
  to.add("--churn-svg", churn_svg, "Draw service level against scaling actions");
  to.add(
      "--out", out,
      "Leave a new folder with the settings, versions, every episode of every setting and both pictures, for headroom "
      "report");
  shard.declare(to);
}

void frontier_options::check() const {
  evaluation.check();
  training.check();
  require(tune_episodes >= 1 && tune_episodes <= 1'000'000, "--tune-episodes", "the number", tune_episodes,
          "be from 1 to 1000000");
  require(level > 0 && level < 1, "--level", "the fraction of requests in time", level, "be in (0, 1)");
  new_folder::require_free(out);
  const std::vector<const std::filesystem::path*> files{&evaluation.json, &csv, &svg, &churn_svg};
  for (std::size_t k = 0; k < files.size(); ++k) {
    require_place(*files[k]);
    for (std::size_t other = 0; other < k; ++other) {
      require(files[k]->empty() || *files[k] != *files[other], "frontier", "a file to write", files[k]->string(),
              "not be named twice");
    }
  }
}

// Refuses a bad name, or a setting that makes no sense, before an hour of training.
void require_contenders(const frontier_options& o, const scaled_system& on, const std::vector<std::string>& names) {
  std::vector<std::string> all;
  std::vector<std::string_view> kinds;
  for (const std::string& name : names) {
    const std::string_view kind = kind_of(name);
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end())
      throw std::invalid_argument("--policies: '" + std::string(kind) +
                                  "' is named twice; a frontier has all of its settings");
    kinds.push_back(kind);
    const auto settings =
        on.offered(name).learns() ? frontier::prices_of(o.prices, name, on, o.level) : on.settings_of(name);
    all.insert(all.end(), settings.begin(), settings.end());
  }
  for (const std::string& name : all) {
    const offered_policy& one = on.offered(name);
    if (one.learns())
      static_cast<void>(one.train(name, 1, on.train_episodes(one, o.training.train_episodes)));
    else
      static_cast<void>(one.make(name));
  }
}

frontier::findings begin_frontier(const frontier_options& o, const scaled_system& on) {
  const system_description& d = on.description;
  frontier::findings f{.workload = d.workload,
                       .sentence = d.sentence,
                       .actions = d.actions,
                       .seeds = o.evaluation.seeds(),
                       .tuning_seeds = seed_range(first_validation_seed, o.tune_episodes),
                       .level = o.level,
                       .metrics = on.metrics,
                       .subject = d.how.subject,
                       .environment = d.environment,
                       .tuned_on_first_part = !on.fresh_seeds};
  const auto overlap = [&](std::uint64_t seed) { return seed >= f.seeds.front() && seed <= f.seeds.back(); };
  if (on.fresh_seeds && (overlap(f.tuning_seeds.front()) || overlap(f.tuning_seeds.back()))) {
    f.notes.push_back("Beware: settings are chosen on episodes from " + to_text(f.tuning_seeds.front()) +
                      " on, some of which this table evaluates.");
  }
  return f;
}

int publish_frontier(const frontier_options& o, frontier::findings& f) {
  f.stopped = terminal::interrupted;
  if (f.contenders.empty()) {
    std::cerr << "headroom: interrupted before the first result\n";
    return exit_interrupted;
  }
  frontier::print(f, std::cout);
  std::cout.flush();
  if (!o.evaluation.json.empty()) write_file(o.evaluation.json, frontier::json_text(f));
  if (!o.csv.empty()) write_file(o.csv, frontier::csv_text(f));
  if (!o.svg.empty()) write_file(o.svg, frontier::picture(f));
  if (!o.churn_svg.empty()) write_file(o.churn_svg, frontier::churn_picture(f));
  return f.stopped ? exit_interrupted : exit_done;
}

// The folder of a frontier: what compare --out leaves, with a row for each setting of each policy.
void leave_frontier(const frontier_options& o, const command& said, const scaled_system& on,
                    const frontier::findings& f) {
  if (f.contenders.empty()) return;
  report::findings rows = begin_findings(on, o.evaluation);
  rows.stopped = f.stopped;
  rows.notes = f.notes;
  rows.level = f.level;
  for (const frontier::contender& c : f.contenders) {
    for (const frontier::setting& s : c.settings) {
      report::row r{.name = s.name, .result = s.result, .learns = c.learns};
      if (c.learns) {
        r.train_episodes = on.train_episodes(on.offered(s.name), o.training.train_episodes);
        r.train_seeds = s.train_seeds;
        r.by_train_seed = s.by_train_seed;
      }
      rows.rows.push_back(std::move(r));
    }
  }
  report::run_record more{.results = frontier::json_text(f)};
  const auto add = [&](const char* name, std::string text) {
    more.files.push_back({name, [text = std::move(text)](const std::filesystem::path& at) { write_file(at, text); }});
  };
  add("frontier.csv", frontier::csv_text(f));
  add("frontier.svg", frontier::picture(f));
  add("churn.svg", frontier::churn_picture(f));
  leave_run(o.out, said, "frontier", rows, {}, std::move(more));
}

int sweep(const frontier_options& asked, const command& said, const system_choice& systems) {
  const std::unique_ptr<scaled_system> made = systems.make_scaled();
  const scaled_system& on = *made;
  frontier_options o = asked;
  if (o.prices.empty()) o.prices = on.usual_prices;
  o.check();
  const auto names = o.policies.empty() ? on.contenders() : names_in(o.policies);
  require_contenders(o, on, names);
  o.shard.begin("frontier");
  frontier::findings f = begin_frontier(o, on);
  const frontier::sweep_job job{on, f, o.prices, o.training.train_episodes, o.training.train_seeds};
  for (const std::string& name : names) {
    const bool learns = on.offered(name).learns();
    if (!(learns ? frontier::sweep_learner(job, name, f) : frontier::sweep_autoscaler(job, name, f))) break;
  }
  if (!f.contenders.empty() || shards::work().is_part()) {
    f.known_rate = on.known_rate(f.seeds, f.notes);
    f.clairvoyant = on.bound(f.seeds, f.notes);
  }
  if (shards::work().is_part())
    return shards::leave_part("frontier", shards::about(f.environment, f.workload, f.seeds, o.training.train_seeds));
  const int code = publish_frontier(o, f);
  leave_frontier(o, said, on, f);
  return code;
}

}  // namespace

void add_frontier(command_line& to) {
  command& c = to.add(
      "frontier", "Turn every policy's knob, and show what each service level costs with it, as a table and a picture");
  const auto systems = std::make_shared<system_choice>(c, system_choice::of::scaled);
  const auto o = std::make_shared<frontier_options>();
  o->declare(c);
  c.footer(
      "A policy is not a point but a curve: every target, factor or price gives another level at another cost. Two\n"
      "policies can be compared where their curves are, at the same level.\n"
      "Examples:\n"
      "  headroom frontier --svg farm.svg                        every autoscaler, sarsa and cem; minutes\n"
      "  headroom frontier --train-episodes 100000 --train-seeds 1 --svg farm.svg    in a few minutes\n"
      "  headroom frontier --policies constant,hpa,kpa --trace load.csv              on your own load\n"
      "  headroom frontier --policies hpa,sarsa --level 0.999 --prices 20,50,100     where a level is dear");
  c.runs([o, systems, &c] { return sweep(*o, c, *systems); });
}

}  // namespace tool
