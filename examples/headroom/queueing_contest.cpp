#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <headroom/actions/menu.hpp>
#include <headroom/agents/dqn.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/systems/scheduler/latency_rules.hpp>
#include <headroom/baselines/stateless.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/systems/scheduler/features.hpp>
#include <headroom/systems/scheduler/environment.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/systems/scheduler/published_reward.hpp>
#include <headroom/systems/scheduler/score.hpp>
#include <headroom/workloads/sinusoid.hpp>
#include <headroom/systems/scheduler/very_light.hpp>

#include "contest_of.hpp"

namespace contests {

namespace {

using seen = scheduler::observation;
using score = scheduler::score<scheduler::published_reward>;
using queueing_stage = stage<scheduler::environment, score>;
using policy = queueing_stage::policy_type;

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
                              ", must be two-bumps, unseen, sinusoid or very-light with --environment queueing");
}

scheduler::environment world_of(const load& l, std::uint64_t seed) {
  return scheduler::environment(seed, {.effect = l.effect}, l.source());
}

policy oracle() {
  return stateless{[model = scheduler::queueing_model(scheduler::options{}.chain),
                    most = scheduler::options{}.n_max](const seen& o) { return model.fewest(o.workload, most); }};
}

// What is earned by who knows the load that his action will meet.
double most_reward(const load& l, std::uint64_t seed) {
  scheduler::environment world = world_of(l, seed);
  const scheduler::published_reward reward;
  seen now = world.reset();
  double sum = 0;
  for (std::size_t k = 0; k < world.options().steps; ++k) {
    const double met = world.loads()[l.effect == scheduler::meets::observed ? k : k + 1];
    const int n = world.model().fewest(met, world.options().n_max);
    const step_result<seen> r = world.step(n);
    sum += reward(now, n, r.observation);
    now = r.observation;
  }
  return sum;
}

policy baseline(const std::string& name) {
  using levels = scheduler::latency_levels_options;
  using steps = scheduler::latency_steps_options;
  const int most = scheduler::options{}.n_max;
  const double limit_s = scheduler::queueing_component{}.limit_s;
  if (contestants::kind_of(name) == "constant") {
    return stateless{[n = whole_setting(name, 1, most)](const seen&) { return n; }};
  }
  require_plain(name);
  if (name == "oracle") return oracle();
  if (name == "levels-published") return scheduler::latency_levels{&seen::response_time_s, levels::published()};
  if (name == "levels-as-run") return scheduler::latency_levels{&seen::response_time_s, levels::published_as_run()};
  if (name == "levels") return scheduler::latency_levels{&seen::response_time_s, levels::corrected()};
  if (name == "steps-published") {
    return scheduler::latency_steps{&seen::response_time_s, &seen::n_instances, steps::published(limit_s)};
  }
  if (name == "steps") {
    return scheduler::latency_steps{&seen::response_time_s, &seen::n_instances, steps::corrected(limit_s, most)};
  }
  contestants::unknown(name, queueing_policies());
}

// Nothing that an action does lasts, so the discount is 0, and the table need not see more than the load.
std::unique_ptr<lesson> training(const std::string& name, std::uint64_t train_seed, std::uint64_t episodes,
                                 const load& under, const std::shared_ptr<const queueing_stage>& on) {
  require_plain(name);
  scheduler::environment world = world_of(under, first_training_seed(train_seed));
  const auto finish = [&](auto see, auto agent) {
    return lesson_on(
        std::move(world),
        learn_on<scheduler::environment>(std::move(see), std::move(agent), scheduler::published_reward{}, replicas),
        episodes, on);
  };
  if (name == "q-learning") {
    bins see{cut{&seen::workload, even_edges(0, 0.16, 320)}};
    q_learning agent{
        see.size(), replicas.size(), {.learning_rate = 0.1, .discount = 0, .initial_value = 1}, train_seed};
    return finish(std::move(see), std::move(agent));
  }
  const std::uint64_t steps = episodes * scheduler::options{}.steps;
  auto see = scheduler::features<seen>();
  dqn agent{
      see.dimension(),
      replicas.size(),
      {.hidden = {64, 64}, .learning_rate = linear{5e-3, 1e-5, steps}, .discount = 0, .batch = 64, .train_every = 2},
      train_seed,
      epsilon_greedy{linear{1, 0.1, steps / 2}}};
  return finish(std::move(see), std::move(agent));
}

}  // namespace

