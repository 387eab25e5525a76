#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>

#include "commands/commands.hpp"
#include "commands/train_from_log.hpp"
#include "learners/from_log.hpp"
#include "support/command_line.hpp"
#include "support/terminal.hpp"
#include "scaling/scaled_system.hpp"
#include "systems/farm/learners.hpp"
#include "systems/registry.hpp"

/// `headroom train`: trains one learner and saves it; goes on with one that was interrupted.
namespace tool {

using namespace headroom;

namespace {

struct train_options {
  std::string policy = "sarsa";
  std::optional<std::uint64_t> train_episodes{};
  std::uint64_t train_seed = 1;
  std::optional<double> level{};
  training_output output{};
  from_log_options from_log{};

  void declare(command& to) {
    to.add("--policy", policy, "Which learner (headroom policies)").shows_default();
    to.add("--train-episodes", train_episodes, "Number of episodes (default: the policy's own)");
    to.add("--seed", train_seed, "Training seed: workloads, initial values and exploration follow from it")
        .shows_default();
    to.add("--level", level,
           "Of select, hedged, cem and belief: train to this fraction of requests in time; the price of a request out "
           "of time "
           "finds itself. Without --policy it is select that is trained");
    to.add("--out", output.out, "File to write when the training is finished");
    to.add("--checkpoint-every", output.every_s,
           "Every so many seconds write all there is to FILE.partial, so that no crash costs more than that; 0: only "
           "when interrupted")
        .shows_default();
    to.add("--resume", output.resume,
           "Go on with the training in this FILE.partial, which knows its settings; it becomes the one that was never "
           "interrupted, to the last bit. One that learned from a log needs --from-log again, one of a recorded load "
           "--trace");
    from_log.declare(to);
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

int train_on_system(train_options o, const command& given, const system_choice& systems,
                    const std::optional<checkpoint>& begun) {
  o.from_log.require_none(given);
  const std::unique_ptr<scaled_system> on = begun ? systems.make_for(*begun) : systems.make_scaled();
  checkpoint asked;
  on->write_plan(asked);
  const saved_training saved(begun ? resumed_plan(o, given, *begun, *on, asked) : new_plan(o, *on), asked);
  const training_plan& p = saved.plan();
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
  if (const std::string wrong = training->troubles(); !wrong.empty()) note("beware: " + wrong);
  if (const std::string found = training->outcome(); !found.empty()) note(p.policy + ' ' + found);
  std::cout << "trained " << p.policy << " on " << p.train_episodes << " episodes of the " << on->description.workload
            << " workload, seed " << p.train_seed << ": " << o.output.out.string() << '\n';
  return exit_done;
}

int train_command(train_options o, const command& given, const system_choice& systems) {
  if (o.level && !given.given("--policy")) o.policy = "select";
  if (o.level) o.policy = held_to_level(o.policy, *o.level);
  require_not_negative("--checkpoint-every", "the time in seconds", o.output.every_s);
  std::optional<checkpoint> begun;
  if (!o.output.resume.empty()) begun = load(o.output.resume);
  if (begun ? is_from_log(*begun) : !o.from_log.file.empty()) {
    systems.require_none(begun ? "the training to go on with has its own" : "--from-log has no use for it");
    return train_from_log_command({o.policy, o.train_seed, o.output, o.from_log}, given, begun);
  }
  return train_on_system(std::move(o), given, systems, begun);
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
      "  headroom evaluate --model web.model            works on a .partial, too: its best so far\n"
      "A model holds what decides, a .partial also what learns. Both are safetensors files.");
  c.runs([o, systems, &c] { return train_command(*o, c, *systems); });
}

}  // namespace tool
