#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/actions/targets.hpp>
#include <headroom/core/schedule.hpp>
#include <headroom/core/features.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/run/service_score.hpp>

#include "learners/agents.hpp"
#include "learners/environment_training.hpp"
#include "systems/gym_world.hpp"
#include "systems/service/learners.hpp"

/// The agents of a service: what each sees, what it is rewarded for, how it learns, how its candidates are chosen. All
/// of it follows from the service and its load; nothing was tuned on one of them.
namespace tool {

using namespace headroom;

namespace {

using seen = service_observation;
using made = std::unique_ptr<service_learner>;

// How many replicas are worth going to: from half of what the mean load keeps busy to half more than the peak does. An
// agent that explores beyond learns only that it should not.
struct worthwhile {
  double least;
  double most;
};
worthwhile worthwhile_of(const service_world& w) {
  const double each_s = w.about.service_s / w.about.slots;  // of a replica, for a request
  const auto within = [&](double n) { return std::clamp<double>(n, w.about.minimum, w.about.maximum); };
  const double least = within(std::floor(0.5 * w.learned.mean_per_s * each_s));
  return {least, std::max(least + 1, within(std::ceil(1.5 * w.learned.peak_per_s * each_s + 1)))};
}

// The moves that were asked for. Where any is possible, small and large ones: an agent that goes to any number at once
// throws the service about while it explores.
std::vector<int> deltas_of(const service_world& w) {
  std::vector<int> sizes = w.moves;
  if (sizes.empty()) {
    const worthwhile range = worthwhile_of(w);
    const int unit = std::max(1, static_cast<int>(std::lround((range.most - range.least) / 32)));
    sizes = {unit, 4 * unit};
  }
  std::vector<int> items{0};
  for (const int m : sizes) {
    items.push_back(-m);
    items.push_back(m);
  }
  return items;
}

// What a decision interval of the replicas costs, and each request that turned out to be late. A late request costs as
// much as `price` requests take of a replica. Without a price it is what a level is worth about: at 99 % a hundred.
// Divided by the replicas that the mean load keeps busy, so that rewards are about one whatever the size.
any_reward<seen, int> reward_of(const service_training& t) {
  const service_world& w = t.world;
  const double each_s = w.about.service_s / w.about.slots;
  const double price = t.price.value_or(1 / std::max(1e-6, 1 - t.level));
  const double late = price * each_s / w.options.interval_s;
  const double needed = std::max(1.0, w.learned.mean_per_s * each_s);
  return [late, needed](const seen&, int, const seen& next) { return -(next.replicas + late * next.late) / needed; };
}

// Sees the load in twelve parts up to a little above the peak, the replicas in at most 32, and whether requests wait.
auto encoder_of(const service_world& w) {
  const worthwhile range = worthwhile_of(w);
  const double unit = std::max(1.0, std::round((range.most - range.least) / 32));
  const auto parts = static_cast<std::size_t>(std::ceil((range.most - range.least + 1) / unit));
  const double slots = w.about.slots * std::max(1.0, range.least);
  return bins{
      cut{&seen::load, even_edges(0.3 * w.learned.mean_per_s, 1.2 * w.learned.peak_per_s, 12)},
      cut{&seen::replicas, even_edges(range.least - 0.5, range.least - 0.5 + unit * static_cast<double>(parts), parts)},
      cut{&seen::backlog, {0.5, 0.25 * slots + 0.5, slots + 0.5}}};
}

// The same in numbers, with the mean of the load over its last eight observations or so in front of it. Holds history:
// show it every observation once.
class past_and_present {
 public:
  using state_type = vector_state;
  static constexpr std::size_t count = 8;

  explicit past_and_present(const service_world& w)
      : load_(1 / std::max(1e-9, w.learned.peak_per_s)),
        replicas_(1 / std::max(1.0, worthwhile_of(w).most)),
        backlog_(1 / (w.about.slots * std::max(1.0, worthwhile_of(w).least))) {}

  [[nodiscard]] static constexpr std::size_t dimension() { return count; }
  void begin_episode() { past_ = -1; }

  vector_state operator()(const seen& o) {
    past_ = past_ < 0 ? o.load : past_ + 0.22 * (o.load - past_);
    const double values[count] = {2 * load_ * o.load - 1,         8 * load_ * (o.load - past_),
                                  2 * replicas_ * o.replicas - 1, 2 * replicas_ * o.ready - 1,
                                  2 * replicas_ * o.starting,     std::min(1.0, backlog_ * o.backlog),
                                  0.1 * backlog_ * o.backlog,     o.utilisation};
    for (std::size_t k = 0; k < count; ++k) {
      if (!std::isfinite(values[k])) {
        past_ = -1;
        return {};
      }
      buffer_[k] = static_cast<float>(std::clamp(values[k], -2.0, 2.0));
    }
    return buffer_;
  }

  /// Begins every episode afresh, so between two there is nothing to keep but what the numbers mean.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "past_and_present");
    a.same("per_load", self.load_);
    a.same("per_replica", self.replicas_);
    a.same("per_backlog", self.backlog_);
  }

