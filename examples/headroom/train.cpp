#include <cstdint>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "from_log.hpp"
#include "play.hpp"
#include "training_files.hpp"

using namespace headroom;

namespace {

// What a file of `train` says of its training. Throws checkpoint_error.
contestants::plan plan_in(const checkpoint& c) {
  contestants::plan p{.policy = c.text("policy"), .workload = c.text("workload")};
  if (!contestants::learns(p.policy))
    throw checkpoint_error(c.source(), "policy is '" + p.policy + "', must be one that learns (headroom policies)");
  p.moves = moves_of(c.text("actions"));
  p.train_seed = c.setting<std::uint64_t>("train_seed");
  p.train_episodes = c.setting<std::uint64_t>("train_episodes");
  return p;
}
bool is_partial(const checkpoint& c) { return c.has("training.selection.episodes"); }

void require_learner(const std::string& name) {
  if (contestants::learns(name)) return;
  if (contestants::find(name) == nullptr) contestants::unknown(name);
  throw std::invalid_argument("--policy: '" + name + "' does not learn, there is nothing to train");
}

// What was asked for beside --resume must be what the training was begun with.
void require_same(const arguments& a, const std::function<bool(const char*)>& is_given, const contestants::plan& p) {
  const auto same = [&](const char* option, const std::string& given, const std::string& begun) {
    require(!is_given(option) || given == begun, option, "the value", given,
            "be " + begun + ", with which " + a.resume.string() + " was begun");
  };
  same("--policy", a.policy, p.policy);
  same("--workload", a.load.workload, p.workload);
  same("--actions", contestants::plan{.moves = moves_of(a.actions)}.actions(), p.actions());
  same("--seed", to_text(a.train_seed), to_text(p.train_seed));
  same("--train-episodes", to_text(a.train_episodes.value_or(0)), to_text(p.train_episodes));
}

}  // namespace

int train_command(arguments a, const std::function<bool(const char*)>& given) {
  require_not_negative("--checkpoint-every", "the time in seconds", a.checkpoint_every_s);
  contestants::plan p;
  std::optional<checkpoint> begun;
  if (!a.resume.empty()) {
    begun = load(a.resume);
    if (from_log::is_ours(*begun)) return train_from_log(a, given, &*begun);
    p = plan_in(*begun);
    if (!is_partial(*begun)) throw checkpoint_error(a.resume, "holds a finished training, must be an interrupted one");
    require_same(a, given, p);
    a.load.workload = p.workload;
  } else if (!a.from_log.empty()) {
    return train_from_log(a, given, nullptr);
  } else {
    require_learner(a.policy);
    p = {.policy = a.policy, .moves = moves_of(a.actions), .train_seed = a.train_seed};
  }
  for (const char* const option : {"--from-log", "--passes", "--discount", "--log-states", "--log-actions"}) {
    if (given(option))
      throw std::invalid_argument(std::string(option) + ": only a training --from-log has a use for it");
  }
  const scenario where = make_scenario(a.load);
  p.workload = where.name;
  if (!begun) p.train_episodes = episodes_of(a, where, a.policy);
  require(p.train_seed >= 1 && p.train_seed <= 400, "--seed", "the training seed", p.train_seed, "be from 1 to 400");
  const std::filesystem::path partial = training_files::begin(a);

  const auto training = contestants::training(p, where);
  if (begun) training->read_partial(*begun);
  begun.reset();
  {
    terminal::progress_bar bar(training_task(p.policy, p.train_seed), p.train_episodes, training->episodes());
    const auto save = [&] { contestants::save_partial(p, *training, partial); };
    train(*training, to_the_end, bar, training_files::safety_net(a, save), a.checkpoint_every_s);
  }
  if (!training->finished()) {
    if (training->episodes() == 0) {
      std::cerr << "headroom: interrupted, nothing was written\n";
      return exit_interrupted;
    }
    contestants::save_partial(p, *training, partial);
    std::cerr << "headroom: interrupted after " << training->episodes() << " of " << p.train_episodes
              << " episodes; continue with: headroom train --resume " << partial.string() << '\n';
    return exit_interrupted;
  }
  contestants::save_model(p, *training, a.out);
  training_files::end(partial);
  std::cout << "trained " << p.policy << " on " << p.train_episodes << " episodes of the " << p.workload
            << " workload, seed " << p.train_seed << ": " << a.out.string() << '\n';
  return 0;
}

int evaluate_command(arguments a) {
  const checkpoint c = load(a.model);
  if (from_log::is_ours(c)) {
    throw checkpoint_error(a.model,
                           "was learned from a log, there is no environment to evaluate it in; a host loads "
                           "it with restore (headroom/io/state.hpp)");
  }
  contestants::plan p = plan_in(c);
  a.load.workload = p.workload;
  const scenario where = make_scenario(a.load);
  any_farm_policy policy = contestants::training(p, where)->policy_in(c);
  if (is_partial(c)) p.train_episodes = c.setting<std::uint64_t>("training.selection.episodes");

  report::findings f = begin_findings(a, where, p.moves);
  note_overlap(f.notes, f.seeds, p.policy, p.train_seed,
               contestants::seeds_of(p.policy, p.train_seed, p.train_episodes));
  evaluation e = evaluate_on(where, policy, f.seeds, "evaluating " + a.model.filename().string());
  if (!e.stopped) {
    f.rows.push_back({.name = p.policy,
                      .result = e,
                      .learns = true,
                      .train_episodes = p.train_episodes,
                      .train_seeds = {p.train_seed},
                      .by_train_seed = {e}});
  }
  return publish(a, f);
}
