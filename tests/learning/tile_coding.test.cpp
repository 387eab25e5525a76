#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <headroom/actions/menu.hpp>
#include <headroom/agents/expected_sarsa.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/core/random.hpp>
#include <headroom/encoders/tiles.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/run/run.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct place {
  double x = 0;
  double y = 0;
};

// A square; actions go 0.1 to the right, left, up or down, walls stop. The task ends within 0.1 of the upper right
// corner, each step costs 1. From (x, y) it takes as many steps as each axis needs to reach 0.9, one after the other.
class square {
 public:
  using observation_type = place;
  using action_type = int;
  explicit square(std::uint64_t seed) : random_(seed, stream::workload) {}
  place reset() {
    do at_ = {random_.uniform(), random_.uniform()};
    while (arrived());
    return at_;
  }
  place start_at(place p) { return at_ = p; }
  step_result<place> step(int action) {
    if (action == 0) at_.x = std::fmin(at_.x + 0.1, 1);
    if (action == 1) at_.x = std::fmax(at_.x - 0.1, 0);
    if (action == 2) at_.y = std::fmin(at_.y + 0.1, 1);
    if (action == 3) at_.y = std::fmax(at_.y - 0.1, 0);
    return {at_, arrived() ? episode::terminated : episode::ongoing};
  }
  static int fewest_steps(place p) { return steps(p.x) + steps(p.y); }

 private:
  static int steps(double x) { return x >= 0.9 ? 0 : static_cast<int>(std::ceil((0.9 - x) / 0.1 - 1e-9)); }
  [[nodiscard]] bool arrived() const { return at_.x >= 0.9 && at_.y >= 0.9; }

  engine random_;
  place at_;
};

template <class Agent>
void finds_the_corner(Agent agent) {
  tiles see{tilings<8>, axis{&place::x, 0.0, 1.0, 10}, axis{&place::y, 0.0, 1.0, 10}};
  const auto reward = [](const place&, int, const place&) { return -1.0; };
  square world(1);
  auto policy = learn_on<square>(see, std::move(agent), reward, actions{0, 1, 2, 3});
  run_episodes(world, policy, 20'000);
  // A wrong action costs at least one step more than the best one, which is what the tiles, a tenth of a step fine,
  // must resolve: then every start is solved in the fewest steps that there are. The starts lie off the borders of the
  // steps.
  int starts = 0;
  int wasted = 0;
  for (double x = 0.013; x < 1; x += 0.05) {
    for (double y = 0.027; y < 1; y += 0.05) {
      if (x >= 0.9 && y >= 0.9) continue;
      place at = world.start_at({x, y});
      int n = 0;
      for (auto status = episode::ongoing; status == episode::ongoing && n < 100; ++n) {
        const auto r = world.step(policy.decide(at));
        at = r.observation;
        status = r.status;
      }
      ++starts;
      wasted += n - square::fewest_steps({x, y});
    }
  }
  CHECK(starts == 396);
  CHECK(wasted == 0);
}

}  // namespace

TEST_CASE("tile coding: the corner of a square is found in the fewest steps from everywhere") {
  using state = active_features<8>;
  constexpr std::size_t size = 8 * 11 * 11;
  const td_options options{.learning_rate = harmonic_decay{0.5, 0.05, 100'000}, .discount = 1};
  const epsilon_greedy explore{0.2};
  finds_the_corner(sarsa<epsilon_greedy, state>{size, 4, options, 1, explore});
  finds_the_corner(expected_sarsa<epsilon_greedy, state>{size, 4, options, 1, explore});
  finds_the_corner(q_learning<epsilon_greedy, state>{size, 4, options, 1, explore});
}

TEST_CASE("tile coding: learning at one place teaches its neighbours, and nothing far away") {
  tiles see{tilings<8>, axis{&place::x, 0.0, 1.0, 5}, axis{&place::y, 0.0, 1.0, 5}};
  sarsa<epsilon_greedy, active_features<8>> agent{see.size(), 1, {.learning_rate = 1.0, .discount = 0}, 1};
  agent.start(see(place{0.51, 0.51}));
  agent.terminate(8);
  // A tile is 0.2 wide: k eighths of it away, 8 - k of the eight tiles are shared.
  for (int k = 0; k <= 8; ++k) {
    CHECK(agent.value(see(place{0.51 + 0.2 * k / 8, 0.51}), action_index{0}) == 8 - k);
    CHECK(agent.value(see(place{0.51, 0.51 + 0.2 * k / 8}), action_index{0}) == 8 - k);
  }
  CHECK(agent.value(see(place{0.8, 0.8}), action_index{0}) == 0);
}
