// The deep Q-network, compiled once: as an agent for every system, and as a learner from a log.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <utility>
#include <vector>

#include <headroom/agents/dqn.hpp>
#include <headroom/io/state.hpp>
#include <headroom/offline/conservative.hpp>
#include <headroom/offline/log_parts.hpp>
#include <headroom/offline/offline.hpp>
#include <headroom/offline/weights_judge.hpp>

#include "learners/erased_fields.hpp"
#include "learners/agent_model.hpp"
#include "learners/agents.hpp"
#include "learners/from_log.hpp"
#include "reports/report.hpp"
#include "support/terminal.hpp"

namespace tool {

using namespace headroom;

network_agent make_dqn(std::size_t dimension, std::size_t actions, const dqn_options& options, std::uint64_t seed,
                       epsilon_greedy explore) {
  return erased(dqn<>(dimension, actions, options, seed, std::move(explore)));
}

namespace {

using vector_steps = std::vector<logged<std::vector<float>>>;

class network_training final : public log_training {
 public:
  network_training(vector_steps log, const log_plan& p, bool probabilities)
      : log_training(p.passes),
        log_(std::move(log)),
        p_(p),
        probabilities_(probabilities),
        scale_(p.policy == "cql" ? reward_deviation(log_) : 1),
        agent_(agent_for(log_)) {}

  std::size_t steps() const override { return log_.size(); }
  std::string checksum() const override {
    crc64 sum;
    for (const auto& t : log_) {
      const double rest[] = {static_cast<double>(to_size(t.action)), t.reward, static_cast<double>(t.status)};
      sum.update(std::as_bytes(std::span<const float>(t.state)));
      sum.update(std::as_bytes(std::span<const float>(t.next)));
      sum.update(std::as_bytes(std::span(rest)));
    }
    return sum.text();
  }

  void report(std::ostream& out) const override {
    char line[240];
    double expected = 0;
    double agrees = 0;
    for (const auto& t : log_) {
      const action_index best = agent_.greedy(t.state);
      expected += scale_ * agent_.value(t.state, best);
      agrees += best == t.action ? 1 : 0;
    }
    const auto n = static_cast<double>(log_.size());
    std::snprintf(
        line, sizeof line,
        "%zu steps, %zu numbers a state, %zu actions; %llu updates, the last loss %.3g\n"
        "In %.1f %% of the logged steps the network does what was done. It expects %.4f from a logged state,\n"
        "discounted by %s; that is a hope and no measurement.\n",
        log_.size(), agent_.dimension(), p_.actions, static_cast<unsigned long long>(agent_.health().updates),
        agent_.health().loss, 100 * agrees / n, expected / n, to_text(p_.discount).c_str());
    out << line;
    if (scale_ != 1)
      out << "Rewards were divided by their deviation, " << report::fixed(scale_, 4)
          << ", for the network. The values here are not divided.\n";
    warn_of_scales(out);
    weigh(out);
  }

 protected:
  bool pass(std::uint64_t) override { return one_pass(agent_, log_.size()); }
  void write_learner(checkpoint& to, keep what) const override {
    store(erased_fields{agent_}, to, learner_prefix, what);
  }
  void read_learner(const checkpoint& from) override {
    erased_fields all{agent_};
    note(restore(all, from, learner_prefix).line());
  }

 private:
  void warn_of_scales(std::ostream& out) const {
    for (std::size_t k = 0; k < agent_.dimension(); ++k) {
      float most = 0;
      for (const auto& t : log_) most = std::max(most, std::abs(t.state[k]));
      if (most <= 10) continue;
      out << "Beware: state_" << k << " goes up to " << to_text(most)
          << ". A network learns from numbers of about one; scale them, where the log is written and where the model "
             "decides.\n";
    }
  }

