#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <headroom/core/check.hpp>
#include <headroom/run/compare.hpp>
#include <headroom/run/observers.hpp>
#include <headroom/run/run.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/published_reward.hpp>
#include <headroom/systems/farm/score.hpp>

#include "farm/live_farm.hpp"
#include "live/child.hpp"
#include "redis/live_farm.hpp"
#include "redis/own_redis.hpp"
#include "redis/played_policies.hpp"
#include "reports/report.hpp"
#include "reports/run_folder.hpp"
#include "support/command_line.hpp"
#include "support/new_folder.hpp"
#include "support/terminal.hpp"
#include "systems/farm/farm.hpp"
#include "systems/policy_names.hpp"

/// `headroom farm --live`: the policies of the published farm on real processes, beside the simulator.
namespace tool {

using namespace headroom;
namespace fs = std::filesystem;

namespace {

using figures = farm::score<farm::published_reward>;
using recording = recorded_on<farm::environment>;

// A policy, and what became of it in both worlds, seed by seed.
struct played_twice {
  std::string name;
  farm_policy one;
  evaluation processes{};
  evaluation simulated{};
  std::shared_ptr<const recording> first_processes{};
  std::shared_ptr<const recording> first_simulated{};
};

evaluation no_episodes() {
  evaluation e;
  e.names.assign(figures::names.begin(), figures::names.end());
  e.values.resize(e.names.size());
  return e;
}

// `headroom train`, as a process of its own: a file that anybody could have made. False if it was interrupted.
bool train_beside(const std::string& name, const fs::path& model, const std::optional<std::uint64_t>& episodes) {
  // What it says goes to standard error: standard output is for the table.
  std::vector<std::string> command{"/bin/sh",
                                   "-c",
                                   "exec \"$@\" >&2",
                                   "sh",
                                   fs::read_symlink("/proc/self/exe").string(),
                                   "train",
                                   "--environment",
                                   "farm",
                                   "--policy",
                                   name,
                                   "--out",
                                   model.string()};
  if (episodes) command.insert(command.end(), {"--train-episodes", to_text(*episodes)});
  if (terminal::quiet) command.emplace_back("--quiet");
  if (terminal::plain) command.emplace_back("--plain");
  live_programs::child training(command);
  training.wait();
  if (terminal::interrupted) return false;
  if (!training.ended_well()) throw std::runtime_error("farm: the training of " + name + " failed");
  return true;
}

// Every policy before the first episode, so that a wrong name costs nothing. Nothing if a training was interrupted.
std::optional<std::vector<played_twice>> policies_of(const farm_live_options& o) {
  std::vector<std::pair<std::string, fs::path>> all;  // with the model of a learner
  for (const std::string& name : names_in(o.policies)) {
    const bool learns = find_farm_learner(name) != nullptr;
    if (!learns) static_cast<void>(played_farm_policy(name));
    std::string file = name;
    std::replace(file.begin(), file.end(), ':', '-');
    all.emplace_back(name, learns ? o.models / (file + ".model") : fs::path());
  }
  std::vector<played_twice> played;
  for (const auto& [name, model] : all) {
    if (!model.empty() && !fs::exists(model)) {
      fs::create_directories(o.models);
      if (!train_beside(name, model, o.train_episodes)) return std::nullopt;
    }
    played.push_back({.name = name,
                      .one = model.empty() ? played_farm_policy(name) : played_farm_model(model),
                      .processes = no_episodes(),
                      .simulated = no_episodes()});
  }
  return played;
}

// One episode; the complete ones count.
template <class World>
bool play(World&& world, farm_policy& one, std::uint64_t seed, const farm_system& how, evaluation& e,
          std::shared_ptr<const recording>& first) {
  figures score{farm::published_reward{}};
  const auto steps = std::make_shared<recording>(how.recorder(), seed);
  stop_when stop{terminal::interrupted};
  run_episodes(world, one, 1, score, *steps, stop);
  if (terminal::interrupted) return false;
  e.seeds.push_back(seed);
  const auto values = score.values();
  for (std::size_t m = 0; m < values.size(); ++m) e.values[m].push_back(values[m]);
  if (e.seeds.size() == 1) first = steps;
  return true;
}

summary difference_of(const played_twice& p, std::string_view metric) {
  const std::vector<double>& real = p.processes.of(metric);
  std::vector<double> d(real.size());
  for (std::size_t k = 0; k < d.size(); ++k) d[k] = real[k] - p.simulated.of(metric)[k];
  return summarize(d);
}

// A mean and half its interval; one episode has none.
std::string cell_of(const summary& s, double scale) {
  std::string text = report::cell(s, scale, 2, 6);
  if (s.count < 2) text.resize(6), text += "       ";
  return text;
}

void print_row(const played_twice& p, std::size_t width) {
  std::string line = p.name;
  report::pad_to(line, width, report::shown(line));
  for (const auto& [metric, scale] : {std::pair{"final_qos", 100.0}, std::pair{"mean_workers", 1.0}}) {
    line += "  " + cell_of(p.processes.summarized(metric), scale);
    line += "  " + cell_of(p.simulated.summarized(metric), scale);
    line += "  " + cell_of(difference_of(p, metric), scale);
  }
  while (line.back() == ' ') line.pop_back();
  std::cout << line << '\n';
}

void print(const std::vector<played_twice>& all, const farm_run_options& o) {
  std::size_t width = 6;
  for (const played_twice& p : all) width = std::max(width, p.name.size());
  const std::string left(width, ' ');
  std::cout << "The farm on real processes, " << to_text(o.speed)
            << " times faster than published, and in the simulator: " << all.front().processes.seeds.size()
            << " episodes from seed " << o.seed << ", the same tasks for every policy and in both.\n"
            << (all.front().processes.seeds.size() > 1
                    ? "Means and 95 % intervals over the episodes; the difference is paired.\n\n"
                    : "One episode has no interval: more with --episodes.\n\n")
            << left << "  requests in time, %" << std::string(23, ' ') << "  mean workers\n"
            << "policy" << std::string(width - 6, ' ');
  for (int k = 0; k < 2; ++k) std::cout << "  processes      simulator      difference   ";
  std::cout << '\n';
  for (const played_twice& p : all) print_row(p, width);
  std::cout.flush();
}

// A folder for `headroom report`: both worlds as policies of one table, and the first episode step by step.
void leave(const fs::path& folder, const command& said, const farm_system& on, const std::vector<played_twice>& all,
           const farm_run_options& o) {
  if (folder.empty() || all.front().simulated.seeds.empty()) return;
  report::findings f;
  f.environment = on.description.environment;
  f.how = on.description.how;
  f.workload = on.description.workload;
  f.sentence = on.description.sentence;
  f.actions = on.description.actions;
  f.seeds = all.front().simulated.seeds;
  f.notes.push_back("Each policy was played twice on the same tasks: with real processes around a Redis, " +
                    to_text(o.speed) + " times faster than published, and in the simulator.");
  report::run_record r;
  r.command = "farm";
  for (const command::setting& s : said.settings()) r.settings.push_back({s.name, s.value, s.given});
  r.chosen.push_back({.seed = f.seeds.front(), .why = "first"});
  for (const played_twice& p : all) {
    f.rows.push_back({.name = p.name + " on processes", .result = p.processes});
    f.rows.push_back({.name = p.name + " simulated", .result = p.simulated});
    r.steps.push_back({f.rows[f.rows.size() - 2].name, {p.first_processes}});
    r.steps.push_back({f.rows.back().name, {p.first_simulated}});
  }
  report::write_run(folder, f, r);
}

}  // namespace

int compare_live_farm(const farm_run_options& o, const farm_live_options& live, const command& said) {
  require(o.episodes >= 1 && o.episodes <= 10'000, "--episodes", "the number", o.episodes, "be from 1 to 10000");
  new_folder::require_free(live.out);
  const farm_system on(farm_options{});
  std::optional<own_redis> own;
  if (o.redis.empty()) own.emplace();
  const std::string redis = own ? own->address() : o.redis;
  std::optional<std::vector<played_twice>> all = policies_of(live);
  if (!all) return exit_interrupted;
  // Seed by seed and not policy by policy, so that an hour of a busy machine is shared by all.
  terminal::progress_bar bar("playing " + to_text(all->size()) + " policies", o.episodes * all->size());
  std::uint64_t done = 0;
  for (std::uint64_t seed = o.seed; seed < o.seed + o.episodes && !terminal::interrupted; ++seed) {
    for (played_twice& p : *all) {
      const bool real = play(
          live_farm::environment({.redis = {.address = redis}, .speed = o.speed, .reliable = o.reliable, .seed = seed}),
          p.one, seed, on, p.processes, p.first_processes);
      if (!real || !play(farm::environment(seed), p.one, seed, on, p.simulated, p.first_simulated)) break;
      bar.show(++done);
    }
  }
  // What was interrupted in the middle of a seed is left out, so that all have the same episodes.
  std::size_t episodes = o.episodes;
  for (const played_twice& p : *all) episodes = std::min(episodes, p.simulated.seeds.size());
  if (episodes == 0) return exit_interrupted;
  for (played_twice& p : *all) {
    for (evaluation* const e : {&p.processes, &p.simulated}) {
      e->seeds.resize(episodes);
      for (std::vector<double>& one : e->values) one.resize(episodes);
    }
  }
  print(*all, o);
  leave(live.out, said, on, *all, o);
  return terminal::interrupted ? exit_interrupted : exit_done;
}

}  // namespace tool
