// The deep Q-network, compiled once: as an agent for every system, and as a learner from a log.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <utility>
#include <vector>

#include <headroom/agents/dqn.hpp>
#include <headroom/io/state.hpp>
#include <headroom/offline/off_policy.hpp>
#include <headroom/offline/offline.hpp>

#include "learners/agent_model.hpp"
#include "learners/agents.hpp"
#include "learners/from_log.hpp"

namespace tool {

using namespace headroom;

network_agent make_dqn(std::size_t dimension, std::size_t actions, const dqn_options& options, std::uint64_t seed,
                       epsilon_greedy explore) {
  return erased(dqn<>(dimension, actions, options, seed, std::move(explore)));
}

namespace {

using steps_type = std::vector<logged<std::vector<float>>>;

class network_training final : public log_training {
 public:
  network_training(steps_type log, const log_plan& p, bool probabilities)
      : log_training(p.passes),
        log_(std::move(log)),
        p_(p),
        probabilities_(probabilities),
        agent_(log_.front().state.size(), p.actions,
               {.learning_rate = 1e-3,
                .discount = p.discount,
                .batch = std::min<std::size_t>(64, log_.size()),
                .capacity = log_.size(),
                .warm_up = 0},
               p.seed) {
    static_cast<void>(learn_from(agent_, log_, 0));
  }

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
      expected += agent_.value(t.state, best);
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
    warn_of_scales(out);
    weigh(out);
  }

 protected:
  bool pass(std::uint64_t) override {
    const std::size_t updates = (log_.size() + agent_.options().batch - 1) / agent_.options().batch;
    bool any = false;
    for (std::size_t k = 0; k < updates; ++k) any = agent_.update() || any;
    return any;
  }
  void write_learner(checkpoint& to, keep what) const override { store(agent_, to, learner_prefix, what); }
  void read_learner(const checkpoint& from) override { note(restore(agent_, from, learner_prefix).line()); }

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

  // The only estimate without a model: what the log's own probabilities allow.
  void weigh(std::ostream& out) const {
    if (!probabilities_) {
      out << "No estimate from the log: it has no column 'probability' of what its author did.\n";
      return;
    }
    const auto greedy = [&](const std::vector<float>& s, std::span<double> p) {
      std::fill(p.begin(), p.end(), 0.0);
      p[to_size(agent_.greedy(s))] = 1;
    };
    const importance_estimates e = importance_sampling(log_, p_.actions, greedy, p_.discount);
    char line[240];
    std::snprintf(line, sizeof line,
                  "By importance weights an episode is worth %.4f, and all %llu of them as much as %.1f of its own.\n",
                  e.per_decision_weighted, static_cast<unsigned long long>(e.episodes), e.effective_episodes);
    out << line;
  }

  steps_type log_;
  log_plan p_;
  bool probabilities_;
  dqn<> agent_;
};

}  // namespace

std::unique_ptr<log_training> train_network_from_log(log_plan& p, const log_csv& file) {
  steps_type log = file.steps<std::vector<float>>();
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