  [[nodiscard]] dqn<> agent_for(const vector_steps& log) const {
    dqn<> one(log.front().state.size(), p_.actions,
              {.learning_rate = 1e-3,
               .discount = p_.discount,
               .batch = std::min<std::size_t>(64, log.size()),
               .capacity = log.size(),
               .warm_up = 0,
               .conservative = p_.policy == "cql" ? 1.0 : 0.0},
              p_.seed);
    vector_steps scaled = log;
    if (scale_ != 1) {
      for (auto& t : scaled) t.reward /= scale_;
    }
    static_cast<void>(learn_from(one, scaled, 0));
    return one;
  }
  static bool one_pass(dqn<>& one, std::size_t steps) {
    const std::size_t updates = (steps + one.options().batch - 1) / one.options().batch;
    bool any = false;
    for (std::size_t k = 0; k < updates; ++k) any = one.update() || any;
    return any;
  }

  // The only estimate without a model: what the log's own probabilities allow. Each half of the log judges a network
  // that learned from the other, because a network looks better than it is on what it learned from.
  void weigh(std::ostream& out) const {
    if (!probabilities_) {
      out << "No estimate from the log: it has no column 'probability' of what its author did.\n";
      return;
    }
    // A record that never ends is judged in pieces, each as long as a decision matters.
    const bool fades = p_.discount < 1;
    const log_parts parts = parts_of(log_, fades ? 10 : 0, fades ? steps_that_matter(p_.discount) : 1);
    if (parts.size() < 2) {
      out << "No estimate from the log: it has one episode, too short to be divided, and an interval needs several.\n";
      return;
    }
    vector_steps log = log_;
    for (const auto& [from, to] : parts.ranges) {
      if (log[to - 1].status == episode::ongoing) log[to - 1].status = episode::truncated;
    }
    std::vector<double> ratios(log_.size());
    for (std::size_t half = 0; half < 2; ++half) {
      const vector_steps other = half_of(log_, parts, 1 - half);
      dqn<> one = agent_for(other);
      for (std::uint64_t k = 0; k < p_.passes; ++k) {
        if (terminal::interrupted) {
          out << "No estimate: interrupted.\n";
          return;
        }
        one_pass(one, other.size());
      }
      for (std::size_t e = half; e < parts.size(); e += 2) {
        for (std::size_t i = parts.ranges[e].first; i < parts.ranges[e].second; ++i)
          ratios[i] = one.greedy(log_[i].state) == log_[i].action ? 1 / log_[i].probability : 0;
      }
    }
    out << "What " << (parts.pieces ? "a piece of the log" : "an episode")
        << " is worth from its beginning, discounted by " << to_text(p_.discount)
        << ", by importance weights. Each half of the log\njudges what was learned from the other. " << parts.size()
        << (parts.pieces ? " pieces.\n" : " episodes.\n");
    const weights_judge_options how{.discount = p_.discount};
    tell("its author", judge_by_weights(log, std::vector<double>(log.size(), 1.0), how), out);
    tell(p_.policy, judge_by_weights(log, ratios, how), out);
  }
  static void tell(const std::string& name, const weighted_judgement& j, std::ostream& out) {
    char line[240];
    if (j.worth.told()) {
      std::snprintf(
          line, sizeof line,
          "  %-12s %12.4f, 95 %% interval %.4f to %.4f; %s of an episode's steps were tried, by at least %.1f "
          "episodes\n",
          name.c_str(), j.worth.value, j.worth.low, j.worth.high, percent_text(j.tried).c_str(), j.effective_episodes);
    } else {
      std::snprintf(line, sizeof line, "  %-12s no number: %s\n", name.c_str(), j.worth.why.c_str());
    }
    out << line;
  }

  vector_steps log_;
  log_plan p_;
  bool probabilities_;
  double scale_;  // of the rewards; what a network learns from is about one
  dqn<> agent_;
};

}  // namespace

std::unique_ptr<log_training> train_network_from_log(log_plan& p, const log_csv& file) {
  vector_steps log = file.steps<std::vector<float>>();
  require(p.states == 0, "--log-states", "the number", p.states, "be left out: a network has none");
  std::size_t actions = 0;
  for (const auto& t : log) actions = std::max(actions, to_size(t.action) + 1);
  require(p.actions == 0 || p.actions >= actions, "--log-actions", "the number", p.actions,
          "be at least " + to_text(actions) + ", as the log shows");
  p.actions = std::max(p.actions, actions);
  if (p.passes == 0) p.passes = 50;
  return std::make_unique<network_training>(std::move(log), p, file.has_probabilities());
}

}  // namespace tool
