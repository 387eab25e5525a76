#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <headroom/core/check.hpp>
#include <headroom/run/statistics.hpp>

#include "commands/commands.hpp"
#include "commands/options.hpp"
#include "commands/recording.hpp"
#include "commands/settings_values.hpp"
#include "commands/sweep_kept.hpp"
#include "commands/sweep_plan.hpp"
#include "hosts/settings.hpp"
#include "reports/json.hpp"
#include "scaling/scaled_system.hpp"
#include "support/command_line.hpp"
#include "support/files.hpp"
#include "support/nearest.hpp"
#include "support/new_folder.hpp"
#include "support/terminal.hpp"
#include "support/threads.hpp"
#include "systems/registry.hpp"

/// `headroom sweep`: tries many settings, chooses one on some episodes and judges it on others.
namespace tool {

using namespace headroom;

namespace {

using sweeping::kept_results;

struct sweep_options {
  std::string policy = "sarsa";
  std::optional<double> price{};
  training_options training{};
  evaluation_options evaluation{};
  double level = 0.99;
  std::size_t tune_episodes = 200;
  std::string method = "grid";
  std::size_t draws = 20;
  std::uint64_t draw_seed = 1;
  std::uint64_t keep_one_in = 3;
  std::uint64_t least_episodes = 100;
  std::size_t threads = 0;
  std::filesystem::path out{};

  void declare(command& to) {
    to.add("--policy", policy, "Which learner or autoscaler (headroom policies)").shows_default();
    to.add(
        "--price", price,
        "Of a learner: what a request out of time costs, in replicas for one step, as the 3 in sarsa:3 (default: its "
        "own)");
    to.add("--train-episodes", training.train_episodes,
           "Train on this many episodes (default: the learner's own number); the last round of successive halving");
    to.add("--train-seeds", training.train_seeds, "Train every setting so many times; intervals are over these")
        .shows_default();
    evaluation.declare(to);
    to.add("--level", level,
           "The chosen setting keeps this fraction of requests in time with the fewest replicas; if none keeps it, it "
           "is "
           "the one that comes nearest")
        .shows_default();
    to.add("--tune-episodes", tune_episodes,
           "Choose on so many other episodes; of a trace, from the part that learners train on")
        .shows_default();
    to.add("--method", method,
           "grid: every combination; random: --draws of them; halving: all train for --least-episodes, the best one in "
           "--keep-one-in goes on to a round that is as many times longer")
        .shows_default();
    to.add("--draws", draws, "Of random, and of halving over a range without steps: how many settings").shows_default();
    to.add("--draw-seed", draw_seed, "The settings that are drawn follow from it").shows_default();
    to.add("--keep-one-in", keep_one_in, "Of halving").shows_default();
    to.add("--least-episodes", least_episodes, "Of halving: the first round").shows_default();
    to.add(
        "--threads", threads,
        "Trainings at once, at most as many as the machine has processors (default: all). Results do not depend on it");
    to.add("--out", out, "The new folder. Until it is complete, FOLDER.partial holds what is finished").required();
  }
  void check() const {
    evaluation.check();
    training.check();
    require(tune_episodes >= 1 && tune_episodes <= 1'000'000, "--tune-episodes", "the number", tune_episodes,
            "be from 1 to 1000000");
    require(level > 0 && level < 1, "--level", "the fraction of requests in time", level, "be in (0, 1)");
    const std::vector<std::string> methods{"grid", "random", "halving"};
    const std::string& nearest = nearest_in(methods, method, [](const std::string& m) { return m; });
    require(method == nearest, "--method", "the name", method, "be grid, random or halving; the nearest is " + nearest);
    require(draws >= 1 && draws <= 10'000, "--draws", "the number", draws, "be from 1 to 10000");
    require(keep_one_in >= 2 && keep_one_in <= 100, "--keep-one-in", "the number", keep_one_in, "be from 2 to 100");
    require(least_episodes >= 1, "--least-episodes", "the number", least_episodes, "be at least 1");
    new_folder::require_free(out);
  }
  // As the system knows it, with its price.
  [[nodiscard]] std::string name_on(const scaled_system& on) const {
    if (!price) return policy;
    require(on.priced(policy), "--price", "the price", *price,
            "be left out: " + policy + " is no learner that takes one after a colon");
    return policy + ':' + to_text(*price);
  }
};

// The command as one setting would have it on the command line.
class tried_setting {
 public:
  tried_setting(const command& said, sweeping::setting s) : setting_(std::move(s)) {
    command& c = line_.add("sweep", "");
    command_ = &c;
    o_.declare(c);
    systems_ = std::make_unique<system_choice>(c, system_choice::of::scaled_without_table);
    std::vector<std::string> arguments;
    const auto add = [&](const std::string& option, const std::string& value) {
      const bool flag = std::any_of(flags_.begin(), flags_.end(), [&](const std::string& f) { return f == option; });
      if (!flag)
        arguments.push_back(option + "=" + value);
      else if (value == "true")
        arguments.push_back(option);
    };
    for (const command::declared_option& one : c.options()) {
      if (one.is == command::kind::yes_no) flags_.push_back(one.name);
    }
    for (const command::setting& one : said.settings()) {
      const bool own =
          std::any_of(setting_.begin(), setting_.end(), [&](const auto& v) { return v.option == one.name; });
      if (one.given && !own && one.name != "--settings" && one.name != "--quiet" && one.name != "--plain")
        add(one.name, one.value);
    }
    for (const sweeping::chosen_value& v : setting_) {
      add(v.option, v.text);
      // What makes another system of it.
      if (!v.key.starts_with("agent.") && !v.key.starts_with("reward.")) world_ += v.key + " = " + v.text + '\n';
    }
    try {
      c.parse(arguments);
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument("sweep: " + name() + ": " + e.what());
    }
  }

