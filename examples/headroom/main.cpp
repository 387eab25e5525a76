// headroom: trains, compares and evaluates autoscaling policies on the simulated farm.

#include <algorithm>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <headroom/rewards/farm_published.hpp>
#include <headroom/run/compare.hpp>
#include <headroom/run/farm_score.hpp>

#include "contestants.hpp"
#include "report.hpp"
#include "scenario.hpp"
#include "terminal.hpp"

namespace {

using namespace headroom;
using contestants::any_farm_policy;
using contestants::any_learner;

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
  std::filesystem::path json;
  std::filesystem::path csv;
  std::filesystem::path out;
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

evaluation evaluate_on(const scenario& where, any_farm_policy& policy, const std::vector<std::uint64_t>& seeds,
                       const std::string& task) {
  const terminal::progress_bar bar(task, seeds.size());
  return evaluate([&](std::uint64_t seed) { return where.make(seed); }, policy, seeds, published_score(),
                  stop_when{terminal::interrupted}, on_progress{1, [&](std::uint64_t done) { bar.show(done); }});
}

recipes::setting setting_of(const scenario& where, const std::vector<int>& moves, std::uint64_t seed,
                            std::uint64_t episodes) {
  return {episodes, moves, seed, where.farm};
}

struct training {
  std::unique_ptr<any_learner> learner;
  std::uint64_t episodes = 0;  // done, fewer than asked for if it was interrupted
};

training train(const std::string& name, const scenario& where, const std::vector<int>& moves, std::uint64_t seed,
               std::uint64_t episodes) {
  auto learner = contestants::learner(name, setting_of(where, moves, seed, episodes), where.clocked);
  const contestants::training_seeds seeds = contestants::seeds_of(name, seed, episodes);
  farm world = where.make_training(seeds.first, seeds.in_turn ? static_cast<std::size_t>(seeds.count) : 0);
  farm validation = where.make_training(contestants::first_validation_seed, contestants::validation_episodes);
  const terminal::progress_bar bar("training " + name + ", seed " + to_text(seed), episodes);
  const std::uint64_t done = learner->train(world, seeds.in_turn ? &validation : nullptr, episodes,
                                            terminal::interrupted, [&](std::uint64_t n) { bar.show(n); });
  return {std::move(learner), done};
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

// By default about as many steps as the published episodes would have: a recorded episode is longer.
std::uint64_t episodes_of(const arguments& a, const scenario& where, const std::string& name) {
  const std::uint64_t usual = contestants::find(name)->train_episodes * farm_options{}.max_steps / where.farm.max_steps;
  const std::uint64_t episodes = a.train_episodes.value_or(std::max<std::uint64_t>(1, usual));
  require(episodes >= 1 && episodes <= 100'000'000, "--train-episodes", "the number", episodes,
          "be from 1 to 100000000");
  return episodes;
}

// False if it was interrupted before anything could be said of this learner.
bool compare_learner(const arguments& a, const scenario& where, const std::vector<int>& moves, const std::string& name,
                     report::findings& f) {
  report::row r{.name = name, .learns = true, .train_episodes = episodes_of(a, where, name)};
  for (std::uint64_t k = 0; k < a.train_seeds; ++k) {
    const std::uint64_t seed = a.train_seed + k;
    const training trained = train(name, where, moves, seed, r.train_episodes);
    if (trained.episodes < r.train_episodes) break;
    any_farm_policy policy = trained.learner->freeze();
    evaluation e = evaluate_on(where, policy, f.seeds, "evaluating " + name + ", training seed " + to_text(seed));
    if (e.stopped) break;
    note_overlap(f, name, seed, r.train_episodes);
    r.train_seeds.push_back(seed);
    r.by_train_seed.push_back(std::move(e));
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
      static_cast<void>(
          contestants::learner(name, setting_of(where, moves, 1, episodes_of(a, where, name)), where.clocked));
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

int train_command(const arguments& a) {
  if (!contestants::learns(a.policy)) {
    if (contestants::find(a.policy.substr(0, a.policy.find(':'))) == nullptr && !a.policy.starts_with("constant:") &&
        !a.policy.starts_with("scheduled:")) {
      contestants::unknown(a.policy);
    }
    throw std::invalid_argument("--policy: '" + a.policy + "' does not learn, there is nothing to train");
  }
  const scenario where = make_scenario(a.load);
  const std::vector<int> moves = moves_of(a.actions);
  contestants::saved_model m{a.policy, where.name, moves, a.train_seed, episodes_of(a, where, a.policy)};
  require(m.train_seed >= 1 && m.train_seed <= 400, "--seed", "the training seed", m.train_seed, "be from 1 to 400");
  report::require_place(a.out);
  const std::uint64_t wanted = m.train_episodes;
  const training trained = train(a.policy, where, moves, m.train_seed, wanted);
  if (trained.episodes == 0) {
    std::cerr << "headroom: interrupted, nothing was written\n";
    return exit_interrupted;
  }
  m.train_episodes = trained.episodes;
  if (trained.episodes < wanted) {  // beside the file asked for, which may hold a better one
    const std::filesystem::path beside = a.out.string() + ".interrupted";
    contestants::save_model(m, trained.learner->table(), beside);
    std::cerr << "headroom: interrupted after " << trained.episodes << " episodes; what was learned is in "
              << beside.string() << '\n';
    return exit_interrupted;
  }
  contestants::save_model(m, trained.learner->table(), a.out);
  std::cout << "trained " << m.policy << " on " << m.train_episodes << " episodes of the " << m.workload
            << " workload, seed " << m.train_seed << ": " << a.out.string() << '\n';
  return 0;
}

int evaluate_command(arguments a) {
  const checkpoint c = load(a.model);
  const auto name = c.text("policy");
  if (!contestants::learns(name))
    throw checkpoint_error(a.model, "policy is '" + name + "', must be one that learns (headroom policies)");
  a.load.workload = c.text("workload");
  const scenario where = make_scenario(a.load);
  const std::vector<int> moves = moves_of(c.text("actions"));
  const auto train_seed = c.setting<std::uint64_t>("train_seed");
  const auto train_episodes = c.setting<std::uint64_t>("train_episodes");
  const auto learner = contestants::learner(name, setting_of(where, moves, train_seed, train_episodes), where.clocked);
  const std::size_t states = learner->table().states();
  const std::size_t width = learner->table().actions();
  const auto values = c.get<double>("action_values", {states, width});
  q_table::storage_type storage(std::array<std::size_t, 2>{states, width});
  std::copy(values.begin(), values.end(), storage.begin());
  learner->adopt(q_table(std::move(storage)));

  report::findings f = begin_findings(a, where, moves);
  note_overlap(f, name, train_seed, train_episodes);
  any_farm_policy policy = learner->freeze();
  evaluation e = evaluate_on(where, policy, f.seeds, "evaluating " + a.model.filename().string());
  if (!e.stopped) {
    f.rows.push_back({.name = name,
                      .result = e,
                      .learns = true,
                      .train_episodes = train_episodes,
                      .train_seeds = {train_seed},
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
                     "Train each learner on this many episodes (default: its own number, about half a minute)");
  compare.add_option("--train-seeds", a.train_seeds, "Train each learner this many times and show the median by QoS")
      ->capture_default_str();
  compare.add_option("--csv", a.csv, "Write a line per policy and episode as CSV");

  CLI::App& train = *app.add_subcommand("train", "Train one learner and save it");
  train.add_option("--policy", a.policy, "Which learner")->capture_default_str();
  add_load(train, a.load);
  add_actions(train, a);
  train.add_option("--train-episodes", a.train_episodes, "Number of episodes (default: the policy's own)");
  train.add_option("--seed", a.train_seed, "Training seed: workloads, initial values and exploration follow from it")
      ->capture_default_str();
  train.add_option("--out", a.out, "File to write")->required();

  CLI::App& evaluate = *app.add_subcommand("evaluate", "Evaluate a saved learner, without exploration");
  evaluate.add_option("--model", a.model, "File written by train")->required();
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
  if (train.parsed()) return train_command(a);
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
