#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>

#include "commands/commands.hpp"
#include "commands/options.hpp"
#include "commands/recording.hpp"
#include "commands/train_from_log.hpp"
#include "learners/from_log.hpp"
#include "support/command_line.hpp"
#include "support/new_folder.hpp"
#include "support/terminal.hpp"
#include "scaling/scaled_system.hpp"
#include "systems/farm/learners.hpp"
#include "systems/registry.hpp"
#include "shards/shared_work.hpp"
#include "support/files.hpp"

/// `headroom train`: trains one learner and saves it; goes on with one that was interrupted.
namespace tool {

using namespace headroom;

namespace {

struct train_options {
  std::string policy = "sarsa";
  std::optional<std::uint64_t> train_episodes{};
  std::uint64_t train_seed = 1;
  std::uint64_t train_seeds = 1;
  std::optional<double> level{};
  std::filesystem::path folder{};
  bool model_in_folder_alone = false;
  training_output output{};
  from_log_options from_log{};
  shards::shard_option shard{};

  void declare(command& to) {
    to.add("--policy", policy, "Which learner (headroom policies)").shows_default();
    to.add("--train-episodes", train_episodes, "Number of episodes (default: the policy's own)");
    to.add("--seed", train_seed, "Training seed: workloads, initial values and exploration follow from it")
        .shows_default();
    to.add(
          "--train-seeds", train_seeds,
          "Train so many times, with this seed and those that follow it; the file and the folder of each have its seed "
          "in their names, as in web.3.model and web.3")
        .shows_default();
    to.add("--level", level,
           "Of select, hedged, cem and belief: train to this fraction of requests in time; the price of a request out "
           "of time "
           "finds itself. Without --policy it is select that is trained");
    to.add("--out", output.out, "File to write when the training is finished");
    to.add("--folder", folder,
           "Leave a new folder with the model, the settings, versions, and what the model does on 200 episodes that it "
           "never saw, for headroom report; --out FOLDER/ is the same. Without --out the training is written to "
           "FOLDER.model.partial until it is finished");
    to.add("--checkpoint-every", output.every_s,
           "Every so many seconds write all there is to FILE.partial, so that no crash costs more than that; 0: only "
           "when interrupted")
        .shows_default();
    to.add("--resume", output.resume,
           "Go on with the training in this FILE.partial, which knows its settings; it becomes the one that was never "
           "interrupted, to the last bit. One that learned from a log needs --from-log again, one of a recorded load "
           "--trace");
    from_log.declare(to);
    shard.declare(to);
  }
};

// What was asked for beside --resume must be what the training was begun with.
void require_same(const train_options& o, const command& given, const training_plan& p) {
  const auto same = [&](const char* option, const std::string& asked, const std::string& begun) {
    require(!given.given(option) || asked == begun, option, "the value", asked,
            "be " + begun + ", with which " + o.output.resume.string() + " was begun");
  };
  same("--policy", o.policy, p.policy);
  same("--seed", to_text(o.train_seed), to_text(p.train_seed));
  same("--train-episodes", to_text(o.train_episodes.value_or(0)), to_text(p.train_episodes));
}
void require_same_system(const checkpoint& asked, const checkpoint& begun) {
  for (const plan_difference& d : differences(asked, begun)) {
    const bool option = d.key == "workload" || d.key == "actions";
    require(
        false, option ? "--" + d.key : d.key, "the value", d.asked.empty() ? "not given" : d.asked,
        "be " + (d.begun.empty() ? "left out" : d.begun) + ", with which " + begun.source().string() + " was begun");
  }
}

// What both files of a training hold beside it: the plan, and what the system was asked for.
class saved_training {
 public:
  saved_training(training_plan p, checkpoint asked) : plan_(std::move(p)), asked_(std::move(asked)) {
    plan_.write(asked_);
  }

  [[nodiscard]] const training_plan& plan() const { return plan_; }
  void save_model(const training& t, const std::filesystem::path& file) const {
    checkpoint c = asked_;
    t.write_model(c);
    save(c, file);
  }
  void save_partial(const training& t, const std::filesystem::path& file) const {
    checkpoint c = asked_;
    t.write_partial(c);
    save(c, file);
  }

