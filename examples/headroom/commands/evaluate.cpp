#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <headroom/io/checkpoint.hpp>

#include "commands/commands.hpp"
#include "commands/options.hpp"
#include "commands/recording.hpp"
#include "commands/saved_training.hpp"
#include "learners/from_log.hpp"
#include "support/command_line.hpp"
#include "support/new_folder.hpp"
#include "scaling/scaled_system.hpp"
#include "systems/registry.hpp"

/// `headroom evaluate`: evaluates a saved learner, without exploration.
namespace tool {

using namespace headroom;

namespace {

struct evaluate_options {
  std::filesystem::path model{};
  evaluation_options evaluation{};
  std::filesystem::path out{};

  void declare(command& to) {
    to.add("--model", model, "File written by train, a .partial included").required();
    evaluation.declare(to);
    to.add("--out", out, "Leave a new folder with every episode, and some step by step, for headroom report");
  }
};

// A model may be tried under another load, and on no other system. Says in one line what the load was.
void require_system(const checkpoint& asked, const checkpoint& model) {
  std::string otherwise;
  for (const plan_difference& d : differences(asked, model)) {
    if (!d.of_load()) {
      throw checkpoint_error(model.source(), "was trained with " + d.key + " = " + d.begun + ", not " + d.asked +
                                                 ": a model is evaluated on what it was trained on, under any load");
    }
    otherwise.append(otherwise.empty() ? "" : ", ").append(d.key).append(" is ");
    otherwise.append(d.asked.empty() ? "not given" : d.asked).append(", was ");
    otherwise.append(d.begun.empty() ? "not given" : d.begun);
  }
  if (!otherwise.empty()) note(model.source().string() + " was trained under another load: " + otherwise);
}

int evaluate(const evaluate_options& o, const command& said, const system_choice& systems) {
  const checkpoint c = load(o.model);
  if (is_from_log(c)) {
    throw checkpoint_error(o.model,
                           "was learned from a log, there is no environment to evaluate it in; a host loads "
                           "it with restore (headroom/io/state.hpp)");
  }
  const std::unique_ptr<scaled_system> on = systems.make_for(c);
  checkpoint asked;
  on->write_plan(asked);
  require_system(asked, c);
  const training_plan p = training_plan::read(c, *on);
  const policy one = on->offered(p.policy).train(p.policy, p.train_seed, p.train_episodes)->policy_in(c);
  const std::uint64_t episodes =
      is_partial(c) ? c.setting<std::uint64_t>("training.selection.episodes") : p.train_episodes;

  o.evaluation.check();
  new_folder::require_free(o.out);
  report::findings f = begin_findings(*on, o.evaluation);
  note_overlap(f.notes, f.seeds, p.policy, p.train_seed, on->trained_on(p.policy, p.train_seed, episodes));
  evaluation e = one.evaluate(f.seeds, "evaluating " + o.model.filename().string());
  if (!e.stopped) {
    f.rows.push_back({.name = p.policy,
                      .result = e,
                      .learns = true,
                      .train_episodes = episodes,
                      .train_seeds = {p.train_seed},
                      .by_train_seed = {e}});
  }
  const int code = publish(f, o.evaluation.json, {});
  leave_run(o.out, said, "evaluate", f, {{p.policy, one}});
  return code;
}

}  // namespace

void add_evaluate(command_line& to) {
  command& c = to.add("evaluate", "Evaluate a saved learner, without exploration");
  const auto o = std::make_shared<evaluate_options>();
  o->declare(c);
  const auto systems = std::make_shared<system_choice>(c, system_choice::of::scaled_without_table);
  c.footer(
      "Examples:\n"
      "  headroom evaluate --model web.model                    under the load that it was trained with\n"
      "  headroom evaluate --model web.model --pattern bursty   under another one: what of it carries over");
  c.runs([o, systems, &c] { return evaluate(*o, c, *systems); });
}

}  // namespace tool
