#include "advice.hpp"

#include <cmath>    // std::exp, std::log
#include <cstddef>  // std::size_t
#include <limits>   // std::numeric_limits
#include <utility>  // std::move

#include <headroom/agents/q_learning.hpp>
#include <headroom/core/check.hpp>
#include <headroom/io/classifier.hpp>
#include <headroom/policies/classifier.hpp>
#include <headroom/policies/guarded.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/run/run.hpp>
#include <headroom/systems/quota/environment.hpp>
#include <headroom/systems/quota/menu.hpp>
#include <headroom/systems/quota/published_reward.hpp>
#include <headroom/systems/quota/rules.hpp>

namespace quota_live {

using namespace headroom;
using worths = quota::advisor::worths;

namespace {

constexpr double unknown_action = -std::numeric_limits<double>::infinity();

// The class that is named is worth 0, any other -5: as much as a doubled latency costs.
worths named(std::size_t k) {
  worths w{unknown_action, -5, -5, -5, -5};
  w[k + 1] = 0;
  return w;
}

// One deployment at a time, so that what a decision leads to is seen in the next observation. The discount is 0: a
// value is then the reward of the decision alone, which is what feedback tells.
std::function<std::optional<worths>(const quota::question&)> trained(unsigned scenarios) {
  quota::environment training(10'000'000, quota::options::training());
  const std::uint64_t decisions = std::uint64_t{scenarios} * training.options().scenario.requests;
  auto see = quota::question_cells<quota::observation>();
  q_learning values{see.size(),
                    quota::menu::size(),
                    {.learning_rate = harmonic_decay{0.3, 0.005, static_cast<double>(decisions) / 20}, .discount = 0},
                    1,
                    epsilon_greedy{linear{0.5, 0.05, decisions / 2}}};
  reported policy{learn_on<quota::environment>(see, std::move(values), quota::objective(), quota::menu{}),
                  &quota::observation::executed};
  run_episodes(training, policy, scenarios);
  std::vector<worths> table(see.size());
  for (std::size_t s = 0; s < table.size(); ++s) {
    for (std::size_t a = 0; a < quota::action_count; ++a) {
      table[s][a] = policy.inner().agent().value(state_index{s}, action_index{a});
    }
  }
  return [table = std::move(table),
          cells = quota::question_cells<quota::question>()](const quota::question& q) mutable -> std::optional<worths> {
    const state_index s = cells(q);
    if (s == no_state) return std::nullopt;
    return table[to_size(s)];
  };
}

std::function<std::optional<worths>(const quota::question&)> values_of(const advice_options& o) {
  if (o.policy == "table") {
    require(o.scenarios >= 1000, "--scenarios", "the number", o.scenarios, "be at least 1000");
    return trained(o.scenarios);
  }
  if (o.policy == "apply") {  // holds where a cut is not possible
    return [](const quota::question&) {
      return std::optional(worths{-1, 0, unknown_action, unknown_action, unknown_action});
    };
  }
  if (o.policy == "rules") {
    return [rules = quota::rules{}](const quota::question& q) -> std::optional<worths> {
      const auto k = rules(q.numbers());
      if (!k) return std::nullopt;
      return named(*k);
    };
  }
  require(o.policy == "classifier", "--policy", "the policy", o.policy, "be table, rules, classifier or apply");
  require(!o.classifier.empty(), "--policy classifier", "--classifier", "missing", "name the file of the network");
  return [net = read_classifier(o.classifier).net](const quota::question& q) -> std::optional<worths> {
    const auto x = q.numbers();
    const std::span<const double> scores = net.scores(x);
    if (scores.size() != 4) return std::nullopt;
    double sum = 0;
    for (const double s : scores) sum += std::exp(s - scores[0]);
    worths w{unknown_action};
    for (std::size_t k = 0; k < 4; ++k) w[k + 1] = scores[k] - scores[0] - std::log(sum);
    return w;
  };
}

}  // namespace

advice::advice(const advice_options& o)
    : name_(o.policy),
      advisor_(
          std::make_unique<quota::advisor>(values_of(o), quota::advisor_options{.feedback_rate = o.feedback_rate})) {}

std::optional<quota::action> advice::ask(const std::string& deployment, const quota::question& q,
                                         const quota::advisor::legal_actions& legal) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return advisor_->ask(deployment, q, legal);
}

std::string advice::learn(const std::string& deployment, double reward) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return advisor_->learn(deployment, reward);
}

simulated simulate(advice& advisor, bool may_hold) {
  constexpr std::uint64_t scenarios = 200;
  const quota::menu menu;
  const auto objective = quota::objective();
  simulated sum;
  for (std::uint64_t seed = 1000; seed < 1000 + scenarios; ++seed) {
    quota::environment world(seed);
    quota::observation o = world.reset();
    for (episode status = episode::ongoing; status == episode::ongoing;) {
      quota::advisor::legal_actions legal{};
      for (std::size_t a = may_hold ? 0 : 1; a < legal.size(); ++a) legal[a] = menu.legal(o, action_index{a});
      const quota::question q{o.replicas,       o.initial_cpu,     o.applied_cpu,   o.initial_memory,
                              o.applied_memory, o.initial_latency, o.latest_latency};
      const quota::action act = advisor.ask("simulated", q, legal).value_or(quota::action::hold);
      const auto next = world.step(act);
      sum.reward += objective(o, act, next.observation) / scenarios;
      sum.killed += next.observation.oom_kills / scenarios;
      o = next.observation;
      status = next.status;
    }
  }
  return sum;
}

}  // namespace quota_live
