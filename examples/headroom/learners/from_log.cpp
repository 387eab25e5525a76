#include "learners/from_log.hpp"

#include <stdexcept>

#include <headroom/core/types.hpp>

namespace tool {

using namespace headroom;

std::unique_ptr<log_training> train_from_log(log_plan& p, const log_csv& log) {
  if (p.policy == "dqn" || p.policy == "cql") return train_network_from_log(p, log);
  for (const char* const table : {"q-learning", "sarsa", "fitted-q", "pessimistic"}) {
    if (p.policy == table) return train_table_from_log(p, log);
  }
  throw std::invalid_argument(
      "--policy: '" + p.policy +
      "' does not learn from a log, must be q-learning, sarsa, fitted-q, pessimistic, dqn or cql");
}

void write_plan(const log_plan& p, const log_training& t, checkpoint& to) {
  to.set("policy", p.policy);
  to.set("from_log", p.log.string());
  to.set("log_steps", t.steps());
  to.set("log_checksum", t.checksum());
  to.set("passes", p.passes);
  to.set("discount", p.discount);
  to.set("train_seed", p.seed);
  to.set("states", p.states);
  to.set("actions", p.actions);
}

void log_training::go_on(const std::function<bool(std::uint64_t)>& pause) {
  while (!finished()) {
    if (!pass(done_)) {
      throw std::runtime_error("train: pass " + to_text(done_ + 1) +
                               " changed nothing, the network diverged; rewards "
                               "and states must be of about one");
    }
    if (pause(++done_)) return;
  }
}
void log_training::write_partial(checkpoint& to) const {
  to.set("passes_done", done_);
  write_learner(to, keep::everything);
}
void log_training::read_partial(const checkpoint& from) {
  const auto done = from.setting<std::uint64_t>("passes_done");
  if (done > passes_) throw checkpoint_error(from.source(), "has done more passes than it was to do");
  read_learner(from);
  done_ = done;
}

bool is_from_log(const checkpoint& c) { return c.has("from_log"); }

log_plan log_plan::read(const checkpoint& c) {
  return {.policy = c.text("policy"),
          .log = c.text("from_log"),
          .passes = c.setting<std::uint64_t>("passes"),
          .discount = c.setting<double>("discount"),
          .seed = c.setting<std::uint64_t>("train_seed"),
          .states = c.setting<std::size_t>("states"),
          .actions = c.setting<std::size_t>("actions")};
}

}  // namespace tool
