#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <headroom/actions/menu.hpp>
#include <headroom/baselines/stateless.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/systems/scheduler/environment.hpp>
#include <headroom/systems/scheduler/features.hpp>
#include <headroom/systems/scheduler/latency_rules.hpp>
#include <headroom/systems/scheduler/published_reward.hpp>
#include <headroom/systems/scheduler/score.hpp>
#include <headroom/systems/scheduler/very_light.hpp>
#include <headroom/workloads/sinusoid.hpp>

#include "learners/agents.hpp"
#include "support/command_line.hpp"
#include "systems/gym_world.hpp"
#include "systems/policy_names.hpp"
#include "systems/simulated_system.hpp"

/// The request scheduler: its loads, its policies, its columns.
namespace tool {

using namespace headroom;

namespace {

const actions replicas{1, 2, 3, 4, 5, 6};

// The loads that --workload can name. All have their peak near what the service's six replicas can bear.
struct load {
  std::string_view name;
  const char* sentence;
  scheduler::load_episodes (*source)();
  scheduler::meets effect = scheduler::meets::observed;
};

scheduler::load_episodes two_bumps() { return scheduler::environment::published_load(); }
// The published generator's "high" load was made for a service a hundred times as fast.
scheduler::load_episodes sinusoid() {
  constexpr double scale = 0.16 / 19;
  const sinusoid_options published;
  const sinusoid_options scaled{.base_per_s = scale * published.base_per_s,
                                .amplitude_per_s = scale * published.amplitude_per_s,
                                .deviation_per_s = scale * published.deviation_per_s,
                                .floor_per_s = scale * published.floor_per_s,
                                .whole = false};
  return [scaled](std::uint64_t seed, double step_s, std::span<double> per_s) {
    scheduler::environment::always(sinusoid_load(seed, scaled))(seed, step_s, per_s);
  };
}
scheduler::load_episodes very_light() { return scheduler::environment::always(scheduler::very_light_load()); }

const std::vector<load>& loads() {
  static const std::vector<load> all{
      {"two-bumps", "its published load: two bumps with noise, an hour in 360 steps, a limit of 250 s", two_bumps},
      {"unseen", "its published load, which an action meets only after it was chosen; an hour in 360 steps", two_bumps,
       scheduler::meets::drawn},
      {"sinusoid", "the published generator's high load, a 119th of it: a sine with noise, an hour in 360 steps",
       sinusoid},
      {"very-light", "the published very light load: three sines, the same in each episode of 360 steps", very_light}};
  return all;
}

const load& load_of(const std::string& name) {
  for (const load& l : loads()) {
    if (l.name == name) return l;
  }
  throw std::invalid_argument("--workload: the name is " + name +
                              ", must be two-bumps, unseen, sinusoid or very-light with --environment scheduler");
}

scheduler::environment environment_under(const load& l, std::uint64_t seed) {
  return scheduler::environment(seed, {.effect = l.effect}, l.source());
}

// What is earned by who knows the load that his action will meet.
double most_reward(const load& l, std::uint64_t seed) {
  scheduler::environment env = environment_under(l, seed);
  const scheduler::published_reward reward;
  scheduler::observation now = env.reset();
  double sum = 0;
  for (std::size_t k = 0; k < env.options().steps; ++k) {
    const double met = env.loads()[l.effect == scheduler::meets::observed ? k : k + 1];
    const int n = env.model().fewest(met, env.options().n_max);
    const step_result<scheduler::observation> r = env.step(n);
    sum += reward(now, n, r.observation);
    now = r.observation;
  }
  return sum;
}

class scheduler_system final : public system {
  using environment = scheduler::environment;
  using seen = scheduler::observation;

 public:
  explicit scheduler_system(const load& under) : under_(under) {
    describe();
    offer_rules();
    offer_learners();
    description.defaults = plain_names(policies);
    description.defaults.insert(description.defaults.begin() + 1, {"constant:4", "constant:5", "constant:6"});
  }

  // Regret: what could have been earned more on each episode.
  void complete(report::findings& f) const override {
    std::vector<double> most;
    for (const std::uint64_t seed : f.seeds) most.push_back(most_reward(under_, seed));
    set_regrets(f, most, "total_reward");
  }

  [[nodiscard]] std::unique_ptr<gym_world> by_numbers(std::uint64_t first_seed, bool) const override {
    auto see = scheduler::features<seen>();
    using world = gym_world_of<environment, decltype(see), scheduler::published_reward,
                               std::decay_t<decltype(replicas)>, scheduler::score<scheduler::published_reward>>;
    return std::make_unique<world>(
        typename world::parts{.make = [&under = under_](std::uint64_t seed) { return environment_under(under, seed); },
                              .see = std::move(see),
                              .reward = scheduler::published_reward{},
                              .menu = replicas,
                              .score = scheduler::score{scheduler::published_reward{}},
                              .actions = {"1", "2", "3", "4", "5", "6"}},
        first_seed);
  }

 private:
  using list = policy_list<environment>;

