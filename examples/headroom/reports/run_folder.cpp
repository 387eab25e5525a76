#include "reports/run_folder.hpp"

#include <cmath>

#include <headroom/core/types.hpp>

#include "support/files.hpp"
#include "support/new_folder.hpp"

namespace tool::report {

namespace {

json figure_json(const figure& f) {
  return {{"metric", f.metric}, {"title", f.title}, {"scale", f.scale}, {"decimals", f.decimals}};
}

// Not known is an empty cell.
std::string csv_number(double v) { return std::isfinite(v) ? to_text(v) : std::string(); }

std::string run_json(const findings& f, const run_record& r) {
  json j;
  j["format"] = "headroom run 1";
  j["command"] = r.command;
  j["headroom_version"] = version_text();
  j["compiler"] = __VERSION__;
  j["environment"] = f.environment;
  j["workload"] = f.workload;
  j["sentence"] = f.how.subject + f.sentence;
  j["actions"] = f.actions + f.how.unit;
  j["noun"] = f.how.noun;
  j["level"] = f.level;
  j["stopped"] = f.stopped;
  j["seeds"] = {{"first", f.seeds.front()}, {"count", f.seeds.size()}};
  j["figures"]["service"] = figure_json(f.how.service);
  j["figures"]["cost"] = figure_json(f.how.cost);
  j["figures"]["columns"] = json::array();
  for (const figure& c : f.how.columns) j["figures"]["columns"].push_back(figure_json(c));
  j["training"] = json::array();
  for (const row& one : f.rows) {
    if (one.learns)
      j["training"].push_back({{"policy", one.name}, {"episodes", one.train_episodes}, {"seeds", one.train_seeds}});
  }
  j["settings"] = json::array();
  for (const run_setting& s : r.settings)
    j["settings"].push_back({{"name", s.name}, {"value", s.value}, {"given", s.given}});
  j["episodes"] = json::array();
  for (const chosen_episode& c : r.chosen) j["episodes"].push_back({{"seed", c.seed}, {"why", c.why}});
  j["notes"] = f.notes;
  return j.dump(1) + '\n';
}

void add_lines(std::string& to, const row& of, const evaluation& e, const json& training_seed) {
  for (std::size_t k = 0; k < e.seeds.size(); ++k) {
    json one;
    one["policy"] = of.name;
    one["train_seed"] = training_seed;
    one["seed"] = e.seeds[k];
    for (std::size_t m = 0; m < e.names.size(); ++m) one[std::string(e.names[m])] = number_json(e.values[m][k]);
    to += one.dump() + '\n';
  }
}
// Every episode of every training seed; a policy that does not learn has null for it.
std::string metric_lines(const findings& f) {
  std::string text;
  for (const row& r : f.rows) {
    if (!r.learns) add_lines(text, r, r.result, nullptr);
    for (std::size_t k = 0; k < r.by_train_seed.size(); ++k) add_lines(text, r, r.by_train_seed[k], r.train_seeds[k]);
  }
  return text;
}

// The same as a table. Policies of one system have the same metrics.
std::string metric_csv(const findings& f) {
  std::string text = "policy,train_seed,seed";
  for (const std::string_view m : f.rows.front().result.names) text.append(",").append(m);
  text += '\n';
  const auto add = [&](const row& of, const evaluation& e, const std::string& training_seed) {
    for (std::size_t k = 0; k < e.seeds.size(); ++k) {
      text += of.name + ',' + training_seed + ',' + to_text(e.seeds[k]);
      for (std::size_t m = 0; m < e.names.size(); ++m) text += ',' + csv_number(e.values[m][k]);
      text += '\n';
    }
  };
  for (const row& r : f.rows) {
    if (!r.learns) add(r, r.result, "");
    for (std::size_t k = 0; k < r.by_train_seed.size(); ++k) add(r, r.by_train_seed[k], to_text(r.train_seeds[k]));
  }
  return text;
}

// A line for each policy, moment and training seed.
std::string training_csv(const findings& f) {
  std::string text;
  for (const row& r : f.rows) {
    for (const checkpoint_row& at : r.checkpoints) {
      if (at.figures.empty()) continue;
      for (std::size_t k = 0; k < at.figures.front().size() && k < r.train_seeds.size(); ++k) {
        text += r.name + ',' + to_text(r.train_seeds[k]) + ',' + to_text(at.episodes);
        for (const auto& figures : at.figures) text += ',' + csv_number(figures[k]);
        text += '\n';
      }
    }
  }
  if (text.empty()) return text;
  std::string head = "policy,train_seed,episodes";
  for (const std::string_view m : f.how.tracked) head.append(",").append(m);
  return head + '\n' + text;
}

std::string steps_csv(const run_record& r) {
  std::string text;
  for (const policy_episodes& p : r.steps) {
    for (const auto& e : p.episodes) {
      if (text.empty()) {
        text = "policy,seed,step,move";
        for (const std::string_view c : e->columns) text.append(",").append(c);
        text += '\n';
      }
      for (std::size_t k = 0; k < e->steps(); ++k) {
        text += p.policy + ',' + to_text(e->seed) + ',' + to_text(k) + ',' + to_text(e->moves[k]);
        for (const auto& column : e->values) text += ',' + csv_number(column[k]);
        text += '\n';
      }
    }
  }
  return text;
}

}  // namespace

void write_run(const std::filesystem::path& folder, const findings& f, const run_record& r) {
  new_folder to(folder);
  write_file(to / "run.json", run_json(f, r));
  write_file(to / "results.json", r.results.empty() ? json_text(f) : r.results);
  write_file(to / "episodes.csv", csv_text(f));
  write_file(to / "metrics.csv", metric_csv(f));
  write_file(to / "metrics.jsonl", metric_lines(f));
  if (!r.settings_file.empty()) write_file(to / "settings.toml", r.settings_file);
  for (const extra_file& one : r.files) one.write(to / one.name);
  if (const std::string text = training_csv(f); !text.empty()) write_file(to / "training.csv", text);
  if (const std::string text = steps_csv(r); !text.empty()) write_file(to / "steps.csv", text);
  if (!r.behaviour.is_null()) write_file(to / "behaviour.json", r.behaviour.dump() + '\n');
  to.complete();
}

}  // namespace tool::report
