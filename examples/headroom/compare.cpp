#include <algorithm>
#include <cstddef>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "contest.hpp"
#include "play.hpp"

using namespace headroom;
using contests::contest;
using contests::player;

namespace {

// How a learner did over its training.
void record_checkpoint(report::checkpoint_row& to, const report::style& how, const evaluation& e) {
  to.figures.resize(how.tracked.size());
  for (std::size_t m = 0; m < how.tracked.size(); ++m) to.figures[m].push_back(e.summarized(how.tracked[m]).mean);
}

// k parts of n of a whole, in whole numbers.
std::uint64_t part_of(std::uint64_t whole, std::uint64_t k, std::uint64_t n) {
  return whole / n * k + whole % n * k / n;
}

// False if it was interrupted before anything could be said of this learner.
bool compare_learner(const arguments& a, const contest& c, const std::string& name, report::findings& f) {
  report::row r{.name = name, .learns = true, .train_episodes = c.train_episodes(name)};
  for (std::size_t k = 1; k <= a.checkpoints; ++k)
    r.checkpoints.push_back({.episodes = part_of(r.train_episodes, k, a.checkpoints)});
  for (std::uint64_t k = 0; k < a.train_seeds; ++k) {
    const std::uint64_t seed = a.train_seed + k;
    const std::string of_seed = name + ", training seed " + to_text(seed);
    const auto training = c.training(name, seed, r.train_episodes);
    std::vector<report::checkpoint_row> over_time = r.checkpoints;
    {
      terminal::progress_bar bar(training_task(name, seed), r.train_episodes);
      for (report::checkpoint_row& at : over_time) {
        train(*training, at.episodes, bar);
        if (terminal::interrupted) break;
        record_checkpoint(at, c.how, training->as_it_stands().evaluate(f.seeds, {}));
      }
      train(*training, to_the_end, bar);
    }
    if (!training->finished()) break;
    const player learned = training->best();
    evaluation e = learned.evaluate(f.seeds, "evaluating " + of_seed);
    if (e.stopped) break;
    note_overlap(f.notes, f.seeds, name, seed, c.trained_on(name, seed, r.train_episodes));
    r.train_seeds.push_back(seed);
    r.by_train_seed.push_back(std::move(e));
    if (learned.regret) r.regrets.push_back(learned.regret());
    r.checkpoints = std::move(over_time);
  }
  if (r.by_train_seed.empty()) return false;
  std::vector<std::size_t> order(r.by_train_seed.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return r.by_train_seed[x].summarized(c.how.service.metric).mean <
           r.by_train_seed[y].summarized(c.how.service.metric).mean;
  });
  const std::size_t median = order[(order.size() - 1) / 2];  // of an even number, the lower of the two in the middle
  r.result = r.by_train_seed[median];
  if (!r.regrets.empty()) r.regret = r.regrets[median];
  f.rows.push_back(std::move(r));
  return !terminal::interrupted;
}

bool learns(const contest& c, const std::string& name) {
  const contestants::entry* const e = c.find(name);
  if (e == nullptr) contestants::unknown(name, *c.policies);
  return e->train_episodes > 0;
}

// Refuses a bad name before an hour of training, not after.
void require_policies(const contest& c, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (learns(c, name))
      static_cast<void>(c.training(name, 1, c.train_episodes(name)));
    else
      static_cast<void>(c.baseline(name));
  }
}

report::findings begin(const arguments& a, const contest& c) {
  require_run(a);
  report::findings f;
  f.environment = c.environment;
  f.how = c.how;
  f.workload = c.workload;
  f.sentence = c.sentence;
  f.actions = c.actions;
  f.seeds = seed_range(a.seed, a.episodes);
  f.references = c.references;
  f.notes = c.notes;
  f.regret = c.regret;
  return f;
}

}  // namespace

int compare_command(const arguments& a, const std::function<bool(const char*)>& given) {
  const contest c = contests::make(a, given);
  report::findings f = begin(a, c);
  const auto names = a.policies.empty() ? c.defaults : names_in(a.policies);
  require_policies(c, names);
  for (const std::string& name : names) {
    if (learns(c, name)) {
      if (!compare_learner(a, c, name, f)) break;
      continue;
    }
    const player policy = c.baseline(name);
    evaluation e = policy.evaluate(f.seeds, "evaluating " + name);
    if (e.stopped) break;
    report::row r{.name = name, .result = std::move(e), .knows = c.find(name)->knows};
    if (policy.regret) r.regret = policy.regret();
    f.rows.push_back(std::move(r));
  }
  if (!f.rows.empty() && c.settle) c.settle(f);
  return publish(a, f);
}

int policies_command(const std::string& environment) {
  for (const contestants::entry& e : contests::policies_of(environment)) {
    std::string name(e.name);
    name.resize(std::max<std::size_t>(name.size(), 29), ' ');
    std::string knobs;
    if (environment != "farm") {
      // Their policies have no knobs.
    } else if (e.train_episodes > 0) {
      if (!e.name.ends_with("-published")) knobs = " (knob: price)";
    } else if (const auto* const a = contestants::find_autoscaler(e.name); !a->needs_settings()) {
      for (const contestants::knob& k : a->knobs) knobs.append(knobs.empty() ? "" : "/").append(k.name);
      knobs = (a->knobs.size() > 1 ? " (knobs: " : " (knob: ") + knobs + ')';
    }
    std::cout << name << e.line << knobs << '\n';
  }
  return 0;
}