  void describe() {
    const report::figure reward{"total_reward", "reward", 1, 2, 6, "reward", "reward"};
    const report::figure instances{"mean_instances", "mean replicas", 1, 2, 5, "replicas", "replicas"};
    description.environment = "scheduler";
    description.workload = under_.name;
    description.sentence = under_.sentence;
    description.actions = "1 to 6";
    description.how = {
        .subject = "The request scheduler under ",
        .unit = " replicas",
        .columns = {reward, {"violations", "late %", 100, 2, 5}, instances, {"scaling_actions", "changes", 1, 1, 5}},
        .service = reward,
        .cost = instances,
        .cost_over_training = instances,
        .tracked = {reward.metric, "violations", instances.metric},
        .service_is_all = true};
    // Measured on a re-implementation of the published code that draws its own loads.
    if (under_.name == "two-bumps") {
      description.references = {
          {"published dqn", {{"total_reward", 205.2}, {"violations", 0.037}, {"mean_instances", 3.73}}},
          {"its oracle", {{"total_reward", 219.5}}},
          {"its constant:5", {{"total_reward", 165.0}, {"violations", 0}, {"mean_instances", 5}}}};
      description.notes = {
          "In brackets: the shipped network, the oracle and a constant in a re-implementation of the published "
          "world, 100 episodes of its own, within 1; not paired."};
    }
    description.regret =
        under_.effect == scheduler::meets::observed
            ? "Regret: what the oracle earned more on the same episodes; it is the most that anybody can."
            : "Regret: what could be earned more on the same episodes by who knew each load before it comes.";
  }

  // The policies that do not learn.
  void offer_rules() {
    using levels = scheduler::latency_levels_options;
    using steps = scheduler::latency_steps_options;
    static const int most = scheduler::options{}.n_max;
    static const double limit_s = scheduler::queueing_component{}.limit_s;
    const auto rule = [this](const std::string& name, const std::string& line, auto make) -> offered_policy& {
      return offers_.add(name, line, [make](const std::string& asked) -> policy_of<environment> {
        require_plain(asked);
        return make();
      });
    };
    rule("oracle",
         "the fewest replicas that keep the limit at the load that is seen; nobody gets more where that is met",
         [] {
           return stateless{[model = scheduler::queueing_model(scheduler::options{}.chain)](const seen& o) {
             return model.fewest(o.workload, most);
           }};
         })
        .knows_more = true;
    offers_.add("constant:N", "always N replicas, 1 to 6", [](const std::string& name) -> policy_of<environment> {
      return stateless{[n = whole_setting(name, 1, most)](const seen&) { return n; }};
    });
    rule("levels-published", "the scheduler's first rule as written: high latency 5 replicas, low 2, between 1", [] {
      return scheduler::latency_levels{&seen::response_time_s, levels::published()};
    });
    rule("levels-as-run", "the same as it ran, milliseconds taken from seconds: always 2", [] {
      return scheduler::latency_levels{&seen::response_time_s, levels::published_as_run()};
    });
    rule("levels", "the same with its levels in order: 1, 2, 5", [] {
      return scheduler::latency_levels{&seen::response_time_s, levels::corrected()};
    });
    rule("steps-published", "its second rule: a replica more above the limit, one less below, never hold", [] {
      return scheduler::latency_steps{&seen::response_time_s, &seen::n_instances, steps::published(limit_s)};
    });
    rule("steps", "the same with a dead band and a ceiling", [] {
      return scheduler::latency_steps{&seen::response_time_s, &seen::n_instances, steps::corrected(limit_s, most)};
    });
  }

  // Nothing that an action does lasts, so the discount is 0, and the table need not see more than the load.
  void offer_learners() {
    offers_.add("q-learning", "Q-learning on the load alone, in 320 bins", 1'000,
                [this](const std::string& name, std::uint64_t train_seed, std::uint64_t episodes) {
                  bins see{cut{&seen::workload, even_edges(0, 0.16, 320)}};
                  table_agent agent = make_q_learning(see.size(), replicas.size(),
                                                      {.learning_rate = 0.1, .discount = 0, .initial_value = 1},
                                                      train_seed, epsilon_greedy{});
                  return training_of(name, train_seed, episodes, std::move(see), std::move(agent));
                });
    offers_.add("dqn", "a deep Q-network on the five published metrics, each with its declared range", 300,
                [this](const std::string& name, std::uint64_t train_seed, std::uint64_t episodes) {
                  const std::uint64_t steps = episodes * scheduler::options{}.steps;
                  auto see = scheduler::features<seen>();
                  network_agent agent = make_dqn(see.dimension(), replicas.size(),
                                                 {.hidden = {64, 64},
                                                  .learning_rate = linear{5e-3, 1e-5, steps},
                                                  .discount = 0,
                                                  .batch = 64,
                                                  .train_every = 2},
                                                 train_seed, epsilon_greedy{linear{1, 0.1, steps / 2}});
                  return training_of(name, train_seed, episodes, std::move(see), std::move(agent));
                });
  }
  template <class Encoder, class Agent>
  std::unique_ptr<learner<policy_of<environment>>> training_of(const std::string& name, std::uint64_t train_seed,
                                                               std::uint64_t episodes, Encoder see, Agent agent) const {
    require_plain(name);
    return train_on(
        environment_under(under_, first_training_seed(train_seed)),
        learn_erased<environment>(std::move(see), std::move(agent), scheduler::published_reward{}, replicas), episodes);
  }

  const load& under_;
  evaluate_policy<environment> evaluate_ =
      evaluate_with<environment>([&under = under_](std::uint64_t seed) { return environment_under(under, seed); },
                                 scheduler::score{scheduler::published_reward{}});
  list offers_{policies,
               [this](policy_of<environment> one) { return evaluated<environment>(std::move(one), evaluate_); }};
};

class scheduler_options final : public system_options {
 public:
  void declare(command& to) override {
    to.add("--workload", workload_,
           "Of scheduler: two-bumps, as published (default); unseen: the same, met only after the decision; sinusoid; "
           "very-light");
  }
  [[nodiscard]] std::unique_ptr<system> make() const override {
    return std::make_unique<scheduler_system>(load_of(workload_));
  }

 private:
  std::string workload_ = "two-bumps";
};

}  // namespace

std::unique_ptr<system_options> scheduler_system_options() { return std::make_unique<scheduler_options>(); }

}  // namespace tool
