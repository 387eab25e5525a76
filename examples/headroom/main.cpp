// headroom: trains, compares and evaluates autoscaling policies on the simulated farm.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <headroom/rewards/farm_published.hpp>
#include <headroom/run/compare.hpp>
#include <headroom/run/farm_score.hpp>

#include "contestants.hpp"
#include "report.hpp"
#include "scenario.hpp"
#include "terminal.hpp"
#include "training.hpp"

namespace {

using namespace headroom;
using contestants::any_farm_policy;
using contestants::any_training;

constexpr int exit_refused = 2;
constexpr int exit_interrupted = 130;

struct arguments {
  std::string environment = "farm";
  scenario_options load;
  std::string policies;
  std::string policy = "sarsa";
  std::string actions = "1";
  std::size_t episodes = 200;
  std::uint64_t seed = 1000;
  std::uint64_t train_seed = 1;
  std::optional<std::uint64_t> train_episodes;  // none: the policy's own number
  std::uint64_t train_seeds = 3;
  std::size_t checkpoints = 0;
  std::filesystem::path json;
  std::filesystem::path csv;
  std::filesystem::path out;
  std::filesystem::path resume;
  double checkpoint_every_s = 10;
  std::filesystem::path model;
};

// "1,2,4", also with the ± that people write.
std::vector<int> moves_of(const std::string& text) {
  std::vector<int> moves;
  std::string_view rest = text;
  for (;;) {
    const auto comma = rest.find(',');
    std::string_view one = rest.substr(0, comma);
    for (const std::string_view sign : {"±", "+-"}) {
      if (one.starts_with(sign)) one.remove_prefix(sign.size());
    }
    const auto value = from_text<int>(one);
    if (!value || *value < 1 || *value > 31 || (!moves.empty() && *value <= moves.back())) {
      throw std::invalid_argument("--actions: '" + text + "' must be moves from 1 to 31, ascending, as in 1,2,4");
    }
    moves.push_back(*value);
    if (comma == std::string_view::npos) return moves;
    rest.remove_prefix(comma + 1);
  }
}

std::string moves_text(const std::vector<int>& moves) {
  std::string text;
  for (const int m : moves) text += (text.empty() ? "±" : ", ±") + to_text(m);
  return text;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> names;
  std::string name;
  for (const char c : list + ',') {
    if (c != ',') {
      name += c;
    } else {
      if (name.empty())
        throw std::invalid_argument("--policies: '" + list + "' must be names separated by single commas");
      if (std::find(names.begin(), names.end(), name) != names.end())
        throw std::invalid_argument("--policies: '" + name + "' is named twice");
      names.push_back(std::exchange(name, {}));
    }
  }
  return names;
}

// On a recorded load the constants are those that its first part suggests: enough for the mean, and for the peak.
std::vector<std::string> default_policies(const scenario& where) {
  std::vector<std::string> names;
  if (where.name == "trace") {
    const double service_s = 1.4715;
    for (const double load : {where.mean_per_s, where.peak_per_s}) {
      const double wanted =
          std::clamp(std::ceil(load * service_s * 1.2), 1.0, static_cast<double>(where.farm.max_workers));
      const std::string name = "constant:" + to_text(static_cast<int>(wanted));
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  } else {
    names = {"constant:12", "constant:14", "constant:16", "scheduled:16/17/13/12"};
  }
  for (const char* name : {"threshold", "reactive-average", "reactive-maximum", "reactive-average-2025-11-08",
                           "reactive-maximum-2025-11-08", "sarsa"}) {
    names.emplace_back(name);
  }
  return names;
}

auto published_score() { return farm_score{farm_published{}}; }

evaluation evaluate(const scenario& where, any_farm_policy& policy, const std::vector<std::uint64_t>& seeds) {
  return evaluate([&](std::uint64_t seed) { return where.make(seed); }, policy, seeds, published_score(),
                  stop_when{terminal::interrupted});
}
evaluation evaluate_on(const scenario& where, any_farm_policy& policy, const std::vector<std::uint64_t>& seeds,
                       const std::string& task) {
  terminal::progress_bar bar(task, seeds.size());
  return evaluate([&](std::uint64_t seed) { return where.make(seed); }, policy, seeds, published_score(),
                  stop_when{terminal::interrupted}, on_progress{1, [&](std::uint64_t done) { bar.show(done); }});
}

constexpr std::uint64_t to_the_end = std::numeric_limits<std::uint64_t>::max();

// Trains until it is finished, `until` episodes are done or an interrupt comes. `save`, if there is one, is called
// every `every_s` seconds, between two episodes.
void train(any_training& training, std::uint64_t until, terminal::progress_bar& bar,
           const std::function<void()>& save = {}, double every_s = 0) {
  using clock = std::chrono::steady_clock;
  auto saved = clock::now();
  while (!training.finished() && training.episodes() < until && !terminal::interrupted) {
    bool due = false;
    training.go_on([&](std::uint64_t done) {
      bar.show(done);
      due = save && std::chrono::duration<double>(clock::now() - saved).count() >= every_s;
      return due || done >= until || terminal::interrupted;
    });
    if (due) {
      save();
      saved = clock::now();
    }
  }
}

std::string training_task(const contestants::plan& p) {
  return "training " + p.policy + ", seed " + to_text(p.train_seed);
}

// A table that evaluates what a learner trained on says so.
void note_overlap(report::findings& f, const std::string& name, std::uint64_t train_seed, std::uint64_t episodes) {
  const contestants::training_seeds seeds = contestants::seeds_of(name, train_seed, episodes);
  const std::uint64_t last = seeds.first + seeds.count - 1;
  const auto evaluated = [&](std::uint64_t from, std::uint64_t to) {
    return from <= f.seeds.back() && f.seeds.front() <= to;
  };
  constexpr std::uint64_t validated = contestants::first_validation_seed;
  if (seeds.in_turn && evaluated(validated, validated + contestants::validation_episodes - 1)) {
    f.notes.push_back("Beware: " + name + " was selected on episodes from " + to_text(validated) +
                      " on, which this table evaluates.");
  }
  if (evaluated(seeds.first, last)) {
    f.notes.push_back("Beware: training seed " + to_text(train_seed) + " of " + name + " played episodes " +
                      to_text(seeds.first) + " to " + to_text(last) + ", which this table evaluates.");
  }
}

// How a learner did over its training.
void record_checkpoint(report::checkpoint_row& to, const evaluation& e) {
  to.final_qos.push_back(e.summarized("final_qos").mean);
  to.mean_workers.push_back(e.summarized("mean_workers").mean);
  to.mean_workers_by_time.push_back(e.summarized("mean_workers_by_time").mean);
}

// By default about as many steps as the published episodes would have: a recorded episode is longer.
std::uint64_t episodes_of(const arguments& a, const scenario& where, const std::string& name) {
  const std::uint64_t usual = contestants::find(name)->train_episodes * farm_options{}.max_steps / where.farm.max_steps;
  const std::uint64_t episodes = a.train_episodes.value_or(std::max<std::uint64_t>(1, usual));
  require(episodes >= 1 && episodes <= 100'000'000, "--train-episodes", "the number", episodes,
          "be from 1 to 100000000");
  return episodes;
}

// k parts of n of a whole, in whole numbers.
std::uint64_t part_of(std::uint64_t whole, std::uint64_t k, std::uint64_t n) {
  return whole / n * k + whole % n * k / n;
}

// False if it was interrupted before anything could be said of this learner.
bool compare_learner(const arguments& a, const scenario& where, const std::vector<int>& moves, const std::string& name,
                     report::findings& f) {
  report::row r{.name = name, .learns = true, .train_episodes = episodes_of(a, where, name)};
  for (std::size_t k = 1; k <= a.checkpoints; ++k)
    r.checkpoints.push_back({.episodes = part_of(r.train_episodes, k, a.checkpoints)});
  for (std::uint64_t k = 0; k < a.train_seeds; ++k) {
    const std::uint64_t seed = a.train_seed + k;
    const std::string of_seed = name + ", training seed " + to_text(seed);
    const contestants::plan p{name, where.name, moves, seed, r.train_episodes};
    const auto training = contestants::training(p, where);
    std::vector<report::checkpoint_row> over_time = r.checkpoints;
    {
      terminal::progress_bar bar(training_task(p), p.train_episodes);
      for (report::checkpoint_row& at : over_time) {
        train(*training, at.episodes, bar);
        if (terminal::interrupted) break;
        any_farm_policy policy = training->as_it_stands();
        record_checkpoint(at, evaluate(where, policy, f.seeds));
      }
      train(*training, to_the_end, bar);
    }
    if (!training->finished()) break;
    any_farm_policy policy = training->best();
    evaluation e = evaluate_on(where, policy, f.seeds, "evaluating " + of_seed);
    if (e.stopped) break;
    note_overlap(f, name, seed, r.train_episodes);
    r.train_seeds.push_back(seed);
    r.by_train_seed.push_back(std::move(e));
    r.checkpoints = std::move(over_time);
  }
  if (r.by_train_seed.empty()) return false;
  std::vector<std::size_t> order(r.by_train_seed.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return r.by_train_seed[x].summarized("final_qos").mean < r.by_train_seed[y].summarized("final_qos").mean;
  });
  r.result = r.by_train_seed[order[(order.size() - 1) / 2]];  // of an even number, the lower of the two in the middle
  f.rows.push_back(std::move(r));
  return !terminal::interrupted;
}

int publish(const arguments& a, report::findings& f) {
  f.stopped = terminal::interrupted;
  if (f.rows.empty()) {
    std::cerr << "headroom: interrupted before the first result\n";
    return exit_interrupted;
  }
  report::print(f, std::cout);
  std::cout.flush();
  if (!a.json.empty()) report::write(a.json, report::to_json(f).dump(1) + '\n');
  if (!a.csv.empty()) report::write(a.csv, report::to_csv(f));
  return f.stopped ? exit_interrupted : 0;
}

report::findings begin_findings(const arguments& a, const scenario& where, const std::vector<int>& moves) {
  require(a.environment == "farm", "--environment", "the name", a.environment, "be farm");
  require(a.episodes >= 1 && a.episodes <= 1'000'000, "--episodes", "the number", a.episodes, "be from 1 to 1000000");
  require(a.seed <= std::numeric_limits<std::uint32_t>::max() - a.episodes, "--seed", "the first seed", a.seed,
          "leave all seeds below 2^32, which is what the published generator takes");
  require(a.checkpoints <= 1'000, "--checkpoints", "the number", a.checkpoints, "be at most 1000");
  require(a.train_seeds >= 1 && a.train_seeds <= 300, "--train-seeds", "the number", a.train_seeds, "be from 1 to 300");
  report::require_place(a.json);
  report::require_place(a.csv);
  require(a.csv.empty() || a.csv != a.json, "--csv", "the file", a.csv.string(), "not be that of --json");
  report::findings f;
  f.workload = where.name;
  f.sentence = where.sentence;
  f.actions = moves_text(moves);
  f.wide = moves.back() > 1;
  f.seeds = seed_range(a.seed, a.episodes);
  return f;
}

int compare_command(const arguments& a) {
  const scenario where = make_scenario(a.load);
  const std::vector<int> moves = moves_of(a.actions);
  report::findings f = begin_findings(a, where, moves);
  const auto names = a.policies.empty() ? default_policies(where) : split(a.policies);
  for (const std::string& name : names) {  // refuse a bad name before an hour of training, not after
    if (contestants::learns(name))
      static_cast<void>(contestants::training({name, where.name, moves, 1, episodes_of(a, where, name)}, where));
    else
      static_cast<void>(contestants::baseline(name, where, moves.back()));
  }
  for (const std::string& name : names) {
    if (contestants::learns(name)) {
      if (!compare_learner(a, where, moves, name, f)) break;
      continue;
    }
    any_farm_policy policy = contestants::baseline(name, where, moves.back());
    evaluation e = evaluate_on(where, policy, f.seeds, "evaluating " + name);
    if (e.stopped) break;
    f.rows.push_back({.name = name, .result = std::move(e)});
  }
  return publish(a, f);
}

// What a file of `train` says of its training. Throws checkpoint_error.
contestants::plan plan_in(const checkpoint& c) {
  contestants::plan p{.policy = c.text("policy"), .workload = c.text("workload")};
  if (!contestants::learns(p.policy))
    throw checkpoint_error(c.source(), "policy is '" + p.policy + "', must be one that learns (headroom policies)");
  p.moves = moves_of(c.text("actions"));
  p.train_seed = c.setting<std::uint64_t>("train_seed");
  p.train_episodes = c.setting<std::uint64_t>("train_episodes");
  return p;
}
bool is_partial(const checkpoint& c) { return c.has("training.selection.episodes"); }

void require_learner(const std::string& name) {
  if (contestants::learns(name)) return;
  if (contestants::find(name.substr(0, name.find(':'))) == nullptr && !name.starts_with("constant:") &&
      !name.starts_with("scheduled:")) {
    contestants::unknown(name);
  }
  throw std::invalid_argument("--policy: '" + name + "' does not learn, there is nothing to train");
}

// FILE beside which FILE.partial is written.
std::filesystem::path partial_of(const std::filesystem::path& out) { return out.string() + ".partial"; }

// Where the result of a resumed training goes, if nobody says.
std::filesystem::path without_partial(const std::filesystem::path& file) {
  if (file.extension() != ".partial") {
    throw std::invalid_argument("--out: the file is not named, must be, since " + file.string() +
                                " does not end in .partial");
  }
  return file.parent_path() / file.stem();
}

// What was asked for beside --resume must be what the training was begun with.
void require_same(const arguments& a, const CLI::App& command, const contestants::plan& p) {
  const auto same = [&](const char* option, const std::string& given, const std::string& begun) {
    require(command.count(option) == 0 || given == begun, option, "the value", given,
            "be " + begun + ", with which " + a.resume.string() + " was begun");
  };
  same("--policy", a.policy, p.policy);
  same("--workload", a.load.workload, p.workload);
  same("--actions", contestants::plan{.moves = moves_of(a.actions)}.actions(), p.actions());
  same("--seed", to_text(a.train_seed), to_text(p.train_seed));
  same("--train-episodes", to_text(a.train_episodes.value_or(0)), to_text(p.train_episodes));
}

int train_command(arguments a, const CLI::App& command) {
  require_not_negative("--checkpoint-every", "the time in seconds", a.checkpoint_every_s);
  contestants::plan p;
  std::optional<checkpoint> begun;
  if (!a.resume.empty()) {
    begun = load(a.resume);
    p = plan_in(*begun);
    if (!is_partial(*begun)) throw checkpoint_error(a.resume, "holds a finished training, must be an interrupted one");
    require_same(a, command, p);
    a.load.workload = p.workload;
    if (a.out.empty()) a.out = without_partial(a.resume);
  } else {
    require(!a.out.empty(), "train", "--out", "missing", "name the file to write");
    require_learner(a.policy);
    p = {.policy = a.policy, .moves = moves_of(a.actions), .train_seed = a.train_seed};
  }
  const scenario where = make_scenario(a.load);
  p.workload = where.name;
  if (!begun) p.train_episodes = episodes_of(a, where, a.policy);
  require(p.train_seed >= 1 && p.train_seed <= 400, "--seed", "the training seed", p.train_seed, "be from 1 to 400");
  const std::filesystem::path partial = begun ? a.resume : partial_of(a.out);
  report::require_place(a.out);
  report::require_place(partial);
  std::error_code ignored;
  if (!begun && std::filesystem::exists(partial, ignored)) {
    throw file_error(partial, "is a training that was interrupted; continue it with --resume " + partial.string() +
                                  ", or remove it");
  }

  const auto training = contestants::training(p, where);
  if (begun) training->read_partial(*begun);
  begun.reset();
  bool warned = false;
  const auto save = [&] {
    try {
      contestants::save_partial(p, *training, partial);
    } catch (const file_error& e) {  // hours of training are worth more than their safety net
      if (!std::exchange(warned, true)) std::cerr << "headroom: " << e.what() << "; the training goes on\n";
    }
  };
  {
    terminal::progress_bar bar(training_task(p), p.train_episodes, training->episodes());
    train(*training, to_the_end, bar, a.checkpoint_every_s > 0 ? save : std::function<void()>(), a.checkpoint_every_s);
  }
  if (!training->finished()) {
    if (training->episodes() == 0) {
      std::cerr << "headroom: interrupted, nothing was written\n";
      return exit_interrupted;
    }
    contestants::save_partial(p, *training, partial);
    std::cerr << "headroom: interrupted after " << training->episodes() << " of " << p.train_episodes
              << " episodes; continue with: headroom train --resume " << partial.string() << '\n';
    return exit_interrupted;
  }
  contestants::save_model(p, *training, a.out);
  std::filesystem::remove(partial, ignored);
  remove_leftovers(partial);
  std::cout << "trained " << p.policy << " on " << p.train_episodes << " episodes of the " << p.workload
            << " workload, seed " << p.train_seed << ": " << a.out.string() << '\n';
  return 0;
}

int evaluate_command(arguments a) {
  const checkpoint c = load(a.model);
  contestants::plan p = plan_in(c);
  a.load.workload = p.workload;
  const scenario where = make_scenario(a.load);
  any_farm_policy policy = contestants::training(p, where)->policy_in(c);
  if (is_partial(c)) p.train_episodes = c.setting<std::uint64_t>("training.selection.episodes");

  report::findings f = begin_findings(a, where, p.moves);
  note_overlap(f, p.policy, p.train_seed, p.train_episodes);
  evaluation e = evaluate_on(where, policy, f.seeds, "evaluating " + a.model.filename().string());
  if (!e.stopped) {
    f.rows.push_back({.name = p.policy,
                      .result = e,
                      .learns = true,
                      .train_episodes = p.train_episodes,
                      .train_seeds = {p.train_seed},
                      .by_train_seed = {e}});
  }
  return publish(a, f);
}

int policies_command() {
  for (const contestants::entry& e : contestants::catalogue) {
    std::string name(e.name);
    name.resize(std::max<std::size_t>(name.size(), 29), ' ');
    std::cout << name << e.line << '\n';
  }
  return 0;
}

CLI::Option* add_load(CLI::App& command, scenario_options& load) {
  return command
      .add_option("--workload", load.workload,
                  "executed: what the published generator really does; documented: what its configuration says; "
                  "shuffled: executed, phases in another order each episode")
      ->capture_default_str();
}
void add_actions(CLI::App& command, arguments& a) {
  command.add_option("--actions", a.actions, "Sizes of the moves allowed per decision, as in 1,2,4")
      ->capture_default_str();
}
void add_evaluation(CLI::App& command, arguments& a) {
  command.add_option("--episodes", a.episodes, "Evaluate on this many episodes, the same for every policy")
      ->capture_default_str();
  command.add_option("--json", a.json, "Write everything, episode by episode, as JSON");
}

int run_tool(int argc, char** argv) {
  arguments a;
  CLI::App app{
      "Learns when to scale, and compares what it learned with every baseline.\n"
      "Start with: headroom compare"};
  app.require_subcommand(1);
  app.footer(
      "Results go to standard output, progress to standard error. Exit codes: 0 done, 1 failed,\n"
      "2 refused (bad argument, file or combination), 130 interrupted (what was finished is printed or kept).");

  CLI::App& compare = *app.add_subcommand(
      "compare", "Train the learners, run every policy on the same held-out episodes, print the table");
  compare.add_option("--environment", a.environment, "Which system: farm")->capture_default_str();
  CLI::Option* const workload = add_load(compare, a.load);
  compare
      .add_option("--trace", a.load.trace, "Drive the farm with a recorded load instead: a CSV of time and requests")
      ->excludes(workload);
  compare
      .add_option("--trace-peak", a.load.trace_peak_per_s,
                  "Scale the trace so that its busiest interval brings this many requests per second")
      ->capture_default_str();
  compare.add_option("--trace-mean", a.load.trace_mean_per_s,
                     "Scale the trace to this mean instead, in requests per second");
  compare.add_option("--trace-window", a.load.trace_window_s, "Length of an episode in seconds")->capture_default_str();
  compare
      .add_option("--trace-split", a.load.trace_split,
                  "Learners train on this first part of the trace; everything is evaluated on the rest")
      ->capture_default_str();
  compare.add_option("--policies", a.policies,
                     "Names separated by commas; headroom policies lists them. By default every baseline and sarsa");
  add_actions(compare, a);
  add_evaluation(compare, a);
  compare.add_option("--seed", a.seed, "First of the evaluated seeds")->capture_default_str();
  compare.add_option("--train-episodes", a.train_episodes,
                     "Train each learner on this many episodes (default: its own number; half a minute for a table, "
                     "minutes for a network)");
  compare.add_option("--train-seeds", a.train_seeds, "Train each learner this many times and show the median by QoS")
      ->capture_default_str();
  compare
      .add_option("--checkpoints", a.checkpoints,
                  "Evaluate each learner at so many moments of its training, too, as it stands then: whether it "
                  "settles, and whether its training seeds agree")
      ->capture_default_str();
  compare.add_option("--csv", a.csv, "Write a line per policy and episode as CSV");

  compare.footer(
      "Examples:\n"
      "  headroom compare                                        every baseline and sarsa, in half a minute a seed\n"
      "  headroom compare --policies constant:14,sarsa,dqn       the table learner beside the network\n"
      "  headroom compare --policies dqn-published --train-seeds 10 --checkpoints 8\n"
      "                                                          does it settle, do its training seeds agree?\n"
      "  headroom compare --actions 1,2,4 --policies dqn         moves of up to four workers at once");

  CLI::App& train = *app.add_subcommand("train", "Train one learner and save it; go on with one that was interrupted");
  train.add_option("--policy", a.policy, "Which learner (headroom policies)")->capture_default_str();
  add_load(train, a.load);
  add_actions(train, a);
  train.add_option("--train-episodes", a.train_episodes, "Number of episodes (default: the policy's own)");
  train.add_option("--seed", a.train_seed, "Training seed: workloads, initial values and exploration follow from it")
      ->capture_default_str();
  train.add_option("--out", a.out, "File to write when the training is finished");
  train
      .add_option("--checkpoint-every", a.checkpoint_every_s,
                  "Every so many seconds write all there is to FILE.partial, so that no crash costs more than that; 0: "
                  "only when interrupted")
      ->capture_default_str();
  train.add_option("--resume", a.resume,
                   "Go on with the training in this FILE.partial, which knows its settings; it becomes the one that "
                   "was never interrupted, to the last bit");
  train.footer(
      "Examples:\n"
      "  headroom train --policy sarsa --out web.model\n"
      "  headroom train --resume web.model.partial      after Ctrl-C, a crash or a power cut\n"
      "  headroom evaluate --model web.model            works on a .partial, too: its best so far\n"
      "A model holds what decides, a .partial also what learns. Both are safetensors files.");

  CLI::App& evaluate = *app.add_subcommand("evaluate", "Evaluate a saved learner, without exploration");
  evaluate.add_option("--model", a.model, "File written by train, a .partial included")->required();
  add_evaluation(evaluate, a);
  evaluate.add_option("--seed", a.seed, "First of the evaluated seeds")->capture_default_str();

  const CLI::App& policies = *app.add_subcommand("policies", "List the policies by name");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);
    std::cerr << "headroom: " << e.what() << " (see headroom --help)\n";
    return exit_refused;
  }
  if (policies.parsed()) return policies_command();
  if (train.parsed()) return train_command(a, train);
  if (evaluate.parsed()) return evaluate_command(a);
  return compare_command(a);
}

}  // namespace

int main(int argc, char** argv) {
  terminal::catch_interrupts();
  try {
    return run_tool(argc, argv);
  } catch (const std::invalid_argument& e) {
    std::cerr << "headroom: " << e.what() << '\n';
    return exit_refused;
  } catch (const file_error& e) {
    std::cerr << "headroom: " << e.what() << '\n';
    return exit_refused;
  } catch (const std::exception& e) {
    std::cerr << "headroom: " << e.what() << '\n';
    return 1;
  }
}
