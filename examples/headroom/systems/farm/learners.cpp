#include "systems/farm/learners.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/schedule.hpp>
#include <headroom/rewards/cost.hpp>
#include <headroom/rewards/missed.hpp>
#include <headroom/rewards/over_time.hpp>
#include <headroom/rewards/weighted.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/published_reward.hpp>
#include <headroom/systems/farm/score.hpp>

#include "learners/agents.hpp"
#include "systems/farm/candidates.hpp"
#include "systems/farm/encoders.hpp"
#include "systems/farm/size.hpp"
#include "systems/gym_world.hpp"
#include "systems/policy_names.hpp"

/// How the farm's learners are put together: what each sees, what it is rewarded for, how it learns. Everything that
/// was tuned stands here. Early choices (encoder, price) were made with seeds 1000 to 1199 in sight;
/// docs/results/farm.md therefore also has a table on seeds that nobody had looked at.
namespace tool {

using namespace headroom;
using namespace farm_encoders;

namespace {

using environment = farm::environment;
using made = std::unique_ptr<farm_learner>;

// Learners train on this many workloads, over and over: drawing one costs more than playing it, and a table this small
// does not learn a thousand workloads by heart.
constexpr std::uint64_t training_workloads = 1'000;

// 0, -1, +1, -2, +2, ...: hold comes first, so that it wins a tie that no engine breaks.
menu<int> moves_menu(const farm_training& t) {
  std::vector<int> items{0};
  for (const int m : t.moves) {
    items.push_back(-m);
    items.push_back(m);
  }
  return menu<int>(items);
}

// One request out of time costs as much as `price` workers for one step. That exchange rate is the whole objective; it
// places the learner on the curve of service level against workers, and nothing else does. Moves of more than one
// worker block the step for up to 24 s, and a cost per step would pay for blocking: the same four minutes have fewer
// steps in them. So the workers cost by the second there.
any_reward<seen, int> objective_of_published_size(const farm_training& t, double usual_price) {
  const term late{"late", t.price.value_or(usual_price), missed{&seen::qos_rate, &seen::output_queue, 100}};
  if (!t.wide()) return weighted{late, term{"workers", 0.32, cost{&seen::workers, 32}}};
  return weighted{late, term{"workers", 0.32, over_time{cost{&seen::workers, 32}, &seen::time_s, 8}}};
}

// On a farm of another size the same shares are worth the same.
any_reward<seen, int> objective(const farm_training& t, double usual_price) {
  auto reward = objective_of_published_size(t, usual_price);
  if (t.load.size == 1) return reward;
  return [reward = std::move(reward), size = t.load.size](const seen& o, int delta, const seen& next) {
    return reward(as_published(o, size), delta, as_published(next, size));
  };
}

// The learning rate falls like 1/n within the training, exploration in a straight line over its first four fifths.
schedule falling_rate(double from, double to, const farm_training& t) {
  return harmonic_decay{from, to, std::max(1.0, static_cast<double>(t.episodes) / 20), per::episode};
}
epsilon_greedy falling_exploration(const farm_training& t) {
  return epsilon_greedy{linear{0.2, 0.005, std::max<std::uint64_t>(1, t.episodes * 4 / 5), per::episode}};
}

environment training_environment(const farm_training& t) {
  const training_seeds seeds = farm_trained_on(*find_farm_learner(t.name), t.train_seed, t.episodes);
  return t.load.make_training(seeds.first, seeds.in_turn ? static_cast<std::size_t>(seeds.count) : 0);
}

// A learner that may move within limits, and whose candidates are held to a level.
template <class Encoder, class Agent>
made tuned(const farm_training& t, Encoder see, Agent agent, any_reward<seen, int> reward, const replica_limits& limits,
           double level) {
  limited menu{moves_menu(t), &seen::workers, limits};
  return train_on(training_environment(t),
                  learn_erased<environment>(std::move(see), std::move(agent), std::move(reward), std::move(menu)),
                  t.episodes, choose_on_validation(t, level));
}

// With the clock it is known how many workers can matter; without it everything can.
replica_limits limits_with_clock(const farm_training& t) { return {8, 22, t.moves.back(), t.moves.back()}; }
replica_limits limits_without_clock(const farm_training& t) {
  return {t.load.farm.min_workers, t.load.farm.max_workers, t.moves.back(), t.moves.back()};
}

constexpr double table_level = 0.993;
// A network is held to half a tenth of a point more: it has more candidates near the mark than a table, and the
// cheapest of many that just pass is the luckiest.
constexpr double network_level = 0.9935;

template <make_table_agent& make>
made clocked_table(const farm_training& t) {
  auto see = clocked_encoder(t.load.farm);
  table_agent agent =
      make(see.size(), moves_menu(t).size(),
           {.learning_rate = falling_rate(0.2, 0.005, t), .discount = 1, .trace_decay = 0.3, .trace_threshold = 0.02},
           t.train_seed, falling_exploration(t));
  return tuned(t, std::move(see), std::move(agent), objective(t, 4.7), limits_with_clock(t), table_level);
}
// The same goal without a clock.
made clockless_sarsa(const farm_training& t) {
  sized see{load_encoder{}, t.load.size};
  table_agent agent = make_sarsa(
      see.size(), moves_menu(t).size(),
      {.learning_rate = falling_rate(0.1, 0.003, t), .discount = 1, .trace_decay = 0.95, .trace_threshold = 0.02},
      t.train_seed, falling_exploration(t));
  return tuned(t, std::move(see), std::move(agent), objective(t, 4.2), limits_without_clock(t), table_level);
}
made clocked_sarsa(const farm_training& t) {
  return t.load.clocked ? clocked_table<make_sarsa>(t) : clockless_sarsa(t);
}

// A DQN: every second step an update of 64 transitions with returns over three steps, the learning rate falling to a
// hundredth in a straight line. An episode ends by itself, so nothing is discounted where the clock is seen. The price
// is above SARSA's, because Huber's loss gives a rare disaster less than its weight.
template <class Encoder>
made tuned_dqn(const farm_training& t, Encoder see, double discount, double price, const replica_limits& limits) {
  network_agent agent =
      make_dqn(see.dimension(), moves_menu(t).size(),
               {.learning_rate = linear{1e-3, 1e-5, std::max<std::uint64_t>(1, t.episodes), per::episode},
                .discount = discount,
                .capacity = 100'000,
                .warm_up = 2'000,
                .train_every = 2,
                .n_steps = 3,
                .target_rate = 0.005},
               t.train_seed, falling_exploration(t));
  return tuned(t, std::move(see), std::move(agent), objective(t, price), limits, network_level);
}
made clockless_dqn(const farm_training& t) {
  return tuned_dqn(t, sized{load_vector{}, t.load.size}, 0.98, 7.5, limits_without_clock(t));
}
// A bandit over the same moves: what a move brings beyond its own step it does not see.
made clockless_linucb(const farm_training& t) {
  sized see{load_vector{}, t.load.size};
  network_agent agent = make_linucb(see.dimension(), moves_menu(t).size(), {.exploration = 1, .ridge = 1});
  return tuned(t, std::move(see), std::move(agent), objective(t, 4.2), limits_without_clock(t), table_level);
}
made clocked_dqn(const farm_training& t) {
  if (!t.load.clocked) return clockless_dqn(t);
  return tuned_dqn(t, clocked_vector(t.load.farm), 1, 5.8, limits_with_clock(t));
}

// A published agent: its reward, its moves without limits, each episode once and the last candidate.
template <class Encoder, class Agent>
made published(const farm_training& t, Encoder see, Agent agent, const learner_options& defects) {
  return train_on(training_environment(t),
                  learn_erased<environment>(std::move(see), std::move(agent), farm::published_reward{},
                                            menu<int>({-1, 0, +1}), defects),
                  t.episodes);
}
// The published SARSA as it was, defects and all: bins that saturate below the load, ties that scale up, bootstrapping
// past the end, credit for the action that was asked for.
made published_sarsa(const farm_training& t) {
  bins see{cut{&seen::input_queue, {0.5, 1.5, 2.5}},
           cut{&seen::worker_queue, {0.5, 2.5, 5.5, 9.5, 15.5, 30.5}},
           cut{&seen::workers, {3.5, 7.5, 11.5, 12.5, 16.5, 20.5, 24.5}},
           cut{&seen::average_latency, {0.5, 1, 2, 4, 8, 16, 32}},
           cut{&seen::arrival_rate, {0.15, 0.5, 1.5, 3.5}},
           cut{&seen::qos_rate, {0.5, 0.8, 0.9, 0.95, 0.999}}};
  table_agent agent = make_sarsa(
      see.size(), 3,
      {.learning_rate = 0.025,
       .discount = 0.985,
       .trace_decay = 0.5,
       .traces = trace_kind::accumulating,
       .trace_threshold = 1e-5},
      t.train_seed, epsilon_greedy{exponential_decay{0.40, 0.10, 0.995, per::episode}, tie_break::largest_index});
  return published(t, std::move(see), std::move(agent),
                   {.bootstrap_at_termination = true, .learn_requested_action = true});
}
// The published DQN as it was, defects and all: ranges so wide that a typical observation is a hundredth, a target
// network that moves by a hundredth every 600 updates, a time limit that counts as the end.
made published_dqn(const farm_training& t) {
  standardize see{between{&seen::input_queue, 0, 3},       between{&seen::worker_queue, 0, 800},
                  between{&seen::result_queue, 0, 10},     between{&seen::output_queue, 0, 1140},
                  between{&seen::workers, 1, 32},          between{&seen::average_latency, 0, 150},
                  between{&seen::maximum_latency, 0, 160}, between{&seen::arrival_rate, 0, 12},
                  between{&seen::qos_rate, 0, 1}};
  network_agent agent = make_dqn(
      see.dimension(), 3,
      {.hidden = {128, 64},
       .learning_rate = 3e-4,
       .discount = 0.97,
       .batch = 64,
       .capacity = 75'000,
       .warm_up = 400,
       .train_every = 1,
       .double_dqn = true,
       .target_rate = 0.01,
       .target_every = 600,
       .clip_norm = 3,
       .clip_reward = 100},
      t.train_seed, epsilon_greedy{exponential_decay{0.80, 0.05, 0.98, per::episode}, tie_break::largest_index});
  return published(t, std::move(see), std::move(agent),
                   {.truncation_is_terminal = true, .learn_requested_action = true});
}

// What stands after the colons of `cem:4:request` or `cem:99%:worst-tenth`.
void set_search(const std::string& name, farm_training& t) {
  const std::string who = "--policies: " + name;
  bool paid = false;
  for (std::string_view rest = std::string_view(name).substr(kind_of(name).size()); !rest.empty();) {
    rest.remove_prefix(1);
    const std::string_view one = rest.substr(0, rest.find(':'));
    rest.remove_prefix(one.size());
    if (one == "request" || one == "episode" || one == "worst-tenth") {
      require(kind_of(name) == "cem", who, "what is paid for", one, "be left out: only cem has a choice");
      require(!paid, who, "what is paid for", one, "be said once");
      paid = true;
      t.objective = one == "request" ? paid_by::request : one == "episode" ? paid_by::episode : paid_by::worst_tenth;
      continue;
    }
    require(!t.price && !t.level, who, "the setting", one, "be the only price or level");
    require((kind_of(name) != "select" && kind_of(name) != "hedged") || one.ends_with('%'), who, "the setting", one,
            "be a level, as in " + std::string(kind_of(name)) + ":99%: what it chooses among has no price");
    if (one.ends_with('%')) {
      const auto percent = from_text<double>(one.substr(0, one.size() - 1));
      require(percent && *percent > 0 && *percent < 100, who, "the level", one, "be above 0 % and below 100 %");
      t.level = *percent / 100;
    } else {
      const auto list = numbers(name, one);
      require(list.size() == 1, who, "number of prices", list.size(), "be 1");
      require(std::isfinite(list[0]) && list[0] > 0 && list[0] <= 1e6, who, "the price of a request out of time",
              list[0], "be positive, and at most a million worker-steps");
      t.price = list[0];
    }
  }
}

// What a learner pays for a request out of time, as asked for with `sarsa:6`; none: its own price.
std::optional<double> price_in(const std::string& name, const offered_farm_learner& one) {
  if (name == kind_of(name)) return std::nullopt;
  const std::string who = "--policies: " + name;
  require(!one.as_published(), who, "the price", name.substr(name.find(':') + 1),
          "be left out: the reward of this learner is as published");
  const auto list = settings_in(name);
  require(list.size() == 1, who, "number of prices", list.size(), "be 1");
  require(std::isfinite(list[0]) && list[0] > 0 && list[0] <= 1e6, who, "the price of a request out of time", list[0],
          "be positive, and at most a million worker-steps");
  return list[0];
}

}  // namespace

const std::vector<offered_farm_learner>& farm_learners() {
  static const std::vector<offered_farm_learner> all{
      {"sarsa",
       "SARSA; sees the clock, the phase, the workers and the queue (without a schedule to see: sarsa-clockless)",
       400'000, farm_episodes::in_turn, clocked_sarsa},
      {"sarsa-clockless", "SARSA(0.95); sees arrival rate, workers and queue, neither clock nor phase", 400'000,
       farm_episodes::in_turn, clockless_sarsa},
      {"cem",
       "cross-entropy search for the nine numbers of a square-root staffing rule: level, trend, margin, backlog, ...",
       50'000, farm_episodes::once, search_for_staffing},
      {"belief",
       "a filter of the arrival rate over a plan: what costs least over the believed rates; sees no clock; trains to "
       "99 % in time, or as belief:2 at a price",
       20'000, farm_episodes::once, plan_on_belief},
      {"select",
       "trains cem and belief, tries the autoscalers at each setting of their first knob, and keeps what needs the "
       "fewest workers at 99 "
       "% "
       "in time on further episodes of the training part",
       70'000, farm_episodes::once, select_on_farm},
      {"hedged",
       "trains as select does, and keeps up to four of what it tried: Hedge chooses one of them by what each would "
       "have "
       "cost of late",
       70'000, farm_episodes::once, hedge_on_farm},
      {"linucb", "a contextual bandit (LinUCB); sees what dqn-clockless sees, and looks one step ahead", 20'000,
       farm_episodes::in_turn, clockless_linucb},
      {"q-learning", "Watkins' Q-learning on what sarsa sees", 400'000, farm_episodes::in_turn,
       clocked_table<make_q_learning>},
      {"expected-sarsa", "Expected SARSA on what sarsa sees", 400'000, farm_episodes::in_turn,
       clocked_table<make_expected_sarsa>},
      {"sarsa-published", "the published SARSA(0.5) with its bins, reward, 100 episodes and defects", 100,
       farm_episodes::published, published_sarsa},
      {"dqn",
       "a deep Q-network; sees the clock, the workers, the queue and the arrival rate (without a schedule to see: "
       "dqn-clockless)",
       100'000, farm_episodes::in_turn, clocked_dqn},
      {"dqn-clockless", "the same network without a clock: what has been arriving instead", 100'000,
       farm_episodes::in_turn, clockless_dqn},
      {"dqn-published", "the published DQN with its ranges, reward, 80 episodes and defects", 80,
       farm_episodes::published, published_dqn},
  };
  return all;
}

const offered_farm_learner* find_farm_learner(std::string_view name) {
  for (const offered_farm_learner& one : farm_learners()) {
    if (one.name == kind_of(name)) return &one;
  }
  return nullptr;
}

training_seeds farm_trained_on(const offered_farm_learner& one, std::uint64_t train_seed, std::uint64_t episodes) {
  switch (one.episodes) {
    case farm_episodes::published:
      return {42 + 10'000 * (train_seed - 1), episodes, false};
    case farm_episodes::once:
      return {first_training_seed(train_seed), episodes, false};
    case farm_episodes::in_turn:
      break;
  }
  return {first_training_seed(train_seed), std::min(episodes, training_workloads), true};
}

made make_farm_learner(const std::string& name, const farm_load& load, const std::vector<int>& moves,
                       std::uint64_t train_seed, std::uint64_t episodes) {
  const offered_farm_learner& one = *find_farm_learner(name);
  if (one.as_published()) {
    require(moves == std::vector<int>{1}, "--policies: " + name, "the largest move of --actions", moves.back(),
            "be 1, as published");
  }
  farm_training t{.name = name, .load = load, .moves = moves, .train_seed = train_seed, .episodes = episodes};
  if (trains_to_level(one.name))
    set_search(name, t);
  else
    t.price = price_in(name, one);
  return one.make(t);
}

namespace {

template <class Encoder>
std::unique_ptr<gym_world> by_numbers(const farm_training& t, Encoder see, double bound, double price,
                                      const replica_limits& limits, std::uint64_t first_seed, bool evaluated) {
  const menu<int> moves = moves_menu(t);
  std::vector<int> listed;
  for (std::size_t k = 0; k < moves.size(); ++k) listed.push_back(moves[action_index{k}]);
  limited within{moves, &seen::workers, limits};
  using world = gym_world_of<environment, Encoder, any_reward<seen, int>, decltype(within),
                             decltype(farm::score{farm::published_reward{}})>;
  return std::make_unique<world>(
      typename world::parts{
          .make = [&load = t.load,
                   evaluated](std::uint64_t seed) { return evaluated ? load.make(seed) : load.make_training(seed, 0); },
          .see = std::move(see),
          .bound = bound,
          .reward = objective(t, price),
          .menu = std::move(within),
          .score = farm::score{farm::published_reward{}},
          .actions = names_of_moves(listed)},
      first_seed);
}

}  // namespace

std::unique_ptr<gym_world> farm_by_numbers(const farm_load& load, const std::vector<int>& moves,
                                           std::uint64_t first_seed, bool evaluated) {
  const farm_training t{.name = "dqn", .load = load, .moves = moves};
  if (load.clocked)
    return by_numbers(t, clocked_vector(load.farm), 1, 5.8, limits_with_clock(t), first_seed, evaluated);
  return by_numbers(t, sized{load_vector{}, load.size}, 2, 7.5, limits_without_clock(t), first_seed, evaluated);
}

bool trains_to_level(std::string_view name) {
  return name == "cem" || name == "belief" || name == "select" || name == "hedged";
}
std::string held_to_level(const std::string& name, double level) {
  require(level > 0 && level < 1, "--level", "the fraction of requests in time", level, "be in (0, 1)");
  require(trains_to_level(name), "--level", "the policy", name,
          "be cem, belief, select or hedged, the learners that train to a level");
  return name + ':' + to_text(100 * level) + '%';
}

}  // namespace tool