 private:
  training_plan plan_;
  checkpoint asked_;
};

training_plan new_plan(const train_options& o, const scaled_system& on) {
  const offered_policy& offered = on.offered(o.policy);
  if (!offered.learns())
    throw std::invalid_argument("--policy: '" + o.policy + "' does not learn, there is nothing to train");
  require(o.train_seed >= 1 && o.train_seed <= 400, "--seed", "the training seed", o.train_seed, "be from 1 to 400");
  return {o.policy, o.train_seed, on.train_episodes(offered, o.train_episodes)};
}
training_plan resumed_plan(const train_options& o, const command& given, const checkpoint& begun,
                           const scaled_system& on, const checkpoint& asked) {
  training_plan p = training_plan::read(begun, on);
  if (!is_partial(begun)) {
    throw checkpoint_error(o.output.resume, "holds a finished training, must be an interrupted one");
  }
  require_same(o, given, p);
  require_same_system(asked, begun);
  require(p.train_seed >= 1 && p.train_seed <= 400, "--seed", "the training seed", p.train_seed, "be from 1 to 400");
  return p;
}

void say_trained(const training_plan& p, const scaled_system& on, const std::filesystem::path& file,
                 const std::string& troubles, const std::string& outcome) {
  if (!troubles.empty()) note("beware: " + troubles);
  if (!outcome.empty()) note(p.policy + ' ' + outcome);
  std::cout << "trained " << p.policy << " on " << p.train_episodes << " episodes of the " << on.description.workload
            << " workload, seed " << p.train_seed << ": " << file.string() << '\n';
}

// The folder of a training: what compare --out leaves, and the model.
void leave_training(const train_options& o, const command& given, const scaled_system& on, const training_plan& p,
                    const learner<policy>& trained, const std::filesystem::path& model) {
  if (o.folder.empty()) return;
  report::findings f = begin_findings(on, {});
  note_overlap(f.notes, f.seeds, p.policy, p.train_seed, on.trained_on(p.policy, p.train_seed, p.train_episodes));
  const policy best = trained.best();
  evaluation e = best.evaluate(f.seeds, "evaluating " + p.policy);
  if (e.stopped) return note("interrupted: " + o.folder.string() + " was not made; the model is " + model.string());
  f.rows.push_back({.name = p.policy,
                    .result = e,
                    .learns = true,
                    .train_episodes = p.train_episodes,
                    .train_seeds = {p.train_seed},
                    .by_train_seed = {e}});
  report::run_record more;
  more.files.push_back({"trained.model", [&model](const std::filesystem::path& at) {
                          std::error_code wrong;
                          std::filesystem::copy_file(model, at, wrong);
                          if (wrong) throw file_error(at, "cannot be written: " + wrong.message());
                        }});
  leave_run(o.folder, given, "train", f, {{p.policy, best}}, std::move(more));
  std::error_code ignored;
  if (o.model_in_folder_alone) std::filesystem::remove(model, ignored);
}

int train_on_system(train_options o, const command& given, const system_choice& systems,
                    const std::optional<checkpoint>& begun) {
  o.from_log.require_none(given);
  const std::unique_ptr<scaled_system> on = begun ? systems.make_for(*begun) : systems.make_scaled();
  checkpoint asked;
  on->write_plan(asked);
  const saved_training saved(begun ? resumed_plan(o, given, *begun, *on, asked) : new_plan(o, *on), asked);
  const training_plan& p = saved.plan();
  new_folder::require_free(o.folder);
  const std::filesystem::path partial = o.output.begin();

  const auto training = on->offered(p.policy).train(p.policy, p.train_seed, p.train_episodes);
  if (begun) training->read_partial(*begun);
  {
    terminal::progress_bar bar(training_task(p.policy, p.train_seed), p.train_episodes, training->episodes());
    const auto safety_net = o.output.safety_net([&] { saved.save_partial(*training, partial); });
    train(*training, to_the_end, bar, safety_net, o.output.every_s);
  }
  if (!training->finished()) {
    if (training->episodes() == 0) {
      std::cerr << "headroom: interrupted, nothing was written\n";
      return exit_interrupted;
    }
    saved.save_partial(*training, partial);
    std::cerr << "headroom: interrupted after " << training->episodes() << " of " << p.train_episodes
              << " episodes; continue with: headroom train --resume " << partial.string() << on->recorded << '\n';
    return exit_interrupted;
  }
  saved.save_model(*training, o.output.out);
  remove_partial(partial);
  leave_training(o, given, *on, p, *training, o.output.out);
  say_trained(p, *on, o.folder.empty() ? o.output.out : o.folder, training->troubles(), training->outcome());
  return exit_done;
}

// "web.3.model" of "web.model".
std::filesystem::path of_seed(const std::filesystem::path& file, std::uint64_t seed) {
  std::filesystem::path named = file;
  return named.replace_filename(file.stem().string() + '.' + to_text(seed) + file.extension().string());
}

// What is left of one training, where another process writes the file.
struct kept_training {
  std::string model{};
  std::string troubles{};
  std::string outcome{};
};
shards::json as_json(const kept_training& t) {
  return {{"model", t.model}, {"troubles", t.troubles}, {"outcome", t.outcome}};
}
void read_kept(const shards::json& from, kept_training& to) {
  using shards::read_kept;
  read_kept(from.at("model"), to.model);
  read_kept(from.at("troubles"), to.troubles);
  read_kept(from.at("outcome"), to.outcome);
}

// A unit of the work is a seed. A part trains its own; a merge writes the files of all.
int train_apart(const train_options& o, const scaled_system& on, const std::vector<std::uint64_t>& seeds) {
  for (const std::uint64_t seed : seeds) {
    train_options one = o;
    one.train_seed = seed;
    const training_plan p = new_plan(one, on);
    const auto kept =
        shards::work().unit<kept_training>("training seed " + to_text(seed), [&]() -> std::optional<kept_training> {
          checkpoint asked;
          on.write_plan(asked);
          p.write(asked);
          const auto training = on.offered(p.policy).train(p.policy, p.train_seed, p.train_episodes);
          {
            terminal::progress_bar bar(training_task(p.policy, p.train_seed), p.train_episodes);
            train(*training, to_the_end, bar);
          }
          if (!training->finished()) return std::nullopt;
          training->write_model(asked);
          return kept_training{shards::model_text(asked), training->troubles(), training->outcome()};
        });
    if (terminal::interrupted) break;
    if (!kept || !shards::work().is_merge()) continue;
    const std::filesystem::path file = seeds.size() == 1 ? o.output.out : of_seed(o.output.out, seed);
    require_place(file);
    write_file(file, shards::bytes_in(kept->model));
    say_trained(p, on, file, kept->troubles, kept->outcome);
  }
  if (!shards::work().is_part()) return exit_done;
  return shards::leave_part("train", {{"environment", on.description.environment},
                                      {"workload", on.description.workload},
                                      {"training_seeds", {{"first", seeds.front()}, {"count", seeds.size()}}}});
}

int train_seeds(const train_options& o, const command& given, const system_choice& systems) {
  require(o.train_seeds >= 1 && o.train_seeds <= 400, "--train-seeds", "the number", o.train_seeds, "be from 1 to 400");
  require(o.train_seed <= 401 - o.train_seeds, "--seed", "the last training seed", o.train_seed + o.train_seeds - 1,
          "be from 1 to 400");
  const bool split = shards::work().is_merge() || o.shard.asked_for();
  const std::vector<std::uint64_t> seeds = seed_range(o.train_seed, o.train_seeds);
  if (split) {
    o.from_log.require_none(given);
    require(!o.output.out.empty(), "train", "--out", "missing", "name the file to write");
    const std::unique_ptr<scaled_system> on = systems.make_scaled();
    static_cast<void>(new_plan(o, *on));
    o.shard.begin("train");
    return train_apart(o, *on, seeds);
  }
  if (seeds.size() == 1) return train_on_system(o, given, systems, std::nullopt);
  require(!o.output.out.empty(), "train", "--out", "missing", "name the file to write");
  const auto folder_of = [&](std::uint64_t seed) {
    return o.folder.empty() ? o.folder : std::filesystem::path(o.folder.string() + '.' + to_text(seed));
  };
  for (const std::uint64_t seed : seeds) new_folder::require_free(folder_of(seed));  // before hours of training
  for (const std::uint64_t seed : seeds) {
    train_options one = o;
    one.train_seed = seed;
    one.folder = folder_of(seed);
    one.output.out = of_seed(o.output.out, seed);
    if (const int code = train_on_system(one, given, systems, std::nullopt); code != exit_done) return code;
  }
  return exit_done;
}

int train_command(train_options o, const command& given, const system_choice& systems) {
  if (o.level && !given.given("--policy")) o.policy = "select";
  if (o.level) o.policy = held_to_level(o.policy, *o.level);
  require_not_negative("--checkpoint-every", "the time in seconds", o.output.every_s);
  if (!o.output.out.empty() && !o.output.out.has_filename()) {  // --out FOLDER/
    require(o.folder.empty(), "--out", "the folder", o.output.out.string(), "not be named beside --folder");
    o.folder = std::exchange(o.output.out, {}).parent_path();
  }
  if (!o.folder.empty()) {
    require(o.output.resume.empty(), "--folder", "the folder", o.folder.string(),
            "not stand beside --resume, which does not say with what the training was begun; evaluate --out leaves a "
            "folder of its model");
    require(!o.shard.asked_for() && !shards::work().is_merge(), "--folder", "the folder", o.folder.string(),
            "not stand beside --shard, whose parts are merged into models; evaluate --out leaves a folder of each");
    o.model_in_folder_alone = o.output.out.empty();
    if (o.model_in_folder_alone) o.output.out = o.folder.string() + ".model";
  }
  std::optional<checkpoint> begun;
  if (!o.output.resume.empty()) begun = load(o.output.resume);
  const bool from_log = begun ? is_from_log(*begun) : !o.from_log.file.empty();
  if (begun || from_log) {
    for (const char* const option : {"--train-seeds", "--shard"}) {
      if (given.given(option)) {
        throw std::invalid_argument(std::string(option) + ": " + (begun ? "--resume" : "--from-log") +
                                    " is one training, must be left out beside it");
      }
    }
  }
  if (from_log) {
    require(o.folder.empty(), "--folder", "the folder", o.folder.string(),
            "be left out: what was learned from a log has no environment to be evaluated in");
    systems.require_none(begun ? "the training to go on with has its own" : "--from-log has no use for it");
    return train_from_log_command({o.policy, o.train_seed, o.output, o.from_log}, given, begun);
  }
  return begun ? train_on_system(std::move(o), given, systems, begun) : train_seeds(o, given, systems);
}

}  // namespace

void add_train(command_line& to) {
  command& c = to.add("train", "Train one learner and save it; go on with one that was interrupted");
  const auto o = std::make_shared<train_options>();
  o->declare(c);
  const auto systems = std::make_shared<system_choice>(c, system_choice::of::scaled_without_table);
  c.footer(
      "Examples:\n"
      "  headroom train --from-log steps.csv --policy fitted-q --out web.model     no environment, only what was "
      "recorded\n"
      "  headroom train --policy sarsa --out farm.model\n"
      "  headroom train --service web.toml --trace load.csv --policy cem --out web.model    on a service of yours\n"
      "  headroom train --resume web.model.partial      after Ctrl-C, a crash or a power cut\n"
      "  headroom train --policy dqn --train-seeds 8 --out web.model --shard 2/4    two of the eight, on this machine\n"
      "  headroom evaluate --model web.model            works on a .partial, too: its best so far\n"
      "A model holds what decides, a .partial also what learns. Both are safetensors files.");
  c.runs([o, systems, &c] { return train_command(*o, c, *systems); });
}

}  // namespace tool