  [[nodiscard]] const sweep_options& options() const { return o_; }
  [[nodiscard]] const scaled_system& on() const { return *on_; }
  [[nodiscard]] std::string name() const { return sweeping::name_of(setting_); }
  [[nodiscard]] const sweeping::setting& values() const { return setting_; }
  [[nodiscard]] std::string text() const { return settings_text(*command_, "sweep"); }
  [[nodiscard]] bool learns() const { return on_->offered(policy_).learns(); }
  [[nodiscard]] const std::string& policy() const { return policy_; }
  [[nodiscard]] std::uint64_t full_episodes() const {
    return learns() ? on_->train_episodes(on_->offered(policy_), o_.training.train_episodes) : 0;
  }
  // Settings of one world share it. Refuses what cannot be trained before an hour of work.
  void settle(std::map<std::string, std::shared_ptr<scaled_system>>& worlds) {
    try {
      std::shared_ptr<scaled_system>& world = worlds[world_];
      if (!world) world = systems_->make_scaled();
      on_ = world;
      policy_ = o_.name_on(*on_);
      const offered_policy& one = on_->offered(policy_);
      if (one.learns())
        static_cast<void>(one.train(policy_, 1, full_episodes()));
      else
        static_cast<void>(one.make(policy_));
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument("sweep: " + name() + ": " + e.what());
    }
  }

 private:
  sweeping::setting setting_;
  command_line line_{"", ""};
  const command* command_ = nullptr;
  sweep_options o_{};
  std::unique_ptr<system_choice> systems_{};
  std::vector<std::string> flags_{};
  std::string world_{};
  std::shared_ptr<scaled_system> on_{};
  std::string policy_{};
};

// What is known of a setting after a round: for each training seed the means over the episodes of the choice.
struct outcome {
  std::size_t setting = 0;
  std::uint64_t episodes = 0;
  std::vector<evaluation> by_seed{};  // one of a policy that does not learn

