#include "play.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>

#include <headroom/systems/farm/published_reward.hpp>
#include <headroom/systems/farm/score.hpp>

using namespace headroom;

evaluation evaluate_on(const scenario& where, any_farm_policy& policy, const std::vector<std::uint64_t>& seeds,
                       const std::string& task) {
  return played([&](std::uint64_t seed) { return where.make(seed); }, policy, seeds,
                farm::score{farm::published_reward{}}, task);
}

void train(contestants::course& training, std::uint64_t until, terminal::progress_bar& bar,
           const std::function<void()>& save, double every_s) {
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

std::string training_task(const std::string& name, std::uint64_t train_seed) {
  return "training " + name + ", seed " + to_text(train_seed);
}

void note_overlap(std::vector<std::string>& notes, const std::vector<std::uint64_t>& seeds, const std::string& name,
                  std::uint64_t train_seed, const contestants::training_seeds& trained_on) {
  const std::uint64_t last = trained_on.first + trained_on.count - 1;
  const auto evaluated = [&](std::uint64_t from, std::uint64_t to) {
    return from <= seeds.back() && seeds.front() <= to;
  };
  constexpr std::uint64_t validated = contestants::first_validation_seed;
  if (trained_on.in_turn && evaluated(validated, validated + contestants::validation_episodes - 1)) {
    notes.push_back("Beware: " + name + " was selected on episodes from " + to_text(validated) +
                    " on, which this table evaluates.");
  }
  if (evaluated(trained_on.first, last)) {
    notes.push_back("Beware: training seed " + to_text(train_seed) + " of " + name + " played episodes " +
                    to_text(trained_on.first) + " to " + to_text(last) + ", which this table evaluates.");
  }
}

std::uint64_t episodes_of(const arguments& a, const scenario& where, const std::string& name) {
  const std::uint64_t usual =
      contestants::find(name)->train_episodes * farm::options{}.max_steps / where.farm.max_steps;
  const std::uint64_t episodes = a.train_episodes.value_or(std::max<std::uint64_t>(1, usual));
  require(episodes >= 1 && episodes <= 100'000'000, "--train-episodes", "the number", episodes,
          "be from 1 to 100000000");
  return episodes;
}

void require_policies(const arguments& a, const scenario& where, const std::vector<int>& moves,
                      const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (contestants::learns(name))
      static_cast<void>(contestants::training({name, where.name, moves, 1, episodes_of(a, where, name)}, where));
    else
      static_cast<void>(contestants::baseline(name, where, moves.back()));
  }
}

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

void require_run(const arguments& a) {
  require(a.episodes >= 1 && a.episodes <= 1'000'000, "--episodes", "the number", a.episodes, "be from 1 to 1000000");
  require(a.seed <= std::numeric_limits<std::uint32_t>::max() - a.episodes, "--seed", "the first seed", a.seed,
          "leave all seeds below 2^32, which is what the published generator takes");
  require(a.checkpoints <= 1'000, "--checkpoints", "the number", a.checkpoints, "be at most 1000");
  require(a.train_seeds >= 1 && a.train_seeds <= 300, "--train-seeds", "the number", a.train_seeds, "be from 1 to 300");
  report::require_place(a.json);
  report::require_place(a.csv);
  require(a.csv.empty() || a.csv != a.json, "--csv", "the file", a.csv.string(), "not be that of --json");
}

report::style farm_style(const std::vector<int>& moves) {
  const bool wide = moves.back() > 1;
  const report::figure in_time{"final_qos", "in time %", 100, 2, 6, "% in time", "points in time"};
  const report::figure workers{"mean_workers", "mean workers", 1, 2, 5, "workers", "workers"};
  const report::figure by_time{"mean_workers_by_time", "workers by time", 1, 2, 5};
  report::style how{.subject = "The farm under ",
                    .unit = " workers",
                    .columns = {in_time,
                                workers,
                                {"max_workers", "max workers", 1, 1, 4},
                                {"scaling_actions", "scalings", 1, 1, 4},
                                {"noop_actions", "no-ops", 1, 1, 5}},
                    .service = in_time,
                    .cost = workers,
                    .cost_over_training = wide ? by_time : workers,
                    .tracked = {in_time.metric, workers.metric, by_time.metric}};
  if (wide) how.columns.push_back(by_time);  // weighting by time changes nothing where every step lasts the same
  how.columns.push_back({"total_reward", "reward", 1, 0, 7});
  return how;
}

report::findings begin_findings(const arguments& a, const scenario& where, const std::vector<int>& moves) {
  require_run(a);
  report::findings f;
  f.how = farm_style(moves);
  f.workload = where.name;
  f.sentence = where.sentence;
  f.actions = moves_text(moves);
  f.seeds = seed_range(a.seed, a.episodes);
  return f;
}

std::optional<bound::curve> bound_of(const arguments& a, const scenario& where, const std::vector<int>& moves,
                                     const std::vector<std::uint64_t>& seeds, std::vector<std::string>& notes) {
  if (a.no_bound || terminal::interrupted) return std::nullopt;
  terminal::progress_bar bar("clairvoyant bound", seeds.size());
  bound::curve c = bound::of(where, seeds, moves, [&](std::uint64_t done) {
    bar.show(done);
    return terminal::interrupted.load();
  });
  if (c.stopped) return std::nullopt;
  if (moves.back() > 1) {
    notes.emplace_back(
        "The bound is of the mean over steps, and loose: how long a step of larger moves lasts is not known to it.");
  }
  return c;
}

int publish(const arguments& a, report::findings& f) {
  f.stopped = terminal::interrupted;
  if (f.rows.empty()) {
    std::cerr << "headroom: interrupted before the first result\n";
    return exit_interrupted;
  }
  report::print(f, std::cout);
  std::cout.flush();
  if (!a.json.empty()) report::write(a.json, report::json_text(f));
  if (!a.csv.empty()) report::write(a.csv, report::to_csv(f));
  return f.stopped ? exit_interrupted : 0;
}
