#include "learners/from_log.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <utility>
#include <vector>

#include <headroom/io/state.hpp>
#include <headroom/offline/log_judge.hpp>
#include <headroom/offline/off_policy.hpp>
#include <headroom/offline/offline.hpp>
#include <headroom/offline/pessimistic.hpp>

#include "learners/agents.hpp"
#include "reports/report.hpp"
#include "support/terminal.hpp"

namespace tool {

using namespace headroom;

namespace {

using table_steps = std::vector<logged<state_index>>;

// What nobody tried must not look good because nobody was there to be disappointed: it is worth the least reward of
// the log, for ever.
double worst(const table_steps& log, double discount) {
  double least = 0;
  for (const auto& t : log) least = std::min(least, t.reward);
  return least / (1 - discount);
}

// Fitted-Q iteration (Ernst, Geurts and Wehenkel 2005) with a table, run to its fixed point: the best plan for the
// world as the log shows it. What is kept of it is a Q-learner's table.
std::vector<double> fitted_q_table(const table_steps& log, std::size_t states, std::size_t actions, double discount,
                                   double unknown) {
  const finite_model model = empirical_model(log, states, actions, unknown);
  const exact_plan best = plan_discounted(model, discount);
  std::vector<double> q(states * actions, unknown);
  for (const auto& t : log) {
    const std::size_t s = to_size(t.state);
    q[s * actions + to_size(t.action)] = model.backup(s, to_size(t.action), best.values, discount);
  }
  return q;
}

// A table whose greedy action is what the plan does most: the values of others are held below its own. Where the log
// shows nothing, it is what the author did most anywhere.
std::vector<double> pessimistic_table(const pessimistic_plan& plan, const table_steps& log, double unknown) {
  std::vector<double> taken(plan.actions);
  std::vector<bool> left(plan.states);
  for (const auto& t : log) {
    ++taken[to_size(t.action)];
    left[to_size(t.state)] = true;
  }
  const auto usual = static_cast<std::size_t>(std::max_element(taken.begin(), taken.end()) - taken.begin());
  std::vector<double> q = plan.values;
  for (std::size_t s = 0; s < plan.states; ++s) {
    double* const row = q.data() + s * plan.actions;
    const std::size_t chosen = left[s] ? to_size(plan(state_index{s})) : usual;
    const double below = std::nextafter(row[chosen], 2 * unknown - 1);
    for (std::size_t a = 0; a < plan.actions; ++a) {
      if (a != chosen) row[a] = std::min(row[a], below);
    }
  }
  return q;
}

auto greedy_of(table_agent one) {
  return [one = std::move(one)](state_index s, std::span<double> p) {
    std::fill(p.begin(), p.end(), 0.0);
    p[to_size(one.greedy(s))] = 1;
  };
}

// What the columns below are, and from where on a number is told.
void tell_rules(const log_judge& judge, std::ostream& out) {
  const log_judge_options& o = judge.options();
  const std::size_t n = judge.parts().size();
  out << "What follows a logged state on average, discounted by " << to_text(o.discount)
      << ", by fitted-Q evaluation: each half of the log judges what\nwas learned from the other. What was never tried "
         "counts as "
      << report::fixed(o.unknown, 4) << ". The interval is that of " << o.resamples << " draws of "
      << (judge.parts().pieces ? "pieces, as episodes are too few: " : "episodes: ") << n
      << ".\n  policy                   worth             95 % interval   tried  steps it amounts to\n";
}
void tell_row(const std::string& name, const judgement& j, std::ostream& out) {
  char line[240];
  if (j.worth.told()) {
    std::snprintf(line, sizeof line, "  %-16s %12.4f  %10.4f to %10.4f  %6s  %zu\n", name.c_str(), j.worth.value,
                  j.worth.low, j.worth.high, percent_text(j.tried).c_str(),
                  static_cast<std::size_t>(j.effective_steps));
  } else {
    std::snprintf(line, sizeof line, "  %-16s no number: %s\n", name.c_str(), j.worth.why.c_str());
  }
  out << line;
}
void tell_difference(const std::string& name, const estimate& d, std::ostream& out) {
  if (!d.told()) return;
  char line[240];
  std::snprintf(line, sizeof line, "  %s less its author: %+.4f, %+.4f to %+.4f%s\n", name.c_str(), d.value, d.low,
                d.high,
                d.high < 0   ? ". The log speaks against it."
                : d.low <= 0 ? ". The log does not show that it is better."
                             : ".");
  out << line;
}

class table_training final : public log_training {
 public:
  table_training(table_steps log, const log_plan& p)
      : log_training(p.passes), log_(std::move(log)), p_(p), unknown_(worst(log_, p.discount)), agent_(agent(0)) {}

  std::size_t steps() const override { return log_.size(); }
  std::string checksum() const override {
    crc64 sum;
    for (const auto& t : log_) {
      const double all[] = {static_cast<double>(to_size(t.state)), static_cast<double>(to_size(t.action)), t.reward,
                            static_cast<double>(to_size(t.next)), static_cast<double>(t.status)};
      sum.update(std::as_bytes(std::span(all)));
    }
    return sum.text();
  }

