#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <headroom/actions/menu.hpp>
#include <headroom/baselines/stateless.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/io/classifier.hpp>
#include <headroom/policies/classifier.hpp>
#include <headroom/policies/guarded.hpp>
#include <headroom/systems/quota/environment.hpp>
#include <headroom/systems/quota/features.hpp>
#include <headroom/systems/quota/menu.hpp>
#include <headroom/systems/quota/published_reward.hpp>
#include <headroom/systems/quota/rules.hpp>
#include <headroom/systems/quota/score.hpp>

#include "learners/agents.hpp"
#include "support/command_line.hpp"
#include "systems/gym_world.hpp"
#include "systems/policy_names.hpp"
#include "systems/simulated_system.hpp"

/// Quotas on a small cluster: the policies, the columns.
namespace tool {

using namespace headroom;

namespace {

class quota_system final : public system {
  using environment = quota::environment;
  using seen = quota::observation;

 public:
  /// `net`: the published classifier, where its file was named.
  explicit quota_system(std::optional<classifier> net) : net_(std::move(net)) {
    describe();
    offer_policies();
    description.defaults = plain_names(policies);
    if (!net_) std::erase(description.defaults, "classifier");
  }

  // Regret: what the best policy of the table got more in each scenario.
  void complete(report::findings& f) const override {
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
    set_regrets(f, best, "total_reward");
  }

  [[nodiscard]] std::unique_ptr<gym_world> by_numbers(std::uint64_t first_seed, bool) const override {
    // What its table sees, as numbers. A latency that was not measured is -1.
    standardize see{between{[](const seen& o) { return o.applied_memory / o.initial_memory; }, 0, 2},
                    between{[](const seen& o) { return o.applied_cpu / o.initial_cpu; }, 0, 2},
                    between{[](const seen& o) { return o.initial_memory / o.replicas; }, 0, 1000},
                    between{[](const seen& o) { return o.latest_latency / o.initial_latency; }, -1, 3, -1, 1},
                    between{&seen::replicas, 1, 10},
                    between{[](const seen& o) { return o.memory_limit / o.initial_memory; }, 0, 4},
                    between{[](const seen& o) { return o.cpu_limit / o.initial_cpu; }, 0, 4}};
    using world = gym_world_of<environment, decltype(see), decltype(quota::objective()), quota::menu,
                               decltype(quota::score{quota::objective()})>;
    return std::make_unique<world>(
        typename world::parts{.make = [](std::uint64_t seed) { return environment(seed); },
                              .see = std::move(see),
                              .reward = quota::objective(),
                              .menu = {},
                              .score = quota::score{quota::objective()},
                              .actions = {"hold", "apply", "migrate", "scale up", "scale down"}},
        first_seed);
  }

 private:
  void describe() {
    const quota::scenario_options o;
    const report::figure reward{"total_reward", "reward", 1, 2, 7, "reward", "reward"};
    const report::figure killed{"oom_kills", "pods killed", 1, 2, 5, "pods killed", "pods killed"};
    description.environment = "quota";
    description.workload = "scenarios";
    description.sentence = to_text(o.deployments) + " deployments on " + to_text(o.nodes) + " nodes, " +
                           to_text(o.requests) + " quotas a scenario; reward as published and what was given back";
    description.actions = "hold, apply, migrate, scale up, scale down";
    description.how = {.subject = "Quotas of ",
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
    description.regret =
        "Regret: what the best policy of this table earned more, scenario by scenario. The optimum is not known; "
        "the true regret is at least this.";
  }

  void offer_policies() {
    const auto rule = [this](const std::string& name, const std::string& line, auto make) {
      offers_.add(name, line, [make](const std::string& asked) -> policy_of<environment> {
        require_plain(asked);
        return make();
      });
    };
    rule("hold", "does nothing about any quota",
         [] { return stateless{[](const seen&) { return quota::action::hold; }}; });
    rule("apply", "gives every quota what it asks for",
         [] { return stateless{[](const seen&) { return quota::action::apply; }}; });
    rule("five-rules", "five rules that do what the published classifier was trained to do",
         [] { return quota::rules{}; });
    rule("classifier", "the published network; --data names its file", [this] { return published_classifier(); });
    offers_.add("q-learning", "Q-learning on quota, size, latency, replicas and what was cut before", 100'000,
                [](const std::string& name, std::uint64_t train_seed, std::uint64_t episodes) {
                  require_plain(name);
                  return q_learning_training(train_seed, episodes);
                });
  }

  [[nodiscard]] policy_of<environment> published_classifier() const {
    require(net_.has_value(), "--policies: classifier", "--data", "missing", "name the file of the network");
    return classified{
        *net_,
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
  [[nodiscard]] static std::unique_ptr<learner<policy_of<environment>>> q_learning_training(std::uint64_t train_seed,
                                                                                            std::uint64_t episodes) {
    environment world(first_training_seed(train_seed), quota::options::training());
    const std::uint64_t decisions = episodes * world.options().scenario.requests;
    auto see = quota::features<seen>();
    table_agent agent = make_q_learning(
        see.size(), quota::menu::size(),
        {.learning_rate = harmonic_decay{0.3, 0.005, static_cast<double>(decisions) / 20}, .discount = 0.6}, train_seed,
        epsilon_greedy{linear{0.5, 0.05, decisions / 2}});
    reported one{learn_erased<environment>(std::move(see), std::move(agent), quota::objective(), quota::menu{}),
                 &seen::executed};
    return train_on(std::move(world), std::move(one), episodes);
  }

  std::optional<classifier> net_;
  evaluate_policy<environment> evaluate_ = evaluate_with<environment>(
      [](std::uint64_t seed) { return environment(seed); }, quota::score{quota::objective()});
  policy_list<environment> offers_{
      policies, [this](policy_of<environment> one) { return evaluated<environment>(std::move(one), evaluate_); }};
};

class quota_options final : public system_options {
 public:
  void declare(command& to) override {
    to.add("--data", data_, "Of quota: the published classifier as JSON, which is then one of the policies");
  }
  [[nodiscard]] std::unique_ptr<system> make() const override {
    std::optional<classifier> net;
    if (!data_.empty()) net = read_classifier(data_).net;
    return std::make_unique<quota_system>(std::move(net));
  }

 private:
  std::filesystem::path data_;
};

}  // namespace

std::unique_ptr<system_options> quota_system_options() { return std::make_unique<quota_options>(); }

}  // namespace tool
