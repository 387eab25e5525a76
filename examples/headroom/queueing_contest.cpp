#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <headroom/actions/menu.hpp>
#include <headroom/agents/dqn.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/baselines/scheduler_rules.hpp>
#include <headroom/baselines/stateless.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/encoders/scheduler_features.hpp>
#include <headroom/environments/queueing.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/rewards/scheduler_published.hpp>
#include <headroom/run/scheduler_score.hpp>

#include "contest_of.hpp"

namespace contests {

namespace {

using seen = queueing_observation;
using score = scheduler_score<scheduler_published>;
using queueing_stage = stage<queueing, score>;
using policy = queueing_stage::policy_type;

const actions replicas{1, 2, 3, 4, 5, 6};

policy oracle() {
  return stateless{[model = queueing_model(queueing_options{}.chain), most = queueing_options{}.n_max](const seen& o) {
    return model.fewest(o.workload, most);
  }};
}

policy baseline(const std::string& name) {
  using levels = latency_levels_options;
  using steps = latency_steps_options;
  const int most = queueing_options{}.n_max;
  const double limit_s = queueing_component{}.limit_s;
  if (contestants::kind_of(name) == "constant") {
    return stateless{[n = whole_setting(name, 1, most)](const seen&) { return n; }};
  }
  require_plain(name);
  if (name == "oracle") return oracle();
  if (name == "levels-published") return latency_levels{&seen::response_time_s, levels::published()};
  if (name == "levels-as-run") return latency_levels{&seen::response_time_s, levels::published_as_run()};
  if (name == "levels") return latency_levels{&seen::response_time_s, levels::corrected()};
  if (name == "steps-published") {
    return latency_steps{&seen::response_time_s, &seen::n_instances, steps::published(limit_s)};
  }
  if (name == "steps") {
    return latency_steps{&seen::response_time_s, &seen::n_instances, steps::corrected(limit_s, most)};
  }
  contestants::unknown(name, queueing_policies());
}

// Nothing that an action does lasts, so the discount is 0, and the table need not see more than the load.
std::unique_ptr<lesson> training(const std::string& name, std::uint64_t train_seed, std::uint64_t episodes,
                                 const std::shared_ptr<const queueing_stage>& on) {
  require_plain(name);
  queueing world(first_training_seed(train_seed));
  const auto finish = [&](auto see, auto agent) {
    return lesson_on(std::move(world),
                     learn_on<queueing>(std::move(see), std::move(agent), scheduler_published{}, replicas), episodes,
                     on);
  };
  if (name == "q-learning") {
    bins see{cut{&seen::workload, even_edges(0, 0.16, 320)}};
    q_learning agent{
        see.size(), replicas.size(), {.learning_rate = 0.1, .discount = 0, .initial_value = 1}, train_seed};
    return finish(std::move(see), std::move(agent));
  }
  const std::uint64_t steps = episodes * queueing_options{}.steps;
  auto see = scheduler_features<seen>();
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
      {"oracle", "the fewest replicas that keep the limit, from the model itself: nobody gets more", 0, true},
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
  const auto on = std::make_shared<const queueing_stage>(
      queueing_stage{[](std::uint64_t seed) { return queueing(seed); }, score{scheduler_published{}}});
  contest c;
  c.environment = "queueing";
  c.workload = "two-bumps";
  c.sentence = "its published load: two bumps with noise, an hour in 360 steps, a limit of 250 s";
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
  c.references = {{"published dqn", {{"total_reward", 205.2}, {"violations", 0.037}, {"mean_instances", 3.73}}},
                  {"its oracle", {{"total_reward", 219.5}}},
                  {"its constant:5", {{"total_reward", 165.0}, {"violations", 0}, {"mean_instances", 5}}}};
  c.notes = {
      "In brackets: the shipped network, the oracle and a constant in a re-implementation of the published "
      "world, 100 episodes of its own, within 1; not paired."};
  c.regret = "Regret: what the oracle earned more on the same episodes; it is the most that anybody can.";
  c.baseline = [on](const std::string& name) { return player_of(on, baseline(name)); };
  c.training = [on](const std::string& name, std::uint64_t train_seed, std::uint64_t episodes) {
    return training(name, train_seed, episodes, on);
  };
  c.settle = [on](report::findings& f) {
    const evaluation best = player_of(on, oracle()).evaluate(f.seeds, {});
    if (best.stopped) return;
    const std::vector<double>& most = best.of("total_reward");
    for (report::row& r : f.rows) {
      r.regret = mean_below(most, r.result, "total_reward");
      for (const evaluation& e : r.by_train_seed) r.regrets.push_back(mean_below(most, e, "total_reward"));
    }
  };
  return c;
}

}  // namespace contests