  [[nodiscard]] summary of(std::string_view metric) const {
    if (by_seed.size() == 1) return by_seed.front().summarized(metric);
    std::vector<double> means;
    for (const evaluation& e : by_seed) means.push_back(e.summarized(metric).mean);
    return summarize(means);
  }
};

// The order of the choice: who keeps the level before who does not; of these the fewest replicas, of those the highest
// level. Equal ones stay in the order in which they were written.
bool better(const outcome& a, const outcome& b, const scaled_metrics& m, double level) {
  const double level_a = a.of(m.level).mean;
  const double level_b = b.of(m.level).mean;
  if ((level_a >= level) != (level_b >= level)) return level_a >= level;
  if (level_a >= level) return a.of(m.cost).mean < b.of(m.cost).mean;
  return level_a > level_b;
}

enum class play_on : std::uint8_t { choice, judgement };

// Trains and plays settings on all threads; what was finished before is not done again.
class sweep_run {
 public:
  sweep_run(const sweep_options& o, std::vector<std::unique_ptr<tried_setting>>& all, const kept_results& kept)
      : o_(o), all_(all), kept_(kept), tuning_(seed_range(first_validation_seed, o.tune_episodes)) {}

  // Fewer outcomes than settings if the user stopped it.
  std::vector<outcome> round(const std::vector<std::size_t>& settings, std::uint64_t at_most, play_on part,
                             const std::string& task) {
    struct job {
      std::size_t of = 0;  // in `outcomes`
      std::uint64_t seed = 0;
    };
    std::vector<outcome> outcomes;
    std::vector<job> jobs;
    for (const std::size_t k : settings) {
      const tried_setting& s = *all_[k];
      const std::size_t seeds = s.learns() ? o_.training.train_seeds : 1;
      for (std::uint64_t seed = 1; seed <= seeds; ++seed) jobs.push_back({outcomes.size(), seed});
      outcomes.push_back({k, std::min(at_most, s.full_episodes()), std::vector<evaluation>(seeds)});
    }
    terminal::progress_bar bar(task, jobs.size());
    std::mutex one_at_a_time;
    std::atomic<std::size_t> taken{0};
    std::atomic<std::size_t> done{0};
    const std::size_t threads = o_.threads == 0 ? jobs.size() : std::min(o_.threads, jobs.size());
    on_all_threads(
        threads, [] { return 0; },
        [&](int, std::size_t) {
          for (std::size_t k = taken++; k < jobs.size(); k = taken++) {
            if (terminal::interrupted) return false;
            outcome& to = outcomes[jobs[k].of];
            auto e = once(to, jobs[k].seed, part);
            if (!e) return false;
            to.by_seed[jobs[k].seed - 1] = std::move(*e);
            const std::size_t now = ++done;
            const std::scoped_lock lock(one_at_a_time);
            bar.show(now);
          }
          return true;
        });
    if (done < jobs.size()) outcomes.clear();
    return outcomes;
  }
  [[nodiscard]] const std::vector<std::uint64_t>& tuning() const { return tuning_; }

 private:
  std::optional<evaluation> once(const outcome& of, std::uint64_t seed, play_on part) const {
    const tried_setting& s = *all_[of.setting];
    const std::string name = std::string(part == play_on::choice ? "choice" : "judgement") + '-' + to_text(of.setting) +
                             '-' + to_text(of.episodes) + '-' + to_text(seed);
    if (auto before = kept_.find(name)) return before;
    // While a setting is chosen, no episode is played that it will be judged on.
    const std::vector<std::uint64_t> reported =
        part == play_on::choice ? std::vector{tuning_.front()} : o_.evaluation.seeds();
    const std::unique_ptr<episode_player> player = s.on().player(tuning_, reported);
    std::optional<evaluation> e;
    if (s.learns()) {
      auto t = player->train(s.policy(), seed, of.episodes, [](std::uint64_t) { return terminal::interrupted.load(); });
      e = part == play_on::choice ? std::move(t.tuned) : std::move(t.reported);
    } else {
      e = player->play(part == play_on::choice ? episode_player::part::tuning : episode_player::part::reported,
                       s.policy());
    }
    if (!e || e->stopped) return std::nullopt;
    kept_.keep(name, *e);
    return e;
  }

