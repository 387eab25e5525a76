#include "commands/train_from_log.hpp"

#include <iostream>
#include <memory>
#include <stdexcept>
#include <vector>

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>

#include "learners/from_log.hpp"
#include "support/command_line.hpp"
#include "support/journal_files.hpp"
#include "support/temporary_folder.hpp"
#include "support/terminal.hpp"

namespace tool {

using namespace headroom;

namespace {

log_plan plan_asked_for(const train_from_log_options& o, const command& given) {
  if (given.given("--train-episodes")) throw std::invalid_argument("--train-episodes: --from-log has no use for it");
  log_plan p{.log = o.log.file, .discount = o.log.discount, .seed = o.train_seed};
  if (given.given("--policy")) p.policy = o.policy;
  if (given.given("--passes")) {
    p.passes = o.log.passes;
    require(p.passes >= 1 && p.passes <= 1'000'000, "--passes", "the number", p.passes, "be from 1 to 1000000");
  }
  p.states = o.log.states;
  p.allow_any_size = given.given("--log-states");
  p.actions = o.log.actions;
  return p;
}

// Which file is opened is for the user to say: the training may come from somebody else, who could name any.
log_plan resumed_plan(const train_from_log_options& o, const checkpoint& begun, const command& given) {
  for (const char* const option :
       {"--policy", "--passes", "--discount", "--log-actions", "--seed", "--train-episodes"}) {
    if (given.given(option))
      throw std::invalid_argument(std::string(option) + ": the training to go on with has its own");
  }
  log_plan p = log_plan::read(begun);
  if (!given.given("--from-log")) {
    throw checkpoint_error(begun.source(), "was begun with the log " + in_quotes(p.log.string()) +
                                               "; name it with --from-log, no file is opened unasked");
  }
  p.log = o.log.file;
  if (given.given("--log-states")) {
    require(o.log.states == p.states, "--log-states", "the number", o.log.states,
            "be " + to_text(p.states) + ", with which the training was begun");
    p.allow_any_size = true;
  }
  return p;
}

// A journal of `run` is made a log first.
std::unique_ptr<log_training> training_on(log_plan& p) {
  if (!is_journal(p.log)) return train_from_log(p, log_csv(p.log));
  if (p.policy != "dqn" && p.policy != "cql") {
    throw std::invalid_argument(
        "--policy: " + p.policy +
        " learns a table of whole-number states, and a journal holds numbers; must be dqn or cql");
  }
  const temporary_folder folder;
  const std::filesystem::path file = folder / "journal.csv";
  std::vector<int> moves;
  const journal_table table = journal_as_log(p.log, moves, file);
  std::string menu;
  for (const int m : moves) menu += (menu.empty() ? "" : ", ") + to_text(m);
  std::cerr << "headroom: " << p.log.string() << ": " << table.rows << " steps, " << table.left_out
            << " decisions are no step; actions from 0 on: " << menu << " replicas\n";
  return train_from_log(p, log_csv(file));
}

void require_same_log(const checkpoint& c, const log_training& t) {
  const auto steps = c.setting<std::size_t>("log_steps");
  if (t.steps() == steps && t.checksum() == c.text("log_checksum")) return;
  throw checkpoint_error(c.source(), "was begun with another log, of " + to_text(steps) + " steps, than the one that " +
                                         "--from-log names");
}

}  // namespace

void from_log_options::declare(command& to) {
  to.add("--from-log", file,
         "Learn from the steps in this CSV, or in a journal of `run`, and from no environment. Columns: state (a whole "
         "number; for dqn and cql "
         "state_0, "
         "state_1, ...), action, reward, next (next_0, ...), status (0: the next line follows, 1: the task ended, 2: "
         "the record was cut), and, if known, the probability of the action. --policy: q-learning (default), sarsa, "
         "fitted-q, pessimistic (a table that stays near the log's author), dqn, or cql (the same of a network)");
  to.add("--passes", passes, "How often to go through the log (default: 100 with a table, 50 with a network)");
  to.add("--discount", discount, "What a reward is worth a step later, for --from-log").shows_default();
  to.add("--log-states", states,
         "States of the table (default: as many as the log shows, in a table of at most 16 MiB)");
  to.add("--log-actions", actions, "Actions on the menu (default: as many as the log shows)");
}

void from_log_options::require_none(const command& given) const {
  for (const char* const option : {"--from-log", "--passes", "--discount", "--log-states", "--log-actions"}) {
    if (given.given(option))
      throw std::invalid_argument(std::string(option) + ": only a training --from-log has a use for it");
  }
}

int train_from_log_command(train_from_log_options o, const command& given, const std::optional<checkpoint>& begun) {
  if (begun && !begun->has("passes_done"))
    throw checkpoint_error(o.output.resume, "holds a finished training, must be an interrupted one");
  log_plan p = begun ? resumed_plan(o, *begun, given) : plan_asked_for(o, given);
  const std::filesystem::path partial = o.output.begin();
  const std::unique_ptr<log_training> training = training_on(p);
  if (begun) {
    require_same_log(*begun, *training);
    training->read_partial(*begun);
  }
  const auto save_partial = [&] {
    checkpoint c;
    write_plan(p, *training, c);
    training->write_partial(c);
    save(c, partial);
  };
  {
    terminal::progress_bar bar("learning from " + p.log.filename().string(), p.passes, training->episodes());
    train(*training, to_the_end, bar, o.output.safety_net(save_partial), o.output.every_s);
  }
  if (!training->finished()) {
    save_partial();
    std::cerr << "headroom: interrupted after " << training->episodes() << " of " << p.passes
              << " passes; continue with: headroom train --resume " << partial.string() << " --from-log "
              << p.log.string() << '\n';
    return exit_interrupted;
  }
  checkpoint c;
  write_plan(p, *training, c);
  training->write_model(c);
  save(c, o.output.out);
  remove_partial(partial);
  std::cout << "trained " << p.policy << " on " << p.log.filename().string() << ", " << p.passes
            << (p.passes == 1 ? " pass" : " passes") << ": " << o.output.out.string() << '\n';
  training->report(std::cout);
  return exit_done;
}

}  // namespace tool
