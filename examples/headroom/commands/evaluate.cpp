#include <filesystem>
#include <memory>
#include <utility>

#include <headroom/io/checkpoint.hpp>

#include "commands/commands.hpp"
#include "commands/options.hpp"
#include "commands/saved_training.hpp"
#include "learners/from_log.hpp"
#include "support/command_line.hpp"
#include "systems/farm/farm.hpp"

/// `headroom evaluate`: evaluates a saved learner of the farm, without exploration.
namespace tool {

using namespace headroom;

namespace {

struct evaluate_options {
  std::filesystem::path model{};
  evaluation_options evaluation{};

  void declare(command& to) {
    to.add("--model", model, "File written by train, a .partial included").required();
    evaluation.declare(to);
  }
};

int evaluate(const evaluate_options& o) {
  const checkpoint c = load(o.model);
  if (is_from_log(c)) {
    throw checkpoint_error(o.model,
                           "was learned from a log, there is no environment to evaluate it in; a host loads "
                           "it with restore (headroom/io/state.hpp)");
  }
  const farm_plan p = farm_plan::read(c);
  farm_options options;
  options.load.workload = p.workload;
  options.actions = moves_list(p.moves);
  const farm_system farm(options);
  const policy one = farm.offered(p.policy).train(p.policy, p.train_seed, p.train_episodes)->policy_in(c);
  const std::uint64_t episodes =
      is_partial(c) ? c.setting<std::uint64_t>("training.selection.episodes") : p.train_episodes;

  o.evaluation.check();
  report::findings f = begin_findings(farm, o.evaluation);
  note_overlap(f.notes, f.seeds, p.policy, p.train_seed, farm.trained_on(p.policy, p.train_seed, episodes));
  evaluation e = one.evaluate(f.seeds, "evaluating " + o.model.filename().string());
  if (!e.stopped) {
    f.rows.push_back({.name = p.policy,
                      .result = e,
                      .learns = true,
                      .train_episodes = episodes,
                      .train_seeds = {p.train_seed},
                      .by_train_seed = {e}});
  }
  return publish(f, o.evaluation.json, {});
}

}  // namespace

void add_evaluate(command_line& to) {
  command& c = to.add("evaluate", "Evaluate a saved learner, without exploration");
  const auto o = std::make_shared<evaluate_options>();
  o->declare(c);
  c.runs([o] { return evaluate(*o); });
}

}  // namespace tool
