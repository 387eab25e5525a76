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
#include <headroom/io/checkpoint.hpp>

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
#include "shards/shared_work.hpp"

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
  shards::shard_option shard{};

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
    shard.declare(to);
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

// A unit of the work: one training and its evaluation. The model is kept by a part whose run leaves a folder, in which
// the learner plays again.
struct trained_once {
  evaluation result{};
  std::vector<report::checkpoint_row> over_time{};
  std::string troubles{};
  std::string outcome{};
  std::optional<double> exact_regret{};
  std::string model{};
  std::optional<policy> learned{};
};
shards::json as_json(const trained_once& t) {
  using shards::as_json;
  return {{"result", as_json(t.result)}, {"over_time", shards::list_json(t.over_time)}, {"troubles", t.troubles},
          {"outcome", t.outcome},        {"regret", as_json(t.exact_regret)},           {"model", t.model}};
}
void read_kept(const shards::json& from, trained_once& to) {
  using shards::read_kept;
  read_kept(from.at("result"), to.result);
  shards::read_list(from.at("over_time"), to.over_time);
  read_kept(from.at("troubles"), to.troubles);
  read_kept(from.at("outcome"), to.outcome);
  read_kept(from.at("regret"), to.exact_regret);
  read_kept(from.at("model"), to.model);
}

// Each training adds its figures to those of the trainings before it.
void add_over_time(std::vector<report::checkpoint_row>& to, const std::vector<report::checkpoint_row>& one) {
  for (std::size_t k = 0; k < to.size(); ++k) {
    to[k].figures.resize(one[k].figures.size());
    for (std::size_t m = 0; m < one[k].figures.size(); ++m) {
      const std::vector<double>& more = one[k].figures[m];
      to[k].figures[m].insert(to[k].figures[m].end(), more.begin(), more.end());
    }
  }
}

// None if it was interrupted.
std::optional<trained_once> train_and_evaluate(const compare_options& o, const system& s, const std::string& name,
                                               std::uint64_t seed, const report::row& r, const report::findings& f) {
  const auto training = s.offered(name).train(name, seed, r.train_episodes);
  trained_once t;
  for (const report::checkpoint_row& at : r.checkpoints) t.over_time.push_back({.episodes = at.episodes});
  if (!train_once(*training, training_task(name, seed), s.description.how, f.seeds, r.train_episodes, t.over_time))
    return std::nullopt;
  t.learned = training->best();
  t.result = t.learned->evaluate(f.seeds, "evaluating " + name + ", training seed " + to_text(seed));
  if (t.result.stopped) return std::nullopt;
  t.troubles = training->troubles();
  t.outcome = training->outcome();
  if (t.learned->exact_regret) t.exact_regret = t.learned->exact_regret();
  if (shards::work().is_part() && !o.out.empty()) {
    checkpoint model;
    training->write_model(model);
    t.model = shards::model_text(model);
  }
  return t;
}

// The policy of a training that another process did; without a model it is not played again.
policy learned_by(const trained_once& t, const offered_policy& offered, const std::string& name, std::uint64_t seed,
                  std::uint64_t episodes) {
  if (t.learned) return *t.learned;
  return t.model.empty() ? policy{} : offered.train(name, seed, episodes)->policy_in(shards::model_in(t.model));
}

// False if it was interrupted before anything could be said of this learner.
bool compare_learner(const compare_options& o, const system& s, const std::string& name, report::findings& f,
                     std::vector<evaluated_policy>& policies) {
  const offered_policy& offered = s.offered(name);
  report::row r{.name = name, .learns = true, .train_episodes = s.train_episodes(offered, o.training.train_episodes)};
  for (std::size_t k = 1; k <= o.checkpoints; ++k)
    r.checkpoints.push_back({.episodes = part_of(r.train_episodes, k, o.checkpoints)});
  std::vector<trained_once> all;
  for (std::uint64_t k = 0; k < o.training.train_seeds && !terminal::interrupted; ++k) {
    const std::uint64_t seed = first_train_seed + k;
    auto one = shards::work().unit<trained_once>(name + ", training seed " + to_text(seed),
                                                 [&] { return train_and_evaluate(o, s, name, seed, r, f); });
    if (!one) continue;
    if (!one->troubles.empty())
      f.notes.push_back("Health of " + name + ", training seed " + to_text(seed) + ": " + one->troubles + ".");
    if (!one->outcome.empty()) f.notes.push_back(name + ", training seed " + to_text(seed) + ", " + one->outcome + ".");
    note_overlap(f.notes, f.seeds, name, seed, s.trained_on(name, seed, r.train_episodes));
    r.train_seeds.push_back(seed);
    r.by_train_seed.push_back(one->result);
    if (one->exact_regret) r.regrets.push_back(*one->exact_regret);
    add_over_time(r.checkpoints, one->over_time);
    all.push_back(std::move(*one));
  }
  if (shards::work().is_part()) return !terminal::interrupted;
  if (all.empty()) return false;
  const std::size_t median = median_by(r.by_train_seed, s.description.how.service.metric);
  r.result = r.by_train_seed[median];
  if (!r.regrets.empty()) r.regret = r.regrets[median];
  policies.push_back({name, learned_by(all[median], offered, name, r.train_seeds[median], r.train_episodes)});
  f.rows.push_back(std::move(r));
  return !terminal::interrupted;
}

// The same for a policy that does not learn.
bool compare_baseline(const system& s, const std::string& name, report::findings& f,
                      std::vector<evaluated_policy>& policies) {
  const offered_policy& offered = s.offered(name);
  const policy one = offered.make(name);
  auto e = shards::work().unit<evaluation>(name, [&]() -> std::optional<evaluation> {
    evaluation whole = one.evaluate(f.seeds, "evaluating " + name);
    if (whole.stopped) return std::nullopt;
    return whole;
  });
  if (shards::work().is_part()) return !terminal::interrupted;
  if (!e) return false;
  report::row r{.name = name, .result = std::move(*e), .knows = offered.knows_more};
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
  o.shard.begin("compare");
  std::vector<evaluated_policy> policies;
  for (const std::string& name : names) {
    if (!(s->offered(name).learns() ? compare_learner(o, *s, name, f, policies)
                                    : compare_baseline(*s, name, f, policies)))
      break;
  }
  if (!f.rows.empty() || shards::work().is_part()) s->complete(f);
  if (shards::work().is_part())
    return shards::leave_part("compare", shards::about(f.environment, f.workload, f.seeds, o.training.train_seeds));
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
