#include "learners/from_log.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <utility>
#include <vector>

#include <headroom/io/state.hpp>
#include <headroom/offline/off_policy.hpp>
#include <headroom/offline/offline.hpp>

#include "learners/agents.hpp"

namespace tool {

using namespace headroom;

namespace {

using steps_type = std::vector<logged<state_index>>;

// What nobody tried must not look good because nobody was there to be disappointed: it is worth the least reward of
// the log, for ever.
double worst(const steps_type& log, double discount) {
  double least = 0;
  for (const auto& t : log) least = std::min(least, t.reward);
  return least / (1 - discount);
}

// Fitted-Q iteration (Ernst, Geurts and Wehenkel 2005) with a table, run to its fixed point: the best plan for the
// world as the log shows it. What is kept of it is a Q-learner's table.
std::vector<double> fitted_q_table(const steps_type& log, std::size_t states, std::size_t actions, double discount,
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

class table_training final : public log_training {
 public:
  table_training(steps_type log, const log_plan& p)
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
    steps_type log = log_;
    estimate_behaviour(log, p_.states, p_.actions);
    std::vector<double> shares(p_.states * p_.actions);
    for (const auto& t : log) shares[to_size(t.state) * p_.actions + to_size(t.action)] = t.probability;
    const auto author = [&](state_index s, std::span<double> p) {
      std::copy_n(shares.begin() + static_cast<std::ptrdiff_t>(to_size(s) * p_.actions), p_.actions, p.begin());
    };
    const auto greedy = [&](state_index s, std::span<double> p) {
      std::fill(p.begin(), p.end(), 0.0);
      p[to_size(agent_.greedy(s))] = 1;
    };
    double guessed = 0;
    std::size_t tried = 0;
    for (const double s : shares) tried += s > 0 ? 1 : 0;
    for (const auto& t : log) {
      guessed += shares[to_size(t.state) * p_.actions + to_size(agent_.greedy(t.state))] > 0 ? 0 : 1;
    }
    char line[200];
    std::snprintf(line, sizeof line, "%zu steps, %zu states, %zu actions; %zu of the %zu pairs were tried\n",
                  log.size(), p_.states, p_.actions, tried, shares.size());
    out << line;
    out << "What follows a logged state on average, discounted by " << to_text(p_.discount)
        << ", by fitted-Q evaluation on the log:\n";
    const auto row = [&](const std::string& name, auto&& target) {
      std::snprintf(line, sizeof line, "  %-16s %12.4f\n", name.c_str(), value_of(log, target));
      out << line;
    };
    row("its author", author);
    row(p_.policy, greedy);
    if (guessed > 0) {
      std::snprintf(line, sizeof line,
                    "In %.1f %% of the logged states %s does what the log never shows there; that was taken to be\n"
                    "worth %s, the least reward of the log for ever.\n",
                    100 * guessed / static_cast<double>(log.size()), p_.policy.c_str(), to_text(unknown_).c_str());
      out << line;
    }
  }

 protected:
  // From pass to pass the learning rate falls, so that in the end the mean of many steps is what counts and not the
  // last of them; agents that learn from logs count nothing, hence a new one for each.
  bool pass(std::uint64_t k) override {
    if (p_.policy == "fitted-q") {
      agent_.adopt(fitted_q_table(log_, p_.states, p_.actions, p_.discount, unknown_));
      return true;
    }
    const std::vector<double> so_far = agent_.table();
    agent_ = agent(k);
    agent_.adopt(so_far);
    agent_.learn(log_);
    return true;
  }
  // Between two passes a table is all there is of an agent.
  void write_learner(checkpoint& to, keep) const override { store(agent_, to, learner_prefix, keep::decisions); }
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

  template <class Target>
  [[nodiscard]] double value_of(const steps_type& log, Target&& target) const {
    double scale = std::abs(unknown_) + 1e-9;
    for (const auto& t : log) scale = std::max(scale, std::abs(t.reward));
    const fitted_q q = fitted_q_evaluation(log, p_.states, p_.actions, target, p_.discount, unknown_, 1e-7 * scale);
    double sum = 0;
    for (const auto& t : log) sum += q.states[to_size(t.state)];
    return sum / static_cast<double>(log.size());
  }

  steps_type log_;
  log_plan p_;
  double unknown_;
  table_agent agent_;
};

}  // namespace

std::unique_ptr<log_training> train_table_from_log(log_plan& p, const log_csv& file) {
  steps_type log = file.steps<state_index>();
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
  if (p.passes == 0) p.passes = p.policy == "fitted-q" ? 1 : 100;
  return std::make_unique<table_training>(std::move(log), p);
}

}  // namespace tool
