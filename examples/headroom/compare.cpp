#include <algorithm>
#include <cstddef>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "play.hpp"

using namespace headroom;

namespace {

// How a learner did over its training.
void record_checkpoint(report::checkpoint_row& to, const evaluation& e) {
  to.final_qos.push_back(e.summarized("final_qos").mean);
  to.mean_workers.push_back(e.summarized("mean_workers").mean);
  to.mean_workers_by_time.push_back(e.summarized("mean_workers_by_time").mean);
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
        record_checkpoint(at, evaluate_on(where, policy, f.seeds));
      }
      train(*training, to_the_end, bar);
    }
    if (!training->finished()) break;
    any_farm_policy policy = training->best();
    evaluation e = evaluate_on(where, policy, f.seeds, "evaluating " + of_seed);
    if (e.stopped) break;
    note_overlap(f.notes, f.seeds, name, seed, r.train_episodes);
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

}  // namespace

int compare_command(const arguments& a) {
  const scenario where = make_scenario(a.load);
  const std::vector<int> moves = moves_of(a.actions);
  report::findings f = begin_findings(a, where, moves);
  const auto names = a.policies.empty() ? default_policies(where) : names_in(a.policies);
  require_policies(a, where, moves, names);
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
  if (!f.rows.empty()) f.clairvoyant = bound_of(a, where, moves, f.seeds, f.notes);
  return publish(a, f);
}

int policies_command() {
  for (const contestants::entry& e : contestants::catalogue()) {
    std::string name(e.name);
    name.resize(std::max<std::size_t>(name.size(), 29), ' ');
    std::string knobs;
    if (e.train_episodes > 0) {
      if (!e.name.ends_with("-published")) knobs = " (knob: price)";
    } else if (const auto* const a = contestants::find_autoscaler(e.name); !a->needs_settings()) {
      for (const contestants::knob& k : a->knobs) knobs.append(knobs.empty() ? "" : "/").append(k.name);
      knobs = (a->knobs.size() > 1 ? " (knobs: " : " (knob: ") + knobs + ')';
    }
    std::cout << name << e.line << knobs << '\n';
  }
  return 0;
}
