#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <headroom/core/check.hpp>

#include "commands/commands.hpp"
#include "commands/options.hpp"
#include "commands/recording.hpp"
#include "support/command_line.hpp"
#include "support/files.hpp"
#include "support/new_folder.hpp"
#include "support/terminal.hpp"
#include "systems/farm/learners.hpp"
#include "systems/policy_names.hpp"
#include "systems/registry.hpp"

/// `headroom compare`: trains the learners, evaluates every policy on the same episodes, prints the table.
namespace tool {

using namespace headroom;

namespace {

constexpr std::uint64_t first_train_seed = 1;

struct compare_options {
  std::string policies{};  // empty: the system's own choice
  evaluation_options evaluation{};
  training_options training{};
  std::size_t checkpoints = 0;
  std::optional<double> level{};
  std::filesystem::path csv{};
  std::filesystem::path out{};

  void declare(command& to) {
    to.add("--policies", policies,
           "Names separated by commas; headroom policies lists them. By default every baseline and sarsa; of another "
           "system than the farm every baseline and every learner");
    evaluation.declare(to);
    to.add("--train-episodes", training.train_episodes,
           "Train each learner on this many episodes (default: its own number; half a minute for a table, minutes for "
           "a network)");
    to.add("--train-seeds", training.train_seeds,
           "Train each learner this many times and show the median by QoS, or by reward")
        .shows_default();
    to.add("--checkpoints", checkpoints,
           "Evaluate each learner at so many moments of its training, too, as it stands then: whether it settles, and "
           "whether its training seeds agree")
        .shows_default();
    to.add("--level", level,
           "Train select, cem and belief to this fraction of requests in time, as cem:99% does; the price of a request "
           "out of time finds itself. Without --policies select is trained as well");
    to.add("--csv", csv, "Write a line per policy and episode as CSV");
    to.add("--out", out,
           "Leave a new folder with the settings, versions, every episode, and some of them step by step, for headroom "
           "report");
  }
  void check() const {
    evaluation.check();
    training.check();
    require(checkpoints <= 1'000, "--checkpoints", "the number", checkpoints, "be at most 1000");
    require_place(csv);
    new_folder::require_free(out);
    require(csv.empty() || csv != evaluation.json, "--csv", "the file", csv.string(), "not be that of --json");
  }
};

// How a learner did over its training.
void record_checkpoint(report::checkpoint_row& to, const report::style& how, const evaluation& e) {
  to.figures.resize(how.tracked.size());
  for (std::size_t m = 0; m < how.tracked.size(); ++m) to.figures[m].push_back(e.summarized(how.tracked[m]).mean);
}

// k parts of n of a whole, in whole numbers.
std::uint64_t part_of(std::uint64_t whole, std::uint64_t k, std::uint64_t n) {
  return whole / n * k + whole % n * k / n;
}

// One training, with a look at its checkpoints; false if it was interrupted.
bool train_once(learner<policy>& training, const std::string& task, const report::style& how,
                const std::vector<std::uint64_t>& seeds, std::uint64_t episodes,
                std::vector<report::checkpoint_row>& over_time) {
  terminal::progress_bar bar(task, episodes);
  for (report::checkpoint_row& at : over_time) {
    train(training, at.episodes, bar);
    if (terminal::interrupted) break;
    record_checkpoint(at, how, training.as_it_stands().evaluate(seeds, {}));
  }
  train(training, to_the_end, bar);
  return training.finished();
}

// Of an even number, the lower of the two in the middle.
std::size_t median_by(const std::vector<evaluation>& all, std::string_view metric) {
  std::vector<std::size_t> order(all.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return all[x].summarized(metric).mean < all[y].summarized(metric).mean;
  });
  return order[(order.size() - 1) / 2];
}

// False if it was interrupted before anything could be said of this learner.
bool compare_learner(const compare_options& o, const system& s, const std::string& name, report::findings& f,
                     std::vector<evaluated_policy>& policies) {
  const offered_policy& offered = s.offered(name);
  report::row r{.name = name, .learns = true, .train_episodes = s.train_episodes(offered, o.training.train_episodes)};
  for (std::size_t k = 1; k <= o.checkpoints; ++k)
    r.checkpoints.push_back({.episodes = part_of(r.train_episodes, k, o.checkpoints)});
  std::vector<policy> by_train_seed;
  for (std::uint64_t k = 0; k < o.training.train_seeds; ++k) {
    const std::uint64_t seed = first_train_seed + k;
    const auto training = offered.train(name, seed, r.train_episodes);
    std::vector<report::checkpoint_row> over_time = r.checkpoints;
    if (!train_once(*training, training_task(name, seed), s.description.how, f.seeds, r.train_episodes, over_time))
      break;
    const policy learned = training->best();
    evaluation e = learned.evaluate(f.seeds, "evaluating " + name + ", training seed " + to_text(seed));
    if (e.stopped) break;
    if (const std::string wrong = training->troubles(); !wrong.empty())
      f.notes.push_back("Health of " + name + ", training seed " + to_text(seed) + ": " + wrong + ".");
    if (const std::string found = training->outcome(); !found.empty())
      f.notes.push_back(name + ", training seed " + to_text(seed) + ", " + found + ".");
    note_overlap(f.notes, f.seeds, name, seed, s.trained_on(name, seed, r.train_episodes));
    r.train_seeds.push_back(seed);
    r.by_train_seed.push_back(std::move(e));
    if (learned.exact_regret) r.regrets.push_back(learned.exact_regret());
    r.checkpoints = std::move(over_time);
    by_train_seed.push_back(learned);
  }
  if (r.by_train_seed.empty()) return false;
  const std::size_t median = median_by(r.by_train_seed, s.description.how.service.metric);
  r.result = r.by_train_seed[median];
  if (!r.regrets.empty()) r.regret = r.regrets[median];
  policies.push_back({name, by_train_seed[median]});
  f.rows.push_back(std::move(r));
  return !terminal::interrupted;
}

// The same for a policy that does not learn.
bool compare_baseline(const system& s, const std::string& name, report::findings& f,
                      std::vector<evaluated_policy>& policies) {
  const offered_policy& offered = s.offered(name);
  const policy one = offered.make(name);
  evaluation e = one.evaluate(f.seeds, "evaluating " + name);
  if (e.stopped) return false;
  report::row r{.name = name, .result = std::move(e), .knows = offered.knows_more};
  if (one.exact_regret) r.regret = one.exact_regret();
  policies.push_back({name, one});
  f.rows.push_back(std::move(r));
  return true;
}

// With --level every learner that can train to it and has no setting of its own trains to it.
// Where no policies are named, `select` is one of them then.
std::vector<std::string> all_held_to_level(const compare_options& o, std::vector<std::string> names) {
  if (!o.level) return names;
  if (o.policies.empty()) names.emplace_back("select");
  const auto searches = std::count_if(names.begin(), names.end(), [](const auto& n) { return trains_to_level(n); });
  require(searches > 0, "--level", "the number of learners that train to a level", searches,
          "be positive: name select, cem or belief among the --policies");
  for (std::string& name : names) {
    if (trains_to_level(name)) name = tool::held_to_level(name, *o.level);
  }
  return names;
}

// Refuses a bad name before an hour of training, not after.
void require_policies(const compare_options& o, const system& s, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const offered_policy& one = s.offered(name);
    if (one.learns())
      static_cast<void>(one.train(name, first_train_seed, s.train_episodes(one, o.training.train_episodes)));
    else
      static_cast<void>(one.make(name));
  }
}

int compare(const compare_options& o, const command& said, const system_choice& systems) {
  const std::unique_ptr<system> s = systems.make();
  o.check();
  report::findings f = begin_findings(*s, o.evaluation);
  const auto names = all_held_to_level(o, o.policies.empty() ? s->description.defaults : names_in(o.policies));
  require_policies(o, *s, names);
  std::vector<evaluated_policy> policies;
  for (const std::string& name : names) {
    if (!(s->offered(name).learns() ? compare_learner(o, *s, name, f, policies)
                                    : compare_baseline(*s, name, f, policies)))
      break;
  }
  if (!f.rows.empty()) s->complete(f);
  const int code = publish(f, o.evaluation.json, o.csv);
  leave_run(o.out, said, "compare", f, policies);
  return code;
}

}  // namespace