const std::vector<contestants::entry>& queueing_policies() {
  static const std::vector<contestants::entry> all{
      {"oracle", "the fewest replicas that keep the limit at the load that is seen; nobody gets more where that is met",
       0, true},
      {"constant:N", "always N replicas, 1 to 6"},
      {"levels-published", "the scheduler's first rule as written: high latency 5 replicas, low 2, between 1"},
      {"levels-as-run", "the same as it ran, milliseconds taken from seconds: always 2"},
      {"levels", "the same with its levels in order: 1, 2, 5"},
      {"steps-published", "its second rule: a replica more above the limit, one less below, never hold"},
      {"steps", "the same with a dead band and a ceiling"},
      {"q-learning", "Q-learning on the load alone, in 320 bins", 1'000},
      {"dqn", "a deep Q-network on the five published metrics, each with its declared range", 300},
  };
  return all;
}

contest queueing_contest(const arguments& a) {
  const load& under = load_of(a.load.workload);
  const auto on = std::make_shared<const queueing_stage>(queueing_stage{
      [&under](std::uint64_t seed) { return world_of(under, seed); }, score{scheduler::published_reward{}}});
  contest c;
  c.environment = "queueing";
  c.workload = under.name;
  c.sentence = under.sentence;
  c.actions = "1 to 6";
  const report::figure reward{"total_reward", "reward", 1, 2, 6, "reward", "reward"};
  const report::figure instances{"mean_instances", "mean replicas", 1, 2, 5, "replicas", "replicas"};
  c.how = {.subject = "The request scheduler under ",
           .unit = " replicas",
           .columns = {reward, {"violations", "late %", 100, 2, 5}, instances, {"scaling_actions", "changes", 1, 1, 5}},
           .service = reward,
           .cost = instances,
           .cost_over_training = instances,
           .tracked = {reward.metric, "violations", instances.metric},
           .service_is_all = true};
  train_as_usual(c, a, queueing_policies());
  c.defaults.insert(c.defaults.begin() + 1, {"constant:4", "constant:5", "constant:6"});
  // Measured on a re-implementation of the published code that draws its own loads.
  if (under.name == "two-bumps")
    c.references = {{"published dqn", {{"total_reward", 205.2}, {"violations", 0.037}, {"mean_instances", 3.73}}},
                    {"its oracle", {{"total_reward", 219.5}}},
                    {"its constant:5", {{"total_reward", 165.0}, {"violations", 0}, {"mean_instances", 5}}}};
  if (!c.references.empty())
    c.notes = {
        "In brackets: the shipped network, the oracle and a constant in a re-implementation of the published "
        "world, 100 episodes of its own, within 1; not paired."};
  c.regret = under.effect == scheduler::meets::observed
                 ? "Regret: what the oracle earned more on the same episodes; it is the most that anybody can."
                 : "Regret: what could be earned more on the same episodes by who knew each load before it comes.";
  c.baseline = [on](const std::string& name) { return player_of(on, baseline(name)); };
  c.training = [on, &under](const std::string& name, std::uint64_t train_seed, std::uint64_t episodes) {
    return training(name, train_seed, episodes, under, on);
  };
  c.settle = [&under](report::findings& f) {
    std::vector<double> most;
    for (const std::uint64_t seed : f.seeds) most.push_back(most_reward(under, seed));
    for (report::row& r : f.rows) {
      r.regret = mean_below(most, r.result, "total_reward");
      for (const evaluation& e : r.by_train_seed) r.regrets.push_back(mean_below(most, e, "total_reward"));
    }
  };
  return c;
}

}  // namespace contests