 private:
  double load_;
  double replicas_;
  double backlog_;
  double past_ = -1;
  float buffer_[count] = {};
};

// Of the candidates that keep the level on episodes of their own, the one with the fewest replicas; if none does, the
// one that comes nearest. With a price the one that costs least by it.
candidate_choice<service> choice_of(const service_training& t) {
  constexpr std::uint64_t candidates = 10;
  const std::uint64_t of_each = std::clamp<std::uint64_t>(t.episodes / 50, 1, 50);
  if (t.episodes < 2 * candidates) return {};
  candidate_choice<service> choice;
  choice.candidates = candidates;
  const double needed = t.world.learned.mean_per_s * t.world.about.service_s / t.world.about.slots;
  choice.judge = [w = t.world, of_each, level = t.level, price = t.price, needed,
                  seed = first_validation_seed + 500'000 * t.train_seed](service_policy& one) {
    service world = w.training(seed);
    service_cost total(price.value_or(0) * needed);
    run_episodes(world, one, of_each, total);
    if (price) return -total.mean();
    return total.level() >= level ? -total.replicas() : total.level() - 1e9;
  };
  return choice;
}

epsilon_greedy falling_exploration(const service_training& t) {
  return epsilon_greedy{linear{0.2, 0.005, std::max<std::uint64_t>(1, t.episodes * 4 / 5), per::episode}};
}

template <class Encoder, class Agent>
made trained(const service_training& t, Encoder see, Agent agent) {
  const service_world& w = t.world;
  const worthwhile range = worthwhile_of(w);
  limited menu{headroom::menu<int>(deltas_of(w)),
               &seen::replicas,
               {.minimum = static_cast<int>(range.least), .maximum = static_cast<int>(range.most)}};
  return train_on(w.training(first_training_seed(t.train_seed)),
                  learn_erased<service>(std::move(see), std::move(agent), reward_of(t), std::move(menu)), t.episodes,
                  choice_of(t));
}

}  // namespace

made sarsa_on_service(const service_training& t) {
  auto see = encoder_of(t.world);
  table_agent agent = make_sarsa(
      see.size(), deltas_of(t.world).size(),
      {.learning_rate = harmonic_decay{0.1, 0.003, std::max(1.0, static_cast<double>(t.episodes) / 20), per::episode},
       .discount = 0.98,
       .trace_decay = 0.9,
       .trace_threshold = 0.02},
      t.train_seed, falling_exploration(t));
  return trained(t, std::move(see), std::move(agent));
}

made dqn_on_service(const service_training& t) {
  past_and_present see(t.world);
  network_agent agent =
      make_dqn(see.dimension(), deltas_of(t.world).size(),
               {.learning_rate = linear{1e-3, 1e-5, std::max<std::uint64_t>(1, t.episodes), per::episode},
                .discount = 0.98,
                .capacity = 100'000,
                .warm_up = 2'000,
                .train_every = 2,
                .n_steps = 3,
                .target_rate = 0.005,
                .scale_rewards = true},
               t.train_seed, falling_exploration(t));
  return trained(t, std::move(see), std::move(agent));
}

made linucb_on_service(const service_training& t) {
  const service_world& w = t.world;
  past_and_present see(w);
  const linucb_options options{.exploration = 1, .ridge = 1};
  if (!w.moves.empty()) {
    network_agent agent = make_linucb(see.dimension(), deltas_of(w).size(), options);
    return trained(t, std::move(see), std::move(agent));
  }
  // It is paid within the step, and what a small move does comes later: so its arms are numbers of replicas, at which
  // it stays while little changes.
  const worthwhile range = worthwhile_of(w);
  const int unit = std::max(1, static_cast<int>(std::ceil((range.most - range.least) / 16)));
  std::vector<int> counts;
  for (int n = static_cast<int>(range.least); n <= static_cast<int>(range.most); n += unit) counts.push_back(n);
  network_agent agent = make_linucb(see.dimension(), counts.size(), options);
  targets menu{std::move(counts),
               &seen::replicas,
               {.minimum = static_cast<int>(range.least), .maximum = static_cast<int>(range.most)}};
  return train_on(w.training(first_training_seed(t.train_seed)),
                  learn_erased<service>(std::move(see), std::move(agent), reward_of(t), std::move(menu)), t.episodes,
                  choice_of(t));
}

std::unique_ptr<gym_world> service_by_numbers(std::shared_ptr<const service_world> w, std::uint64_t first_seed,
                                              bool evaluated) {
  const service_training t{.world = *w, .level = w->plan.wanted.level};
  const worthwhile range = worthwhile_of(*w);
  const std::vector<int> moves = deltas_of(*w);
  limited within{headroom::menu<int>(moves),
                 &seen::replicas,
                 {.minimum = static_cast<int>(range.least), .maximum = static_cast<int>(range.most)}};
  const any_reward<seen, int> reward = reward_of(t);
  using world = gym_world_of<service, past_and_present, any_reward<seen, int>, decltype(within),
                             service_score<any_reward<seen, int>>>;
  past_and_present see(*w);
  return std::make_unique<world>(
      typename world::parts{.make = [w = std::move(w), evaluated](
                                        std::uint64_t seed) { return evaluated ? w->test(seed) : w->training(seed); },
                            .see = see,
                            .bound = 2,
                            .reward = reward,
                            .menu = std::move(within),
                            .score = service_score<any_reward<seen, int>>{reward},
                            .actions = names_of_moves(moves)},
      first_seed);
}

}  // namespace tool