void add_compare(command_line& to) {
  command& c = to.add("compare", "Train the learners, run every policy on the same held-out episodes, print the table");
  const auto systems = std::make_shared<system_choice>(c, system_choice::of::all);
  const auto o = std::make_shared<compare_options>();
  o->declare(c);
  c.footer(
      "Examples:\n"
      "  headroom compare                                        every baseline and sarsa, in half a minute a seed\n"
      "  headroom compare --policies constant:14,sarsa,dqn       the table learner beside the network\n"
      "  headroom compare --policies dqn-published --train-seeds 10 --checkpoints 8\n"
      "                                                          does it settle, do its training seeds agree?\n"
      "  headroom compare --checkpoints 10 --out web-run         a folder, for headroom report web-run\n"
      "  headroom compare --actions 1,2,4 --policies dqn         moves of up to four workers at once\n"
      "  headroom compare --environment scheduler --episodes 100 the request scheduler, and what its oracle gets\n"
      "  headroom compare --environment teastore --data teastore_configurations.log\n"
      "                                                          measured configurations, and exact regret\n"
      "  headroom compare --environment quota --policies five-rules,q-learning\n"
      "--trace... , --actions and --no-bound are the farm's.");
  c.runs([o, systems, &c] { return compare(*o, c, *systems); });
}

}  // namespace tool
