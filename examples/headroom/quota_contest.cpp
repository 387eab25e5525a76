#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <headroom/actions/menu.hpp>
#include <headroom/systems/quota/menu.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/systems/quota/rules.hpp>
#include <headroom/baselines/stateless.hpp>
#include <headroom/systems/quota/features.hpp>
#include <headroom/systems/quota/environment.hpp>
#include <headroom/io/classifier.hpp>
#include <headroom/policies/classifier.hpp>
#include <headroom/policies/guarded.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/systems/quota/published_reward.hpp>
#include <headroom/systems/quota/score.hpp>

#include "contest_of.hpp"

namespace contests {

namespace {

using seen = quota::observation;
using score = quota::score<decltype(quota::objective())>;
using quota_stage = stage<quota::environment, score>;
using policy = quota_stage::policy_type;

policy baseline(const std::string& name, const std::optional<classifier>& net) {
  require_plain(name);
  if (name == "hold") return stateless{[](const seen&) { return quota::action::hold; }};
  if (name == "apply") return stateless{[](const seen&) { return quota::action::apply; }};
  if (name == "five-rules") return quota::rules{};
  if (name != "classifier") contestants::unknown(name, quota_policies());
  require(net.has_value(), "--policies: classifier", "--data", "missing", "name the file of the network");
  return classified{
      *net,
      actions{quota::action::apply, quota::action::migrate, quota::action::scale_up, quota::action::scale_down},
      &seen::replicas,
      &seen::initial_cpu,
      &seen::applied_cpu,
      &seen::initial_memory,
      &seen::applied_memory,
      &seen::initial_latency,
      &seen::latest_latency};
}

// One deployment at a time, so that what a decision leads to is seen in the next observation.
std::unique_ptr<lesson> training(const std::string& name, std::uint64_t train_seed, std::uint64_t episodes,
                                 const std::shared_ptr<const quota_stage>& on) {
  require_plain(name);
  quota::environment world(first_training_seed(train_seed), quota::options::training());
  const std::uint64_t decisions = episodes * world.options().scenario.requests;
  auto see = quota::features<seen>();
  q_learning agent{see.size(),
                   quota::menu::size(),
                   {.learning_rate = harmonic_decay{0.3, 0.005, static_cast<double>(decisions) / 20}, .discount = 0.6},
                   train_seed,
                   epsilon_greedy{linear{0.5, 0.05, decisions / 2}}};
  reported learner{learn_on<quota::environment>(std::move(see), std::move(agent), quota::objective(), quota::menu{}),
                   &seen::executed};
  return lesson_on(std::move(world), std::move(learner), episodes, on,
                   [](const auto& l) { return policy(frozen{l.inner()}); });
}

// The best that any policy of the table got in each scenario.
void settle(report::findings& f) {
  std::vector<double> best;
  const auto look = [&](const evaluation& e) {
    const std::vector<double>& got = e.of("total_reward");
    if (best.empty()) best = got;
    for (std::size_t k = 0; k < best.size(); ++k) best[k] = std::max(best[k], got[k]);
  };
  for (const report::row& r : f.rows) {
    look(r.result);
    for (const evaluation& e : r.by_train_seed) look(e);
  }
  for (report::row& r : f.rows) {
    r.regret = mean_below(best, r.result, "total_reward");
    for (const evaluation& e : r.by_train_seed) r.regrets.push_back(mean_below(best, e, "total_reward"));
  }
}

}  // namespace

const std::vector<contestants::entry>& quota_policies() {
  static const std::vector<contestants::entry> all{
      {"hold", "does nothing about any quota"},
      {"apply", "gives every quota what it asks for"},
      {"five-rules", "five rules that do what the published classifier was trained to do"},
      {"classifier", "the published network; --data names its file"},
      {"q-learning", "Q-learning on quota, size, latency, replicas and what was cut before", 100'000},
  };
  return all;
}

contest quota_contest(const arguments& a) {
  std::optional<classifier> net;
  if (!a.data.empty()) net = read_classifier(a.data).net;
  const auto on = std::make_shared<const quota_stage>(
      quota_stage{[](std::uint64_t seed) { return quota::environment(seed); }, score{quota::objective()}, {}});
  const quota::scenario_options o;
  contest c;
  c.environment = "quota";
  c.workload = "scenarios";
  c.sentence = to_text(o.deployments) + " deployments on " + to_text(o.nodes) + " nodes, " + to_text(o.requests) +
               " quotas a scenario; reward as published and what was given back";
  c.actions = "hold, apply, migrate, scale up, scale down";
  const report::figure reward{"total_reward", "reward", 1, 2, 7, "reward", "reward"};
  const report::figure killed{"oom_kills", "pods killed", 1, 2, 5, "pods killed", "pods killed"};
  c.how = {.subject = "Quotas of ",
           .columns = {reward,
                       killed,
                       {"slow", "slow", 1, 1, 4},
                       {"reserved", "reserved %", 100, 1, 5},
                       {"refused", "refused", 1, 1, 4}},
           .service = reward,
           .cost = killed,
           .cost_over_training = killed,
           .tracked = {reward.metric, killed.metric, "slow", "reserved"},
           .service_is_all = true};
  train_as_usual(c, a, quota_policies());
  if (!net) std::erase(c.defaults, "classifier");
  c.regret =
      "Regret: what the best policy of this table earned more, scenario by scenario. The optimum is not known; "
      "the true regret is at least this.";
  c.baseline = [on, net](const std::string& name) { return player_of(on, baseline(name, net)); };
  c.training = [on](const std::string& name, std::uint64_t train_seed, std::uint64_t episodes) {
    return training(name, train_seed, episodes, on);
  };
  c.settle = settle;
  return c;
}

}  // namespace contests
