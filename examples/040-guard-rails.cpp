// Protection between a learner and production: a mask of feasible actions, a guard that can override each action, a
// fallback for bad data, and a reward with readable terms. The learner always learns from the executed action.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>

#include <headroom/headroom.hpp>

namespace {

using namespace headroom;

struct sample {
  double utilisation = 0.5;
  double errors = 0;
  int replicas = 4;
};

class service {
 public:
  using observation_type = sample;
  using action_type = int;

  sample reset() {
    t_ = 0;
    return now_ = {};
  }
  step_result<sample> step(int delta) {
    now_.replicas += delta;
    const double load = 4 + 3 * std::sin(0.05 * ++t_);
    now_.utilisation =
        t_ % 97 == 0 ? std::numeric_limits<double>::quiet_NaN() : load / now_.replicas;  // a scrape fails now and then
    now_.errors = std::max(0.0, load - now_.replicas);
    return {now_, t_ == 500 ? episode::truncated : episode::ongoing};
  }

 private:
  sample now_;
  int t_ = 0;
};

}  // namespace

int main() {
  const replica_limits limits{.minimum = 2, .maximum = 9};
  bins see{cut{&sample::utilisation, {0.5, 0.7, 0.85, 1}}, cut{&sample::replicas, {3, 4, 5, 6, 7, 8, 9}}};
  limited menu{actions{0, -1, +1}, &sample::replicas, limits};
  weighted objective{term{"errors", 10, slo{&sample::errors, good_when::below, 0, 2}},
                     term{"replicas", 3, cost{&sample::replicas, 9}}, term{"churn", 0.2, churn{}}};
  // The initial value is pessimistic: an action that the guard always replaces is never learned, and must not look
  // good.
  sarsa agent{see.size(),
              menu.size(),
              {.discount = 0.9, .trace_decay = 0.5, .initial_value = -60},
              7,
              epsilon_greedy{linear{0.3, 0, 150'000}}};

  const auto never_down_on_errors = [](const sample& o, int delta) {
    return o.errors > 0 ? std::max(delta, 0) : delta;
  };
  const auto readable = [](const sample& o) { return std::isfinite(o.utilisation); };
  const threshold rule{&sample::utilisation, &sample::replicas, {.up_above = 0.9, .down_below = 0.6}, limits};
  fallback policy{guarded{learn_on<service>(see, std::move(agent), objective, menu), never_down_on_errors}, rule,
                  readable};

  service world;
  run(world, policy, 200'000);
  const auto& learner = policy.first().inner();
  std::printf("observations refused      %llu\n", static_cast<unsigned long long>(learner.refused().observations));
  std::printf("decided by the fallback   %llu\n", static_cast<unsigned long long>(policy.fallbacks()));
  std::printf("overridden by the guard   %llu\n", static_cast<unsigned long long>(policy.first().overrides()));

  const auto score = [&](auto contender) {
    double total = 0;
    run_episodes(world, contender, 1,
                 on_each_step{[&](const auto& r) { total += objective(r.observation, r.action, r.next); }});
    return total / 500;
  };
  std::printf("reward per step: learner %.3f, threshold %.3f\n", score(frozen{learner}), score(rule));
  const sample before{0.9, 0, 5};
  const sample after{1.1, 0.5, 5};
  for (const auto& part : objective.breakdown(before, 0, after))
    std::printf("  %-9.*s %6.3f\n", static_cast<int>(part.name.size()), part.name.data(), part.value);
}
