// A pitfall: learning behind a guard. If the learner credits the action that was asked for, a forbidden action looks as
// good as the one that replaced it. If it credits the executed one, the forbidden action keeps its initial value for
// ever, so the initial value must not be optimistic.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>

#include <headroom/actions/limits.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/baselines/threshold.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/guarded.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/rewards/cost.hpp>
#include <headroom/rewards/slo.hpp>
#include <headroom/rewards/weighted.hpp>
#include <headroom/run/observers.hpp>
#include <headroom/run/run.hpp>

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
    now_.utilisation = load / now_.replicas;
    now_.errors = std::max(0.0, load - now_.replicas);
    return {now_, t_ == 500 ? episode::truncated : episode::ongoing};
  }

 private:
  sample now_;
  int t_ = 0;
};

auto objective() {
  return weighted{term{"errors", 10, slo{&sample::errors, good_when::below, 0, 2}},
                  term{"replicas", 3, cost{&sample::replicas, 9}}, term{"churn", 0.2, churn{}}};
}

// [guard]
// While there are errors we scale up, whatever the policy says.
int up_on_errors(const sample& o, int delta) { return o.errors > 0 ? +1 : delta; }
// [guard]

template <class P>
double score(P policy) {
  service world;
  double total = 0;
  run_episodes(world, policy, 1,
               on_each_step{[&](const auto& r) { total += objective()(r.observation, r.action, r.next); }});
  return total / 500;
}

void train_and_tell(const char* name, double initial_value, const learner_options& options) {
  bins see{cut{&sample::utilisation, {0.5, 0.7, 0.85, 1}}, cut{&sample::replicas, {3, 4, 5, 6, 7, 8, 9}}};
  limited menu{actions{0, -1, +1}, &sample::replicas, {.minimum = 2, .maximum = 9}};
  sarsa agent{see.size(),
              menu.size(),
              {.discount = 0.9, .trace_decay = 0.5, .initial_value = initial_value},
              7,
              epsilon_greedy{linear{0.3, 0, 150'000}}};
  guarded policy{learn_on<service>(see, agent, objective(), menu, options), up_on_errors};
  service world;
  run(world, policy, 150'000);  // explores less with time
  const std::uint64_t before = policy.overrides();
  run(world, policy, 50'000);  // no longer explores
  const auto& learner = policy.inner();
  std::printf("%-26s %8.1f %% %11.3f %9.3f\n", name, static_cast<double>(policy.overrides() - before) / 500,
              score(guarded{frozen{learner}, up_on_errors}), score(frozen{learner}));
}

}  // namespace

int main() {
  std::printf("                           overridden     guarded     alone\n");
  train_and_tell("credit to the request, 0", 0, {.learn_requested_action = true});
  train_and_tell("executed, starts at 0", 0, {});
  train_and_tell("executed, starts at -60", -60, {});
  const threshold rule{
      &sample::utilisation, &sample::replicas, {.up_above = 0.9, .down_below = 0.6}, {.minimum = 2, .maximum = 9}};
  std::printf("%-26s %10s %11.3f %9.3f\n", "threshold", "", score(guarded{rule, up_on_errors}), score(rule));
}
