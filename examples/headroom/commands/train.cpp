#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>

#include "commands/commands.hpp"
#include "commands/train_from_log.hpp"
#include "learners/from_log.hpp"
#include "support/command_line.hpp"
#include "support/terminal.hpp"
#include "systems/farm/farm.hpp"

/// `headroom train`: trains one learner on the farm and saves it; goes on with one that was interrupted.
namespace tool {

using namespace headroom;

namespace {

struct train_options {
  std::string policy = "sarsa";
  farm_options farm{};
  std::optional<std::uint64_t> train_episodes{};
  std::uint64_t train_seed = 1;
  std::optional<double> level{};
  training_output output{};
  from_log_options from_log{};

  void declare(command& to) {
    to.add("--policy", policy, "Which learner (headroom policies)").shows_default();
    farm.load.declare_workload(to);
    farm.declare_actions(to);
    to.add("--train-episodes", train_episodes, "Number of episodes (default: the policy's own)");
    to.add("--seed", train_seed, "Training seed: workloads, initial values and exploration follow from it")
        .shows_default();
    to.add("--level", level,
           "Of cem: train to this fraction of requests in time; the price of a request out of time finds itself");
    to.add("--out", output.out, "File to write when the training is finished");
    to.add("--checkpoint-every", output.every_s,
           "Every so many seconds write all there is to FILE.partial, so that no crash costs more than that; 0: only "
           "when interrupted")
        .shows_default();
    to.add("--resume", output.resume,
           "Go on with the training in this FILE.partial, which knows its settings; it becomes the one that was never "
           "interrupted, to the last bit. One that learned from a log needs --from-log again");
    from_log.declare(to);
  }
};

// What was asked for beside --resume must be what the training was begun with.
void require_same(const train_options& o, const command& given, const farm_plan& p) {
  const auto same = [&](const char* option, const std::string& asked, const std::string& begun) {
    require(!given.given(option) || asked == begun, option, "the value", asked,
            "be " + begun + ", with which " + o.output.resume.string() + " was begun");
  };
  same("--policy", o.policy, p.policy);
  same("--workload", o.farm.load.workload, p.workload);
  same("--actions", moves_list(moves_in(o.farm.actions)), moves_list(p.moves));
  same("--seed", to_text(o.train_seed), to_text(p.train_seed));
  same("--train-episodes", to_text(o.train_episodes.value_or(0)), to_text(p.train_episodes));
}

farm_plan resumed_plan(const train_options& o, const command& given, const checkpoint& begun) {
  const farm_plan p = farm_plan::read(begun);
  if (!is_partial(begun)) {
    throw checkpoint_error(o.output.resume, "holds a finished training, must be an interrupted one");
  }
  require_same(o, given, p);
  return p;
}

void save_model(const farm_plan& p, const training& t, const std::filesystem::path& file) {
  checkpoint c;
  p.write(c);
  t.write_model(c);
  save(c, file);
}
void save_partial(const farm_plan& p, const training& t, const std::filesystem::path& file) {
  checkpoint c;
  p.write(c);
  t.write_partial(c);
  save(c, file);
}

int train_on_farm(train_options o, const command& given, const std::optional<checkpoint>& begun) {
  farm_plan p{.policy = o.policy, .train_seed = o.train_seed};
  if (begun) {
    p = resumed_plan(o, given, *begun);
    o.farm.load.workload = p.workload;
    o.farm.actions = moves_list(p.moves);
  }
  o.from_log.require_none(given);
  const farm_system farm(o.farm);
  const offered_policy& offered = farm.offered(p.policy);
  if (!offered.learns())
    throw std::invalid_argument("--policy: '" + p.policy + "' does not learn, there is nothing to train");
  if (!begun) {
    p.workload = farm.load().name;
    p.moves = farm.moves();
    p.train_episodes = farm.train_episodes(offered, o.train_episodes);
  }
  require(p.train_seed >= 1 && p.train_seed <= 400, "--seed", "the training seed", p.train_seed, "be from 1 to 400");
  const std::filesystem::path partial = o.output.begin();

  const auto training = offered.train(p.policy, p.train_seed, p.train_episodes);
  if (begun) training->read_partial(*begun);
  {
    terminal::progress_bar bar(training_task(p.policy, p.train_seed), p.train_episodes, training->episodes());
    const auto safety_net = o.output.safety_net([&] { save_partial(p, *training, partial); });
    train(*training, to_the_end, bar, safety_net, o.output.every_s);
  }
  if (!training->finished()) {
    if (training->episodes() == 0) {
      std::cerr << "headroom: interrupted, nothing was written\n";
      return exit_interrupted;
    }
    save_partial(p, *training, partial);
    std::cerr << "headroom: interrupted after " << training->episodes() << " of " << p.train_episodes
              << " episodes; continue with: headroom train --resume " << partial.string() << '\n';
    return exit_interrupted;
  }
  save_model(p, *training, o.output.out);
  remove_partial(partial);
  std::cout << "trained " << p.policy << " on " << p.train_episodes << " episodes of the " << p.workload
            << " workload, seed " << p.train_seed << ": " << o.output.out.string() << '\n';
  return exit_done;
}

int train_command(train_options o, const command& given) {
  if (o.level) o.policy = held_to_level(o.policy, *o.level);
  require_not_negative("--checkpoint-every", "the time in seconds", o.output.every_s);
  std::optional<checkpoint> begun;
  if (!o.output.resume.empty()) begun = load(o.output.resume);
  if (begun ? is_from_log(*begun) : !o.from_log.file.empty()) {
    return train_from_log_command({o.policy, o.train_seed, o.output, o.from_log}, given, begun);
  }
  return train_on_farm(o, given, begun);
}

}  // namespace

void add_train(command_line& to) {
  command& c = to.add("train", "Train one learner and save it; go on with one that was interrupted");
  const auto o = std::make_shared<train_options>();
  o->declare(c);
  c.footer(
      "Examples:\n"
      "  headroom train --from-log steps.csv --policy fitted-q --out web.model     no environment, only what was "
      "recorded\n"
      "  headroom train --policy sarsa --out web.model\n"
      "  headroom train --resume web.model.partial      after Ctrl-C, a crash or a power cut\n"
      "  headroom evaluate --model web.model            works on a .partial, too: its best so far\n"
      "A model holds what decides, a .partial also what learns. Both are safetensors files.");
  c.runs([o, &c] { return train_command(*o, c); });
}

}  // namespace tool
