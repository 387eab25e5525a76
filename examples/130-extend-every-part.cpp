// One of each part that a user can add: an environment, an encoder, a reward, an agent, a baseline, a wrapper of any
// policy, and a host that calls the policy itself. Each is checked against its concept where it is written. Prints the
// reward per step of the parts put together, beside the baseline.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <utility>
#include <vector>

#include <headroom/actions/menu.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/run/observers.hpp>
#include <headroom/run/run.hpp>

namespace {

using namespace headroom;

// [environment]
struct sample {
  double load = 10;  // requests in the last step
  int replicas = 4;
};

// A service whose load alternates between 10 and 30 requests a step, every 20 steps. A replica serves 5 of them.
class service {
 public:
  using observation_type = sample;
  using action_type = int;  // replicas to add or to remove

  explicit service(std::uint64_t seed) : next_seed_(seed) {}

  sample reset() {
    random_ = engine(next_seed_++, stream::workload);
    t_ = 0;
    return now_ = {};
  }
  step_result<sample> step(int delta) {
    now_.replicas = std::clamp(now_.replicas + delta, 1, 10);
    now_.load = static_cast<double>(poisson(random_, t_ / 20 % 2 == 0 ? 10 : 30));
    return {now_, ++t_ == 200 ? episode::truncated : episode::ongoing};
  }

 private:
  std::uint64_t next_seed_;
  engine random_{0};
  sample now_;
  int t_ = 0;
};
static_assert(Environment<service>);
// [environment]

// [encoder]
// How many replicas are missing, from -10 to +10, by the mean load of the last two observations.
class missing_replicas {
 public:
  using state_type = state_index;

  state_index operator()(const sample& o) {
    const double load = std::isnan(last_load_) ? o.load : (o.load + last_load_) / 2;
    last_load_ = o.load;
    if (!std::isfinite(load)) return no_state;  // refused: it never reaches a table
    const double missing = std::clamp(std::ceil(load / 5) - o.replicas, -10.0, 10.0);
    return state_index{static_cast<std::size_t>(missing + 10)};
  }
  [[nodiscard]] std::size_t size() const { return 21; }

  // What a checkpoint keeps, for writing and for reading alike.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "missing_replicas");
    a("last_load", self.last_load_);
  }

 private:
  double last_load_ = std::numeric_limits<double>::quiet_NaN();
};
static_assert(DiscreteEncoder<missing_replicas, sample>);
// [encoder]

// [reward]
// A replica costs 1 a step, and a request that finds no room costs 1, too.
struct cost_and_overload {
  double operator()(const sample&, int, const sample& next) const {
    return -next.replicas - std::max(0.0, next.load - 5 * next.replicas);
  }
};
static_assert(Reward<cost_and_overload, sample, int>);
// [reward]

// [agent]
// Learns the mean reward of each action in each state, and does not look further ahead. With probability 0.1 it tries
// any action.
class averaging {
 public:
  using state_type = state_index;

  averaging(std::size_t states, std::size_t actions, std::uint64_t seed)
      : actions_(actions), means_(states * actions), counts_(states * actions), random_(seed, stream::exploration) {}

  action_index start(state_index s) { return choose(s); }
  action_index step(double reward, state_index s) {
    learn(reward);
    return choose(s);
  }
  void terminate(double reward) { learn(reward); }
  void truncate(double reward, state_index) { learn(reward); }
  [[nodiscard]] action_index greedy(state_index s) const {
    const auto row = means_.begin() + static_cast<std::ptrdiff_t>(to_size(s) * actions_);
    const auto best = std::max_element(row, row + static_cast<std::ptrdiff_t>(actions_));
    return action_index{static_cast<std::size_t>(best - row)};
  }

 private:
  action_index choose(state_index s) {
    const auto any = static_cast<std::size_t>(uniform(random_, 0, static_cast<double>(actions_)));
    const action_index a = random_.uniform() < 0.1 ? action_index{any} : greedy(s);
    last_ = to_size(s) * actions_ + to_size(a);
    return a;
  }
  void learn(double reward) { means_[last_] += (reward - means_[last_]) / static_cast<double>(++counts_[last_]); }

  std::size_t actions_;
  std::vector<double> means_;
  std::vector<std::uint64_t> counts_;
  engine random_;
  std::size_t last_ = 0;
};
static_assert(Agent<averaging>);
// [agent]

// [baseline]
// As many replicas as the last load needs, one move a step.
struct follow_load {
  int start(const sample& o) { return step(o); }
  int step(const sample& o) { return std::clamp(static_cast<int>(std::ceil(o.load / 5)) - o.replicas, -1, 1); }
  void stop(const sample&, episode) {}
};
static_assert(Policy<follow_load, sample, int>);
// [baseline]

// [policy]
// Any policy of deltas that is never allowed below a number of replicas. It tells the inner policy what was executed.
template <class Inner>
requires Policy<Inner, sample, int>
class at_least {
 public:
  at_least(Inner inner, int replicas) : inner_(std::move(inner)), least_(replicas) {}

  int start(const sample& o) { return executed_for(o, inner_.start(o)); }
  int step(const sample& o) { return executed_for(o, inner_.step(o)); }
  void stop(const sample& o, episode why) { inner_.stop(o, why); }

 private:
  int executed_for(const sample& o, int wish) {
    const int delta = std::max(wish, least_ - o.replicas);
    if constexpr (CorrectablePolicy<Inner, sample, int>) {
      if (delta != wish) inner_.executed(delta);
    }
    return delta;
  }

  Inner inner_;
  int least_;
};
static_assert(Policy<at_least<follow_load>, sample, int>);
// [policy]

double mean_reward(auto policy) {
  double total = 0;
  service world(9000);  // held out: training stays below
  run_episodes(world, policy, 20,
               on_each_step{[&](const auto& r) { total += cost_and_overload{}(r.observation, r.action, r.next); }});
  return total / 20 / 200;
}

}  // namespace

int main() {
  // [together]
  missing_replicas see;
  actions menu{0, -1, +1};
  averaging agent{see.size(), menu.size(), 1};
  auto policy = learn_on<service>(see, std::move(agent), cost_and_overload{}, menu);
  service world(1);
  run(world, policy, 100'000);
  // [together]

  std::printf("averaging           %6.2f\n", mean_reward(frozen{policy}));
  std::printf("averaging, least 3  %6.2f\n", mean_reward(at_least{frozen{policy}, 3}));
  std::printf("follow the load     %6.2f\n", mean_reward(follow_load{}));

  // [host]
  // A host calls the policy itself: once to begin, once for each decision, once at the end.
  frozen deployed{policy};
  service production(5000);  // here: whatever reads your metrics and scales your service
  int delta = deployed.start(production.reset());
  for (int decision = 1; decision < 100; ++decision) delta = deployed.step(production.step(delta).observation);
  deployed.stop(production.step(delta).observation, episode::truncated);
  // [host]
}