  const sweep_options& o_;
  const std::vector<std::unique_ptr<tried_setting>>& all_;
  const kept_results& kept_;
  std::vector<std::uint64_t> tuning_;
};

// The rounds of a sweep: one, or those of successive halving. Each holds its outcomes, best first.
struct sweep_round {
  std::uint64_t episodes = 0;  // of a learner, at most; 0: each its own number
  std::vector<outcome> outcomes{};
};

std::vector<std::uint64_t> lengths_of(const sweep_options& o, std::uint64_t full) {
  if (o.method != "halving") return {full};
  std::vector<std::uint64_t> all;
  for (std::uint64_t n = o.least_episodes; n<full; n = n> full / o.keep_one_in ? full : n * o.keep_one_in)
    all.push_back(n);
  all.push_back(full);
  return all;
}

std::string between(const std::vector<std::uint64_t>& seeds) {
  return "episodes " + to_text(seeds.front()) + " to " + to_text(seeds.back());
}

std::string sweep_csv(const std::vector<sweep_round>& rounds, const std::vector<std::unique_ptr<tried_setting>>& all) {
  std::string text;
  for (std::size_t r = 0; r < rounds.size(); ++r) {
    for (const outcome& one : rounds[r].outcomes) {
      const sweeping::setting& values = all[one.setting]->values();
      if (text.empty()) {
        text = "round,setting";
        for (const auto& v : values) text.append(",").append(v.key);
        text += ",train_episodes,train_seed";
        for (const std::string_view m : one.by_seed.front().names) text.append(",").append(m);
        text += '\n';
      }
      for (std::size_t k = 0; k < one.by_seed.size(); ++k) {
        text += to_text(r + 1) + ',' + to_text(one.setting + 1);
        for (const auto& v : values)
          text += v.text.find(',') == std::string::npos ? ',' + v.text : ",\"" + v.text + '"';
        text += ',' + to_text(one.episodes) + ',' + (all[one.setting]->learns() ? to_text(k + 1) : std::string());
        for (const std::string_view m : one.by_seed[k].names) text += ',' + to_text(one.by_seed[k].summarized(m).mean);
        text += '\n';
      }
    }
  }
  return text;
}

// The settings with the chosen one in them, to go on with.
std::string chosen_toml(const tried_setting& s) {
  std::string text = "# " + s.name() + ", which headroom sweep chose.\n";
  if (s.learns()) text += "# headroom train --settings chosen.toml --policy " + s.policy() + " --folder chosen\n";
  return text + s.text();
}

void print_sweep(const sweep_options& o, const std::vector<sweep_round>& rounds, const outcome& judged,
                 const std::vector<std::unique_ptr<tried_setting>>& all, const std::vector<std::uint64_t>& tuning) {
  const tried_setting& first = *all[rounds.back().outcomes.front().setting];
  const report::style& how = first.on().description.how;
  const scaled_metrics& m = first.on().metrics;
  std::cout << how.subject << first.on().description.sentence << ": " << all.size()
            << (all.size() == 1 ? " setting, " : " settings, ") << o.method << ", " << o.training.train_seeds
            << (o.training.train_seeds == 1 ? " training each\n" : " trainings each\n") << "chosen on "
            << between(tuning) << (first.on().fresh_seeds ? "" : " of the part that learners train on")
            << ", judged on " << between(judged.by_seed.front().seeds) << "\n\n";
  for (const sweep_round& r : rounds) {
    if (rounds.size() > 1) std::cout << "trained on " << r.episodes << " episodes:\n";
    std::cout << "   in time %  mean " << m.noun << "s  setting\n";
    for (const outcome& one : r.outcomes) {
      std::cout << report::cell(one.of(m.level), 100, 2, 6) << "  " << report::cell(one.of(m.cost), 1, 2, 6) << "  "
                << all[one.setting]->name() << '\n';
    }
    std::cout << '\n';
  }
  const outcome& chosen = rounds.back().outcomes.front();
  const bool keeps = chosen.of(m.level).mean >= o.level;
  const auto figures = [&](const outcome& of) {
    return report::cell(of.of(m.level), 100, 2, 0) + " % in time with " + report::cell(of.of(m.cost), 1, 2, 0) + ' ' +
           std::string(m.noun) + "s";
  };
  std::cout << "chosen:  " << all[chosen.setting]->name()
            << (keeps ? ", the fewest " + std::string(m.noun) + "s of those that keep "
                      : ", the nearest of all: none keeps ")
            << report::fixed(100 * o.level, 2) << " % on the episodes of the choice\n"
            << "there:   " << figures(chosen) << '\n'
            << "judged:  " << figures(judged) << ", on episodes that took no part in the choice\n";
  if (judged.of(m.level).mean < o.level && keeps)
    std::cout << "Beware: it keeps the level where it was chosen, and not where it is judged.\n";
  std::cout << "After the sign half a 95 % interval, over "
            << (judged.by_seed.size() > 1 ? "training seeds" : "episodes, as one training tells no more") << ".\n";
}

report::findings judged_findings(const sweep_options& o, const tried_setting& s, const outcome& judged) {
  report::findings f = begin_findings(s.on(), o.evaluation);
  report::row r{.name = s.policy(), .result = judged.by_seed.front(), .learns = s.learns()};
  if (s.learns()) {
    r.train_episodes = judged.episodes;
    r.by_train_seed = judged.by_seed;
    for (std::size_t k = 0; k < judged.by_seed.size(); ++k) {
      r.train_seeds.push_back(k + 1);
      note_overlap(f.notes, f.seeds, s.policy(), k + 1, s.on().trained_on(s.policy(), k + 1, judged.episodes));
    }
    std::vector<std::size_t> order(judged.by_seed.size());
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
      return judged.by_seed[x].summarized(s.on().metrics.level).mean <
             judged.by_seed[y].summarized(s.on().metrics.level).mean;
    });
    r.result = judged.by_seed[order[(order.size() - 1) / 2]];
  }
  f.level = o.level;
  f.rows.push_back(std::move(r));
  return f;
}

int interrupted_sweep(const sweep_options& o) {
  std::cerr << "headroom: interrupted; what was finished is in " << o.out.string()
            << ".partial, and the same command goes on from there\n";
  return exit_interrupted;
}

std::vector<sweeping::setting> settings_to_try(const sweep_options& o, const std::vector<sweeping::axis>& axes) {
  const bool endless =
      std::any_of(axes.begin(), axes.end(), [](const auto& a) { return a.over && a.over->steps == 0; });
  if (o.method == "random" || (o.method == "halving" && endless)) return sweeping::draws_of(axes, o.draws, o.draw_seed);
  return sweeping::grid_of(axes);
}

int sweep_settings(const sweep_options& o, const command& said) {
  std::filesystem::path file;
  for (const command::setting& s : said.settings()) {
    if (s.name == "--settings") file = s.value;
  }
  require(!file.empty(), "sweep", "--settings", "missing",
          "name a file with [sweep.over], as in examples/settings.toml");
  o.check();
  const std::vector<sweeping::axis> axes = sweeping::axes_in(settings(file), said);
  if (axes.empty())
    throw std::invalid_argument(file.string() +
                                ": [sweep.over] is missing, must name what is tried, as in reward.price = "
                                "[2, 4, 8]");
  std::vector<std::unique_ptr<tried_setting>> all;
  std::map<std::string, std::shared_ptr<scaled_system>> worlds;
  std::uint64_t full = 0;
  for (sweeping::setting& s : settings_to_try(o, axes)) {
    all.push_back(std::make_unique<tried_setting>(said, std::move(s)));
    all.back()->settle(worlds);
    full = std::max(full, all.back()->full_episodes());
  }
  kept_results kept(
      o.out, "# headroom " + report::version_text() + '\n' + settings_text(said, "sweep") + sweeping::text_of(axes));
  if (kept.found() > 0) note("goes on: " + to_text(kept.found()) + " trainings were finished before");

  sweep_run run(o, all, kept);
  std::vector<std::size_t> left(all.size());
  for (std::size_t k = 0; k < left.size(); ++k) left[k] = k;
  std::vector<sweep_round> rounds;
  for (const std::uint64_t episodes : lengths_of(o, full)) {
    sweep_round r{episodes,
                  run.round(left, episodes, play_on::choice,
                            "sweep, " + to_text(left.size()) + (left.size() == 1 ? " setting" : " settings"))};
    if (r.outcomes.empty()) return interrupted_sweep(o);
    const scaled_metrics& m = all.front()->on().metrics;
    std::stable_sort(r.outcomes.begin(), r.outcomes.end(),
                     [&](const outcome& a, const outcome& b) { return better(a, b, m, o.level); });
    const std::size_t keep = (left.size() + o.keep_one_in - 1) / o.keep_one_in;
    left.clear();
    for (std::size_t k = 0; k < std::min(keep, r.outcomes.size()); ++k) left.push_back(r.outcomes[k].setting);
    std::sort(left.begin(), left.end());
    rounds.push_back(std::move(r));
  }
  const outcome& chosen = rounds.back().outcomes.front();
  const std::vector<outcome> judged =
      run.round({chosen.setting}, chosen.episodes, play_on::judgement, "judging the chosen");
  if (judged.empty()) return interrupted_sweep(o);
  const tried_setting& best = *all[chosen.setting];
  report::findings f = judged_findings(o, best, judged.front());
  f.notes.push_back("chosen on " + between(run.tuning()) + ", judged on " + between(f.seeds) + ": " + best.name() +
                    ".");
  print_sweep(o, rounds, judged.front(), all, run.tuning());
  std::cout.flush();
  if (worlds.size() > 1)
    std::cout
        << "Beware: not every setting is of the same environment, load or service; their figures are of different "
           "tasks.\n";
  report::run_record more{.settings_file = sweeping::text_of(axes)};
  const auto add = [&](const char* name, std::string text) {
    more.files.push_back({name, [text = std::move(text)](const std::filesystem::path& at) { write_file(at, text); }});
  };
  add("sweep.csv", sweep_csv(rounds, all));
  add("chosen.toml", chosen_toml(best));
  leave_run(o.out, said, "sweep", f, {}, std::move(more));
  if (!o.evaluation.json.empty()) write_file(o.evaluation.json, report::json_text(f));
  kept.remove();
  return exit_done;
}

}  // namespace

void add_sweep(command_line& to) {
  command& c = to.add("sweep", "Try many settings, choose one on some episodes, and judge it on others");
  const auto o = std::make_shared<sweep_options>();
  o->declare(c);
  // Its options are those of every setting; each setting has its own.
  const auto systems = std::make_shared<system_choice>(c, system_choice::of::scaled_without_table);
  c.footer(
      "What is tried stands in [sweep.over] of the settings file: a list, or a range with from, to, steps and log.\n"
      "  [sweep.over]\n"
      "  agent.name = [\"sarsa\", \"q-learning\"]\n"
      "  reward.price = {from = 1, to = 16, steps = 5, log = true}\n"
      "Examples:\n"
      "  headroom sweep --settings settings.toml --out tried         again after Ctrl-C: it goes on\n"
      "  headroom sweep --settings settings.toml --out tried --method random --draws 30\n"
      "The folder has sweep.csv, chosen.toml and what compare --out leaves, of the chosen setting.");
  c.runs([o, systems, &c] { return sweep_settings(*o, c); });
}

}  // namespace tool