  void report(std::ostream& out) const override {
    std::vector<bool> shown(p_.states * p_.actions);
    for (const auto& t : log_) shown[to_size(t.state) * p_.actions + to_size(t.action)] = true;
    double guessed = 0;
    for (const auto& t : log_) {
      guessed += shown[to_size(t.state) * p_.actions + to_size(agent_.greedy(t.state))] ? 0 : 1;
    }
    char line[200];
    std::snprintf(line, sizeof line, "%zu steps, %zu states, %zu actions; %zu of the %zu pairs were tried\n",
                  log_.size(), p_.states, p_.actions,
                  static_cast<std::size_t>(std::count(shown.begin(), shown.end(), true)), shown.size());
    out << line;
    if (guessed > 0) {
      std::snprintf(line, sizeof line, "In %.1f %% of the logged states %s does what the log never shows there.\n",
                    100 * guessed / static_cast<double>(log_.size()), p_.policy.c_str());
      out << line;
    }
    const log_judge judge(log_, p_.actions, {.discount = p_.discount, .unknown = unknown_});
    const judgement by = judge.author();
    const judgement learned = judge([&](std::size_t half) { return greedy_of(learned_from(judge.other(half))); });
    if (terminal::interrupted) {
      out << "No estimate: interrupted.\n";
      return;
    }
    tell_rules(judge, out);
    tell_row("its author", by, out);
    tell_row(p_.policy, learned, out);
    if (p_.policy == "pessimistic") {
      const judgement over = judge([&](std::size_t half) {
        return [plan = plan_of(judge.other(half))](state_index s, std::span<double> p) { plan.advise(s, p); };
      });
      tell_row("author, advised", over, out);
      tell_difference("author, advised", log_judge::difference(over, by), out);
    }
    tell_difference(p_.policy, log_judge::difference(learned, by), out);
  }

 protected:
  // From pass to pass the learning rate falls, so that in the end the mean of many steps is what counts and not the
  // last of them; agents that learn from logs count nothing, hence a new one for each.
  bool pass(std::uint64_t k) override {
    agent_ = after_pass(k, std::move(agent_), log_);
    return true;
  }
  // Between two passes a table is all there is of an agent.
  void write_learner(checkpoint& to, keep) const override {
    store(agent_, to, learner_prefix, keep::decisions);
    if (p_.policy == "pessimistic") store(plan_of(log_), to, "plan");
  }
  void read_learner(const checkpoint& from) override {
    note(restore(agent_, from, learner_prefix, keep::decisions).line());
  }

 private:
  [[nodiscard]] table_agent agent(std::uint64_t k) const {
    const double left = 1 - static_cast<double>(k) / static_cast<double>(std::max<std::uint64_t>(1, p_.passes));
    make_table_agent& make = p_.policy == "sarsa" ? make_sarsa : make_q_learning;
    return make(p_.states, p_.actions,
                {.learning_rate = 0.01 + 0.49 * left * left, .discount = p_.discount, .initial_value = unknown_},
                p_.seed, epsilon_greedy{});
  }

  [[nodiscard]] pessimistic_plan plan_of(const table_steps& log) const {
    pessimistic_options o{.discount = p_.discount, .unknown = unknown_};
    o.least_visits =
        std::max<std::uint64_t>(1, o.least_visits * log.size() / log_.size());  // a half shows half of them
    return plan_pessimistically(log, p_.states, p_.actions, o);
  }
  // The agent after one more pass over a log: the whole one, or a half of it for the estimates.
  [[nodiscard]] table_agent after_pass(std::uint64_t k, table_agent before, const table_steps& log) const {
    if (p_.policy == "fitted-q") {
      before.adopt(fitted_q_table(log, p_.states, p_.actions, p_.discount, unknown_));
      return before;
    }
    if (p_.policy == "pessimistic") {
      before.adopt(pessimistic_table(plan_of(log), log, unknown_));
      return before;
    }
    const std::vector<double> so_far = before.table();
    table_agent now = agent(k);
    now.adopt(so_far);
    now.learn(log);
    return now;
  }
  [[nodiscard]] table_agent learned_from(const table_steps& log) const {
    table_agent one = agent(0);
    for (std::uint64_t k = 0; k < p_.passes && !terminal::interrupted; ++k) one = after_pass(k, std::move(one), log);
    return one;
  }
  table_steps log_;
  log_plan p_;
  double unknown_;
  table_agent agent_;
};

}  // namespace

std::unique_ptr<log_training> train_table_from_log(log_plan& p, const log_csv& file) {
  table_steps log = file.steps<state_index>();
  std::size_t states = 0;
  std::size_t actions = 0;
  for (const auto& t : log) {
    states = std::max(states, to_size(t.state) + 1);
    if (t.status != episode::terminated) states = std::max(states, to_size(t.next) + 1);
    actions = std::max(actions, to_size(t.action) + 1);
  }
  const auto at_least = [](const char* option, std::size_t& asked, std::size_t shown) {
    require(asked == 0 || asked >= shown, option, "the number", asked,
            "be at least " + to_text(shown) + ", as the log shows");
    asked = std::max(asked, shown);
  };
  at_least("--log-states", p.states, states);
  at_least("--log-actions", p.actions, actions);
  constexpr std::size_t most = 100'000'000;
  require(p.states <= most / p.actions, "--from-log", "number of states", p.states,
          "leave at most " + to_text(most) + " pairs of state and action; number the states without gaps");
  // One line can name the state 99999999.
  constexpr std::size_t unasked_bytes = std::size_t{16} << 20U;
  const std::size_t bytes = 8 * p.states * p.actions;
  if (bytes > unasked_bytes && !p.allow_any_size) {
    throw std::invalid_argument("--from-log: the table would have " + to_text(p.states) + " states, " +
                                to_text(p.actions) + " actions and " + to_text(bytes) + " bytes for " +
                                to_text(log.size()) + (log.size() == 1 ? " step" : " steps") +
                                "; number the states without gaps, or allow it with --log-states " + to_text(p.states));
  }
  require(p.discount >= 0 && p.discount < 1, "--discount", "the discount", p.discount, "be in [0, 1)");
  if (p.passes == 0) p.passes = p.policy == "fitted-q" || p.policy == "pessimistic" ? 1 : 100;
  return std::make_unique<table_training>(std::move(log), p);
}

}  // namespace tool
