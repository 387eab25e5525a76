#include <cstdint>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "play.hpp"

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

// FILE beside which FILE.partial is written.
std::filesystem::path partial_of(const std::filesystem::path& out) { return out.string() + ".partial"; }

// Where the result of a resumed training goes, if nobody says.
std::filesystem::path without_partial(const std::filesystem::path& file) {
  if (file.extension() != ".partial") {
    throw std::invalid_argument("--out: the file is not named, must be, since " + file.string() +
                                " does not end in .partial");
  }
  return file.parent_path() / file.stem();
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
    p = plan_in(*begun);
    if (!is_partial(*begun)) throw checkpoint_error(a.resume, "holds a finished training, must be an interrupted one");
    require_same(a, given, p);
    a.load.workload = p.workload;
    if (a.out.empty()) a.out = without_partial(a.resume);
  } else {
    require(!a.out.empty(), "train", "--out", "missing", "name the file to write");
    require_learner(a.policy);
    p = {.policy = a.policy, .moves = moves_of(a.actions), .train_seed = a.train_seed};
  }
  const scenario where = make_scenario(a.load);
  p.workload = where.name;
  if (!begun) p.train_episodes = episodes_of(a, where, a.policy);
  require(p.train_seed >= 1 && p.train_seed <= 400, "--seed", "the training seed", p.train_seed, "be from 1 to 400");
  const std::filesystem::path partial = begun ? a.resume : partial_of(a.out);
  report::require_place(a.out);
  report::require_place(partial);
  std::error_code ignored;
  if (!begun && std::filesystem::exists(partial, ignored)) {
    throw file_error(partial, "is a training that was interrupted; continue it with --resume " + partial.string() +
                                  ", or remove it");
  }

  const auto training = contestants::training(p, where);
  if (begun) training->read_partial(*begun);
  begun.reset();
  bool warned = false;
  const auto save = [&] {
    try {
      contestants::save_partial(p, *training, partial);
    } catch (const file_error& e) {  // hours of training are worth more than their safety net
      if (!std::exchange(warned, true)) std::cerr << "headroom: " << e.what() << "; the training goes on\n";
    }
  };
  {
    terminal::progress_bar bar(training_task(p.policy, p.train_seed), p.train_episodes, training->episodes());
    train(*training, to_the_end, bar, a.checkpoint_every_s > 0 ? save : std::function<void()>(), a.checkpoint_every_s);
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
  std::filesystem::remove(partial, ignored);
  remove_leftovers(partial);
  std::cout << "trained " << p.policy << " on " << p.train_episodes << " episodes of the " << p.workload
            << " workload, seed " << p.train_seed << ": " << a.out.string() << '\n';
  return 0;
}

int evaluate_command(arguments a) {
  const checkpoint c = load(a.model);
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
