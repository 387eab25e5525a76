// A pitfall: a reward that changes because the episode ended. The environment below goes on for ever; only the time
// between two cuts differs from line to line. A penalty at the cut is paid once for each cut. So the time limit becomes
// part of the objective and decides what is learned.

#include <cstddef>
#include <cstdio>

#include <headroom/actions/menu.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/run/run.hpp>

namespace {

using namespace headroom;

// [two habits]
// One state, two habits: 0 is generous and earns 0.5 a step, 1 is lean and earns 1. `cut` says that this step was the
// last one.
struct moment {
  double earned = 0;
  bool cut = false;
};
class habits {
 public:
  using observation_type = moment;
  using action_type = int;

  explicit habits(int cut_every) : cut_every_(cut_every) {}
  moment reset() {
    t_ = 0;
    return {};
  }
  step_result<moment> step(int lean) {
    const bool cut = ++t_ == cut_every_;
    return {{lean == 1 ? 1 : 0.5, cut}, cut ? episode::truncated : episode::ongoing};
  }

 private:
  int cut_every_;
  int t_ = 0;
};

double steady(const moment&, int, const moment& next) { return next.earned; }
double with_a_reckoning(const moment&, int lean, const moment& next) {
  return next.earned - (next.cut && lean == 1 ? 10 : 0);
}
// [two habits]

struct one_state {
  using state_type = state_index;
  [[nodiscard]] static std::size_t size() { return 1; }
  state_index operator()(const moment&) const { return state_index{0}; }
};

// How much higher the lean habit is valued, per decision.
template <class RewardT>
double lean_minus_generous(int cut_every, RewardT reward) {
  auto policy = learn_on<habits>(
      one_state{},
      sarsa{1, 2, {.learning_rate = linear{0.01, 0.0001, 300'000}, .discount = 0.9}, 1, epsilon_greedy{1.0}}, reward,
      actions{0, 1});
  habits world(cut_every);
  run(world, policy, 400'000);
  return policy.agent().value(state_index{0}, action_index{1}) - policy.agent().value(state_index{0}, action_index{0});
}

}  // namespace

int main() {
  std::printf("lean minus generous      steady   with a reckoning\n");
  for (const int n : {10, 20, 50}) {
    std::printf("cut every %d steps %12.2f %14.2f\n", n, lean_minus_generous(n, steady),
                lean_minus_generous(n, with_a_reckoning));
  }
}
