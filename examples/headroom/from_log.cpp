#include "from_log.hpp"

#include <functional>
#include <iostream>
#include <stdexcept>

#include "commands.hpp"
#include "play.hpp"
#include "training_files.hpp"

using namespace headroom;

namespace from_log {

std::unique_ptr<study> begin(plan& p, const log_csv& log) {
  if (p.policy == "dqn") return begin_network(p, log);
  if (p.policy == "q-learning" || p.policy == "sarsa" || p.policy == "fitted-q") return begin_table(p, log);
  throw std::invalid_argument("--policy: '" + p.policy +
                              "' does not learn from a log, must be q-learning, sarsa, fitted-q or dqn");
}

void write_plan(const plan& p, const study& s, checkpoint& to) {
  to.set("policy", p.policy);
  to.set("from_log", p.log.string());
  to.set("log_steps", s.steps());
  to.set("log_checksum", s.checksum());
  to.set("passes", p.passes);
  to.set("discount", p.discount);
  to.set("train_seed", p.seed);
  to.set("states", p.states);
  to.set("actions", p.actions);
}

void study::go_on(const std::function<bool(std::uint64_t)>& pause) {
  while (!finished()) {
    if (!pass(done_)) {
      throw std::runtime_error("train: pass " + to_text(done_ + 1) +
                               " changed nothing, the network diverged; rewards "
                               "and states must be of about one");
    }
    if (pause(++done_)) return;
  }
}
void study::write_partial(checkpoint& to) const {
  to.set("passes_done", done_);
  write_learner(to, keep::everything);
}
void study::read_partial(const checkpoint& from) {
  done_ = from.setting<std::uint64_t>("passes_done");
  if (done_ > passes_) throw checkpoint_error(from.source(), "has done more passes than it was to do");
  read_learner(from);
}

bool is_ours(const checkpoint& c) { return c.has("from_log"); }

plan plan_in(const checkpoint& c) {
  return {.policy = c.text("policy"),
          .log = c.text("from_log"),
          .passes = c.setting<std::uint64_t>("passes"),
          .discount = c.setting<double>("discount"),
          .seed = c.setting<std::uint64_t>("train_seed"),
          .states = c.setting<std::size_t>("states"),
          .actions = c.setting<std::size_t>("actions")};
}

}  // namespace from_log

namespace {

from_log::plan asked(const arguments& a, const std::function<bool(const char*)>& given) {
  for (const char* const option : {"--workload", "--actions", "--train-episodes"}) {
    if (given(option)) throw std::invalid_argument(std::string(option) + ": --from-log has no use for it");
  }
  from_log::plan p{.log = a.from_log, .discount = a.discount, .seed = a.train_seed};
  if (given("--policy")) p.policy = a.policy;
  if (given("--passes")) {
    p.passes = a.passes;
    require(p.passes >= 1 && p.passes <= 1'000'000, "--passes", "the number", p.passes, "be from 1 to 1000000");
  }
  p.states = a.log_states;
  p.actions = a.log_actions;
  return p;
}

void require_same_log(const checkpoint& c, const from_log::study& s) {
  const auto steps = c.setting<std::size_t>("log_steps");
  if (s.steps() == steps && s.checksum() == c.text("log_checksum")) return;
  throw checkpoint_error(c.source(), "was begun with a log of " + to_text(steps) + " steps, " + c.text("from_log") +
                                         " is another one by now");
}

}  // namespace

int train_from_log(arguments a, const std::function<bool(const char*)>& given, const checkpoint* begun) {
  if (begun != nullptr && !begun->has("passes_done"))
    throw checkpoint_error(a.resume, "holds a finished training, must be an interrupted one");
  from_log::plan p = begun != nullptr ? from_log::plan_in(*begun) : asked(a, given);
  if (begun != nullptr) {
    for (const char* const option : {"--policy", "--passes", "--discount", "--log-states", "--log-actions", "--seed",
                                     "--workload", "--actions", "--train-episodes", "--from-log"}) {
      if (given(option)) throw std::invalid_argument(std::string(option) + ": the training to go on with has its own");
    }
  }
  const std::filesystem::path partial = training_files::begin(a);
  const log_csv log(p.log);
  const std::unique_ptr<from_log::study> study = from_log::begin(p, log);
  if (begun != nullptr) {
    require_same_log(*begun, *study);
    study->read_partial(*begun);
  }
  const auto save_partial = [&] {
    checkpoint c;
    from_log::write_plan(p, *study, c);
    study->write_partial(c);
    save(c, partial);
  };
  {
    terminal::progress_bar bar("learning from " + p.log.filename().string(), p.passes, study->episodes());
    train(*study, to_the_end, bar, training_files::safety_net(a, save_partial), a.checkpoint_every_s);
  }
  if (!study->finished()) {
    save_partial();
    std::cerr << "headroom: interrupted after " << study->episodes() << " of " << p.passes
              << " passes; continue with: headroom train --resume " << partial.string() << '\n';
    return exit_interrupted;
  }
  checkpoint c;
  from_log::write_plan(p, *study, c);
  study->write_model(c);
  save(c, a.out);
  training_files::end(partial);
  std::cout << "trained " << p.policy << " on " << p.log.filename().string() << ", " << p.passes
            << (p.passes == 1 ? " pass" : " passes") << ": " << a.out.string() << '\n';
  study->report(std::cout);
  return 0;
}
